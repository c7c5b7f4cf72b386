"""The engine runs any project: here one with a single contract and one flow, elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest
from tidegate.aws import AwsConfig
from tidegate.errors import ProjectError
from tidegate.flow.project import load_flow
from tidegate.lake.ledger import Counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.aws import Endpoint

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: clean-doors
name: Doors that opened
version: 1.0.0
status: active
description:
  purpose: Who comes and goes.
schema:
  - name: doors
    physicalName: clean.doors
    physicalType: table
    description: One row an opening.
    customProperties:
      - {property: reads, value: raw.doors}
      - {property: quarantine, value: quarantine.doors}
      - {property: eventTime, value: opened_at}
    properties:
      - name: opening
        logicalType: string
        required: true
        primaryKey: true
        primaryKeyPosition: 2
        customProperties: [{property: jsonPath, value: $.id}]
      - name: door
        logicalType: string
        required: true
        customProperties: [{property: jsonPath, value: $.door}]
      - name: opened_at
        logicalType: timestamp
        required: true
        customProperties: [{property: jsonPath, value: $.at}]
      - name: day
        logicalType: date
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        partitioned: true
        transformLogic: CAST(opened_at AS DATE)
"""
FLOW = """\
from tidegate.flow import Flow, clean, land

flow = Flow(source="doors", stages=[land("raw.doors"), clean("clean.doors")])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (("contracts/clean.doors.yaml", CONTRACT), ("pipelines/doors.py", FLOW)):
        file = tmp_path / "elsewhere" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return tmp_path / "elsewhere"


def test_a_project_elsewhere_with_one_contract_and_one_flow_runs(
    project: Path,
    lake: LakeOfATest,
    aws: AwsConfig,
    endpoint: "Endpoint",
    make_stream: "Callable[..., str]",
) -> None:
    stream = make_stream()
    streams = {"github": stream, "doors": stream}
    elsewhere = lake.settings.model_copy(
        update={"project": project, "endpoint": endpoint.address, "streams": streams}
    )
    doors = LakeOfATest(lake.spark, elsewhere)
    opened = b'{"id": "1", "door": "north", "at": "2020-02-29T08:00:00Z"}'
    put(aws, doors, [opened, opened, b'{"id": "2", "at": "2020-02-29T08:00:00Z"}'])

    report = doors.flow("doors")

    assert [stage.table for stage in report.stages] == ["raw.doors", "clean.doors"]
    assert report.stages[1].rows == Counts(rows_in=3, published=1, quarantined=1, duplicates=1)
    assert doors.rows("clean.doors", "opening", "door") == [("1", "north")]
    assert doors.rows("quarantine.doors", "reasons") == [(["door_missing"],)]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from jobs.gone import gone\n", r"pipelines/doors.py:1: can't be loaded: ModuleNotFound"),
        ("flow = Flow(\n", r"doors.py:1: can't be loaded: SyntaxError"),
        ("flow = 'doors'\n", r"pipelines/doors.py: defines no flow; expected flow = Flow"),
    ],
)
def test_a_flow_that_can_not_be_loaded_is_told_with_its_line(
    project: Path, text: str, told: str
) -> None:
    (project / "pipelines" / "doors.py").write_text(text)

    with pytest.raises(ProjectError, match=told):
        load_flow(project, "doors")
