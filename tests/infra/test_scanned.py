"""checkov knows what is often forgotten: it finds nothing, and each exception has its reason."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.infra.stacks import INFRA, STACKS, resources

CHECKOV = REPOSITORY / ".venv-checkov" / "bin" / "checkov"


def scanned(folder: Path) -> dict[str, Any]:
    """What checkov says of a folder of templates; it asks nobody but itself."""
    words = (
        "--framework", "cloudformation", "--output", "json", "--quiet", "--compact",
        "--skip-download", "--directory", str(folder),
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
    failed = found["results"]["failed_checks"]

    assert [f"{one['resource']}: {one['check_id']} {one['check_name']}" for one in failed] == []
    assert found["summary"]["parsing_errors"] == 0


@pytest.mark.aws
def test_checkov_read_every_template(found: dict[str, Any], tmp_path: Path) -> None:
    """It passes over what it can't read without a word, so a hole is made and must be seen."""
    for stack in STACKS:
        (tmp_path / f"{stack}.yaml").write_text(_opened((INFRA / f"{stack}.yaml").read_text()))

    failed = scanned(tmp_path)["results"]["failed_checks"]

    assert {Path(one["file_path"]).stem for one in failed} == set(STACKS)


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
