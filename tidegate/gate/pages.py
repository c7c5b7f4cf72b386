"""A verdict's page: Great Expectations' own, with every rule on top, and no need of a network.

Its renderers say what is on a page. The frame around it (``frame/``) is ours, as the original
fetches its styles and scripts from elsewhere.
"""

import json
from collections.abc import Mapping
from html import escape
from operator import itemgetter
from pathlib import Path
from typing import Any

from great_expectations import __version__ as gx_version
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render import (
    RenderedDocumentContent,
    RenderedSectionContent,
    RenderedTableContent,
)
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from tidegate.gate.kept import Kept
from tidegate.gate.verdict import PASS

FRAME = Path(__file__).parent / "frame"
_HEADINGS = ("Rule", "Holds", "Severity", "Says", "Rows judged", "Rows broken", "Found")


def validation_result(kept: Kept, run: RunIdentifier) -> ExpectationSuiteValidationResult:
    """A verdict as Great Expectations' validation result again."""
    results = [result for rule in kept.rules if (result := _of_rule(rule))]
    meta: Any = {
        "great_expectations_version": gx_version,
        "run_id": run,
        "batch_spec": {
            "data_asset_name": kept.table,
            "verdict": kept.word,
            "commit": kept.commit,
            "contract version": kept.version,
        },
        "rules": [_line(rule) for rule in sorted(kept.rules, key=itemgetter("holds"))],
    }
    good = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=kept.word == PASS,
        results=results,
        suite_name=kept.table,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": 100 * good / len(results) if results else None,
        },
        meta=meta,
    )


def _of_rule(rule: Mapping[str, Any]) -> ExpectationValidationResult | None:
    """One rule's result, from the JSON that was kept of it; None where its line has to do.

    A rule about the past has none, and one that this Great Expectations refuses can't be rendered.
    """
    if not rule["result"]:
        return None
    told = json.loads(rule["result"])
    told["expectation_config"] = ExpectationConfiguration(**told["expectation_config"])
    try:
        told["expectation_config"].to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError):
        return None
    # Great Expectations puts what was observed on the page as it is.
    told["result"] = _escaped(told["result"])
    told["exception_info"]["exception_traceback"] = ""
    return ExpectationValidationResult(**told)


def _line(rule: Mapping[str, Any]) -> list[str]:
    """A rule's line in the list on top of its page."""
    broken = "no" if rule["could_be_judged"] else "could not be judged"
    holds = "yes" if rule["holds"] else f'<b class="text-danger">{broken}</b>'
    counts = [
        "–" if count is None else f"{count:,}"
        for count in (rule["rows_judged"], rule["rows_broken"])
    ]
    said = [rule["severity"], rule["description"], *counts, rule["found"]]
    return [escape(rule["rule"]), holds, *(escape(word or "–") for word in said)]


def _escaped(value: Any) -> Any:
    """A JSON value whose texts can stand in HTML."""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    return value


class VerdictPageRenderer(ValidationResultsPageRenderer):
    """Great Expectations' page of a validation result, with every rule of the verdict on top."""

    def render(
        self, validation_results: ExpectationSuiteValidationResult, suite_parameters: Any = None
    ) -> RenderedDocumentContent:
        """The page's content."""
        content: RenderedDocumentContent = super().render(validation_results, suite_parameters)
        meta: Any = validation_results.meta
        table = RenderedTableContent(
            table=meta["rules"],
            header_row=list(_HEADINGS),
            header=f"Rules: {meta['batch_spec']['verdict']}",
            styling={"body": {"classes": ["table"]}},
        )
        content.sections.insert(1, RenderedSectionContent([table], section_name="Rules"))
        return content

    def _determine_page_title(
        self, run_name: str, run_time: str, data_asset_name: str, expectation_suite_name: str
    ) -> str:
        """The page's title; the original fails where a run's id ends like a zone's offset."""
        del run_time, data_asset_name
        return f"{expectation_suite_name} / run {run_name}"


class FramedPageView(DefaultJinjaPageView):
    """Great Expectations' view of a page, in a frame that fetches nothing."""

    def __init__(self, **directories: Any) -> None:
        super().__init__(**directories)
        original = self.env.loader
        assert original is not None
        self.env.loader = ChoiceLoader([FileSystemLoader(FRAME), original])
