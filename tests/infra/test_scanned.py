"""checkov knows what is often forgotten, and hadolint how images are made: they find nothing.

Each exception has its reason.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.infra.stacks import INFRA, STACKS, resources

CHECKOV = REPOSITORY / ".venv-checkov" / "bin" / "checkov"
HADOLINT = CHECKOV.with_name("hadolint")
DOCKERFILES = sorted(INFRA.rglob("Dockerfile"))
OF_THE_TASK = "CKV_DOCKER_2"
"""An image has a health check: ECS asks by its task's own, and passes over the image's."""


def scanned(folder: Path, framework: str = "cloudformation") -> dict[str, Any]:
    """What checkov says of a folder; it asks nobody but itself."""
    words = (
        "--framework", framework, "--output", "json", "--quiet", "--compact",
        "--skip-download", "--skip-check", OF_THE_TASK, "--directory", str(folder),
    )  # fmt: skip
    done = subprocess.run(
        [CHECKOV, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    if not CHECKOV.is_file():
        pytest.skip("checkov isn't there; make .venv-checkov/.ready installs it")
    return scanned(INFRA)


@pytest.mark.aws
def test_checkov_finds_nothing(found: dict[str, Any]) -> None:
    assert told(found) == []


@pytest.mark.aws
def test_checkov_finds_nothing_in_an_image(found: dict[str, Any], tmp_path: Path) -> None:
    assert DOCKERFILES
    assert told(scanned(INFRA, "dockerfile")) == []
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN ls\n")
    assert told(scanned(tmp_path, "dockerfile")) != []


@pytest.mark.aws
@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda one: one.parent.name)
def test_hadolint_finds_nothing(found: dict[str, Any], dockerfile: Path, tmp_path: Path) -> None:
    assert linted(dockerfile) == ""
    bad = tmp_path / "Dockerfile"
    bad.write_text(dockerfile.read_text() + "RUN cd /tmp\n")
    assert "DL3003" in linted(bad)


@pytest.mark.aws
def test_checkov_read_every_template(found: dict[str, Any], tmp_path: Path) -> None:
    """It passes over what it can't read without a word, so a hole is made and must be seen."""
    for stack in STACKS:
        (tmp_path / f"{stack}.yaml").write_text(_opened((INFRA / f"{stack}.yaml").read_text()))

    failed = scanned(tmp_path)["results"]["failed_checks"]

    assert {Path(one["file_path"]).stem for one in failed} == set(STACKS)


def told(found: dict[str, Any]) -> list[str]:
    """What checkov found, a line a finding, and that it could read all."""
    failed = found["results"]["failed_checks"]
    assert found["summary"]["passed"]
    assert found["summary"]["parsing_errors"] == 0
    return [f"{one['resource']}: {one['check_id']} {one['check_name']}" for one in failed]


def linted(dockerfile: Path) -> str:
    """What hadolint says."""
    command = [HADOLINT, "--no-color", dockerfile]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _opened(text: str) -> str:
    """A template with a bucket that anybody may read."""
    bucket = "  Open: {Type: AWS::S3::Bucket, Properties: {AccessControl: PublicRead}}\n"
    return text.replace("\nResources:\n", f"\nResources:\n{bucket}", 1)


@pytest.mark.quick
def test_each_exception_says_why() -> None:
    skips = [
        (place, skip)
        for place, one in resources()
        for skip in one.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]

    assert skips
    assert [place for place, skip in skips if len(skip["comment"].split()) < 6] == []
