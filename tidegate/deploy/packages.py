"""The Python packages that the engine needs on AWS, as Glue and EMR take them.

``requirements.txt`` beside this module pins them with their hashes, for the Python that both
services run (``make lock``). Glue installs wheels from an archive of wheels. EMR has no such way
that works without a network or a container: its workers unpack an archive of packages that are
installed already, and find it by ``PYTHONPATH`` (emr/README.md).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.deploy.archives import Entry, append, entries_of, pack
from tidegate.errors import UserError

PYTHON = "3.13"
"""What Glue 6.0 runs, and one of those that emr-spark-8.0.0 brings."""
# Amazon Linux 2023 has glibc 2.34; pip doesn't take the older of these for the newer by itself.
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_28_x86_64")
LOCK = Path(__file__).with_name("requirements.txt")

# Of "Python modules already provided in AWS Glue" those that the engine's packages need.
_OF_GLUE = """
attrs boto3 botocore certifi charset-normalizer fsspec idna jmespath narwhals numpy packaging pandas
pyarrow pygments pyparsing python-dateutil requests s3transfer six tenacity typing-extensions
urllib3
"""
OF_GLUE = frozenset(_OF_GLUE.split())
# What the collector's function imports, beside boto3, which Lambda's Python brings.
_OF_LAMBDA = """
annotated-types pydantic pydantic-core pydantic-settings python-dotenv typing-extensions
typing-inspection
"""
OF_LAMBDA = frozenset(_OF_LAMBDA.split())


@dataclass(frozen=True)
class Package:
    """A pinned package.

    Attributes:
        name: as the index writes it.
        version: the pinned one.
        wheel: the file.
    """

    name: str
    version: str
    wheel: Path

    @property
    def is_of_glue(self) -> bool:
        """Whether Glue brings it."""
        return self.name in OF_GLUE


def packages() -> list[Package]:
    """The pinned packages, fetched once and kept in the user's cache.

    Raises:
        UserError: they can't be fetched; the line says why.
    """
    folder = _cache("wheels")
    if not folder.is_dir():
        _fetch(folder)
    wheels = {re.sub(r"[-_.]+", "-", one.name.split("-")[0]).lower(): one for one in _in(folder)}
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK.read_text(), re.MULTILINE)
    return [Package(name, version, wheels[name]) for name, version in pins]


def requirements(of: list[Package], engine: Path) -> str:
    """What Glue is to install, a line each, with its size; the engine too."""
    lines = [f"# For Glue 6.0 (Python {PYTHON}, x86_64), beside what it brings."]
    pins = [(one.name, one.version, one.wheel) for one in of if not one.is_of_glue]
    pins.append(("tidegate", engine.name.split("-")[1], engine))
    lines += [
        f"{name}=={version}  # {wheel.stat().st_size / 1e6:.1f} MB"
        for name, version, wheel in sorted(pins)
    ]
    return "\n".join([*lines, ""])


def for_glue(of: list[Package], engine: Path, listed: str, file: Path) -> Path:
    """Write Glue's archive of wheels: what it doesn't bring, the engine, and their list."""
    wheels = [engine, *(one.wheel for one in of if not one.is_of_glue)]
    entries = [(f"wheels/{one.name}", one.read_bytes()) for one in wheels]
    return pack(file, [("wheels/requirements.txt", listed.encode()), *entries], deflate=False)


def for_emr(of: list[Package], engine: Path, file: Path) -> Path:
    """Write EMR's archive of installed packages: all of them, and the engine."""
    kept = _cache("installed.zip")
    if not kept.exists():
        fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
        pack(fresh, (entry for one in of for entry in _installed(one.wheel))).replace(kept)
    shutil.copyfile(kept, file)
    return append(file, _installed(engine))


def for_lambda(of: list[Package], engine: Path, file: Path) -> Path:
    """Write a Lambda function's archive: the few packages that it needs, and the engine."""
    file.parent.mkdir(exist_ok=True)
    wheels = [*(one.wheel for one in of if one.name in OF_LAMBDA), engine]
    return pack(file, (entry for one in wheels for entry in _installed(one)))


def _installed(wheel: Path) -> Iterator[Entry]:
    """A wheel's files where an installer puts them, but for scripts and headers."""
    for name, content in entries_of(wheel):
        aside = re.match(r"[^/]+\.data/([^/]+)/", name)
        if aside is None:
            yield name, content
        elif aside[1] in ("purelib", "platlib"):
            yield name[aside.end() :], content


def _cache(name: str) -> Path:
    """Where the user's cache keeps something that follows from the lock alone."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegate"
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"aws-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}-{name}"


def _in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.whl"))


def _fetch(folder: Path) -> None:
    """Fetch the wheels into a folder, all or none."""
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name))
    ended = subprocess.run([*pip_download(LOCK), "--dest", fresh], capture_output=True, text=True)
    if ended.returncode:
        shutil.rmtree(fresh)
        raise UserError(
            f"pip can't fetch the packages for AWS: {_reason(ended.stderr)}; they are fetched once"
            f" and kept in {folder.parent}"
        )
    if folder.is_dir():  # another run was first
        shutil.rmtree(fresh)
    else:
        fresh.rename(folder)


def pip_download(requirements: Path) -> list[str]:
    """The command that fetches wheels for AWS' Python and Linux, on whatever machine this is."""
    platforms = [word for one in PLATFORMS for word in ("--platform", one)]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary", ":all:", "--implementation", "cp"),
        *("--python-version", PYTHON, *platforms, "--requirement", str(requirements)),
    ]


def _reason(said: str) -> str:
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if "ERROR" in line]
    return errors[0] if errors else said.strip().rpartition("\n")[2]
