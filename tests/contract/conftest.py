"""A small project of one source, ``clicks``, that tests break in one place at a time."""

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from tidegate.contract import check_contracts

CONTRACTS = Path(__file__).parents[2] / "contracts"

CLEAN = """\
apiVersion: v3.1.0
kind: DataContract
id: clean-clicks
version: 1.0.0
status: active
schema:
  - name: clicks
    physicalName: clean.clicks
    customProperties:
      - {property: reads, value: raw.clicks}
      - {property: quarantine, value: quarantine.clicks}
      - {property: eventTime, value: clicked_at}
    properties:
      - name: click_id
        logicalType: string
        required: true
        primaryKey: true
        customProperties: [{property: jsonPath, value: $.id}]
      - name: clicked_at
        logicalType: timestamp
        required: true
        customProperties: [{property: jsonPath, value: $.at}]
      - name: day
        logicalType: date
        required: true
        primaryKey: true
        partitioned: true
        transformLogic: CAST(clicked_at AS DATE)
      - name: price
        physicalType: decimal(9, 2)
        customProperties: [{property: jsonPath, value: [$.price, $.item.price]}]
        quality:
          - id: price_not_negative
            type: custom
            engine: greatExpectations
            implementation: {type: expect_column_values_to_be_between, kwargs: {min_value: 0}}
            severity: refuse
            description: Nothing costs less than nothing.
    quality:
      - id: some_clicks
        metric: rowCount
        mustBeGreaterThan: 0
        severity: warn
        description: A run brings clicks.
"""


def engine_written(name: str) -> str:
    """The contract of a table the engine writes, as a newcomer makes it: copied and renamed."""
    text = (CONTRACTS / name).read_text()
    text = re.sub(r"  # What Firehose delivers.*?\n\n", "\n", text, flags=re.DOTALL)
    return text.replace("github_events", "clicks").replace("github", "clicks")


def verdicts_contract() -> str:
    """The contract of the verdicts, as the engine has it for every project."""
    text = files("tidegate.contract.standing").joinpath("quality.yaml").read_text()
    return text.replace("{name}", "verdicts")


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    """The project, with nothing wrong in it."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "clean.clicks.yaml").write_text(CLEAN)
    (folder / "raw.clicks.yaml").write_text(engine_written("raw.github.yaml"))
    quarantine = engine_written("quarantine.github_events.yaml")
    (folder / "quarantine.clicks.yaml").write_text(quarantine)
    return tmp_path


@pytest.fixture
def problems(clicks: Path) -> Callable[..., list[str]]:
    """What is said of the project once one text in one file is another."""

    def change(old: str, new: str, table: str = "clean.clicks") -> list[str]:
        file = clicks / "contracts" / f"{table}.yaml"
        text = file.read_text()
        assert text.count(old) >= 1, f"{old!r} is not in {file.name}"
        file.write_text(text.replace(old, new, 1))
        return [str(error) for error in check_contracts(clicks)]

    return change
