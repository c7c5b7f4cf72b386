"""What Glue's and EMR's scripts are told, where that is wrong."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidegate.deploy.entry import arguments, names
from tidegate.errors import SettingsError

NEEDED = ["--source", "doors", "--stage", "all", "--project", "project.zip"]


@pytest.mark.quick
def test_a_command_line_is_pairs_of_names_and_values() -> None:
    told = arguments([*NEEDED, "--TIDEGATE_STREAMS", '{"doors": "--doors"}'])

    assert told == {
        "source": "doors",
        "stage": "all",
        "project": "project.zip",
        "TIDEGATE_STREAMS": '{"doors": "--doors"}',
    }


@pytest.mark.quick
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (NEEDED[2:], "--source is missing; expected --source … --stage … --project …"),
        ([*NEEDED, "--TIDEGATE_REGION"], "--TIDEGATE_REGION has no value"),
        ([*NEEDED, "--sorce", "doors"], 'did you mean "--source"?'),
        ([*NEEDED, "all", "--stage"], 'unknown argument "all"'),
    ],
)
def test_a_command_line_that_is_none_is_told(words: list[str], told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        arguments(words)

    assert told in str(raised.value)


@pytest.mark.quick
def test_of_glues_own_arguments_only_the_runs_are_asked_for() -> None:
    words = ["entry.py", "--JOB_ID", "j_1", "--TempDir", "s3://t", "--TIDEGATE_REGION", "eu-west-1"]

    assert names(words) == ["source", "stage", "project", "TIDEGATE_REGION"]


@pytest.mark.quick
def test_views_are_installed_where_there_is_no_duckdb_as_on_aws() -> None:
    program = "import sys; sys.modules['duckdb'] = None; import tidegate.serve.install"

    ended = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False)

    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"--project": "none.zip"}, "ProjectError: none.zip is no project's archive: "),
        ({"--stage": "all,serv"}, 'no stage "serv"; it has all, raw.doors, clean.doors, serve'),
        ({"--source": "windows"}, 'no flow "windows" in pipelines/; it has doors'),
        (
            {"--stage": "clean.dors"},
            'ProjectError: flow doors has no stage "clean.dors"; it has all, raw.doors,'
            ' clean.doors, serve\n  did you mean "clean.doors"?',
        ),
        (
            {"--TIDEGATE_WAREHOSE": "s3://lake"},
            "SettingsError: --TIDEGATE_WAREHOSE: there is no such setting\n"
            '  did you mean "--TIDEGATE_WAREHOUSE"?',
        ),
        ({"--TIDEGATE_CATALOG": "hive"}, "SettingsError: setting \"catalog\" is 'hive'"),
    ],
)
def test_what_cannot_be_run_ends_the_script_with_one_line_and_its_code(
    changed: dict[str, str], told: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "project.zip", "w") as archive:
        for file in (REPOSITORY / "examples" / "doors").rglob("*.*"):
            if ".tidegate" not in file.parts:
                archive.write(file, file.relative_to(REPOSITORY / "examples" / "doors"))
    given = dict(zip(NEEDED[::2], NEEDED[1::2], strict=True)) | changed
    words = [word for pair in given.items() for word in pair]

    ended = subprocess.run(
        [sys.executable, REPOSITORY / "emr" / "entry.py", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
