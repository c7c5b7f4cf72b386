"""What is said of a contract whose personal columns would be written as they came, or can't be."""

from pathlib import Path

import pytest

from tests.contract.conftest import CONTRACTS
from tests.visits import CONTRACT, write_project
from tidegate.contract import check_contracts, load_contracts
from tidegate.contract.iceberg import create_table

pytestmark = pytest.mark.quick

FILE = "contracts/clean.visits.yaml"
PERSONAL = "      - name: currency\n        classification: personal\n"
HASHED = "          - {property: personalData, value: hash}\n"


def line(text: str, contract: str) -> int:
    """The line of a text's first appearance."""
    return contract[: contract.index(text)].count("\n") + 1


def test_nothing_is_said_where_each_personal_column_says_what_becomes_of_it(tmp_path: Path) -> None:
    assert check_contracts(write_project(tmp_path)) == []


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        (
            HASHED,
            "",
            "name: email",
            'column "email" is personal; add the custom property personalData, one of hash,'
            " truncate, drop",
        ),
        (
            "value: hash}",
            "value: hahs}",
            "value: hahs}",
            'column "email" has personalData "hahs"; expected one of hash, truncate, drop\n'
            '  did you mean "hash"?',
        ),
        (
            "        classification: personal\n",
            "",
            "value: hash}",
            'column "email" has personalData: hash and is not personal; add classification:'
            " personal",
        ),
        (
            "classification: personal",
            "classification: PII",
            "classification: PII",
            'column "email" has classification "PII"; personal data is called personal',
        ),
        (
            "value: $.ip}",
            "value: $.ip}\n          - {property: personalData, value: drop}",
            "{property: personalData, value: truncate",
            'custom property "personalData" is given twice',
        ),
        (
            "        classification: internal\n",
            "",
            "transformLogic: substring",
            'column "mail_host" is computed from "email", which is personal; add a'
            " classification: personal, or another word where it no longer is",
        ),
        (
            "        classification: personal\n        customProperties:\n"
            "          - {property: jsonPath, value: $.agent}",
            "        classification: personal\n        required: true\n        customProperties:\n"
            "          - {property: jsonPath, value: $.agent}",
            "value: drop",
            'column "agent" is dropped, and no row of the table has what is required; take'
            " required out (a rule with severity: refuse can still ask for a value)",
        ),
        (
            "customProperties: [{property: jsonPath, value: $.pages}]",
            "classification: personal\n        customProperties:"
            " [{property: jsonPath, value: $.pages}, {property: personalData, value: hash}]",
            "value: $.pages}",
            'column "pages" has type "long", and personalData: hash gives text; expected string'
            " (a number in the payload fills it), or personalData: drop",
        ),
        (
            "customProperties: [{property: jsonPath, value: $.id}]",
            "classification: personal\n        customProperties:"
            " [{property: jsonPath, value: $.id}, {property: personalData, value: truncate}]",
            "value: $.id}",
            'column "visit" is in the key, and events of one network would be one; expected'
            " personalData: hash",
        ),
        (
            "customProperties: [{property: jsonPath, value: $.id}]",
            "classification: personal\n        customProperties:"
            " [{property: jsonPath, value: $.id}, {property: personalData, value: drop}]",
            "value: $.id}",
            'column "visit" is dropped, and is in the key; take it out of the key, or expected'
            " hash",
        ),
        (
            "customProperties: [{property: jsonPath, value: $.pages}]",
            "customProperties: [{property: jsonPath, value: $.pages}]\n"
            "      - name: ip\n        logicalType: string\n"
            "        customProperties: [{property: jsonPath, value: [$.from, $.ip]}]",
            "value: [$.from, $.ip]",
            'column "ip" takes what "address" takes, which is personal; add a classification:'
            " personal, or another word where it is not",
        ),
        (
            "substring_index(email, '@', -1)",
            "CAST(_raw.payload AS STRING)",
            "CAST(_raw",
            'column "mail_host" is computed from "_raw", which is not a column; expected the'
            " contract's own; rawColumn takes what the raw table has",
        ),
        (
            "    quality:\n      - id: someone",
            "    quality:\n      - id: agents_as_usual\n        type: custom\n"
            "        engine: tidegate\n        implementation: {type: null_share_within_usual,"
            " kwargs: {column: agent}}\n        severity: warn\n        description: Fine.\n"
            "      - id: someone",
            "      - id: agents",
            'rule "agents_as_usual": "agent" is dropped, so no day before can be compared; take'
            " the rule out",
        ),
    ],
)
def test_a_personal_column_says_what_becomes_of_it_and_it_can(
    old: str, new: str, at: str, said: str, tmp_path: Path
) -> None:
    contract = CONTRACT.replace(old, new, 1)

    found = [str(error) for error in check_contracts(write_project(tmp_path, contract))]

    assert found == [f"{FILE}:{line(at, contract)}: {said}"]


def test_a_mart_treats_nothing(tmp_path: Path) -> None:
    mart = CONTRACT.replace("clean.visits", "mart.visits").replace("clean-visits", "mart-visits")
    write_project(tmp_path)
    (tmp_path / "contracts" / "mart.visits.yaml").write_text(mart)

    found = [str(error) for error in check_contracts(tmp_path) if "personalData" in str(error)]

    assert len(found) == 3
    assert all("mart.visits is made of no payload; say it in the clean" in one for one in found)


def test_a_dropped_column_is_in_the_contract_and_not_in_the_table(tmp_path: Path) -> None:
    contract = load_contracts(write_project(tmp_path)).table("clean.visits")

    assert contract.column("agent").treatment == "drop"
    assert "agent" not in create_table(contract, "clean.visits")
    assert "`address` STRING" in create_table(contract, "clean.visits")


def test_a_file_s_rows_are_written_as_they_are_so_none_is_personal(tmp_path: Path) -> None:
    text = (CONTRACTS / "clean.exchange_rates.yaml").read_text()
    changed = text.replace("      - name: currency\n", PERSONAL, 1)
    (write_project(tmp_path) / "contracts" / "clean.exchange_rates.yaml").write_text(changed)

    assert [str(error) for error in check_contracts(tmp_path)] == [
        f'contracts/clean.exchange_rates.yaml:{line(PERSONAL, changed)}: column "currency" is'
        " personal, and a file's rows are written as they are; take it out of the file and the"
        " contract, or send it as events"
    ]
