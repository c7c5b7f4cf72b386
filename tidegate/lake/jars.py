"""The Java libraries that Spark needs for the lake, by the versions that AWS runs."""

import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tidegate.errors import SettingsError
from tidegate.java import find_java
from tidegate.settings import Settings

# Spark's and Iceberg's versions as Glue 6.0 and emr-spark-8.0.0 carry them.
ICEBERG = {"4.1": "1.11.0", "4.0": "1.10.1"}
SCALA = "2.13"
SQLITE = "org.xerial:sqlite-jdbc:3.50.3.0"
# Where Spark's package manager keeps what it has fetched.
CACHE = Path(".ivy2.5.2") / "jars"


def packages(settings: Settings, spark: str) -> list[str]:
    """The Maven coordinates of what the lake needs.

    Args:
        settings: whose catalog and warehouse decide.
        spark: Spark's version, e.g. ``4.1.1``.

    Raises:
        SettingsError: this Spark isn't one the lake is run with.
    """
    line = ".".join(spark.split(".")[:2])
    if line not in ICEBERG:
        raise SettingsError(f"Spark {spark} is installed; the lake runs on {' and '.join(ICEBERG)}")
    iceberg = ICEBERG[line]
    wanted = [f"org.apache.iceberg:iceberg-spark-runtime-{line}_{SCALA}:{iceberg}"]
    if settings.catalog == "sqlite":
        wanted.append(SQLITE)
    if settings.catalog == "glue" or settings.lake.startswith("s3"):
        wanted.append(f"org.apache.iceberg:iceberg-aws-bundle:{iceberg}")
    return wanted


def jar_options(settings: Settings) -> dict[str, str]:
    """The Spark property that brings them: files where they were fetched before, else coordinates.

    Files spare each start some seconds, and work without a network.
    """
    wanted = packages(settings, spark_version())
    files = _files(wanted)
    if all(file.exists() for file in files):
        return {"spark.jars": ",".join(map(str, files))}
    return {"spark.jars.packages": ",".join(wanted)}


def fetch_jars(settings: Settings) -> bool:
    """Have Spark's package manager fetch what isn't there yet, so that it can't fail a session.

    Returns:
        Whether there was anything to fetch.

    Raises:
        SettingsError: they can't be fetched; the line says which and why.
    """
    wanted = packages(settings, spark_version())
    missing = [name for name, file in zip(wanted, _files(wanted), strict=True) if not file.exists()]
    if not missing:
        return False
    with tempfile.NamedTemporaryFile(suffix=".py") as nothing_to_do:
        ended = subprocess.run(
            [_spark_submit(), "--packages", ",".join(missing), nothing_to_do.name],
            env=os.environ | {"JAVA_HOME": str(find_java()), "PYSPARK_PYTHON": sys.executable},
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.returncode:
        raise SettingsError(
            f"Spark can't fetch {' and '.join(missing)}: {_reason(ended.stderr)};"
            " it needs the network once, and keeps them in ~/.ivy2.5.2"
        )
    return True


def _files(wanted: list[str]) -> list[Path]:
    """Where Spark's package manager keeps some coordinates' files."""
    names = [f"{name.replace(':', '_', 1).replace(':', '-')}.jar" for name in wanted]
    return [Path.home() / CACHE / name for name in names]


def _spark_submit() -> str:
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise SettingsError('there is no Spark here; pip install "tidegate[local]" brings one')
    return str(Path(spec.origin).parent / "bin" / "spark-submit")


def _reason(said: str) -> str:
    """Why fetching failed, of the hundred lines that say so."""
    for pattern in (r"Server access error .*\((.+)\)", r"RuntimeException: \[?(.+?)\]?$"):
        if found := re.search(pattern, said, re.MULTILINE):
            return found[1]
    return said.strip().rpartition("\n")[2]


def spark_version() -> str:
    """The installed Spark's version; Glue's where there is none."""
    try:
        return version("pyspark")
    except PackageNotFoundError:  # it came with the machine, and pip knows nothing of it
        pass
    try:
        from pyspark.version import __version__
    except ImportError:
        return "4.1.1"
    return str(__version__)
