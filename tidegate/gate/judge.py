"""The verdict on a run's rows: Great Expectations decides, from the rows that were written."""

from collections.abc import Sequence
from typing import Any

from great_expectations import __version__ as gx_version
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.validator.validator import Validator
from pyspark.sql import DataFrame

from tidegate.contract import Contract, Rule, Severity
from tidegate.gate.rules import configuration, table_rules
from tidegate.gate.verdict import BLOCK, PASS, WARN, Broken, Verdict

EXAMPLES = 3  # keys of rows that a message shows for a broken rule


def judge(contract: Contract, rows: DataFrame) -> Verdict:
    """Judge the rows a run wrote by the contract's table rules.

    Args:
        contract: the table's contract.
        rows: the rows this run added or replaced, as they were written.

    Returns:
        The verdict; a rule that could not be judged counts as one that doesn't hold.
    """
    rules = table_rules(contract)
    results = _validate(rows, rules, {"result_format": "BASIC"})
    failed = [
        (rule, result) for rule, result in zip(rules, results, strict=True) if not result.success
    ]
    broken = [_broken(contract, rows, rule, result) for rule, result in failed]
    broken.sort(key=lambda one: one.rule.severity is not Severity.BLOCK)
    word = PASS
    if broken:
        word = BLOCK if broken[0].rule.severity is Severity.BLOCK else WARN
    return Verdict(word, tuple(broken), _suite_result(contract, results))


def _validate(
    rows: DataFrame, rules: Sequence[Rule], form: dict[str, Any]
) -> list[ExpectationValidationResult]:
    """Great Expectations' results, one a rule, in the rules' order."""
    if not rules:
        return []
    engine = SparkDFExecutionEngine(persist=False)
    engine.load_batch_data("rows", rows)
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    found = validator.graph_validate(
        configurations=[configuration(rule) for rule in rules],
        runtime_configuration={"catch_exceptions": True, "result_format": form},
    )
    by_id = {result.expectation_config.meta["id"]: result for result in found}
    return [by_id[rule.id] for rule in rules]


def _broken(
    contract: Contract, rows: DataFrame, rule: Rule, result: ExpectationValidationResult
) -> Broken:
    trouble = _trouble(result)
    if trouble:
        return Broken(rule, 0, f"could not be judged: {trouble}")
    found = result.result or {}
    count = int(found.get("unexpected_count") or 0)
    if count:
        share = found.get("unexpected_percent") or 0.0
        return Broken(
            rule, count, f"{count:,} rows, {share:.3g} %", _examples(contract, rows, rule)
        )
    return Broken(rule, 0, f"found {found.get('observed_value')}")


def _trouble(result: ExpectationValidationResult) -> str:
    """Why a rule could not be judged, in one line; empty where it could."""
    told = dict(result.exception_info or {})
    nested = [value for value in told.values() if isinstance(value, dict)] or [told]
    for one in nested:
        if one.get("raised_exception"):
            lines = str(one.get("exception_message") or "no reason given").strip().splitlines()
            return lines[0]
    return ""


def _examples(contract: Contract, rows: DataFrame, rule: Rule) -> tuple[str, ...]:
    """Keys of some rows that break a rule."""
    if not contract.key:
        return ()
    form = {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": list(contract.key),
        "partial_unexpected_count": EXAMPLES,
    }
    found = _validate(rows, [rule], form)[0].result or {}
    places = found.get("partial_unexpected_index_list") or []
    return tuple(
        ", ".join(f"{column}={place[column]}" for column in contract.key)
        for place in places[:EXAMPLES]
    )


def _suite_result(
    contract: Contract, results: list[ExpectationValidationResult]
) -> ExpectationSuiteValidationResult:
    good = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=good == len(results),
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
