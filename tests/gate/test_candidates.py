"""Rules that refuse rows: Great Expectations' result on all that came, from what refused each."""

from dataclasses import replace
from typing import Any

import pytest

from tests.gate.test_differential import said, stock
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Column, Rule, Severity
from tidegate.gate.payload import parse_payload
from tidegate.gate.rules import configuration, row_rules

TABLE = "clean.github_events"


def with_rules(lake: LakeOfATest, *rules: tuple[str, dict[str, Any]]) -> None:
    """Give the lake's clean table more rules that refuse rows."""
    contract = lake.contracts.table(TABLE)
    more = tuple(
        Rule(f"rule_{number}", "A rule.", Severity.REFUSE, "", expectation, arguments)
        for number, (expectation, arguments) in enumerate(rules)
    )
    changed = replace(contract, rules=(*contract.rules, *more))
    lake.change(changed)


def test_a_rule_that_refuses_rows_says_what_stock_says_of_all_that_came(lake: LakeOfATest) -> None:
    with_rules(
        lake,
        (
            "expect_column_values_to_be_between",
            {
                "column": "push_size",
                "max_value": 3,
                "row_condition": "actor_id > 6",
                "condition_parser": "spark",
            },
        ),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "push_size", "column_B": "push_distinct_size"},
        ),
        ("expect_column_values_to_not_be_null", {"column": "ref"}),
    )
    lake.land(
        [
            payload(id="1"),
            payload(id="2", type="push"),
            payload(id="3", payload={"size": -1, "distinct_size": -1}),
            payload(id="4", payload={"size": 4, "distinct_size": 1}),
            payload(id="5", payload={"size": 4}, actor={"id": 6, "login": "bob"}),
            payload(id="6", repo={"id": 0, "name": "sea"}),
            b"no JSON",
        ]
    )
    contract = lake.contracts.table(TABLE)
    rules = [configuration(rule) for rule in row_rules(contract)]
    came = parse_payload(lake.table("raw.github"), contract)
    expected = stock(came.select(*(column.name for column in contract.columns)), rules)

    report = lake.clean()

    results = report.judged.result.results if report.judged else []
    ours = {one.expectation_config.meta["id"]: one for one in results}
    assert {name: said(ours[name]) for name in expected} == {
        name: said(result) for name, result in expected.items()
    }
    assert {ours[name].meta["computed"] for name in expected} == {"observed"}
    assert report.judged is not None
    assert report.judged.result.success


@pytest.mark.parametrize("cast", ["CAST(actor AS INT) > 3", "1 / (actor_id - 7) > 0"])
def test_a_rule_that_a_row_makes_fail_blocks_as_not_judged(lake: LakeOfATest, cast: str) -> None:
    with_rules(
        lake,
        (
            "expect_column_values_to_not_be_null",
            {"column": "ref", "row_condition": cast, "condition_parser": "spark"},
        ),
    )
    lake.land([payload(id="1", payload={"size": 1, "distinct_size": 1})])

    report = lake.clean()

    (broken,) = report.broken
    assert (report.verdict, broken.rule.id, broken.judged) == ("block", "rule_0", False)
    assert broken.told.startswith("could not be judged: [")
    assert lake.rows(TABLE, "event_id") == []


def test_a_column_that_can_not_be_computed_of_a_row_blocks_as_not_judged(
    lake: LakeOfATest,
) -> None:
    lake.narrow("ref")
    contract = lake.contracts[TABLE]
    number = Column("number", "integer", transform="CAST(ref AS INT)")
    lake.change(replace(contract, columns=(*contract.columns, number)))
    lake.land([payload(id="1", payload={"ref": "main"})])

    report = lake.clean()

    (broken,) = report.broken
    assert (report.verdict, broken.rule.id, broken.judged) == ("block", "number_computed", False)
    assert broken.told.startswith("could not be judged: [CAST_INVALID_INPUT]")
    assert lake.rows(TABLE, "event_id") == []


def test_once_the_rule_is_mended_what_was_not_judged_is_published(lake: LakeOfATest) -> None:
    own = lake.contracts
    with_rules(
        lake,
        (
            "expect_column_values_to_not_be_null",
            {
                "column": "ref",
                "row_condition": "CAST(actor AS INT) > 3",
                "condition_parser": "spark",
            },
        ),
    )
    lake.land([payload(id="1", payload={"size": 1, "distinct_size": 1}), b"no JSON"])
    assert lake.clean().verdict == "block"
    lake.contracts = own

    assert lake.clean().rows.values() == (2, 1, 1, 0, 0)
    assert lake.branches(TABLE) == []
