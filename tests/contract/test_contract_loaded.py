"""What a right contract says to the rest of the engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import project_contracts
from tests.contract.conftest import verdicts_contract
from tidegate.contract import Column, Rule, Severity, Stage, load_contracts
from tidegate.contract.vocabulary import VERDICT_COLUMNS
from tidegate.errors import ContractError

pytestmark = pytest.mark.quick

PROJECT = Path(__file__).parents[2]


def test_a_contract_says_its_columns_key_partition_and_rules(clicks):
    contract = load_contracts(clicks)["clean.clicks"]

    assert contract.stage is Stage.CLEAN
    assert contract.version == "1.0.0"
    assert contract.key == ("click_id", "day")
    assert contract.partition == ("day",)
    assert contract.columns == (
        Column("click_id", "string", required=True, json_paths=(("id",),), line=14),
        Column("clicked_at", "timestamp", required=True, json_paths=(("at",),), line=19),
        Column("day", "date", required=True, transform="CAST(clicked_at AS DATE)", line=23),
        Column("price", "decimal(9,2)", json_paths=(("price",), ("item", "price")), line=29),
    )
    assert contract.rules == (
        Rule(
            id="price_not_negative",
            description="Nothing costs less than nothing.",
            severity=Severity.REFUSE,
            dimension="",
            expectation="expect_column_values_to_be_between",
            arguments={"column": "price", "min_value": 0},
            line=33,
        ),
        Rule(
            id="some_clicks",
            description="A run brings clicks.",
            severity=Severity.WARN,
            dimension="",
            expectation="expect_table_row_count_to_be_between",
            arguments={"min_value": 1},
            line=40,
        ),
    )


def test_properties_that_are_not_given_have_their_default(clicks):
    assert load_contracts(clicks)["clean.clicks"].properties == {
        "reads": "raw.clicks",
        "quarantine": "quarantine.clicks",
        "eventTime": "clicked_at",
        "maxPayloadBytes": 1_048_576,
        "clockSkewSeconds": 300,
    }


def test_a_raw_contract_names_its_stream(clicks):
    contracts = load_contracts(clicks)

    assert contracts["raw.clicks"].stream == "clicks"
    assert contracts["clean.clicks"].stream is None


def test_positions_order_the_key(clicks):
    file = clicks / "contracts" / "clean.clicks.yaml"
    id_first = "primaryKey: true\n        customProperties"
    day_first = "primaryKey: true\n        partitioned"
    text = file.read_text()
    text = text.replace(id_first, f"primaryKeyPosition: 2\n        {id_first}")
    file.write_text(text.replace(day_first, f"primaryKeyPosition: 1\n        {day_first}"))

    assert load_contracts(clicks)["clean.clicks"].key == ("day", "click_id")


def test_row_rules_refuse_and_table_rules_judge(clicks):
    contract = load_contracts(clicks)["clean.clicks"]

    assert [rule.id for rule in contract.row_rules] == ["price_not_negative"]
    assert [rule.id for rule in contract.table_rules] == ["some_clicks"]


def test_a_table_without_contract_is_named_with_the_nearest_that_has_one(clicks):
    with pytest.raises(ContractError) as error:
        load_contracts(clicks).table("clean.click")

    assert str(error.value) == (
        'contracts/clean.click.yaml: table "clean.click" has no contract\n'
        '  did you mean "clean.clicks"?'
    )


def test_loading_says_every_problem_at_once(clicks):
    for name in ("clean.clicks", "raw.clicks"):
        file = clicks / "contracts" / f"{name}.yaml"
        file.write_text(file.read_text().replace("version: 1.0.0", "version: one"))

    with pytest.raises(ContractError) as error:
        load_contracts(clicks)

    said = 'version is "one"; expected three numbers, e.g. 1.0.0'
    assert str(error.value).splitlines() == [
        f"contracts/clean.clicks.yaml:4: {said}",
        f"contracts/raw.clicks.yaml:6: {said}",
    ]


def test_a_folder_without_contracts_is_said_to_be_one(tmp_path):
    with pytest.raises(ContractError) as error:
        load_contracts(tmp_path)

    assert str(error.value) == (
        f"{tmp_path}/contracts: no contract here; expected files named <table>.yaml"
    )


def test_the_contracts_of_this_project_are_right():
    contracts = project_contracts()

    assert [name for name in contracts if "github" in name or "activity" in name] == [
        "raw.github",
        "clean.github_events",
        "quarantine.github_events",
        "mart.daily_activity",
        "mart.repository_activity",
    ]
    assert list(contracts)[-1] == "quality.verdicts"
    assert contracts["clean.github_events"].column("number").json_paths == (
        ("payload", "number"),
        ("payload", "issue", "number"),
        ("payload", "pull_request", "number"),
    )


def test_every_project_has_the_contract_of_the_verdicts_that_the_engine_keeps(clicks):
    contract = load_contracts(clicks)["quality.verdicts"]

    assert {column.name: column.type for column in contract.columns} == VERDICT_COLUMNS
    assert (contract.partition, contract.rules) == (("judged_at",), ())


def test_a_project_may_say_more_of_the_verdicts(clicks):
    own = verdicts_contract().replace("version: 1.0.0", "version: 1.1.0")
    (clicks / "contracts" / "quality.verdicts.yaml").write_text(own)

    assert load_contracts(clicks)["quality.verdicts"].version == "1.1.0"


def test_every_rule_of_this_project_says_in_a_sentence_what_it_asks():
    rules = [rule for c in project_contracts().values() for rule in c.rules]

    assert [rule.id for rule in rules if not rule.description.endswith(".")] == []
    assert [rule.id for rule in rules if not rule.dimension] == []


def test_importing_contracts_is_light():
    heavy = "pyspark", "great_expectations", "ruamel.yaml", "jsonschema", "pydantic"
    script = f"import sys, tidegate.contract; print([m for m in {heavy} if m in sys.modules])"

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert told.stdout == "[]\n"
