"""What is kept of a verdict where Great Expectations has no result of a rule."""

from dataclasses import replace
from pathlib import Path

import pytest
from great_expectations.core import ExpectationSuiteValidationResult
from pyspark.errors import PySparkException

from tests.gate.test_past import MONDAY, STARTED, VOLUME, back, contract
from tidegate.contract import Column, Contract, Rule, Severity
from tidegate.gate.keep import keep
from tidegate.gate.past import Figures, judge_past
from tidegate.gate.personal import is_personal, withheld
from tidegate.gate.verdict import BLOCK, PASS, Broken, Verdict

NOTHING = ExpectationSuiteValidationResult(success=True, results=[], suite_name="clean.clicks")


def test_a_broken_rule_about_the_past_is_kept_with_its_words_and_the_severity_it_had() -> None:
    strict = contract("volume_within_usual", Severity.BLOCK, **VOLUME)
    figures = Figures(STARTED, back(2001, 1000, 1000, 1000, 1000), frozenset([MONDAY]))

    broken, notes = judge_past(strict, figures, only_warn=True)
    (row,) = keep(Verdict(PASS, (), NOTHING).joined(broken, notes), strict)

    assert row == {
        "rule": "the_rule",
        "description": "",
        "severity": "warn",
        "dimension": None,
        "expectation": "volume_within_usual",
        "holds": False,
        "could_be_judged": True,
        "rows_judged": None,
        "rows_broken": None,
        "share_broken": None,
        "found": "2015-02-23 has 2,001 rows, a usual Monday 1,000,"
        " and at most 2.0 times that is expected",
        "computed": "past",
        "result": None,
    }


def test_a_rule_that_failed_on_a_personal_value_is_kept_without_the_error_s_words() -> None:
    asked = {"column": "ref", "row_condition": "CAST(name AS INT) > 3"}
    rule = Rule("failing", "", Severity.REFUSE, "", "expect_column_values_to_not_be_null", asked)
    open_ = replace(contract("volume_within_usual", **VOLUME), rules=(rule,))
    personal = replace(
        open_, columns=(*open_.columns, Column("name", "string", personal="personal"))
    )
    told = "could not be judged: [CAST_INVALID_INPUT] The value 'ann' of the type STRING …"
    verdict = Verdict(BLOCK, (Broken(rule, 0, told, judged=False),), None)

    found = [keep(verdict, one)[0]["found"] for one in (open_, personal)]

    assert found == [told, "could not be judged: [CAST_INVALID_INPUT]"]


@pytest.mark.parametrize(
    "query", ["SELECT MAX(Actor) FROM t", "SELECT MAX(\nactor) FROM t", "SELECT\tactor FROM t"]
)
def test_a_personal_column_is_found_however_its_name_is_written(query: str) -> None:
    rule = Rule("greatest", "", Severity.WARN, "", "", {"query": query})
    columns = (Column("actor", "string", personal="personal"), Column("factor", "string"))
    contract = Contract(Path("clean.x.yaml"), "clean.x", "1.0.0", "", columns)

    assert is_personal(rule, contract)
    assert not is_personal(replace(rule, arguments={"column": "factor"}), contract)


def test_an_error_nobody_expected_is_raised_without_its_words_where_a_column_is_personal() -> None:
    open_ = contract("volume_within_usual", Severity.WARN, **VOLUME)
    columns = (Column("name", "string", personal="personal"),)
    error = PySparkException("[CAST_INVALID_INPUT] The value 'ann' of the type STRING")

    assert withheld(error, open_) is error
    told = str(withheld(error, replace(open_, columns=columns)))
    assert told.startswith(f"{open_.table}: Spark fails on its rows: [CAST_INVALID_INPUT];")
    assert "ann" not in told
