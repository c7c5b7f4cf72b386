"""The Spark session, and the properties by which Spark knows the lake, the same everywhere."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.aws import aws_config
from tidegate.errors import SettingsError
from tidegate.java import find_java
from tidegate.lake.catalog_file import CATALOG, FILE
from tidegate.lake.jars import jar_options
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
"""What Spark must be started with; all else of the lake a session can be told."""

_STARTING = {
    # Else each Column that is made asks Java several times where it was made.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    # A flow makes more than the hundred classes that Spark keeps, and each of its runs the same.
    "spark.sql.codegen.cache.maxEntries": "2000",
}
_LINE = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX}{UTC} %p %c{1}: %m%n%ex"
# What follows an error's class and Spark's name for it, and each further line that is no frame.
_WORDS = (
    r"((?:org[.]apache[.]spark|java)[.][\w.$]+(?:Exception|Error)(?:: \[[A-Z][A-Z0-9_.]+\])?)[^\n]*"
)
_FURTHER = r"\n(?!\tat [\w.$/<>]+\(|Caused by: |\tSuppressed: |\t[.][.][.] )[^\n]*"
_PATTERN = "%replace{%replace{" + _LINE + "}{" + _WORDS + "}{$1}}{" + _FURTHER + "}{}%n"


def spark_properties(settings: Settings) -> dict[str, str]:
    """What Spark must be told to open the lake, as ``spark-submit``'s properties file holds it."""
    properties = {
        "spark.sql.extensions": EXTENSIONS,
        **lake_properties(settings),
        **_STARTING,
        "spark.ui.enabled": "false",
        "spark.driver.memory": settings.spark_memory,
        "spark.master": settings.spark_master,
        **jar_options(settings),
    }
    if settings.spark_master.startswith("local"):
        properties["spark.sql.shuffle.partitions"] = "4"
        # Each query's plan is put into words, again and again, for a UI that there isn't.
        properties["spark.sql.ui.explainMode"] = "simple"
        properties["spark.driver.extraJavaOptions"] = _logging(spark_log(settings))
        properties["spark.driver.extraJavaOptions"] += _credentials(settings)
        properties["spark.driver.bindAddress"] = "127.0.0.1"
        properties["spark.driver.host"] = "127.0.0.1"
    return properties


def lake_properties(settings: Settings) -> dict[str, str]:
    """What a session must know of the lake; it can still be told once it runs."""
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.warehouse": settings.lake,
        # A cached table would hide what another run has published.
        f"{catalog}.cache-enabled": "false",
        "spark.sql.defaultCatalog": CATALOG,
        "spark.sql.session.timeZone": "UTC",
        # Java never compiles a longer method; Spark makes such, and then cuts them up instead.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        **_catalog_properties(settings, catalog),
    }


def _catalog_properties(settings: Settings, catalog: str) -> dict[str, str]:
    if settings.catalog == "glue":
        return {
            f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            **{f"{catalog}.{name}": value for name, value in _endpoint(settings).items()},
        }
    return {
        f"{catalog}.catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        f"{catalog}.uri": f"jdbc:sqlite:{settings.lake}/{FILE}?busy_timeout=60000",
        f"{catalog}.jdbc.schema-version": "V1",
        f"{catalog}.jdbc.init-catalog-tables": "false",  # ``catalog_file`` makes them
    }


def _endpoint(settings: Settings) -> dict[str, str]:
    """How Iceberg reaches Glue and S3; nothing of it where they are AWS' own."""
    aws = aws_config(settings)
    if aws.endpoint_url is None:
        return {}
    return {
        "glue.endpoint": aws.endpoint_url,
        "s3.endpoint": aws.endpoint_url,
        "s3.path-style-access": "true",
        "client.region": aws.region,
    }


def _credentials(settings: Settings) -> str:
    """Java's options for an endpoint that checks no credentials, where there are none."""
    aws = aws_config(settings) if settings.catalog == "glue" else None
    if aws is None or aws.secret is None:
        return ""
    return f" -Daws.accessKeyId={aws.access_key} -Daws.secretAccessKey={aws.secret}"


def spark_session(settings: Settings) -> "SparkSession":
    """The session over the lake; the running one where there is one (Glue, EMR, spark-submit).

    A session that was started elsewhere is told of the lake here, but for what it knows already.
    Spark's own lines go to ``<state>/log/spark.log``.

    Raises:
        SettingsError: it was started without Iceberg's extensions.
    """
    from pyspark.sql import SparkSession

    _hush()
    running = SparkSession.getActiveSession()
    if running is not None:
        return _told(running, settings)
    # Under spark-submit Java runs already, and its properties are those it was given.
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted:
        os.environ["JAVA_HOME"] = str(find_java())
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        # Else a worker is whatever python3 the PATH has, which knows none of the packages.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("tidegate")
    for name, value in (_STARTING if submitted else spark_properties(settings)).items():
        builder = builder.config(name, value)
    with nullcontext() if submitted else _quiet(spark_log(settings)):
        session: SparkSession = builder.getOrCreate()
    return _told(session, settings) if submitted else session


def _told(session: "SparkSession", settings: Settings) -> "SparkSession":
    """A session that runs already, told what it doesn't know of the lake yet."""
    if EXTENSIONS not in (session.conf.get("spark.sql.extensions", "") or ""):
        raise SettingsError(
            "this Spark was started without Iceberg's extensions; start it with"
            f" --conf spark.sql.extensions={EXTENSIONS}, and with Iceberg's library"
        )
    for name, value in lake_properties(settings).items():
        if session.conf.get(name, None) is None:
            session.conf.set(name, value)
    return session


def _hush() -> None:
    """Keep Spark's Python side from printing an error's trace besides raising the error."""
    from pyspark.logger import PySparkLogger

    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel("CRITICAL")


def spark_log(settings: Settings) -> Path:
    """Where Spark's own lines go."""
    return settings.state / "log" / "spark.log"


def _logging(log: Path) -> str:
    """Java's option by which Spark's own lines go to a log file; its configuration is beside it.

    The words of Spark's and Java's errors may hold a value of a row, so of an error only its class,
    the name Spark gives it and where it happened are kept.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    file = log.parent / "log4j2.properties"
    lines = [
        "rootLogger.level = warn",
        "rootLogger.appenderRef.file.ref = file",
        "appender.file.type = File",
        "appender.file.name = file",
        f"appender.file.fileName = {log}",
        "appender.file.layout.type = PatternLayout",
        # Else what the pattern has of an error already is written once more, with its words.
        "appender.file.layout.alwaysWriteExceptions = false",
        "appender.file.layout.pattern = " + _PATTERN.replace("\\", "\\\\"),
    ]
    with tempfile.NamedTemporaryFile("w", dir=log.parent, delete=False) as fresh:
        fresh.write("\n".join(lines) + "\n")
    Path(fresh.name).replace(file)
    return f"-Dlog4j2.configurationFile={file}"


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """While Java starts, its outputs are the log file; it keeps them, Python gets its own back."""
    kept = [os.dup(1), os.dup(2)]
    with log.open("ab") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            for place, original in enumerate(kept, start=1):
                os.dup2(original, place)
                os.close(original)
