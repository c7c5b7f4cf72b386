"""A project of one source, ``visits``, whose events say who came."""

import json
from pathlib import Path
from typing import Any

from tests.lake_of_a_test import LakeOfATest
from tidegate.contract import load_contracts

TABLE = "clean.visits"
EMAIL, ADDRESS, AGENT = "wilhelmina.q7@example.org", "203.0.113.77", "Zeppelin/4711 (Airship)"

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: clean-visits
version: 1.0.0
status: active
schema:
  - name: visits
    physicalName: clean.visits
    customProperties:
      - {property: reads, value: raw.visits}
      - {property: quarantine, value: quarantine.visits}
      - {property: eventTime, value: came_at}
    properties:
      - name: visit
        logicalType: string
        required: true
        primaryKey: true
        customProperties: [{property: jsonPath, value: $.id}]
      - name: came_at
        logicalType: timestamp
        required: true
        customProperties: [{property: jsonPath, value: $.at}]
      - name: day
        logicalType: date
        required: true
        primaryKey: true
        partitioned: true
        transformLogic: CAST(came_at AS DATE)
      - name: email
        logicalType: string
        classification: personal
        customProperties:
          - {property: jsonPath, value: $.email}
          - {property: personalData, value: hash}
        quality:
          - id: email_has_an_at
            type: custom
            engine: greatExpectations
            implementation:
              type: expect_column_values_to_match_regex
              kwargs: {regex: "@"}
            severity: refuse
            description: An e-mail address has an @.
      - name: address
        logicalType: string
        classification: personal
        customProperties:
          - {property: jsonPath, value: $.ip}
          - {property: personalData, value: truncate}
      - name: agent
        logicalType: string
        classification: personal
        customProperties:
          - {property: jsonPath, value: $.agent}
          - {property: personalData, value: drop}
        quality:
          - id: agent_not_long
            type: custom
            engine: greatExpectations
            implementation:
              type: expect_column_value_lengths_to_be_between
              kwargs: {max_value: 40}
            severity: refuse
            description: A browser's name is at most 40 characters long.
      - name: mail_host
        logicalType: string
        classification: internal
        transformLogic: substring_index(email, '@', -1)
        quality:
          - id: mail_host_not_long
            type: custom
            engine: greatExpectations
            implementation:
              type: expect_column_value_lengths_to_be_between
              kwargs: {max_value: 253}
            severity: refuse
            description: A host's name is at most 253 characters long.
      - name: pages
        logicalType: integer
        customProperties: [{property: jsonPath, value: $.pages}]
    quality:
      - id: someone_else_wrote
        type: custom
        engine: greatExpectations
        implementation:
          type: expect_column_values_to_be_in_set
          kwargs: {column: email, value_set: [nobody@example.org]}
        severity: warn
        description: Nobody writes.
      - id: greatest_agent
        type: sql
        query: SELECT max(agent) FROM ${object}
        mustBe: nothing
        severity: warn
        description: No browser has a name.
"""

FLOW = """\
from tidegate.flow import Flow, clean, land

flow = Flow(source="visits", stages=[land("raw.visits"), clean("clean.visits")])
"""


def visit(name: str, **changes: Any) -> bytes:
    """A visit as a payload: Wilhelmina's, from her address, with her browser; None takes out."""
    told = {
        "id": name,
        "at": "2015-01-01T10:00:00Z",
        "email": EMAIL,
        "ip": ADDRESS,
        "agent": AGENT,
        "pages": 3,
        **changes,
    }
    return json.dumps({key: value for key, value in told.items() if value is not None}).encode()


def write_project(folder: Path, contract: str = CONTRACT) -> Path:
    """The project's files."""
    for name, text in (("contracts/clean.visits.yaml", contract), ("pipelines/visits.py", FLOW)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


class Visits(LakeOfATest):
    """A lake of that project, landing from a stream of its own."""

    def run_flow(self) -> Any:
        self.contracts = load_contracts(self.settings.project)
        return self.flow("visits")

    def change_contract(self, old: str, new: str) -> None:
        file = self.settings.project / "contracts" / f"{TABLE}.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        self.contracts = load_contracts(self.settings.project)

    def replay_visits(self) -> Any:
        from tidegate.contract.selection import Selection
        from tidegate.flow.replay import replay

        return replay(self.run(), TABLE, Selection())
