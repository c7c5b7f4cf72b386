"""Data Docs: what the pages say of the verdicts kept, and that they need nothing from elsewhere."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import project_contracts
from tests.verdicts import RESULT, verdict
from tidegate.gate.data_docs import build_data_docs
from tidegate.gate.kept import verdicts
from tidegate.gate.verdict import page

TABLE = "clean.github_events"
ODD = "<b>ann</b>"
PAST = {"severity": "block", "rows_judged": None, "rows_broken": None, "result": None}


def result(kind: str, kwargs: dict[str, Any], observed: Any, why: str = "") -> str:
    """A rule's result as it is kept."""
    told = RESULT | {"expectation_config": {"type": kind, "kwargs": kwargs, "meta": {}}}
    told |= {"result": {"observed_value": observed} if observed else {}}
    failed = {"raised_exception": bool(why), "exception_message": why, "exception_traceback": None}
    return json.dumps(told | {"exception_info": failed})


MOST = {"column": "ref", "value_set": ["main"]}
COMMON = result("expect_column_most_common_value_to_be_in_set", MOST, [ODD])
REFUSED = result("expect_column_to_be_gone", {"column": "ref"}, None)
FAILED = result("expect_column_max_to_be_between", {"column": "actor_id"}, None, f"[CAST] {ODD}")
ROWS = [
    verdict(2),
    verdict(1, verdict="block"),
    verdict(
        1, verdict="block", rule="common", severity="warn", found=f"found {ODD}", result=COMMON
    ),
    verdict(1, verdict="block", rule="failed", could_be_judged=False, found=ODD, result=FAILED),
    verdict(1, verdict="block", rule="unknown", holds=True, result=REFUSED),
    verdict(1, verdict="block", rule="volume", found="3 rows are few", **PAST),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state") / "docs"
    build_data_docs(folder, project_contracts(), verdicts(ROWS))
    return folder


def text(file: Path) -> str:
    """What a person reads of a page."""
    body = file.read_text().partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def of_day(number: int) -> str:
    one = next(row for row in ROWS if row["commit_number"] == number)
    return page(TABLE, one["run"], one["judged_at"], number)


def test_a_page_has_each_rule_s_sentence_and_counts_and_great_expectations_own_words(
    site: Path,
) -> None:
    told = text(site / of_day(1))

    assert "Status: Failed" in told
    assert "small no refuse Pushes are small. 1,500 30 30 rows, 2 %" in told
    assert "failed could not be judged refuse" in told
    assert "volume no block Pushes are small. – – 3 rows are few" in told
    assert "unknown yes refuse Pushes are small. 1,500 30 30 rows, 2 %" in told
    assert "values must be less than or equal to 9.0" in told
    assert "30 unexpected values found. 2% of 1500 total rows." in told
    assert f"expect_column_max_to_be_between raised an exception: [CAST] {ODD}" in told


def test_what_was_found_in_rows_is_text_on_a_page_and_no_markup(site: Path) -> None:
    told = (site / of_day(1)).read_text()

    assert told.count("&lt;b&gt;ann") == 4
    assert ODD not in told


def test_the_index_lists_verdicts_and_what_does_not_hold_in_the_order_given(site: Path) -> None:
    told = text(site / "index.html")

    assert (
        "pass clean.github_events 2015-01-02 00:00:00 20150102T000000-1f3c small"
        " block clean.github_events 2015-01-01 00:00:00 20150101T000000-1f3c"
        " small, common, failed, volume Rules of each table" in told
    )


def test_a_table_s_page_has_the_sentences_of_its_rules_those_about_the_past_too(site: Path) -> None:
    told = text(site / "expectations" / "clean" / "github_events.html")

    rules = project_contracts()[TABLE].rules
    assert [rule.id for rule in rules if f"{rule.id} ({rule.severity}): " not in told] == []
    assert [rule.id for rule in rules if rule.description not in told] == []


def test_every_link_leads_to_a_page_of_the_site_and_nothing_is_fetched(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    led = {
        (file.parent / link.partition("#")[0]).resolve()
        for file in pages
        for link in re.findall(r'href="([^"]*)"', file.read_text())
        if not link.startswith("#")
    }

    assert led == {file.resolve() for file in pages}
    assert [
        file for file in pages if re.search(r"\bsrc=|<script|<link|https?:", file.read_text())
    ] == []


def test_a_site_makes_way_for_the_next_as_a_whole(tmp_path: Path) -> None:
    contracts, folder = project_contracts(), tmp_path / "docs"
    build_data_docs(folder, contracts, verdicts([verdict(1)]))
    build_data_docs(folder, contracts, verdicts([verdict(2)]))

    assert [str(file.relative_to(folder)) for file in folder.rglob("commit-*")] == [of_day(2)]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_run_whose_id_ends_like_a_zone_s_offset_has_its_page(tmp_path: Path) -> None:
    row = verdict(1) | {"run": "20150101T000000-5908"}

    build_data_docs(tmp_path / "docs", project_contracts(), verdicts([row]))

    told = text(tmp_path / "docs" / page(TABLE, row["run"], row["judged_at"], 1))
    assert "small no refuse Pushes are small." in told
