"""What a new hour costs over a short and a long history, stage by stage.

``make bench-increment``. A lake for each history (1, 10 and 100 days of the generated shop, with
the same newest day), in one process; in each round every lake gets an hour's new events of
visitors it knows, and the flow runs. Stages bound by days have to take as long whatever the
history; those bound by keys as long as the keys that were touched make them. Which files a stage
has read is what Iceberg's scans tell Spark (its metrics of result and skipped data files).
"""

import argparse
import datetime as dt
import json
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table as RichTable

from bench.scans import files, newest
from tidegate.contract import load_contracts
from tidegate.flow import Land
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.increment import WholeKeys
from tidegate.flow.job import Job, Stage
from tidegate.flow.project import load_flow
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, start_run
from tidegate.flow.run_flow import run_stage
from tidegate.generate.storefront import generate
from tidegate.lake.ledger import Counts
from tidegate.lake.session import spark_session
from tidegate.settings import Settings, load_settings

PROJECT = Path(__file__).resolve().parent.parent
HISTORIES = (1, 10, 100)
LAST = dt.date(2026, 6, 30)
OLD, NEW = dt.datetime(2026, 7, 20, tzinfo=dt.UTC), dt.datetime(2026, 7, 21, tzinfo=dt.UTC)
ARROW = {"timestamp": pa.timestamp("us", tz="UTC"), "integer": pa.int32(), "long": pa.int64()}


@dataclass
class Lake:
    """A lake with a history of some days.

    Attributes:
        days: how many.
        settings: which lake it is.
        stages: the flow's stages but for landing.
        seconds: each stage's seconds, a round each.
        files: for each stage, the data files that its scans read and skipped in the last round.
        rows: for each stage, the rows it read in the last round.
    """

    days: int
    settings: Settings
    stages: list[Stage]
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def new_run(spark: SparkSession, lake: Lake) -> Run:
    return start_run(spark, lake.settings, load_contracts(PROJECT), lambda _: None)


def land(spark: SparkSession, lake: Lake, lines: list[bytes], arrived: dt.datetime) -> None:
    """Put lines into the raw table as one landing of one shard."""
    run = new_run(spark, lake)
    table = run.table("raw.storefront")
    was = table.history()
    number, before = was.newest().number + 1, was.newest().totals.published
    places = [f"{before + n:0>129}" for n in range(len(lines))]
    values = {
        "stream": "storefront",
        "shard": "shardId-0",
        "sequence_number": places,
        "sub_sequence_number": 0,
        "partition_key": places,
        "arrived_at": arrived,
        "payload": lines,
        "landing": number,
    }
    rows = pa.table(
        {
            one.name: values[one.name]
            if isinstance(values[one.name], list)
            else pa.array([values[one.name]] * len(lines), ARROW.get(one.type))
            for one in table.contract.columns
        }
    )
    branch = start_branch(run, table, was.main)
    written = branch.append(spark.createDataFrame(rows).coalesce(1)).rows
    counts = Counts(rows_in=written, published=written)
    conclude(branch, run.entry(table.contract, was.newest(), rows=counts))


def hour(round_: int, visitors: int) -> list[bytes]:
    """An hour's new events of visitors that every history has seen."""
    lines = []
    for visitor in range(visitors):
        for number in range(5):
            at = f"{LAST}T11:{number * 2:02}:{round_ % 60:02}.000Z"
            said: dict[str, Any] = {
                "event_id": f"round{round_}-{visitor}-{number}",
                "type": ("page_view", "page_view", "cart_add", "checkout", "purchase")[number],
                "at": at,
                "received_at": at,
                "visitor": {"id": f"regular-{visitor}"},
                "device": {"kind": "mobile"},
                "page": "/product",
                "sku": "BO-0000",
                "quantity": 1,
            }
            if number == 4:
                said |= {"order_id": f"o{round_}-{visitor}", "unit_price": 999, "currency": "EUR"}
            lines.append(json.dumps(said).encode())
    return lines


def run_flow(spark: SparkSession, lake: Lake, *, measured: bool) -> None:
    """Run the stages after landing, and keep what each took."""
    for stage in lake.stages:
        spark.sparkContext._jvm.System.gc()  # type: ignore[union-attr]
        seen = newest(spark)
        started = time.perf_counter()
        report: StageReport = run_stage(new_run(spark, lake), stage)
        seconds = time.perf_counter() - started
        if measured and report.number:
            lake.seconds[stage.writes].append(seconds)
            lake.files[stage.writes] = files(spark, seen)
            lake.rows[stage.writes] = report.rows.rows_in


def make(spark: SparkSession, folder: Path, shop: Path, days: int, visitors: int) -> Lake:
    """A lake that has seen the last days of the shop; the newest is the same in each."""
    start = LAST - dt.timedelta(days - 1)
    settings = load_settings(PROJECT, warehouse=str(folder / "lake")).model_copy(
        update={"reference": str(shop / "reference"), "database_prefix": f"d{days}_"}
    )
    flow = load_flow(PROJECT, "storefront")
    lake = Lake(days, settings, [one for one in flow.stages if not isinstance(one, Land)])
    files = sorted((shop / "events").iterdir())
    lines = [one.read_bytes().splitlines() for one in files if one.stem >= str(start)]
    land(spark, lake, list(chain.from_iterable(lines)), OLD)
    # Each in an hour of its own, so that visitors are known and the last day has several files.
    land(spark, lake, hour(0, visitors), OLD)
    run_flow(spark, lake, measured=False)
    return lake


def main() -> None:
    """Measure, and print a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=50, help="new ones a day")
    parser.add_argument("--regulars", type=int, default=100, help="who come in the new hour")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(PROJECT, warehouse=str(Path(folder) / "lake"))
        Path(settings.lake).mkdir(parents=True)
        spark = spark_session(settings)
        shop, most = Path(folder) / "shop", max(HISTORIES)
        first = LAST - dt.timedelta(most - 1)
        generate(shop, start=first, days=most, visitors=asked.visitors * most, seed=1)
        lakes = [make(spark, Path(folder), shop, days, asked.regulars) for days in HISTORIES]
        for round_ in range(1, asked.rounds + 2):
            order = lakes[round_ % len(lakes) :] + lakes[: round_ % len(lakes)]
            print(f"round {round_} of {asked.rounds + 1}, the first to warm up", flush=True)
            for lake in order:
                land(spark, lake, hour(round_, asked.regulars), NEW)
                run_flow(spark, lake, measured=round_ > 1)  # the first warms up
        tell(lakes, asked.rounds)


def tell(lakes: list[Lake], rounds: int) -> None:
    """Print each stage's seconds over those of the shortest history, and the files it read."""
    out = Console(width=190, highlight=False)
    first, *others = lakes
    table = RichTable(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage", no_wrap=True)
    table.add_column("bound by", no_wrap=True)
    for lake in lakes:
        table.add_column(f"{lake.days} d: s", justify="right")
    for lake in others:
        title = f"{lake.days}:{first.days} (least-greatest)"
        table.add_column(title, justify="right", no_wrap=True)
    for lake in lakes:
        table.add_column(f"{lake.days} d: read/skipped", justify="right", no_wrap=True)
    for stage in first.stages:
        name = stage.writes
        if not first.seconds[name]:
            continue
        is_keyed = isinstance(stage, Job) and isinstance(stage.increment, WholeKeys)
        cells = [name, "keys" if is_keyed else "days"]
        cells += [f"{statistics.median(lake.seconds[name]):.2f}" for lake in lakes]
        for lake in others:
            pairs = zip(lake.seconds[name], first.seconds[name], strict=True)
            ratios = [one / other for one, other in pairs]
            middle = statistics.median(ratios)
            cells.append(f"{middle:.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
        cells += [" / ".join(f"{n:,}" for n in lake.files[name]) for lake in lakes]
        table.add_row(*cells)
    out.print(table)
    for kind in ("days", "keys"):
        for lake in others:
            out.print(f"all stages bound by {kind}, {lake.days} days: {_all(lake, first, kind)}")
    out.print("read/skipped: data files of all the stage's scans in its last round")
    out.print(f"{rounds} rounds, lakes in turns; medians; a new hour of the last day each")


def _all(lake: Lake, first: Lake, kind: str) -> str:
    """The seconds of all stages of a kind together, over those of the shortest history."""
    names = [
        stage.writes
        for stage in lake.stages
        if (isinstance(stage, Job) and isinstance(stage.increment, WholeKeys)) == (kind == "keys")
        and first.seconds[stage.writes]
    ]
    ratios = [
        sum(one) / sum(other)
        for one, other in zip(
            zip(*(lake.seconds[name] for name in names), strict=True),
            zip(*(first.seconds[name] for name in names), strict=True),
            strict=True,
        )
    ]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


if __name__ == "__main__":
    main()
