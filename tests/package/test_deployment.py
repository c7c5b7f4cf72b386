"""A project deployed as docs/aws.md says it, at an endpoint that stands for AWS, by its commands.

Its flow's stages are processes that run on Spark what was uploaded.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.flow.test_block import mixed_up
from tests.package.on_aws import CLEANED, LANDED, PUSHES
from tidegate.aws import AwsConfig, aws_config
from tidegate.contract import load_contracts
from tidegate.flow.books import books
from tidegate.lake.ledger import Counts
from tidegate.serve.remote import ask_athena
from tidegate.settings import Settings, load_settings

pytestmark = pytest.mark.aws

REFUSED = 2
# What the page exports.
EXPORTED = dict(
    word.split("=", 1)
    for line in re.findall(
        r"^export (TIDEGATE_.*)$", (REPOSITORY / "docs" / "aws.md").read_text(), re.MULTILINE
    )
    for word in line.split()
)


@dataclass(frozen=True)
class Shell:
    """A terminal in a project's folder.

    Attributes:
        project: the folder.
        artefacts: what was built of the project.
    """

    project: Path
    artefacts: Path

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command."""
        return subprocess.run(
            [sys.executable, "-c", "from tidegate.cli import main; main()", *words],
            cwd=self.project,
            env=os.environ
            | EXPORTED
            | {"PYTHONPATH": str(REPOSITORY), "TIDEGATE_SPARK_MEMORY": "1g"},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def deploy(self, *words: str) -> subprocess.CompletedProcess[str]:
        built = ("--artefacts", str(self.artefacts))
        return self.type("deploy", "--env", "dev", "--yes", *built, *words)

    @cached_property
    def settings(self) -> Settings:
        exported = {name.removeprefix("TIDEGATE_").lower(): one for name, one in EXPORTED.items()}
        return load_settings(self.project, **exported, athena_workgroup="tidegate-dev-jobs")

    @property
    def aws(self) -> AwsConfig:
        return aws_config(self.settings)

    def put(self, *payloads: bytes) -> None:
        records = [{"Data": one, "PartitionKey": "key"} for one in payloads]
        self.aws.client("kinesis").put_records(StreamName="tidegate-dev-github", Records=records)

    def rows(self) -> dict[str, Counts]:
        contracts = load_contracts(self.project)
        return {page.table: page.rows for page in books(self.settings, contracts)}


@pytest.fixture(scope="module")
def shell(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The repository's project, its artefacts as they were built, and an endpoint."""
    folder = tmp_path_factory.mktemp("deployment")
    with zipfile.ZipFile(built["project.zip"]) as packed:
        packed.extractall(folder / "project")
    shutil.copytree(REPOSITORY / "infra", folder / "project" / "infra")
    shell = Shell(folder / "project", built["project.zip"].parent)
    assert shell.type("local", "start").returncode == 0
    yield shell
    shell.type("local", "stop")


def test_a_deployment_then_one_that_runs_the_flow_then_a_block_then_its_end(shell: Shell) -> None:
    first = shell.deploy("--no-smoke")

    assert first.returncode == 0, first.stderr
    assert "tidegate-dev-questions: CREATE_COMPLETE" in first.stderr

    shell.put(*PUSHES)
    again = shell.deploy()

    assert again.returncode == 0, again.stderr
    assert again.stderr.count(": no change") == first.stderr.count(": CREATE_COMPLETE") > 8
    assert "smoke flow: tidegate-dev-github SUCCEEDED in" in again.stdout
    assert shell.rows() == {"raw.github": LANDED, "clean.github_events": CLEANED}
    pushes = "SELECT pushes FROM analytics.repository_activity"
    assert ask_athena(shell.settings, pushes, "SQL", {}).rows == [(2,)]

    shell.put(mixed_up(id="3"), mixed_up(id="4"))
    blocked = shell.deploy()

    told = blocked.stderr[blocked.stderr.index("DeployError: ") :].splitlines()
    assert blocked.returncode == REFUSED
    assert told[0] == (
        "DeployError: smoke flow: tidegate-dev-github FAILED; the stacks are deployed"
    )
    assert told[1].startswith("  clean.github_events: GateBlocked: clean.github_events: blocked")
    assert "distinct_size_within_size" in blocked.stderr
    assert "tidegate accept" in blocked.stderr

    ended = shell.type("destroy", "--env", "dev", "--yes")

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "environment dev: 11 stacks deleted, 2 kept"
    assert shell.rows()["clean.github_events"] == CLEANED
