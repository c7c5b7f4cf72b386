"""A new version of a contract with personal columns, on a table that has rows."""

import json
import re
from dataclasses import replace

import pytest

from tests.conftest import put
from tests.flow.test_personal import files, hashed
from tests.visits import CONTRACT, EMAIL, TABLE, Visits, visit, write_project
from tidegate.aws import AwsConfig
from tidegate.contract.shape import COLUMNS
from tidegate.errors import ContractError, LakeError
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.decide import discard
from tidegate.lake.catalog import metadata, tables
from tidegate.lake.ledger import Counts

PHONE = """\
      - name: phone
        logicalType: string
        classification: personal
        customProperties:
          - {property: jsonPath, value: $.phone}
          - {property: personalData, value: hash}
"""
ADDRESS_COLUMN = """\
      - name: address
        logicalType: string
        classification: personal
        customProperties:
          - {property: jsonPath, value: $.ip}
          - {property: personalData, value: truncate}
"""


def test_a_treated_column_is_added_renamed_or_moved_beside_rows_that_are_there(
    visits: Visits, aws: AwsConfig
) -> None:
    put(aws, visits, [visit("1")])
    visits.run_flow()
    put(aws, visits, [visit("2", phone="555", referrer="her page")])
    dropped = PHONE.replace("phone", "referrer").replace("hash", "drop")
    changed = CONTRACT.replace(ADDRESS_COLUMN, "")
    for old, new in (
        ("version: 1.0.0", "version: 1.1.0"),
        ("      - name: email\n", f"{ADDRESS_COLUMN}{dropped}{PHONE}      - name: email\n"),
        ("- name: email\n", "- name: mail\n        physicalName: email\n"),
        ("substring_index(email", "substring_index(mail"),
        ("column: email", "column: mail"),
    ):
        changed = changed.replace(old, new, 1)
    write_project(visits.settings.project, changed)

    visits.run_flow()

    assert visits.rows(TABLE, "visit", "email", "address", "phone") == [
        ("1", hashed(visits, EMAIL), "203.0.113.0", None),
        ("2", hashed(visits, EMAIL), "203.0.113.0", hashed(visits, "555")),
    ]
    assert "referrer" not in visits.table(TABLE).columns


def states(visits: Visits) -> dict[str, str]:
    """The newest metadata file of each table but those that landing writes."""
    found = tables(visits.settings)
    return {name: file for name, file in found.items() if name.startswith(("clean", "quarantine"))}


def test_another_treatment_is_refused_before_anything_but_raw_is_written(
    visits: Visits, aws: AwsConfig
) -> None:
    put(aws, visits, [visit("1")])
    visits.run_flow()
    put(aws, visits, [visit("2")])
    before = states(visits)
    visits.change_contract("version: 1.0.0", "version: 1.1.0")
    visits.change_contract("      - name: address\n", f"{PHONE}      - name: address\n")
    visits.change_contract("value: truncate", "value: hash")

    with pytest.raises(ContractError) as refused:
        visits.run_flow()

    assert (
        'column "address" has personalData: hash, and the table\'s rows have personalData: truncate'
        "\n  put it back, or have its rows made anew from raw: DROP TABLE clean.visits PURGE"
    ) in str(refused.value)
    assert refused.value.exit_code == 2
    assert states(visits) == before
    visits.change_contract(
        "value: $.ip}\n          - {property: personalData, value: hash",
        "value: $.ip}\n          - {property: personalData, value: truncate",
    )
    assert visits.run_flow().stages[1].rows == Counts(rows_in=1, published=1)


def test_a_table_that_kept_treatments_in_its_ledger_alone_goes_on_and_is_guarded(
    visits: Visits, aws: AwsConfig
) -> None:
    put(aws, visits, [visit("1")])
    visits.run_flow()
    make_older(visits)
    put(aws, visits, [visit("2")])
    visits.change_contract("version: 1.0.0", "version: 1.1.0")
    visits.change_contract("      - name: address\n", f"{PHONE}      - name: address\n")
    visits.change_contract("value: truncate", "value: drop")
    with pytest.raises(ContractError, match='"address" has personalData: drop, and is stored'):
        visits.run_flow()
    visits.change_contract(
        "value: $.ip}\n          - {property: personalData, value: drop",
        "value: $.ip}\n          - {property: personalData, value: truncate",
    )

    report = visits.run_flow()

    assert report.stages[1].rows == Counts(rows_in=1, published=1)
    assert kept_treatments(visits) == {
        **dict.fromkeys(["visit", "came_at", "day", "mail_host", "pages"], ""),
        **{"email": "hash", "phone": "hash", "address": "truncate"},
    }
    (visits.settings.state / "personal.key").write_text("00" * 32)
    put(aws, visits, [visit("3")])
    with pytest.raises(LakeError, match="hashed with another key"):
        visits.run_flow()


def kept_treatments(visits: Visits) -> dict[str, str | None]:
    held = json.loads(metadata(visits.settings, TABLE)["properties"][COLUMNS])
    return {stored: column.get("treatment") for stored, column in held.items()}


def make_older(visits: Visits) -> None:
    """Leave the clean table as an earlier release left one: its ledger says what became of what."""
    held = json.loads(metadata(visits.settings, TABLE)["properties"][COLUMNS])
    text = json.dumps({stored: column | {"treatment": None} for stored, column in held.items()})
    name = f"lake.{visits.settings.database_prefix}{TABLE}"
    run = visits.run()
    table = run.table(TABLE)
    last = table.history().newest()
    told = f"email=hash address=truncate agent=drop key={last.fingerprint}"
    page = replace(run.entry(table.contract, last, reads=last.reads), treatment=told)
    conclude(start_branch(run, table, table.history().main), page, run.table("quarantine.visits"))
    visits.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{COLUMNS}' = '{text}')")


def test_the_remedy_for_a_column_that_was_not_classified_leaves_no_value_under_clean(
    visits: Visits, aws: AwsConfig
) -> None:
    classified = CONTRACT.replace("version: 1.0.0", "version: 1.1.0")
    plain = CONTRACT.replace("        classification: personal\n", "", 1)
    plain = plain.replace("          - {property: personalData, value: hash}\n", "", 1)
    write_project(visits.settings.project, plain)
    put(aws, visits, [visit("1"), visit("2", pages=5)])
    visits.run_flow()
    visits.change_contract("severity: warn", "severity: block")
    put(aws, visits, [visit("3")])
    blocked = visits.run_flow()
    assert blocked.blocked is not None
    discard(visits.run(), blocked.run, "ann", "the column is personal")
    assert of_email(visits) != []
    write_project(visits.settings.project, classified)
    with pytest.raises(ContractError, match=r"DROP TABLE clean\.visits PURGE") as refused:
        visits.run_flow()

    for told in re.findall(r"DROP TABLE (\S+) PURGE", str(refused.value)):
        visits.spark.sql(f"DROP TABLE lake.{visits.settings.database_prefix}{told} PURGE")

    assert of_email(visits) == []
    assert visits.run_flow().stages[1].rows == Counts(rows_in=3, published=3)
    assert of_email(visits) == []


def of_email(visits: Visits) -> list[str]:
    """The files under clean that hold the address."""
    return [place for place, text in files(visits, "clean") if EMAIL[:10] in text]
