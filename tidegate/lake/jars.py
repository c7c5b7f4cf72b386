"""The Java libraries that Spark needs for the lake, by the versions that AWS runs."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
    """
    line = ".".join(spark.split(".")[:2])
    iceberg = ICEBERG.get(line, ICEBERG["4.1"])
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
    files = [
        Path.home() / CACHE / f"{name.replace(':', '_', 1).replace(':', '-')}.jar"
        for name in wanted
    ]
    if all(file.exists() for file in files):
        return {"spark.jars": ",".join(map(str, files))}
    return {"spark.jars.packages": ",".join(wanted)}


def spark_version() -> str:
    """The installed Spark's version; Glue's where Spark came with the machine."""
    try:
        return version("pyspark")
    except PackageNotFoundError:
        return "4.1.1"
