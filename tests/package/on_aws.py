"""Runs of the built artefacts as Glue and EMR Serverless start them, on this machine's Spark.

What a service does by itself is done here: it fetches the script, installs or unpacks the
packages, brings Spark and Iceberg, and says who it is. All else is as the job's definition says.
"""

import json
import os
import re
import shlex
import subprocess
import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import payload
from tidegate.aws import AwsConfig, aws_config
from tidegate.contract import load_contracts
from tidegate.flow.books import books
from tidegate.java import find_java
from tidegate.lake.jars import CACHE, packages
from tidegate.lake.ledger import Counts
from tidegate.settings import Settings

ARTEFACTS = "s3://artefacts/1"
LAKE = {
    "catalog": "glue",
    "warehouse": "s3://lake-on-aws/lake",
    "database_prefix": "tidegate_dev_",
}
KEY = "personal"
WORKGROUP = "tidegate-dev-jobs"
PUSHES = [payload(), payload(id="2"), payload(id="2"), b"no JSON"]
LANDED = Counts(rows_in=4, published=4)
CLEANED = Counts(rows_in=4, published=2, quarantined=1, duplicates=1)
# A laptop's ways, which a job's definition leaves alone.
DEFAULTS = """\
spark.master local[2]
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.sql.shuffle.partitions 4
"""
QUIET = """\
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
"""


@dataclass(frozen=True)
class Account:
    """A project deployed to the local endpoint: its artefacts, its stream, its lake.

    Attributes:
        settings: how a reader of the lake sees it.
        stream: the source's stream.
        folder: an empty folder for what runs leave.
    """

    settings: Settings
    stream: str
    folder: Path

    @property
    def aws(self) -> AwsConfig:
        return aws_config(self.settings)

    def make_stream(self) -> None:
        client = self.aws.client("kinesis")
        client.create_stream(StreamName=self.stream, ShardCount=1)
        patience = {"Delay": 0.05, "MaxAttempts": 100}
        client.get_waiter("stream_exists").wait(StreamName=self.stream, WaiterConfig=patience)

    def put(self, *payloads: bytes) -> None:
        records = [{"Data": one, "PartitionKey": "key"} for one in payloads]
        self.aws.client("kinesis").put_records(StreamName=self.stream, Records=records)

    def rows(self) -> dict[str, Counts]:
        """The books of all time, as anyone reads them."""
        pages = books(self.settings, load_contracts(REPOSITORY))
        return {page.table: page.rows for page in pages}

    def definition(self, name: str) -> dict[str, Any]:
        values = {
            "AlertTopic": "",
            "Artefacts": ARTEFACTS,
            "DatabasePrefix": self.settings.database_prefix,
            "Env": "dev",
            "EmrApplication": "00application",
            "EmrRole": "arn:aws:iam::123456789012:role/tidegate-dev-transformer",
            "FiguresDatabase": "none",
            "PersonalKey": KEY,
            "Region": "us-east-1",
            "Source": "github",
            "TransformerRole": "tidegate-dev-transformer",
            "Warehouse": self.settings.warehouse,
        }
        text = Template((REPOSITORY / name).read_text()).substitute(values)
        found: dict[str, Any] = json.loads(text)
        return found

    def of_a_run(self, stage: str) -> dict[str, str]:
        """What a run is told beside its definition: where AWS is, and a lake of the test's own."""
        return {
            "--source": "github",
            "--stage": stage,
            "--TIDEGATE_ENDPOINT": self.settings.endpoint,
            "--TIDEGATE_DATABASE_PREFIX": self.settings.database_prefix,
            "--TIDEGATE_STREAMS": json.dumps({"github": self.stream}),
            "--TIDEGATE_ALERT_TOPIC": "",
            "--TIDEGATE_ATHENA_WORKGROUP": WORKGROUP,
        }

    def fetch(self, address: str, into: Path) -> Path:
        """An artefact, as a service fetches it."""
        bucket, _, key = address.removeprefix("s3://").partition("/")
        file = into / Path(key).name
        self.aws.client("s3").download_file(bucket, key, str(file))
        return file


@dataclass(frozen=True)
class Spark:
    """A Spark that a service brings: where it is, and the Python it is run with."""

    home: Path
    python: Path

    @cached_property
    def version(self) -> str:
        (core,) = (self.home / "jars").glob("spark-core_*.jar")
        return core.stem.rpartition("-")[2]

    def with_python(self, python: Path) -> "Spark":
        return replace(self, python=python)

    def libraries(self, settings: Settings) -> str:
        """Iceberg's, which the services bring; fetched once."""
        wanted = packages(settings, self.version)
        names = [f"{one.replace(':', '_', 1).replace(':', '-')}.jar" for one in wanted]
        files = [Path.home() / CACHE / name for name in names]
        if not all(file.exists() for file in files):
            command = [self.home / "bin" / "spark-submit", "--packages", ",".join(wanted)]
            nothing = [self.home / "python" / "pyspark" / "shell.py"]
            subprocess.run([*command, *nothing], env=self.environment(Path("/")), check=False)
        return ",".join(map(str, files))

    def environment(self, conf: Path) -> dict[str, str]:
        """All that a process of the service's finds in its environment."""
        return {
            "HOME": str(Path.home()),
            "PATH": os.environ["PATH"],
            "JAVA_HOME": str(find_java()),
            "SPARK_HOME": str(self.home),
            "SPARK_CONF_DIR": str(conf),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m",
            "PYSPARK_PYTHON": str(self.python),
            "PYSPARK_DRIVER_PYTHON": str(self.python),
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "TZ": "UTC",
        }

    def submit(
        self, words: list[str], place: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run spark-submit, which hands on all that the script prints as its own output."""
        (place / "conf").mkdir(exist_ok=True)
        (place / "conf" / "spark-defaults.conf").write_text(DEFAULTS)
        (place / "conf" / "log4j2.properties").write_text(QUIET)
        return subprocess.run(
            [str(self.home / "bin" / "spark-submit"), *words],
            cwd=place,
            env=self.environment(place / "conf") | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


def on_glue(account: Account, spark: Spark, stage: str) -> subprocess.CompletedProcess[str]:
    """A run of the Glue job, whose Python has the job's modules installed."""
    definition = account.definition("glue/job.json")
    given = definition["DefaultArguments"] | account.of_a_run(stage)
    script = account.fetch(definition["Command"]["ScriptLocation"], account.folder)
    confs = shlex.split(f"--conf {given.pop('--conf')}")
    assert given.pop("--datalake-formats") == "iceberg"
    libraries = ["--jars", spark.libraries(account.settings)]
    arguments = {"--JOB_NAME": definition["Name"], "--JOB_RUN_ID": "jr_1", **given}
    words = [word for pair in arguments.items() for word in pair]
    beside = {"PYTHONPATH": str(Path(__file__).with_name("beside_glue"))}
    return spark.submit([*libraries, *confs, str(script), *words], account.folder, beside)


def install_as_glue(account: Account, python: Path, carried: list[Path]) -> Path:
    """An environment with what Glue carries, in which the job's modules are installed.

    Args:
        account: where the modules are.
        python: Glue's.
        carried: the wheels of what Glue carries.

    Returns:
        The environment's Python.
    """
    made = account.folder / "glue-python"
    subprocess.run([python, "-m", "venv", made], check=True)
    pip = [made / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", *carried], check=True)
    given = account.definition("glue/job.json")["DefaultArguments"]
    modules = account.fetch(given["--additional-python-modules"], account.folder)
    with zipfile.ZipFile(modules) as archive:
        archive.extractall(account.folder)
    assert given["--python-modules-installer-option"] == "--no-index"
    wheels = account.folder / "wheels"
    listed = ["--find-links", wheels, "--requirement", wheels / "requirements.txt"]
    subprocess.run([*pip, *listed], check=True)
    return made / "bin" / "python"


def on_emr(account: Account, spark: Spark, stage: str) -> subprocess.CompletedProcess[str]:
    """A run on EMR Serverless."""
    driver = account.definition("emr/serverless.json")["jobDriver"]["sparkSubmit"]
    given = driver["entryPointArguments"]
    arguments = dict(zip(given[::2], given[1::2], strict=True)) | account.of_a_run(stage)
    script = account.fetch(driver["entryPoint"], account.folder)
    confs = dict(re.findall(r"--conf (\S+?)=(\S+)", driver["sparkSubmitParameters"]))
    assert confs.pop("spark.jars").startswith("/usr/share/aws/iceberg/lib/")
    confs["spark.jars"] = spark.libraries(account.settings)
    _unpack(account, confs.pop("spark.archives"))
    prefix = "spark.emr-serverless.driverEnv."
    of_driver = {key: confs.pop(key) for key in list(confs) if key.startswith(prefix)}
    environment = {key.removeprefix(prefix): value for key, value in of_driver.items()}
    # The service has the Python on its path.
    path = f"{spark.python.parent}:{os.environ['PATH']}"
    words = [word for key, value in confs.items() for word in ("--conf", f"{key}={value}")]
    words += [str(script), *(word for pair in arguments.items() for word in pair)]
    return spark.submit(words, account.folder, environment | {"PATH": path})


def _unpack(account: Account, archive: str) -> None:
    """Unpack an archive where drivers and executors work, under the name that it is given."""
    address, _, name = archive.partition("#")
    if not (account.folder / name).exists():
        with zipfile.ZipFile(account.fetch(address, account.folder)) as packed:
            packed.extractall(account.folder / name)
