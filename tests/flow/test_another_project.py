"""The engine runs any project: here one with a single contract and one flow, elsewhere."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY, put
from tests.lake_of_a_test import LakeOfATest
from tidegate.aws import AwsConfig
from tidegate.contract import check_contracts, load_contracts
from tidegate.errors import ProjectError
from tidegate.flow.project import load_flow
from tidegate.lake.ledger import Counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.aws import Endpoint

DOORS = REPOSITORY / "examples" / "doors"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copied = shutil.ignore_patterns(".tidegate", "__pycache__")
    return shutil.copytree(DOORS, tmp_path / "elsewhere", ignore=copied)


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
    put(aws, doors, (project / "doors.ndjson").read_bytes().splitlines())

    report = doors.flow("doors")

    assert [stage.table for stage in report.stages] == ["raw.doors", "clean.doors"]
    assert report.stages[1].rows == Counts(rows_in=6, published=2, quarantined=3, duplicates=1)
    assert doors.rows("clean.doors", "opening", "door") == [("1", "north"), ("2", "garage")]
    assert doors.rows("quarantine.doors", "reasons") == [
        (["door_known"],),
        (["door_missing"],),
        (["payload_not_json"],),
    ]


@pytest.mark.quick
def test_its_contract_is_enough_beside_those_of_other_sources_too(project: Path) -> None:
    for file in (REPOSITORY / "contracts").glob("*.yaml"):
        shutil.copy(file, project / "contracts")

    assert check_contracts(project) == []
    assert "quarantine.doors" in load_contracts(project)


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
