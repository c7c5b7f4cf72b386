"""A verdict as rows to keep: each rule's figures, and no value that may be personal."""

import json
from collections.abc import Sequence
from typing import Any

from great_expectations.core import ExpectationValidationResult
from great_expectations.util import convert_to_json_serializable

from tidegate.contract import Contract, Rule
from tidegate.errors import counted
from tidegate.gate.judge import trouble
from tidegate.gate.one_pass import ROWS
from tidegate.gate.personal import UNJUDGED, WITHHELD, observed, unjudged
from tidegate.gate.verdict import Broken, Verdict

PAST = "past"
# What Great Expectations counts. What it lists (values, places, rows) is never kept.
_COUNTS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "missing_count",
    "missing_percent",
)


def keep(verdict: Verdict, contract: Contract) -> list[dict[str, Any]]:
    """What is kept of a verdict: one dict a rule that was judged, or could not be.

    Args:
        verdict: the gate's whole verdict on what a run did to a table.
        contract: the table's contract.

    Returns:
        The columns of ``quality.verdicts`` that tell of a rule, from ``rule`` to ``result``.
    """
    broken = {one.rule.id: one for one in verdict.broken}
    if verdict.result is None:  # rules failed on the rows, so that no other was asked
        return [_failed(one, contract) for one in verdict.broken]
    rules = {rule.id: rule for rule in contract.rules}
    by_rows = [
        _by_rows(rules[rule_id], result, broken.get(rule_id), contract)
        for result in verdict.result.results
        if (rule_id := result.expectation_config.meta["id"])
    ]
    by_past = [_by_past(rule, broken.get(rule.id), verdict.notes) for rule in contract.past_rules]
    return by_rows + by_past


def _row(rule: Rule, *, holds: bool, computed: str, **figures: Any) -> dict[str, Any]:
    """A rule's row; a figure that isn't given is null."""
    return {
        "rule": rule.id,
        "description": rule.description,
        "severity": rule.severity.value,
        "dimension": rule.dimension or None,
        "expectation": rule.expectation,
        "holds": holds,
        "could_be_judged": figures.get("could_be_judged", True),
        "rows_judged": figures.get("rows_judged"),
        "rows_broken": figures.get("rows_broken"),
        "share_broken": figures.get("share_broken"),
        "found": figures.get("found"),
        "computed": computed,
        "result": figures.get("result"),
    }


def _by_rows(
    rule: Rule, result: ExpectationValidationResult, broken: Broken | None, contract: Contract
) -> dict[str, Any]:
    """A rule that Great Expectations decided."""
    counted = {key: value for key, value in (result.result or {}).items() if key in _COUNTS}
    judged, wrong = counted.get("element_count"), counted.get("unexpected_count")
    if judged is not None:
        judged -= counted.get("missing_count") or 0
        wrong = wrong or 0  # of no rows some sums are null
    found = _found(rule, result, broken, contract)
    return _row(
        rule,
        holds=bool(result.success),
        computed=result.meta["computed"],
        could_be_judged=not trouble(result),
        rows_judged=judged,
        rows_broken=wrong,
        share_broken=wrong / judged if judged and wrong is not None else None,
        found=found,
        result=_json(result, counted, found),
    )


def _by_past(rule: Rule, broken: Broken | None, notes: Sequence[str]) -> dict[str, Any]:
    """A rule that compares with the past; in a rebuild its severity is the milder one it had."""
    told = [note.removeprefix(f"{rule.id}: ") for note in notes if note.startswith(f"{rule.id}: ")]
    return _row(
        broken.rule if broken else rule,
        holds=broken is None,
        computed=PAST,
        could_be_judged=broken is None or broken.judged,
        found=broken.told if broken else "; ".join(told) or None,
    )


def _failed(broken: Broken, contract: Contract) -> dict[str, Any]:
    """A rule that failed on the rows before there was a result."""
    found = unjudged(broken.rule, contract, broken.told.removeprefix(UNJUDGED))
    return _row(broken.rule, holds=False, computed=ROWS, could_be_judged=False, found=found)


def _found(
    rule: Rule, result: ExpectationValidationResult, broken: Broken | None, contract: Contract
) -> str | None:
    """What was found, in words."""
    figures = result.result or {}
    if failed := trouble(result):
        return unjudged(rule, contract, failed)
    if "unexpected_count" in figures:
        share = figures.get("unexpected_percent") or 0.0
        return f"{counted(figures['unexpected_count'] or 0, 'row')}, {share:.3g} %"
    if "unexpected_rows_query" in rule.arguments:  # what is observed is but the count of its rows
        return broken.told if broken else None
    return observed(rule, contract, figures.get("observed_value"))


def _json(result: ExpectationValidationResult, counted: dict[str, Any], found: str | None) -> str:
    """Great Expectations' result without what it lists, for Data Docs."""
    told = result.to_json_dict()
    value = (result.result or {}).get("observed_value")
    if value is not None and found != WITHHELD:
        counted = {**counted, "observed_value": convert_to_json_serializable(value)}
    failed = bool(trouble(result))
    return json.dumps(
        {
            "success": told["success"],
            "expectation_config": told["expectation_config"],
            "result": counted,
            "meta": told["meta"],
            "exception_info": {
                "raised_exception": failed,
                "exception_message": found if failed else None,
                "exception_traceback": None,
            },
        }
    )
