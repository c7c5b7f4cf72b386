"""The figures of each stage, as CloudWatch takes them from a line of output."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.embedded import NAMESPACE
from tidegate.flow.metrics import DIMENSIONS, UNITS, embedded, tell_metrics

TABLE = "clean.github_events"
Captured = pytest.CaptureFixture[str]


def told(captured: Captured) -> list[dict[str, Any]]:
    """The documents that were printed."""
    return [json.loads(line) for line in captured.readouterr().out.splitlines()]


@pytest.fixture
def telling(lake: LakeOfATest) -> LakeOfATest:
    """A lake whose figures go to CloudWatch."""
    changed = {"metrics": "cloudwatch", "environment": "prod"}
    return LakeOfATest(lake.spark, lake.settings.model_copy(update=changed))


def cleaned(lake: LakeOfATest, *payloads: bytes) -> None:
    """Land payloads and run the clean stage, as a flow does."""
    from tidegate.flow import clean
    from tidegate.flow.run_flow import run_stages

    if payloads:
        lake.land(payloads, arrived=datetime.now(UTC))
    run_stages(lake.run(), [(clean(TABLE), None)])


@pytest.mark.quick
def test_a_line_is_a_document_of_the_embedded_metric_format() -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    dimensions = {"Env": "dev", "Source": "github", "Table": TABLE}

    document = json.loads(embedded(at, dimensions, {"RowsIn": 3, "Verdict": 2}, "run-1"))

    assert document["_aws"] == {
        "Timestamp": 1772452800000,
        "CloudWatchMetrics": [
            {
                "Namespace": "Tidegate",
                "Dimensions": [["Env", "Source", "Table"], ["Env"]],
                "Metrics": [
                    {"Name": "RowsIn", "Unit": "Count"},
                    {"Name": "Verdict", "Unit": "None"},
                ],
            }
        ],
    }
    assert (document["RowsIn"], document["Verdict"], document["Table"]) == (3, 2, TABLE)


@pytest.mark.quick
def test_alarms_and_dashboard_ask_for_figures_that_are_told() -> None:
    from tests.infra.stacks import resources
    from tidegate.collect.counts import OF_REASON, OF_SOURCE

    # The collector's own figures are watched by its own stack's alarms.
    every = resources("AWS::CloudWatch::Alarm")
    alarms = [one["Properties"] for place, one in every if not place.startswith("collector.")]
    asked = [one for one in alarms if one.get("Namespace") == NAMESPACE]
    ((_, dashboard),) = resources("AWS::CloudWatch::Dashboard")
    body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]

    of_collector = {"RecordsRefused", "RequestsRefused"}
    told = [*DIMENSIONS, *OF_SOURCE, *OF_REASON]
    assert {one["MetricName"] for one in asked} - of_collector == {
        "AgeSeconds",
        "LagSeconds",
        "Verdict",
    }
    assert all([d["Name"] for d in one["Dimensions"]] in told for one in asked)
    for name in body.split('MetricName=\\"')[1:]:
        assert name.partition("\\")[0] in UNITS
    assert f"SEARCH('{{{NAMESPACE},{','.join(DIMENSIONS[0])}}}" in body
    json.loads(body)


def test_a_stage_tells_rows_verdict_lag_and_age(telling: LakeOfATest, capsys: Captured) -> None:
    now = datetime.now(UTC)
    fresh = payload(id="1", created_at=f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}")

    cleaned(telling, fresh, fresh, b"not an event")

    (one,) = told(capsys)
    assert {name: one[name] for name in ("Env", "Source", "Table", "Run")} == {
        "Env": "prod",
        "Source": "github",
        "Table": TABLE,
        "Run": one["Run"],
    }
    figures = ("RowsIn", "RowsPublished", "RowsRefused", "Duplicates")
    assert [one[name] for name in figures] == [3, 1, 1, 1]
    assert 600 <= one["LagSeconds"] < 900
    assert 0 <= one["AgeSeconds"] < 300
    assert one["Seconds"] > 0


def test_a_stage_without_anything_new_tells_its_age_and_no_lag(
    telling: LakeOfATest, capsys: Captured
) -> None:
    cleaned(telling, payload())
    cleaned(telling)

    _, again = told(capsys)
    assert (again["RowsIn"], again["Verdict"]) == (0, 0)
    assert again["AgeSeconds"] > 0
    assert "LagSeconds" not in again


def test_without_the_setting_nothing_is_printed(lake: LakeOfATest, capsys: Captured) -> None:
    cleaned(lake, payload())

    assert capsys.readouterr().out == ""


def test_figures_that_cant_be_told_fail_no_run(telling: LakeOfATest, capsys: Captured) -> None:
    from tidegate.flow.reports import StageReport

    run = telling.run()
    tell_metrics(run, [StageReport(run.id, "mart.nothing_of_ours")])

    assert told(capsys) == []
    assert "metrics: the figures could not be told: ContractError" in telling.said[-1]
