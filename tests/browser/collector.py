"""A collector as a process that is stopped, killed and started again on its port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from tests.browser.page import KEY
from tests.conftest import REPOSITORY
from tidegate.aws import AwsConfig

STARTS_WITHIN = 30  # seconds


class Collector:
    """One, and the stream it writes to.

    Attributes:
        address: where pages send to.
        stream: its stream's name.
    """

    def __init__(self, folder: Path, aws: AwsConfig, stream: str) -> None:
        self._folder, self._aws, self.stream = folder, aws, stream
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._place = free.getsockname()
        self.address = f"http://127.0.0.1:{self._place[1]}/events/storefront"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, origin: str = "*", rate: int = 1_000_000) -> None:
        """Start it; pages of an origin may send so many records a second."""
        about = {"keys": {"web": KEY}, "origins": [origin], "rate": rate}
        keys = self._folder / "keys.json"
        keys.write_text(json.dumps({"storefront": about}))
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        settings = {
            "PYTHONPATH": path,
            "TIDEGATE_ENDPOINT": str(self._aws),
            "TIDEGATE_STREAMS": json.dumps({"storefront": self.stream}),
            "TIDEGATE_COLLECT_KEYS": str(keys),
            "TIDEGATE_COLLECT_DRAIN_SECONDS": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tidegate.collect", *map(str, self._place)],
            cwd=self._folder,
            env={**os.environ, **settings},
            stderr=subprocess.DEVNULL,
        )
        latest = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            assert self._process.poll() is None, "the collector has ended"
            assert time.monotonic() < latest, "the collector doesn't start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an operator does; what it has begun it answers."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it in the midst of whatever it does."""
        self._end(signal.SIGKILL)

    @property
    def events(self) -> list[Any]:
        """What is on the stream, in no order."""
        kinesis = self._aws.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName=self.stream)["Shards"]:
            place = kinesis.get_shard_iterator(
                StreamName=self.stream,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            while told := kinesis.get_records(ShardIterator=place):
                found += [json.loads(one["Data"]) for one in told["Records"]]
                place = told["NextShardIterator"]
                if not told["Records"]:
                    break
        return found

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return [one["event_id"] for one in self.events]

    def has(self, ids: set[str], seconds: float = 10) -> bool:
        """Whether events are on the stream, or come to be in time."""
        latest = time.monotonic() + seconds
        while not ids <= set(self.ids):
            if time.monotonic() > latest:
                return False
            time.sleep(0.05)
        return True

    def _listens(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(self._place) == 0

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(STARTS_WITHIN)
            self._process = None
