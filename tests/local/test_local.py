"""The local endpoint as a process: started, found, stopped, killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tidegate import local
from tidegate.aws import aws_config, client, is_held, local_files
from tidegate.errors import SettingsError, StreamError, TidegateError
from tidegate.local import process
from tidegate.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A project whose endpoint, if a test leaves one, ends with the test."""
    settings = load_settings(tmp_path, endpoint="local")
    yield settings
    local.stop(settings)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):  # where another test has waited for it
        os.waitpid(pid, 0)


def test_an_endpoint_is_started_once_found_and_stopped(settings):
    assert local.status(settings) is None
    assert not local.stop(settings)

    endpoint = local.start(settings)

    assert endpoint.address.startswith("http://127.0.0.1:")
    assert local.start(settings) == local.status(settings) == endpoint
    bucket = client("s3", settings)
    bucket.create_bucket(Bucket="lake")
    bucket.put_object(Bucket="lake", Key="a/b", Body=b"kept")
    assert bucket.get_object(Bucket="lake", Key="a/b")["Body"].read() == b"kept"
    assert local.stop(settings)
    assert local.status(settings) is None
    with pytest.raises(ProcessLookupError):
        _alive(endpoint.pid)


def _alive(pid: int) -> None:
    """Raise where a process has ended; a child that has ended counts, once its end is fetched."""
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        os.kill(pid, 0)
    else:
        raise ProcessLookupError


def test_two_starts_at_once_give_one_endpoint(settings):
    program = (
        "import sys; from pathlib import Path; from tidegate import local;"
        "from tidegate.settings import load_settings;"
        "print(local.start(load_settings(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", program, str(settings.project)]

    def start(_: int) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(3) as pool:
        told = set(pool.map(start, range(3)))

    assert told == {f"{local.status(settings)}\n"}
    local.stop(settings)
    time.sleep(1)
    assert local.status(settings) is None  # none of the others was waiting to take its place


def test_a_killed_endpoint_is_known_to_be_gone_and_started_anew(settings):
    first = local.start(settings)
    kill(first.pid)

    assert local_files(settings)[0].exists()
    assert local.status(settings) is None
    assert not local.stop(settings)
    assert local.start(settings).pid != first.pid


@pytest.mark.quick
@pytest.mark.parametrize("pid", [os.getpid(), 2**22 - 1], ids=["ours", "none"])
def test_a_file_left_behind_is_no_endpoint(settings, pid):
    file, lock = local_files(settings)
    file.parent.mkdir()
    lock.touch()
    started = "2026-01-01T00:00:00+00:00"
    kept = {"address": "http://127.0.0.1:1", "pid": pid, "started": started, "lake": "lake"}
    file.write_text(json.dumps(kept))

    assert local.status(settings) is None
    assert not local.stop(settings)


def test_the_local_endpoint_is_not_asked_for_through_a_proxy(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    here = load_settings(tmp_path, endpoint=endpoint.address, region="eu-west-3")

    assert client("kinesis", here).list_streams()["StreamNames"] == []


def test_an_endpoint_that_does_not_start_leaves_nothing_behind(settings, monkeypatch):
    monkeypatch.setattr(process, "HOST", "999.0.0.1")
    monkeypatch.setattr(process, "START_TAKES", 2)

    with pytest.raises(TidegateError, match=r"doesn't start; .*local\.log says why$"):
        local.start(settings)

    _, lock = local_files(settings)
    assert not lock.exists() or not is_held(lock)


@pytest.mark.quick
def test_a_taken_port_is_told_before_anything_starts(settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(SettingsError) as error:
            local.start(settings, port)

    told = re.fullmatch(
        rf"port {port} is taken by process (\d+) \(.+\); name another with --port, or leave it out",
        str(error.value),
    )
    assert told
    assert int(told[1]) == os.getpid()
    assert local.status(settings) is None


def test_a_port_can_be_chosen_and_used_again_at_once(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    for _ in range(2):
        assert local.start(settings, port).address == f"http://127.0.0.1:{port}"
        local.stop(settings)


def test_an_endpoint_outlives_the_group_of_processes_that_started_it(settings):
    endpoint = local.start(settings)

    assert os.getpgid(endpoint.pid) != os.getpgid(0)
    assert (settings.state / "log" / "local.log").exists()


@pytest.mark.quick
@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({}, ""),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4567"},
            ", or name the one that AWS_ENDPOINT_URL does: --endpoint http://127.0.0.1:4567",
        ),
    ],
)
def test_what_needs_the_local_endpoint_says_how_to_start_it(settings, monkeypatch, named, told):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in named.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(StreamError) as error:
        aws_config(settings)

    assert str(error.value) == (
        f'the local endpoint isn\'t running; start it with "tidegate local start"{told}'
    )


@pytest.mark.quick
@pytest.mark.parametrize(
    ("endpoint", "environment", "url", "key"),
    [
        ("http://127.0.0.1:4567", {}, "http://127.0.0.1:4567", "local"),
        ("http://127.0.0.1:4567", {"AWS_ACCESS_KEY_ID": "mine"}, "http://127.0.0.1:4567", None),
        ("https://vpce-1.kinesis.amazonaws.com", {}, "https://vpce-1.kinesis.amazonaws.com", None),
        ("aws", {}, None, None),
    ],
)
def test_only_an_endpoint_that_is_not_aws_gets_a_key_of_ours(
    tmp_path, monkeypatch, endpoint, environment, url, key
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    config = aws_config(load_settings(tmp_path, endpoint=endpoint, region="eu-central-1"))

    assert (config.endpoint_url, config.access_key, config.secret) == (url, key, key)
    assert config.region == "eu-central-1"
