"""The verdict on a run's rows: Great Expectations decides, by what was counted beside the write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from great_expectations import __version__ as gx_version
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.validator.validator import Validator
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract, Rule
from tidegate.errors import counted
from tidegate.gate.counting import Counting
from tidegate.gate.one_pass import plan_rules
from tidegate.gate.payload import REASONS
from tidegate.gate.personal import observed, unjudged
from tidegate.gate.rules import configuration, row_rules, said_by_spark, table_rules
from tidegate.gate.verdict import BLOCK, PASS, WARN, Broken, Verdict

EXAMPLES = 3  # keys of rows that a message shows for a broken rule


class Watch:
    """Counts, beside one write, what a contract's table rules ask of the rows."""

    def __init__(self, contract: Contract, rows: DataFrame, *more: SparkColumn) -> None:
        """Work out what to count.

        Args:
            contract: the contract of the table that is written.
            rows: the rows that will be written, the contract's columns among theirs, above the
                last exchange of their plan: Spark may run what is below one twice, and would
                count it twice.
            more: other aggregates to count on the way, by name.
        """
        self._contract = contract
        self._rules = table_rules(contract)
        columns = [column.name for column in contract.columns]
        self._plan = plan_rules(
            [configuration(rule) for rule in self._rules], rows.select(*columns)
        )
        self._counting = Counting(rows, [*self._plan.columns, *more])
        self.rows = self._counting.rows
        """The rows to write."""

    @property
    def counted(self) -> dict[str, Any]:
        """The aggregates' values; known once the write has succeeded. ``rows`` is how many."""
        return self._counting.values

    def verdict(
        self,
        written: int,
        rows: Callable[[], DataFrame],
        refused: Sequence[ExpectationValidationResult] = (),
    ) -> Verdict:
        """Judge the rows by the contract's table rules.

        Args:
            written: how many rows Iceberg says were written.
            rows: reads them as they were written, which only those rules need that counting can't
                decide.
            refused: what ``Candidates`` says of the rules that refuse rows.

        Returns:
            The verdict; a rule that could not be judged blocks.
        """
        results = self._plan.results(self.counted, rows, written)
        judged = zip(self._rules, results, strict=True)
        broken = [
            _broken(self._contract, rows, rule, result)
            for rule, result in judged
            if not result.success
        ]
        broken.sort(key=lambda one: not one.blocks)
        word = PASS
        if broken:
            word = BLOCK if broken[0].blocks else WARN
        suite_result = _suite_result(self._contract, word == PASS, [*refused, *results])
        return Verdict(word, tuple(broken), suite_result)


class Candidates:
    """What the rules that refuse rows say of all rows that came, by what refused each of them."""

    def __init__(self, contract: Contract, judged: DataFrame) -> None:
        """Work out what to count.

        Args:
            contract: the contract of the clean table.
            judged: the candidate rows with the contract's columns and their reasons.
        """
        self._rules = row_rules(contract)
        self._columns = [*(column.name for column in contract.columns), REASONS]
        refusals = {
            rule.id: F.count(F.when(F.array_contains(REASONS, rule.id), 1)) for rule in self._rules
        }
        configurations = [configuration(rule) for rule in self._rules]
        self._plan = plan_rules(configurations, judged.select(*self._columns), refusals)

    @property
    def columns(self) -> tuple[SparkColumn, ...]:
        """Aggregates to count over the candidates; all are sums, so parts can be added up."""
        return self._plan.columns

    def results(
        self, parts: Iterable[Mapping[str, Any]], judged: DataFrame
    ) -> list[ExpectationValidationResult]:
        """Great Expectations' result a rule.

        Args:
            parts: the aggregates' values by name, for each part of the candidates.
            judged: the candidates, read only for what the counts don't decide.
        """
        found = list(parts)
        values = {name: sum(part[name] or 0 for part in found) for name in self._plan.names}
        return self._plan.results(values, lambda: judged.select(*self._columns))


def _validate(rows: DataFrame, rule: Rule, form: dict[str, Any]) -> ExpectationValidationResult:
    """Great Expectations' own result for a rule, with the places of rows that break it."""
    engine = SparkDFExecutionEngine(persist=False)
    engine.load_batch_data("rows", rows)
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    (result,) = validator.graph_validate(
        configurations=[configuration(rule)],
        runtime_configuration={"catch_exceptions": True, "result_format": form},
    )
    return result


def _broken(
    contract: Contract,
    rows: Callable[[], DataFrame],
    rule: Rule,
    result: ExpectationValidationResult,
) -> Broken:
    if failed := trouble(result):
        return Broken(rule, 0, unjudged(rule, contract, failed), judged=False)
    found = result.result or {}
    count = int(found.get("unexpected_count") or 0)
    if count:
        share = found.get("unexpected_percent") or 0.0
        told = f"{counted(count, 'row')}, {share:.3g} %"
        return Broken(rule, count, told, _examples(contract, rows(), rule))
    value = found.get("observed_value")
    if "unexpected_rows_query" in rule.arguments:
        value = _value(rows(), rule)
    return Broken(rule, 0, observed(rule, contract, value))


def trouble(result: ExpectationValidationResult) -> str:
    """Why a rule could not be judged, in one line; empty where it could."""
    told = dict(result.exception_info or {})
    nested = [value for value in told.values() if isinstance(value, dict)] or [told]
    for one in nested:
        if one.get("raised_exception"):
            message = str(one.get("exception_message") or "no reason given").strip()
            return said_by_spark(message)
    return ""


def _examples(contract: Contract, rows: DataFrame, rule: Rule) -> tuple[str, ...]:
    """Keys of some rows that break a rule, but for what is personal of them."""
    key = [name for name in contract.key if not contract.column(name).personal]
    if not key:
        return ()
    form = {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": key,
        "partial_unexpected_count": EXAMPLES,
    }
    found = _validate(rows, rule, form).result or {}
    places = found.get("partial_unexpected_index_list") or []
    return tuple(
        ", ".join(f"{column}={place[column]}" for column in key) for place in places[:EXAMPLES]
    )


def _value(rows: DataFrame, rule: Rule) -> Any:
    """What a rule's query gave: Great Expectations' result has but the count of such rows."""
    found = _validate(rows, rule, {"result_format": "COMPLETE"}).result or {}
    return found["details"]["unexpected_rows"][0]["value"]


def _suite_result(
    contract: Contract, success: bool, results: list[ExpectationValidationResult]
) -> ExpectationSuiteValidationResult:
    """The results as Great Expectations keeps them; a row that was refused is no failure."""
    good = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=success,
        results=results,
        suite_name=contract.table,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": 100 * good / len(results) if results else None,
        },
        meta={"great_expectations_version": gx_version},
    )
