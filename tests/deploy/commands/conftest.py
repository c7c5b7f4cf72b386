"""A small project with stacks of its own, deployed to the suite's endpoint."""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tidegate.aws import AwsConfig
from tidegate.deploy.stacks import standing
from tidegate.settings import Settings, load_settings

_numbers = itertools.count(1)
STACKS = Path(__file__).parent / "infra"

Typed = Callable[..., tuple[int, str, str]]


@dataclass
class Project:
    """A project and an environment that no other test has."""

    folder: Path
    env: str
    aws: AwsConfig
    typed: Typed

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder, endpoint=str(self.aws))

    def deploy(self, *words: str, command: str = "deploy") -> tuple[int, str, str]:
        """Type the command; back come its exit code and what it printed."""
        where = ("--project", self.folder, "--endpoint", self.aws)
        built = ("--artefacts", self.built) if command == "deploy" else ()
        return self.typed(*where, command, "--env", self.env, *built, *words)

    @property
    def built(self) -> Path:
        """What stands for the project's artefacts: building the real ones takes longer."""
        return self.folder / "dist"

    def stack(self, concern: str) -> str:
        return f"tidegate-{self.env}-{concern}"

    def status(self, concern: str) -> str | None:
        """A stack's status; None where there is no such stack."""
        found = standing(self.aws, self.stack(concern))
        return found.status if found else None

    def outputs(self, concern: str) -> dict[str, str]:
        found = self.aws.client("cloudformation").describe_stacks(StackName=self.stack(concern))
        return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}

    def template(self, concern: str) -> Path:
        return self.folder / "infra" / f"{concern}.yaml"

    def change(self, concern: str, old: str, new: str) -> None:
        """Edit a template."""
        text = self.template(concern).read_text()
        assert old in text
        self.template(concern).write_text(text.replace(old, new))

    def client(self, service: str) -> Any:
        return self.aws.client(service)


@pytest.fixture
def project(tmp_path: Path, aws: AwsConfig, typed: Typed) -> Project:
    """The project of examples/doors, with the stacks lake, compute and alarms."""
    folder = tmp_path / "doors"
    shutil.copytree(REPOSITORY / "examples" / "doors", folder)
    shutil.copytree(STACKS, folder / "infra")
    (folder / "dist").mkdir()
    (folder / "dist" / "project.zip").write_bytes(b"PK")
    return Project(folder, f"t{next(_numbers)}", aws, typed)
