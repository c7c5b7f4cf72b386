"""What the stack says of the collector is what the collector does: its settings, times, figures."""

from typing import Any

import pytest

from tests.infra.stacks import template
from tidegate.collect.counts import OF_REASON, UNITS
from tidegate.collect.problems import REASONS
from tidegate.collect.streams import CALL_SECONDS
from tidegate.embedded import NAMESPACE
from tidegate.settings import Settings

pytestmark = pytest.mark.quick


def properties(name: str) -> dict[str, Any]:
    return dict(template("collector")["Resources"][name]["Properties"])


def given() -> list[dict[str, Any]]:
    """The environment of each home."""
    (container,) = properties("CollectorTask")["ContainerDefinitions"]
    return [
        properties("CollectorFunction")["Environment"]["Variables"],
        {one["Name"]: one["Value"] for one in container["Environment"]},
    ]


def default(setting: str) -> float:
    return float(Settings.model_fields[setting].default)


def test_the_engine_knows_each_setting_that_a_home_is_given() -> None:
    for one in given():
        settings = {name.removeprefix("TIDEGATE_").lower() for name in one}

        assert settings - Settings.model_fields.keys() == set()
        assert {"endpoint", "region", "streams", "collect_keys", "metrics"} <= settings


def test_a_function_has_answered_before_its_time_or_its_apis_is_over() -> None:
    longest = default("collect_seconds") + CALL_SECONDS
    waits = properties("ApiToFunction")["TimeoutInMillis"] / 1_000

    assert longest + 5 < properties("CollectorFunction")["Timeout"] <= waits < 30


def test_a_container_has_time_to_end_in_order() -> None:
    (container,) = properties("CollectorTask")["ContainerDefinitions"]
    drain = float(given()[1]["TIDEGATE_COLLECT_DRAIN_SECONDS"])
    targets = properties("Targets")
    seen = targets["HealthCheckIntervalSeconds"] * targets["UnhealthyThresholdCount"]
    on_its_way = default("collect_slow_seconds") + default("collect_seconds") + 5

    assert drain > seen
    assert container["StopTimeout"] > drain + on_its_way + CALL_SECONDS
    assert container["StopTimeout"] <= 120  # Fargate's longest


def test_the_alarms_watch_what_the_collector_tells() -> None:
    alarms = [
        one["Properties"]
        for one in template("collector")["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    ]
    ours = [one for one in alarms if one["Namespace"] == NAMESPACE]

    assert len(ours) == 2
    for one in ours:
        dimensions = {each["Name"]: each["Value"] for each in one["Dimensions"]}
        assert one["MetricName"] in UNITS
        assert list(dimensions) in OF_REASON
        assert dimensions["Reason"] in REASONS
