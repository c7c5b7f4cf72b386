"""``quality.verdicts``: what is kept of each verdict is what was judged, and no value of a row."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import DataFrame

from tests.conftest import put
from tests.gate.test_sql_rules import asked
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.aws import AwsConfig
from tidegate.contract import VERDICTS, Contracts, Rule, Severity
from tidegate.contract.selection import Selection
from tidegate.errors import ProjectError
from tidegate.flow import Flow, clean, job, land, whole_days
from tidegate.flow.books import Standing
from tidegate.flow.replay import replay
from tidegate.flow.run_flow import FlowReport, run_flow
from tidegate.lake.ledger import Counts, Decision, Entry

TABLE = "clean.github_events"
QUERY = "SELECT event_id FROM {batch} WHERE push_size > 5"
CLEANING = Flow("github", [clean(TABLE)])
FIGURES = ("holds", "could_be_judged", "rows_judged", "rows_broken", "share_broken", "found")


def rule(name: str, severity: Severity, kind: str, **arguments: Any) -> Rule:
    past = not kind.startswith("expect_") and kind != "unexpected_rows_expectation"
    return Rule(name, f"The rule {name}.", severity, "accuracy", kind, arguments, past=past)


def at_most(name: str, severity: Severity, most: int, **more: Any) -> Rule:
    """A rule that pushes have at most so many commits."""
    kind = "expect_column_values_to_be_between"
    return rule(name, severity, kind, column="push_size", max_value=most, **more)


def with_rules(lake: LakeOfATest, *rules: Rule, personal: str = "") -> None:
    """Let the clean table have these rules and no others, and one of its columns be personal."""
    own = lake.contracts[TABLE]
    columns = tuple(
        replace(column, personal="personal") if column.name == personal else column
        for column in own.columns
    )
    changed = replace(own, rules=rules, columns=columns)
    lake.change(changed)


def kept(lake: LakeOfATest, *columns: str) -> dict[str, tuple[Any, ...]]:
    """The rows of ``quality.verdicts``, by rule."""
    return {name: tuple(rest) for name, *rest in lake.rows(VERDICTS, "rule", *columns)}


def cleaned(lake: LakeOfATest, *payloads: bytes) -> FlowReport:
    lake.land(payloads)
    return run_flow(lake.run(), CLEANING)


def pushes(*sizes: int) -> list[bytes]:
    """A push of each size."""
    return [
        payload(id=f"{place} {size}", payload={"size": size, "distinct_size": 1})
        for place, size in enumerate(sizes)
    ]


def test_each_rule_of_a_verdict_is_kept_with_what_was_judged_and_found(lake: LakeOfATest) -> None:
    volume = {"min_ratio": 0.5, "max_ratio": 2, "weeks": 8, "min_days": 4}
    with_rules(
        lake,
        at_most("refusing", Severity.REFUSE, 9),
        at_most("warning", Severity.WARN, 2, mostly=0.9),
        at_most("holding", Severity.BLOCK, 2, mostly=0.5),
        rule("counting", Severity.WARN, "expect_table_row_count_to_be_between", min_value=5),
        rule("comparing", Severity.BLOCK, "volume_within_usual", **volume),
    )

    report = cleaned(lake, *pushes(1, 2, 2, 3, 10), b"no JSON")

    judged = report.stages[0].judged
    assert judged is not None
    assert kept(lake, *FIGURES, "severity", "computed") == {
        "refusing": (False, True, 5, 1, 0.2, "1 row, 20 %", "refuse", "observed"),
        "warning": (False, True, 4, 1, 0.25, "1 row, 25 %", "warn", "observed"),
        "holding": (True, True, 4, 1, 0.25, "1 row, 25 %", "block", "observed"),
        "counting": (False, True, None, None, None, "found 4", "warn", "observed"),
        "comparing": (
            *(True, True, None, None, None),
            *("too few days to compare: 0 of 4 (2015-01-01)", "block", "past"),
        ),
    }
    assert set(
        kept(lake, "run", "table_name", "commit_number", "verdict", "contract_version").values()
    ) == {(report.run, TABLE, 1, "warn", lake.contracts[TABLE].version)}
    assert kept(lake, "description", "dimension", "expectation")["counting"] == (
        *("The rule counting.", "accuracy", "expect_table_row_count_to_be_between"),
    )
    results = {
        one.expectation_config.meta["id"]: one.to_json_dict() for one in judged.result.results
    }
    for name, (text,) in kept(lake, "result").items():
        told, result = json.loads(text) if text else None, results.get(name)
        if result:
            result["result"].pop("partial_unexpected_list", None)  # which is empty
        assert told == result


def test_rules_that_had_no_row_to_judge_are_kept(lake: LakeOfATest) -> None:
    short = {"column": "actor", "max_value": 9}
    pair = {"column_A": "push_size", "column_B": "push_distinct_size"}
    with_rules(
        lake,
        at_most("refusing", Severity.REFUSE, 9),
        at_most("warning", Severity.WARN, 2),
        rule("known", Severity.WARN, "expect_column_values_to_not_be_null", column="push_size"),
        rule("pairing", Severity.WARN, "expect_column_pair_values_to_be_equal", **pair),
        rule("single", Severity.BLOCK, "expect_column_values_to_be_unique", column="event_id"),
        rule("short", Severity.WARN, "expect_column_value_lengths_to_be_between", **short),
        rule("asking", Severity.WARN, "unexpected_rows_expectation", unexpected_rows_query=QUERY),
    )
    cleaned(lake, *pushes(1))
    lake.spark.sql(f"DELETE FROM lake.{lake.settings.database_prefix}{VERDICTS}")

    report = cleaned(lake, *pushes(1), b"no JSON")

    assert report.stages[0].rows == Counts(2, quarantined=1, duplicates=1)
    assert [line for line in lake.said if VERDICTS in line] == []
    nothing = (True, True, 0, 0, None, "0 rows, 0 %")
    assert kept(lake, *FIGURES) == {
        "refusing": (True, True, 1, 0, 0.0, "0 rows, 0 %"),  # the duplicate
        **dict.fromkeys(("warning", "known", "pairing", "single", "short"), nothing),
        "asking": (True, True, None, None, None, None),
    }


def test_runs_append_also_a_blocked_one_and_one_with_nothing_new_keeps_nothing(
    lake: LakeOfATest,
) -> None:
    with_rules(lake, at_most("small", Severity.BLOCK, 2))

    runs = [cleaned(lake, *pushes(1)), cleaned(lake, *pushes(3, 4)), run_flow(lake.run(), CLEANING)]
    lake.contracts = Contracts(
        {**lake.contracts.by_table, TABLE: replace(lake.contracts[TABLE], rules=())}
    )
    runs += [run_flow(lake.run(), CLEANING), run_flow(lake.run(), CLEANING)]

    found = lake.rows(VERDICTS, "judged_at", "run", "commit_number", "verdict", "rows_judged")
    assert [one.stages[0].verdict for one in runs] == [
        *("pass", "block", "block", "pass", "nothing new")
    ]
    assert [row[1:] for row in found] == [
        (runs[0].run, 1, "pass", 1),
        (runs[1].run, 2, "block", 2),
        (runs[2].run, 2, "block", 2),
    ]


def test_a_rule_that_fails_on_the_rows_is_kept_as_not_judged(lake: LakeOfATest) -> None:
    failing = {"row_condition": "CAST(actor AS INT) > 3", "condition_parser": "spark"}
    with_rules(
        lake,
        rule(
            "failing",
            Severity.REFUSE,
            "expect_column_values_to_not_be_null",
            column="ref",
            **failing,
        ),
        at_most("not_asked", Severity.WARN, 9),
    )

    report = cleaned(lake, payload(id="1", payload={"size": 1}))

    (broken,) = report.stages[0].broken
    assert kept(lake, *FIGURES) == {"failing": (False, False, None, None, None, broken.told)}
    assert "'ann'" in broken.told


def test_no_value_of_a_personal_column_is_kept(lake: LakeOfATest) -> None:
    secret = "ann-who-must-not-be-named"
    condition = {"row_condition": "CAST(actor AS INT) > 3", "condition_parser": "spark"}
    with_rules(
        lake,
        rule(
            "in_set",
            Severity.WARN,
            "expect_column_values_to_be_in_set",
            column="actor",
            value_set=["bob"],
        ),
        asked(lake.contracts[TABLE], "greatest", "SELECT MAX(actor) FROM ${object}", mustBe=1),
        rule(
            "failing",
            Severity.WARN,
            "expect_column_values_to_not_be_null",
            column="ref",
            **condition,
        ),
        rule(
            "common",
            Severity.WARN,
            "expect_column_most_common_value_to_be_in_set",
            column="actor",
            value_set=["bob"],
        ),
        personal="actor",
    )

    report = cleaned(lake, payload(id="1", actor={"id": 7, "login": secret}))

    told = {one.rule.id: one.told for one in report.stages[0].broken}
    assert told.keys() == {"in_set", "greatest", "failing", "common"}
    assert [name for name in told if secret in told[name]] == []
    withheld = "not kept, as the rule looks at a personal column"
    assert kept(lake, "could_be_judged", "rows_broken", "found") == {
        "in_set": (True, 1, "1 row, 100 %"),
        "greatest": (False, None, "could not be judged: [CAST_INVALID_INPUT]"),
        "failing": (False, None, "could not be judged: [CAST_INVALID_INPUT]"),
        "common": (True, None, withheld),
    }
    assert secret not in str(lake.table(VERDICTS).collect())


def test_each_landing_of_a_run_is_kept(streaming: LakeOfATest, aws: AwsConfig) -> None:
    few = streaming.settings.model_copy(update={"land_records": 1})
    lake = LakeOfATest(streaming.spark, few)
    put(aws, lake, [payload(id="1"), payload(id="2")])

    run_flow(lake.run(), Flow("github", [land("raw.github")]))

    assert lake.rows(VERDICTS, "commit_number", "rule", "rows_judged") == [
        (1, "sequence_number_padded", 1),
        (2, "sequence_number_padded", 1),
    ]


def test_what_was_judged_before_an_error_is_kept(lake: LakeOfATest) -> None:
    @job(reads={"events": TABLE}, writes="mart.daily_activity", increment=whole_days("event_date"))
    def without_columns(events: DataFrame) -> DataFrame:
        return events.select("event_date")

    lake.land([payload(id="1")])

    with pytest.raises(ProjectError):
        run_flow(lake.run(), Flow("github", [clean(TABLE), without_columns]))

    assert {name for (name,) in lake.rows(VERDICTS, "table_name")} == {TABLE}


def test_a_run_whose_verdicts_can_not_be_kept_says_so_and_publishes(lake: LakeOfATest) -> None:
    database = f"lake.{lake.settings.database_prefix}quality"
    lake.spark.sql(f"CREATE NAMESPACE {database}")
    lake.spark.sql(f"CREATE TABLE {database}.verdicts (other INT) USING iceberg")

    report = cleaned(lake, payload(id="1"))

    assert report.stages[0].verdict == "pass"
    assert lake.rows(TABLE, "event_id") == [("1",)]
    told = [line for line in lake.said if VERDICTS in line]
    assert len(told) == 1
    assert "quality.verdicts: the verdicts could not be kept: ContractError: contracts/" in told[0]


def test_a_replay_is_kept_without_the_rule_on_refusals_which_it_does_not_ask(
    lake: LakeOfATest,
) -> None:
    usual = {"max_ratio": 3, "min_share": 0.001, "days": 28, "min_days": 7, "min_rows": 100}
    shares = rule("shares", Severity.WARN, "refused_share_within_usual", **usual)
    with_rules(lake, at_most("small", Severity.REFUSE, 2), shares)
    cleaned(lake, *pushes(3))
    with_rules(lake, at_most("small", Severity.REFUSE, 3), shares)

    replay(lake.run(), TABLE, Selection())

    assert lake.rows(VERDICTS, "commit_number", "rule", "holds") == [
        (1, "shares", True),
        (1, "small", False),
        (2, "small", True),
    ]


def test_a_table_s_newest_page_is_named_where_its_newest_commit_judged_rows() -> None:
    entry = Entry(run="a-1", number=7, started="2015-01-01T13:00:00+00:00", rows=Counts(2, 2))
    discarded = replace(entry, rows=Counts(), decision=Decision("discarded", "a-0", "ann", "wrong"))
    emptied = replace(entry, rows=Counts(), days=(("2015-01-01", "2015-01-01"),))

    assert [
        Standing(table, one).page
        for table, one in [
            *[("mart.days", entry), ("mart.days", discarded), ("mart.days", emptied)],
            *[("quarantine.days", entry), ("mart.days", Entry(run="", number=0, started=""))],
        ]
    ] == [
        "validations/mart/days/a-1/20150101T130000.000000Z/commit-7.html",
        None,
        "validations/mart/days/a-1/20150101T130000.000000Z/commit-7.html",
        None,
        None,
    ]
