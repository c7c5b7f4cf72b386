"""An increment equals a rebuild: however events are split, ordered and doubled, all tables agree.

Many splits share a lake. Each has the same events on days and under ids of its own, two weeks from
the next one's, so that a few runs take all of them through real commits; the first has its events
once and in one batch, and the others must say what it says.
"""

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F  # noqa: N812

from tests.lake_of_a_test import LakeOfATest, event
from tidegate.contract import Contract, Severity
from tidegate.contract.spark import spark_type
from tidegate.flow import Job
from tidegate.flow.project import load_flow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Split = tuple[list[list[int]], list[int]]
Events = Callable[[str, dt.date], list[bytes]]

BATCHES = 3
APART = dt.timedelta(days=14)
START = dt.date(2020, 1, 6)
ARRIVED = dt.datetime(2026, 3, 30, tzinfo=dt.UTC)
# The column that tells which days, and so which split, a row is of.
DATED = ("event_date", "week", "first_seen")
RATES = (
    "currency,valid_from,valid_to,euro_cents\nEUR,2020-01-01,,1\nUSD,2020-01-01,,0.915\n"
    "JPY,2020-01-01,,0.617\n"
)
CATALOGUE = (
    "sku,valid_from,valid_to,name,category,price_cents\n"
    "BO-1,2020-01-01,,A book,books,1000\nTO-1,2020-01-01,,A toy,toys,500\n"
)
SHOP = [
    # a visit across midnight, one more after a pause of thirty minutes to the second
    ("ann", 0, "23:40:00", "page_view", {"sku": "BO-1"}),
    ("ann", 0, "23:59:59", "cart_add", {"sku": "BO-1", "quantity": 1}),
    ("ann", 1, "00:10:00", "checkout", {}),
    ("ann", 1, "00:12:00", "purchase", {"sku": "BO-1", "quantity": 3, "unit_price": 1050}),
    ("ann", 1, "00:42:00", "page_view", {}),
    ("ann", 8, "09:00:00", "page_view", {"sku": "TO-1"}),
    # what is paid back later, in a currency that rounds
    ("ann", 9, "10:00:00", "refund", {"sku": "BO-1", "quantity": 1, "unit_price": 1050}),
    # a visitor whose visits an event in between makes one
    ("bea", 1, "23:50:00", "page_view", {"sku": "TO-1"}),
    ("bea", 2, "00:15:00", "search", {}),
    ("bea", 2, "00:40:00", "cart_add", {"sku": "TO-1", "quantity": 2}),
    # two events of one moment
    ("cid", 2, "12:00:00", "page_view", {"sku": "BO-1"}),
    ("cid", 2, "12:00:00", "cart_add", {"sku": "BO-1", "quantity": 1}),
    ("cid", 3, "12:00:00", "sign_up", {"email": "cid@example.com"}),
    # what has to be refused
    ("eve", 1, "10:00:00", None, {}),
    ("eve", 1, "11:00:00", "purchase", {"unit_price": "12", "order_id": "x"}),
    *(
        ("bot", day, f"{n // 3:02}:{n % 3 * 20:02}:00", "page_view", {})
        for day in (0, 1)
        for n in range(72)
    ),
]


def shop_events(name: str, start: dt.date) -> list[bytes]:
    """The shop's events of one split, and a line that is no JSON."""
    lines = [f"{name} is no JSON".encode()]
    for number, (visitor, day, time, kind, more) in enumerate(SHOP):
        said: dict[str, Any] = {
            "event_id": f"{name}{number}",
            "at": f"{start + dt.timedelta(day)}T{time}Z",
            "received_at": "2026-03-29T00:00:00Z",
            "visitor": {"id": f"{name}{visitor}"},
            "device": {"kind": "bot" if visitor == "bot" else "mobile"},
            "page": "/",
            "campaign": "spring" if number % 3 else None,
            **more,
        }
        if kind:
            said["type"] = kind
        if "unit_price" in more:
            said |= {"currency": "USD", "order_id": f"{name}order"}
        if kind == "refund":
            said["ordered_on"] = str(start + dt.timedelta(1))
        lines.append(json.dumps(said).encode())
    return lines


def github_events(name: str, start: dt.date) -> list[bytes]:
    """Some of GitHub's events of one split, two of which are refused."""
    lines = [f"{name} is no JSON".encode(), json.dumps(event(id="", created_at=None)).encode()]
    lines[1] = lines[1][:-1] + f', "name": "{name}"}}'.encode()
    for number in range(24):
        day, kind = start + dt.timedelta(number % 5), ("WatchEvent", "ForkEvent")[number % 2]
        at = f"{day}T{number:02}:00:00Z"
        lines.append(json.dumps(event(id=f"{name}{number}", created_at=at, type=kind)).encode())
    return lines


def splits(number: int, events: int) -> list[Split]:
    """So many ways to split events: for each its batches, more than one where it is doubled.

    With them the order in which each batch has them.
    """
    found: list[Split] = []
    batches = st.lists(st.integers(0, BATCHES - 1), min_size=1, max_size=3)
    split = st.tuples(
        st.lists(batches, min_size=events, max_size=events), st.permutations(range(events))
    )

    @seed(6)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(split)
    def collect(one: Split) -> None:
        found.append(one)

    collect()
    return found


def name_of(number: int) -> str:
    return f"L{number:03}-"


def start_of(number: int) -> dt.date:
    return START + number * APART


def run_splits(lake: LakeOfATest, flow: str, events: Events, number: int) -> None:
    """Take as many splits through a flow, after one that has each event once, in one batch."""
    landed: list[list[bytes]] = [[] for _ in range(BATCHES)]
    landed[0] += events(name_of(0), start_of(0))
    for lane, (batches, order) in enumerate(splits(number, len(landed[0])), start=1):
        lines = events(name_of(lane), start_of(lane))
        for place in order:
            for batch in batches[place]:
                landed[batch].append(lines[place])
    for batch in landed:
        lake.land(batch, ARRIVED, flow)
        assert {one.verdict for one in lake.after_land(flow)} <= {"pass", "warn", "nothing new"}


def check_tables(lake: LakeOfATest, flow: str, number: int) -> None:
    """All splits say the same in every table that the flow makes of them."""
    held: dict[int, set[Any]] = defaultdict(set)
    for payload, reasons in lake.rows(f"quarantine.{flow}_events", "payload", "reasons"):
        lane = int(bytes(payload).split(b"L")[-1].split(b"-")[0])
        held[lane].add((bytes(payload).replace(name_of(lane).encode(), b"")[:60], tuple(reasons)))
    assert len(held[0]) >= 2
    # A payload holds dates, which are the split's own.
    kinds = {lane: sorted(reasons for _, reasons in rows) for lane, rows in held.items()}
    assert kinds == dict.fromkeys(range(number + 1), kinds[0])

    for table in tables_of(lake, flow):
        lanes = by_lane(lake, table)
        assert lanes[0], table
        for lane in range(1, number + 1):
            assert lanes[lane] == lanes[0], (table, lane)


def tables_of(lake: LakeOfATest, flow: str) -> Iterator[str]:
    from tidegate.flow import Clean, Job
    from tidegate.flow.project import load_flow

    for stage in load_flow(lake.settings.project, flow).stages:
        if isinstance(stage, Clean | Job):
            yield stage.writes


def by_lane(lake: LakeOfATest, table: str) -> dict[int, list[tuple[Any, ...]]]:
    """A table's rows by split, as if each split were the first."""
    contract = lake.contracts.table(table)
    names = [one.name for one in contract.kept if not one.raw_column]
    return lanes_of(names, lake.rows(table, *names))


def lanes_of(names: list[str], rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    dated = next(name for name in DATED if name in names)
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        lane = (row[names.index(dated)] - START) // APART
        found[lane].append(tuple(as_first(value, lane) for value in row))
    return {lane: sorted(rows, key=repr) for lane, rows in found.items()}


def as_first(value: Any, lane: int) -> Any:
    if isinstance(value, dt.date):
        is_of_lane = value.year < 2026
        return value - lane * APART if is_of_lane else value
    return value.replace(name_of(lane), "") if isinstance(value, str) else value


def only_warning(lake: LakeOfATest) -> None:
    """Let rules about a batch as a whole warn: a batch here is no hour of a stream."""
    for contract in lake.contracts.values():
        rules = tuple(
            replace(rule, severity=Severity.WARN) if rule.severity is Severity.BLOCK else rule
            for rule in contract.rules
        )
        lake.change(replace(contract, rules=rules))


@pytest.fixture
def ready(lake: LakeOfATest, tmp_path: Path) -> LakeOfATest:
    (tmp_path / "exchange_rates.csv").write_text(RATES)
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    lake.settings = lake.settings.model_copy(update={"reference": str(tmp_path)})
    only_warning(lake)
    return lake


NUMBERS = [
    pytest.param(5, id="5 splits"),
    pytest.param(100, marks=pytest.mark.slow, id="100 splits"),
]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_shops_tables_are_the_same_however_its_events_are_split(
    ready: LakeOfATest, number: int
) -> None:
    run_splits(ready, "storefront", shop_events, number)

    check_tables(ready, "storefront", number)


@pytest.mark.parametrize("number", NUMBERS)
def test_githubs_tables_are_the_same_however_its_events_are_split(
    ready: LakeOfATest, number: int
) -> None:
    run_splits(ready, "github", github_events, number)

    check_tables(ready, "github", number)


def typed(columns: list[str], lane: int) -> list[list[str | None]]:
    """The valid events of a split, each once, as their columns' texts."""
    found = []
    for line in shop_events(name_of(lane), start_of(lane))[1:]:
        said = json.loads(line)
        if "type" in said and not isinstance(said.get("unit_price"), str):
            place = {"visitor_id": said["visitor"]["id"], "device": said["device"]["kind"]}
            time = {"event_time": said["at"], "event_date": said["at"][:10]}
            told = {**said, **place, **time, "event_type": said["type"]}
            found.append([None if told.get(one) is None else str(told[one]) for one in columns])
    return found


def strings(names: list[str]) -> str:
    return ", ".join(f"{name} string" for name in names)


def from_csv(spark: "SparkSession", contract: Contract, text: str) -> "DataFrame":
    """The rows of a reference file."""
    names, *rows = (line.split(",") for line in text.splitlines())
    cells = spark.createDataFrame([[cell or None for cell in row] for row in rows], strings(names))
    return cells.select(*(F.col(one.name).cast(spark_type(one.type)) for one in contract.kept))


def test_what_the_shops_functions_make_of_a_hundred_orders_of_their_rows_is_the_same(
    spark: "SparkSession", lake: LakeOfATest
) -> None:
    events = lake.contracts.table("clean.storefront_events")
    names = [one.name for one in events.kept]
    rows = [row for lane in range(100) for row in typed(names, lane)]
    random.Random(6).shuffle(rows)
    texts = spark.createDataFrame(rows, strings(names))
    frames = {
        events.table: texts.select(
            *(F.col(one.name).cast(spark_type(one.type)) for one in events.kept)
        )
    }
    for table, text in (("clean.exchange_rates", RATES), ("clean.catalogue", CATALOGUE)):
        frames[table] = from_csv(spark, lake.contracts.table(table), text)

    for stage in load_flow(lake.settings.project, "storefront").stages:
        if isinstance(stage, Job):
            made = stage(**{name: frames[source] for name, source in stage.reads.items()})
            rows = made.collect()
            random.Random(7).shuffle(rows)
            frames[stage.writes] = spark.createDataFrame(rows, made.schema)
            lanes = lanes_of(made.columns, map(tuple, rows))
            assert sorted(lanes) == list(range(100)), stage.writes
            for lane, found in lanes.items():
                assert found == lanes[0], (stage.writes, lane)
