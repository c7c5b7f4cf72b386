"""A rule that nothing can judge is told when a run opens, before it reads a row."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY
from tidegate.contract import Column, Contract, Rule, Severity
from tidegate.errors import ContractError
from tidegate.flow.open import open_run
from tidegate.gate.ahead import check_ahead, check_with_spark
from tidegate.settings import load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def contract(expectation: str, **arguments: Any) -> Contract:
    rule = Rule("the_rule", "", Severity.WARN, "", expectation, arguments, line=7)
    columns = (Column("id", "string"), Column("price", "decimal(9,2)"))
    return Contract(Path("clean.clicks.yaml"), "clean.clicks", "1.0.0", "", columns, rules=(rule,))


def refused(what: Contract) -> str:
    with pytest.raises(ContractError) as told:
        check_ahead([what])
    return str(told.value).removeprefix('contracts/clean.clicks.yaml:7: rule "the_rule": ')


@pytest.mark.parametrize(
    ("expectation", "arguments", "told"),
    [
        (
            "expect_column_values_to_be_betwen",
            {"column": "price", "min_value": 0},
            "Great Expectations refuses it: it has no expect_column_values_to_be_betwen"
            '\n  did you mean "expect_column_values_to_be_between"?',
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "price", "min_value": 0, "mostly": 2},
            "Great Expectations refuses it: mostly: ensure this value is less than or equal to 1.0",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "price"},
            "Great Expectations refuses it: min_value and max_value cannot both be None",
        ),
        (
            "expect_table_row_count_to_be_between",
            {"min_value": 5, "max_value": 1},
            "Great Expectations refuses it:"
            " min_value (5) must be less than or equal to max_value (1)",
        ),
    ],
)
def test_what_great_expectations_refuses_is_told_in_a_line(expectation, arguments, told):
    assert refused(contract(expectation, **arguments)) == told


@pytest.mark.parametrize(
    ("expectation", "arguments"),
    [
        ("expect_column_values_to_be_unique", {}),
        ("expect_column_values_to_be_increasing", {}),
        ("expect_column_value_z_scores_to_be_less_than", {"threshold": 2, "double_sided": True}),
        ("expect_column_values_to_not_be_outliers", {"method": "iqr", "multiplier": 1.5}),
        ("expect_column_max_to_be_between", {"max_value": 1}),
    ],
)
def test_what_looks_at_other_rows_can_not_refuse_a_row(expectation, arguments):
    judged = contract(expectation, column="price", **arguments)
    refusing = replace(judged, rules=(replace(judged.rules[0], severity=Severity.REFUSE),))

    assert refused(refusing) == (
        f"{expectation} judges a table, so it can't refuse a row; give it severity warn or block"
    )


def test_a_run_does_not_open_with_a_rule_that_can_not_be_judged(spark, tmp_path):
    (tmp_path / "contracts").mkdir()
    for file in (REPOSITORY / "contracts").glob("*.yaml"):
        text = file.read_text().replace("expect_column_pair_values_a", "expect_column_pair_value_a")
        (tmp_path / "contracts" / file.name).write_text(text)
    settings = load_settings(REPOSITORY, warehouse=str(tmp_path / "lake"))
    settings = settings.model_copy(update={"project": tmp_path})

    with pytest.raises(ContractError, match="distinct_size_within_size") as told:
        open_run(settings, print, to_judge=True)

    assert "mart.daily_activity.yaml" in str(told.value)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("expectation", "arguments", "told"),
    [
        (
            "unexpected_rows_expectation",
            {"unexpected_rows_query": "SELECT MAX(prize) FROM {batch}"},
            "Spark can't read the query: [UNRESOLVED_COLUMN.WITH_SUGGESTION]",
        ),
        (
            "expect_column_values_to_match_regex_list",
            {"column": "id", "regex_list": ["a", r"(?<year>\d+)\k<yaer>"]},
            r"Java can't read the regular expression '(?<year>\\d+)\\k<yaer>':"
            " named capturing group <yaer> does not exist",
        ),
    ],
)
def test_spark_and_java_have_the_last_word(
    spark: "SparkSession", expectation: str, arguments: dict[str, Any], told: str
) -> None:
    wrong = contract(expectation, **arguments)

    with pytest.raises(ContractError) as error:
        check_with_spark(spark, [wrong])

    assert str(error.value).startswith(f'contracts/clean.clicks.yaml:7: rule "the_rule": {told}')
    check_with_spark(spark, [replace(wrong, rules=())])
