"""Our verdicts against stock Great Expectations', rule by rule, on the same rows."""

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from great_expectations.core import ExpectationValidationResult
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator
from pyspark.sql import DataFrame, SparkSession

from tests.conftest import CASES
from tests.gate.generated import (
    CONDITION_IGNORED,
    FALLEN_BACK,
    FIGURES,
    MAPS,
    SHAPES,
    Table,
    rule,
    rules,
    tables,
)
from tidegate.gate.counting import Counting
from tidegate.gate.graph import FORM
from tidegate.gate.one_pass import plan_rules

TABLES = list(tables(42))
Recorded = Callable[[str, object], None]


def some_slow(given: list[Table], every: int) -> list[Any]:
    """Tables as a test's parameters: one in so many is always asked, the others with the slow."""
    return [
        pytest.param(one, id=one.name, marks=() if place % every == 0 else pytest.mark.slow)
        for place, one in enumerate(given)
    ]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Great Expectations' own, on conditions that are texts
        yield


@pytest.mark.parametrize("table", some_slow(TABLES, 10))
def test_a_pass_beside_the_write_says_what_stock_says(
    table: Table, spark: SparkSession, tmp_path: Path, record_property: Recorded
) -> None:
    seed = TABLES.index(table)
    given = [*rules(seed, MAPS), *rules(seed, FIGURES), *rules(seed, SHAPES)]
    record_property(CASES, len(given))

    assert differences(spark, table, given, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES[::6], ids=lambda table: table.name)
def test_what_no_pass_gives_is_what_stock_says_of_the_rows(
    table: Table, spark: SparkSession, tmp_path: Path, record_property: Recorded
) -> None:
    given = rules(TABLES.index(table), FALLEN_BACK)
    record_property(CASES, len(given))

    assert differences(spark, table, given, tmp_path) == []


def test_what_stock_can_not_judge_for_a_defect_of_its_own_is_not_judged(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Great Expectations 1.24 on Spark: its count ignores this one's row_condition.

    It then refuses its own result, as more rows break the rule than were asked. There is no report
    of it upstream that we know of; once it is mended, this test says so.
    """
    rows = [(1, 1, "in"), (1, 2, "in"), (1, 2, "out")]
    frame = spark.createDataFrame(rows, "a int, b int, c string")
    asked = rule(
        f"expect_{CONDITION_IGNORED}",
        column_A="a",
        column_B="b",
        value_pairs_set=[(1, 1)],
        row_condition="c = 'in'",
        condition_parser="spark",
    )

    theirs = stock(frame, [asked])[asked.meta["id"]]

    assert "Invalid result values" in str(theirs.exception_info)
    assert differences(spark, Table("pairs", rows, 1), [asked], tmp_path, frame) == []


def differences(
    spark: SparkSession,
    table: Table,
    given: list[ExpectationConfiguration],
    folder: Path,
    frame: DataFrame | None = None,
) -> list[str]:
    """What we say otherwise than stock Great Expectations, a line a rule."""
    frame = frame or table.frame(spark)
    plan = plan_rules(given, frame)
    counting = Counting(frame, plan.columns)
    counting.rows.write.parquet(str(folder / "written"))
    ours = plan.results(counting.values, lambda: frame, written=len(table.rows))
    theirs = stock(frame, given)
    frame.unpersist()
    return [
        f"{one.type} {one.kwargs}: {told} {mine.meta}, stock says {expected}"
        for one, mine in zip(given, ours, strict=True)
        if not same(told := said(mine), expected := said(theirs[one.meta["id"]]))
    ]


def stock(
    frame: DataFrame, given: list[ExpectationConfiguration]
) -> dict[str, ExpectationValidationResult]:
    """Stock Great Expectations' results by rule."""
    engine = SparkDFExecutionEngine(persist=False)
    engine.load_batch_data("rows", frame)
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    found = validator.graph_validate(
        configurations=given, runtime_configuration={**FORM, "catch_exceptions": True}
    )
    return {one.expectation_config.meta["id"]: one for one in found}


def said(result: ExpectationValidationResult) -> Any:
    """Success with every figure; or only that the rule could not be judged."""
    if result.exception_info and result.exception_info.get("raised_exception", True):
        return "could not be judged"
    return {"success": result.success, **(result.result or {})}


def same(mine: Any, theirs: Any) -> bool:
    """Whether two values are the same, of one type.

    Sums of fractions depend on Spark's order in their last digit.
    """
    if type(mine) is not type(theirs):
        return False
    if isinstance(mine, dict):
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
    if isinstance(mine, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(mine, float) and not math.isnan(mine):
        return math.isclose(mine, theirs, rel_tol=1e-12)
    return mine == theirs or (mine != mine and theirs != theirs)
