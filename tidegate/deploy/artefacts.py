"""What a deployment uploads. A stand-in: the archive of a project alone."""

import hashlib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_FOLDERS = ("contracts", "jobs", "pipelines", "sql")


@dataclass(frozen=True)
class Artefact:
    """One file of a deployment.

    Attributes:
        name: what it is called in a release, e.g. ``project.zip``.
        path: where it is on this machine.
    """

    name: str
    path: Path

    @cached_property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


Artefacts = list[Artefact]


def build(project: Path, into: Path) -> Artefacts:
    """Build what a deployment of a project needs; the same files give the same bytes."""
    into.mkdir(parents=True, exist_ok=True)
    path = into / "project.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in _FOLDERS:
            for file in sorted((project / folder).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    name = str(file.relative_to(project))
                    archive.writestr(zipfile.ZipInfo(name), file.read_bytes())
    return [Artefact(path.name, path)]
