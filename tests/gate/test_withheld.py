"""Rules of which nothing is told but counts: they look at what a person sent."""

from pathlib import Path
from typing import Any

import pytest

from tidegate.contract import Column, Contract, Rule, Severity
from tidegate.gate.personal import WITHHELD, observed, unjudged

pytestmark = pytest.mark.quick

COLUMNS = (
    Column("email", "string", personal="personal"),
    Column("b", "integer", transform="CAST(substring_index(email, '@', 1) AS INT)"),
    Column("c", "integer", transform="b + 1"),
    Column("pages", "integer"),
)
TROUBLE = "[CAST_INVALID_INPUT] The value 'ann' can't be cast"


def rule(**arguments: Any) -> Rule:
    return Rule("r", "", Severity.WARN, "", "unexpected_rows_expectation", arguments)


def contract(table: str = "clean.visits", columns: tuple[Column, ...] = COLUMNS) -> Contract:
    return Contract(Path(), table, "1.0.0", "", columns)


@pytest.mark.parametrize("name", ["email", "b", "c"])
def test_an_error_s_words_are_withheld_of_all_that_is_computed_from_a_personal_column(
    name: str,
) -> None:
    assert unjudged(rule(column=name), contract(), TROUBLE).endswith(": [CAST_INVALID_INPUT]")
    assert unjudged(rule(column="pages"), contract(), TROUBLE).endswith(TROUBLE)


@pytest.mark.parametrize("name", ["payload", "partition_key"])
def test_what_a_sender_wrote_is_withheld_in_raw(name: str) -> None:
    raw = contract("raw.visits", (Column(name, "binary"), Column("shard", "string")))

    assert observed(rule(column=name), raw, "ann") == WITHHELD
    assert observed(rule(column="shard"), raw, "s-0") == "found s-0"


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("SELECT max(to_json(struct(*))) FROM {batch}", False),
        ("SELECT max(to_json(struct(t.*))) FROM {batch} AS t", False),
        ("SELECT max(x) FROM {batch} AS t(x, y, z, w)", False),
        ("SELECT max(x) FROM (SELECT * FROM {batch}) AS t(x, y, z, w)", False),
        ("SELECT COUNT(*) FROM {batch}", True),
        ("SELECT max(pages * 2) FROM {batch}", True),
        ("SELECT max(pages) FROM (SELECT pages FROM {batch}) AS t", True),
    ],
)
def test_a_query_that_takes_whole_rows_names_every_column(query: str, is_told: bool) -> None:
    asked = rule(unexpected_rows_query=f"SELECT value FROM (SELECT (\n{query}\n) AS value) WHERE 1")

    assert (observed(asked, contract(), 7) == "found 7") is is_told
    assert observed(asked, contract(columns=COLUMNS[3:]), 7) == "found 7"
