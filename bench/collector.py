"""What the collector takes in a second while Kinesis throttles and fails, and that nothing is lost.

``make bench-collector``. Four processes share this machine: senders, the collector, the local
Kinesis, and a proxy before it, which throttles half of the records of 5 % of the calls and fails
1 % of the calls, half of these after the records were taken. Senders send again what they are told
to, under the same ids. Then every record that was accepted is looked for on the stream, and, after
landing and cleaning, in clean, where each must be once. Seconds are those of this machine.
"""

import argparse
import http.client
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from tidegate import local
from tidegate.aws import AwsConfig, aws_config
from tidegate.land.kinesis import describe_stream, read_shard
from tidegate.settings import Settings, load_settings

PROJECT = Path(__file__).resolve().parent.parent
KEY, STREAM, SHARDS = "the-key-of-the-bench", "bench", 4
THROTTLED, FAILED = 0.05, 0.01  # of the calls that put records
out = Console(width=120, highlight=False)


class Rude(BaseHTTPRequestHandler):
    """Hands calls on to the local Kinesis, but throttles some and fails others."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    behind = ""
    chance = random.Random(1)
    lock = threading.Lock()

    def do_POST(self) -> None:
        """Answer one call."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            luck = self.chance.random()
        if not self.headers["X-Amz-Target"].endswith("PutRecords") or luck > THROTTLED + FAILED:
            self._tell(*self._hand_on(body))
        elif luck < THROTTLED:
            self._throttle(json.loads(body))
        elif luck < THROTTLED + FAILED / 2:
            self._tell(500, b'{"__type": "InternalFailure"}')
        else:  # the records are on the stream, and nobody hears of it
            self._hand_on(body)
            self.close_connection = True

    def _throttle(self, asked: dict[str, Any]) -> None:
        taken = asked["Records"][::2]
        _, text = self._hand_on(json.dumps(asked | {"Records": taken}).encode())
        told = iter(json.loads(text)["Records"])
        no = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "not now"}
        every = [no if place % 2 else next(told) for place in range(len(asked["Records"]))]
        failed = len(asked["Records"]) - len(taken)
        self._tell(200, json.dumps({"FailedRecordCount": failed, "Records": every}).encode())

    def _hand_on(self, body: bytes) -> tuple[int, bytes]:
        if not hasattr(self, "client"):
            self.client = http.client.HTTPConnection(self.behind)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "content-length"}
        self.client.request("POST", "/", body, headers)
        response = self.client.getresponse()
        return response.status, response.read()

    def _tell(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def be_rude(behind: str) -> None:
    """Serve as the proxy, for as long as the process lives."""
    Rude.behind = behind
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


@dataclass
class Sent:
    """What some senders did.

    Attributes:
        accepted: the ids of the events that were accepted.
        milliseconds: what each request took.
        again: events that were sent again, as the answer said.
        seconds: what it all took.
    """

    accepted: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    again: int = 0
    seconds: float = 0


def event(name: str) -> dict[str, Any]:
    """A push as GitHub tells it, some 500 bytes."""
    return {
        "id": name,
        "type": "PushEvent",
        "actor": {"id": 7, "login": "ann", "avatar_url": "https://avatars.example.org/u/7?"},
        "repo": {"id": 70, "name": "ann/sea", "url": "https://api.example.org/repos/ann/sea"},
        "payload": {
            "push_id": 536_752_122,
            "size": 1,
            "distinct_size": 1,
            "ref": "refs/heads/main",
            "head": "a" * 40,
            "before": "b" * 40,
        },
        "public": True,
        "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def send(place: str, senders: int, batch: int, until: float, name: str) -> Sent:
    """Send batches from so many senders at once, each as soon as its last one was answered."""
    all_sent, lock = Sent(), threading.Lock()

    def one(sender: int) -> None:
        client, mine, again = http.client.HTTPConnection(place), Sent(), list[dict[str, Any]]()
        headers = {"x-tidegate-key": KEY, "content-type": "application/x-ndjson"}
        numbers = itertools.count()
        while time.time() < until or again:
            fresh = batch - len(again) if time.time() < until else 0
            events = again + [event(f"{name}-{sender}-{next(numbers)}") for _ in range(fresh)]
            body = "\n".join(json.dumps(one) for one in events).encode()
            began = time.perf_counter()
            client.request("POST", "/events/github", body, headers)
            answer = client.getresponse()
            told = json.loads(answer.read())
            mine.milliseconds.append((time.perf_counter() - began) * 1_000)
            pairs = list(zip(events, told["records"], strict=True))
            mine.accepted += [it["id"] for it, how in pairs if how["status"] == "accepted"]
            again = [it for it, how in pairs if how.get("retry")]
            mine.again += len(again)
        with lock:
            all_sent.accepted += mine.accepted
            all_sent.milliseconds += mine.milliseconds
            all_sent.again += mine.again

    began = time.perf_counter()
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(one, range(senders)))
    all_sent.seconds = time.perf_counter() - began
    return all_sent


def started(command: list[str], **how: Any) -> tuple[subprocess.Popen[str], str]:
    """A process that says where it serves, and what it said."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **how)
    assert process.stdout
    return process, process.stdout.readline().strip()


def used(pid: int) -> float:
    """The seconds of a core that a process has used, as Linux counts them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare(aws: AwsConfig, seconds: float) -> float:
    """Events a second that the local Kinesis takes from two threads of boto3 alone."""
    client = aws.client("kinesis")
    client.create_stream(StreamName="bare", ShardCount=SHARDS)
    record = json.dumps(event("bare")).encode()
    records = [{"Data": record, "PartitionKey": str(number)} for number in range(500)]
    until = time.time() + seconds

    def put(_: int) -> int:
        count = 0
        while time.time() < until:
            client.put_records(StreamName="bare", Records=records)
            count += len(records)
        return count

    with ThreadPoolExecutor(2) as pool:
        found = sum(pool.map(put, range(2)))
    client.delete_stream(StreamName="bare")
    return found / seconds


def on_stream(aws: AwsConfig) -> Counter[str]:
    """How often each event is on the stream, by its id."""
    stream, now = describe_stream(aws, STREAM), datetime.now(UTC)
    found: Counter[str] = Counter()
    for shard in stream.shards:
        for part in read_shard(aws, stream, shard.id, None, 1, 10**9, now):
            found.update(json.loads(one)["id"] for one in part["payload"].to_pylist())
    return found


def in_clean(settings: Settings) -> Counter[str]:
    """Land and clean what is on the stream; how often each event is in clean, by its id."""
    from tidegate.flow import Flow, clean, land
    from tidegate.flow.open import open_run
    from tidegate.flow.run_flow import run_flow

    run = open_run(settings, lambda _: None, to_judge=True)
    run_flow(run, Flow("github", [land("raw.github"), clean("clean.github_events")]))
    rows = run.spark.table("lake.clean.github_events").select("event_id").collect()
    run.spark.stop()
    return Counter(row["event_id"] for row in rows)


def main() -> None:
    """Measure, print a line a way of sending, and say whether anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each way of sending")
    parser.add_argument("--no-spark", action="store_true", help="leave landing and cleaning out")
    parser.add_argument("--rude", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rude:
        be_rude(asked.rude)
        return
    with tempfile.TemporaryDirectory() as folder:
        state = load_settings(Path(folder), endpoint="local", warehouse=f"{folder}/lake")
        here = local.start(state).address
        try:
            is_well = measure(Path(folder), here, asked)
        finally:
            local.stop(state)
    sys.exit(0 if is_well else 1)


def measure(folder: Path, here: str, asked: argparse.Namespace) -> bool:
    """All of it, with a folder to work in and the local endpoint's address."""
    settings = load_settings(
        PROJECT, endpoint=here, warehouse=f"{folder}/lake", streams={"github": STREAM}
    )
    aws = aws_config(settings)
    alone = bare(aws, 3)
    aws.client("kinesis").create_stream(StreamName=STREAM, ShardCount=SHARDS)
    proxy, port = started(
        [sys.executable, "-m", "bench.collector", "--rude", urlsplit(here).netloc], cwd=PROJECT
    )
    (folder / "keys.json").write_text(
        json.dumps({"github": {"keys": {"bench": KEY}, "rate": 10**9}})
    )
    collector, said = started(
        [sys.executable, "-m", "tidegate.collect", "127.0.0.1", "0"],
        cwd=folder,
        env={
            "PYTHONPATH": ":".join([str(PROJECT), *sys.path]),
            "PATH": "/usr/bin:/bin",
            "TIDEGATE_ENDPOINT": f"http://127.0.0.1:{port}",
            "TIDEGATE_STREAMS": json.dumps({"github": STREAM}),
            "TIDEGATE_COLLECT_KEYS": "keys.json",
            "TIDEGATE_COLLECT_DRAIN_SECONDS": "0",
        },
    )
    place = urlsplit(said.rpartition(" ")[2]).netloc
    accepted: list[str] = []
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (
        *("senders", "events a request", "events/s", "p50 ms", "p99 ms", "sent again"),
        *("events/s and core",),
    ):
        table.add_column(title, justify="right")
    try:
        for senders, batch in ((8, 1), (32, 1), (8, 50), (16, 500)):
            before = used(collector.pid)
            sent = send(place, senders, batch, time.time() + asked.seconds, f"{senders}x{batch}")
            accepted += sent.accepted
            slowest = statistics.quantiles(sent.milliseconds, n=100)
            table.add_row(
                *(str(senders), str(batch), f"{len(sent.accepted) / sent.seconds:,.0f}"),
                *(f"{slowest[49]:.0f}", f"{slowest[98]:.0f}", f"{sent.again:,}"),
                f"{len(sent.accepted) / (used(collector.pid) - before):,.0f}",
            )
    finally:
        collector.terminate()
        collector.communicate(timeout=60)
        proxy.kill()
        proxy.communicate()
    out.print(table)
    out.print("events/s and core: by the seconds of a core that the collector itself has used")
    out.print(f"two threads of boto3 alone, without the proxy: {alone:,.0f} events/s")
    return is_whole(settings, aws, accepted, asked)


def is_whole(
    settings: Settings, aws: AwsConfig, accepted: list[str], asked: argparse.Namespace
) -> bool:
    """Look for what was accepted, on the stream and in clean, and say what was found."""
    there = on_stream(aws)
    lost = sum(name not in there for name in accepted)
    twice = sum(there.values()) - len(there)
    out.print(
        f"accepted {len(accepted):,} events; not on the stream: {lost:,};"
        f" on it more than once: {twice:,} records"
    )
    if asked.no_spark:
        return not lost
    found = in_clean(settings)
    missing = sum(name not in found for name in accepted)
    doubled = sum(found.values()) - len(found)
    out.print(
        f"in clean {len(found):,} events; accepted and not there: {missing}; twice: {doubled}"
    )
    return not (lost or missing or doubled)


if __name__ == "__main__":
    main()
