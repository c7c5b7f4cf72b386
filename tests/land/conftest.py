"""A Kinesis of three kinds: the local endpoint, one that others made, and one that misbehaves."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegate.aws import AwsConfig

# An independent Kinesis, which keeps to what AWS does where a mock of our own might please us.
KINESIS_LOCAL = "kinesis-local@0.6.2"


@pytest.fixture(scope="session")
def independent(request: pytest.FixtureRequest) -> Iterator[AwsConfig]:
    """npm's kinesis-local, fetched once into pytest's cache."""
    folder = Path(request.config.cache.mkdir("kinesis-local"))
    port = _free_port()
    process = subprocess.Popen(
        ["node", "main.js"],
        cwd=_installed(folder),
        env=os.environ
        | {"KINESIS_MOCK_PLAIN_PORT": str(port), "KINESIS_MOCK_TLS_PORT": str(_free_port())}
        | {f"{what}_DURATION": "5ms" for what in ("CREATE_STREAM", "DELETE_STREAM")}
        | {f"{what}_DURATION": "5ms" for what in ("SPLIT_SHARD", "MERGE_SHARDS")},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield AwsConfig(f"http://127.0.0.1:{port}", "us-east-1", "local", "local")
    finally:
        process.kill()
        process.wait()


def _installed(folder: Path) -> Path:
    package = folder / "node_modules" / "kinesis-local"
    if not shutil.which("node"):
        pytest.skip("kinesis-local needs node, which isn't here")
    if not package.is_dir():
        if not shutil.which("npm"):
            pytest.skip("kinesis-local needs npm, which isn't here")
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, KINESIS_LOCAL]
        if subprocess.run(command, capture_output=True, timeout=120, check=False).returncode:
            pytest.skip(f"npm can't fetch {KINESIS_LOCAL}")
    return package


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("kinesis-local doesn't start")
