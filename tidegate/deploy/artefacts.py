"""What a deployment uploads. A stand-in: the archive of a project alone."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = ("contracts", "jobs", "pipelines", "sql")


@dataclass(frozen=True)
class Artefact:
    """One file of a deployment.

    Attributes:
        name: what it is called in a release, e.g. ``project.zip``.
        path: where it is on this machine.
        sha256: of its bytes, in hexadecimal digits.
    """

    name: str
    path: Path
    sha256: str

    @property
    def key(self) -> str:
        """A name that only these bytes have."""
        return f"{self.sha256[:16]}/{self.name}"


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
    return [Artefact(path.name, path, hashlib.sha256(path.read_bytes()).hexdigest())]
