"""What a deployment uploads: a project's archive, the engine, and the scripts that start it.

What Glue and EMR carry (Spark, Iceberg, Java) is not in it.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tidegate.contract import load_contracts
from tidegate.deploy import packages
from tidegate.deploy.archives import Entry, entries_under, pack
from tidegate.deploy.beside import beside
from tidegate.deploy.wheel import build_wheel
from tidegate.errors import ProjectError, SettingsError
from tidegate.flow.project import flows, load_flow
from tidegate.settings import FILE, load_settings

FOLDERS = ("contracts", "jobs", "pipelines", "sql")
SCRIPTS = (
    "glue/entry.py",
    "emr/entry.py",
    "emr/bootstrap.sh",
    "emr/driver-pod.yaml",
    "emr/executor-pod.yaml",
)


@dataclass(frozen=True)
class Artefact:
    """One file of a deployment.

    Attributes:
        name: what it is called, e.g. ``project.zip``; the same in each deployment.
        path: where it is on this machine.
    """

    name: str
    path: Path

    @cached_property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal digits."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size


Artefacts = list[Artefact]


def build(project: Path, into: Path) -> Artefacts:
    """Build what a deployment of a project needs; the same files give the same bytes.

    Args:
        project: the project's folder.
        into: where the artefacts go; made where it isn't there.

    Raises:
        ContractError: a contract of the project is wrong.
        ProjectError: the project has no flow, or one that can't be loaded.
        SettingsError: the project's settings are wrong, or its reference files lie elsewhere.
        UserError: packages can't be fetched.
    """
    load_contracts(project)
    if not (names := flows(project)):
        raise ProjectError(
            f"{project}: no flow in pipelines/, so there is nothing to run; a file of it says which"
            " stages one has: flow = Flow(source=…, stages=[…])"
        )
    for name in names:
        load_flow(project, name)
    into.mkdir(parents=True, exist_ok=True)
    carried = list(_project(project))
    made = packages.packages()
    engine = build_wheel(into)
    listed = into / "requirements.txt"
    listed.write_text(packages.requirements(made, engine))
    files = {
        engine.name: engine,
        "project.zip": pack(into / "project.zip", carried),
        **{name: _script(name, into) for name in SCRIPTS},
        listed.name: listed,
        "glue/packages.gluewheels.zip": packages.for_glue(
            made, engine, listed.read_text(), into / "glue" / "packages.gluewheels.zip"
        ),
        "emr/packages.zip": packages.for_emr(made, engine, into / "emr" / "packages.zip"),
        "collector/lambda.zip": packages.for_lambda(
            made, packages.OF_COLLECTOR, engine, (), into / "collector" / "lambda.zip"
        ),
        "figures/lambda.zip": packages.for_lambda(
            made, packages.OF_FIGURES, engine, carried, into / "figures" / "lambda.zip"
        ),
    }
    return [Artefact(name, path) for name, path in files.items()]


def pack_project(project: Path, file: Path) -> Path:
    """Write the archive of what a run needs of a project.

    Raises:
        SettingsError: the project's settings are wrong, or its reference files lie elsewhere.
    """
    return pack(file, _project(project))


def _project(project: Path) -> Iterator[Entry]:
    """What a run needs of a project, by its name in the project."""
    reference = load_settings(project).reference_folder
    for folder in [*(project / name for name in FOLDERS), reference]:
        if folder.exists() and not folder.resolve().is_relative_to(project.resolve()):
            raise SettingsError(
                f"reference is {folder}, outside of the project, which goes to AWS as it is;"
                " put the files into a folder of it"
            )
        yield from entries_under(folder, project)
    if (project / FILE).exists():
        yield FILE, (project / FILE).read_bytes()


def _script(name: str, into: Path) -> Path:
    """Copy what starts the engine."""
    (into / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(beside(name), into / name)
    return into / name
