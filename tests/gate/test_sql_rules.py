"""Rules in SQL: one value of the rows just written, held against what it must be."""

from collections.abc import Callable
from dataclasses import replace

from open_data_contract_standard.model import DataQuality

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Contract, Contracts, Rule, Severity
from tidegate.contract.sql import compile_sql

Asked = Callable[..., Rule]


def asked(contract: Contract, name: str, query: str, **threshold: float) -> Rule:
    """A rule as the contract would have it."""
    item = DataQuality(type="sql", query=query, **threshold)
    compiled = compile_sql(item, None, contract.columns)
    return Rule(name, "", Severity.WARN, "", *compiled)


def test_a_query_is_asked_of_the_rows_just_written_and_its_value_is_told(lake: LakeOfATest) -> None:
    clean = lake.contracts["clean.github_events"]
    lake.land([payload(id="1"), payload(id="2"), payload(id="3")])
    lake.clean()
    rules = (
        asked(clean, "two", "SELECT COUNT(*) FROM ${table}", mustBe=2),
        asked(clean, "pattern", "SELECT COUNT(*) FROM ${table} WHERE ref RLIKE 'a{2}'", mustBe=0),
        asked(clean, "most", "SELECT MAX(push_size) FROM ${object}", mustBeLessThan=5),
        asked(clean, "nothing", "SELECT MAX(number) FROM ${object}", mustBeGreaterThan=0),
        asked(clean, "each", "SELECT push_size FROM ${object}", mustBeGreaterThan=0),
    )
    lake.contracts = Contracts(
        {**lake.contracts.by_table, clean.table: replace(clean, rules=rules)}
    )
    lake.land([payload(id="4"), payload(id="5", payload={"size": 7, "distinct_size": 1})])

    report = lake.clean()

    found = {one.rule.id: one.told for one in report.broken}
    assert report.verdict == "block"
    assert found.keys() == {"most", "nothing", "each"}
    assert (found["most"], found["nothing"]) == ("found 7", "found None")
    assert found["each"].startswith("could not be judged: ")
    assert "SCALAR_SUBQUERY_TOO_MANY_ROWS" in found["each"]
