"""The shop's flow: what late events change and what they leave alone; its figures, the truth."""

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.lake_of_a_test import LakeOfATest, with_own_prefix
from tidegate.flow.planning import plan
from tidegate.flow.project import load_flow
from tidegate.generate.storefront import generate
from tidegate.generate.truth import COLUMNS
from tidegate.settings import Settings

SKU = "BO-0000"
RECEIVED = "2026-03-29T00:00:00Z"
ARRIVED = dt.datetime(2026, 3, 30, tzinfo=dt.UTC)
RATES = (
    "currency,valid_from,valid_to,euro_cents\nEUR,2026-01-01,,1\nUSD,2026-01-01,2026-03-31,0.9\n"
)
MENDED = RATES.replace(
    "USD,2026-01-01,2026-03-31,0.9", "USD,2026-01-01,2026-02-05,0.9\nUSD,2026-02-06,,0.8"
)
CATALOGUE = (
    "sku,valid_from,valid_to,name,category,price_cents\n"
    f"{SKU},2026-01-01,2026-02-05,A book,books,1000\n"
    f"{SKU},2026-02-06,,A book,gifts,1000\n"
)
# Each of these has visitors and days of its own, so that they share a lake and two runs.
AT_FIRST = [
    # a visit that turns out to have begun the day before
    "m1 mia 01-13 00:10",
    "m2 max 01-13 09:00",
    # two visits that turn out to be one
    "b1 bea 01-20 23:50",
    "b2 bea 01-21 00:25",
    # a visitor whose first event comes last
    "f1 fay 03-10 10:00",
    "f2 fay 03-20 10:00",
    "f3 fin 03-20 10:00",
    # orders in a currency whose rate is mended
    "r1 ray 02-03 10:00 purchase 1000 USD",
    "r2 ray 02-10 10:00 purchase 1000 USD",
]
LATER = [
    "m3 mia 01-12 23:50",
    "b3 bea 01-21 00:05",
    "f4 fay 03-01 10:00",
    "f5 fin 03-20 11:00",
]
DAY_COLUMNS = ("event_date", "visitors", "new_visitors", "sessions")


def click(told: str) -> bytes:
    """An event, as ``id visitor mm-dd hh:mm [type amount currency]``; else a page view."""
    id_, visitor, day, time, *more = told.split()
    kind, *price = more or ["page_view"]
    said: dict[str, Any] = {
        "event_id": id_,
        "type": kind,
        "at": f"2026-{day}T{time}:00Z",
        "received_at": RECEIVED,
        "visitor": {"id": visitor},
        "device": {"kind": "desktop"},
        "page": "/product",
        "sku": SKU,
    }
    if price:
        said |= {"quantity": 1, "unit_price": int(price[0]), "currency": price[1]}
        said |= {"order_id": f"order-{id_}"}
    return json.dumps(said).encode()


def write_reference(lake: LakeOfATest, folder: Path, rates: str) -> None:
    (folder / "exchange_rates.csv").write_text(rates)
    (folder / "catalogue.csv").write_text(CATALOGUE)
    lake.settings = lake.settings.model_copy(update={"reference": str(folder)})


@pytest.fixture(scope="module")
def before(lake_of_module: LakeOfATest, tmp_path_factory: pytest.TempPathFactory) -> LakeOfATest:
    """A lake that has seen what came first."""
    write_reference(lake_of_module, tmp_path_factory.mktemp("reference"), RATES)
    lake_of_module.land(map(click, AT_FIRST), ARRIVED, "storefront")
    lake_of_module.after_land("storefront")
    return lake_of_module


@pytest.fixture(scope="module")
def after(before: LakeOfATest, tmp_path_factory: pytest.TempPathFactory) -> LakeOfATest:
    """The same, when the late events have come too, and a rate was mended."""
    lake = before.copy()
    write_reference(lake, tmp_path_factory.mktemp("reference"), MENDED)
    lake.land(map(click, LATER), ARRIVED, "storefront")
    lake.report = lake.after_land("storefront")
    return lake


def day(told: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{told}")


def days(lake: LakeOfATest, first: str, last: str) -> list[tuple[Any, ...]]:
    """``mart.storefront_day`` from a day to a day."""
    rows = lake.rows("mart.storefront_day", *DAY_COLUMNS)
    return [row for row in rows if day(first) <= row[0] <= day(last)]


def test_a_visit_that_turns_out_to_have_begun_the_day_before_moves_there(
    before: LakeOfATest, after: LakeOfATest
) -> None:
    assert days(before, "01-12", "01-13") == [(day("01-13"), 2, 2, 2)]
    assert days(after, "01-12", "01-13") == [(day("01-12"), 1, 1, 1), (day("01-13"), 2, 1, 1)]


def test_an_event_between_two_visits_makes_them_one_and_the_second_is_gone(
    before: LakeOfATest, after: LakeOfATest
) -> None:
    assert days(before, "01-20", "01-21") == [(day("01-20"), 1, 1, 1), (day("01-21"), 1, 0, 1)]
    assert days(after, "01-20", "01-21") == [(day("01-20"), 1, 1, 1), (day("01-21"), 1, 0, 0)]
    funnel = [row[0] for row in after.rows("mart.purchase_funnel", "event_date", "viewed")]
    assert day("01-20") in funnel
    assert day("01-21") not in funnel


def test_a_visitor_whose_first_event_comes_last_is_new_on_its_day_and_returns_on_the_others(
    before: LakeOfATest, after: LakeOfATest
) -> None:
    assert days(before, "03-01", "03-20") == [(day("03-10"), 1, 1, 1), (day("03-20"), 2, 1, 2)]
    assert days(after, "03-01", "03-20") == [
        (day("03-01"), 1, 1, 1),
        (day("03-10"), 1, 0, 1),
        (day("03-20"), 2, 1, 3),
    ]
    seen = {
        row[0]: row[1:]
        for row in after.rows("mart.visitors", "visitor_id", "first_seen", "last_seen", "days")
    }
    assert seen["fay"] == (day("03-01"), day("03-20"), 3)
    assert seen["fin"] == (day("03-20"), day("03-20"), 1)
    cohorts = after.rows("mart.weekly_retention", "week", "cohort_week", "visitors")
    assert [row for row in cohorts if row[0] >= day("02-23")] == [
        (day("02-23"), day("02-23"), 1),
        (day("03-09"), day("02-23"), 1),
        (day("03-16"), day("02-23"), 1),
        (day("03-16"), day("03-16"), 1),
    ]


def test_a_changed_rate_changes_the_days_it_is_for(before: LakeOfATest, after: LakeOfATest) -> None:
    paid = [(day("02-03"), 900), (day("02-10"), 900)]
    assert before.rows("mart.daily_revenue", "event_date", "gross_cents") == paid

    paid[1] = (day("02-10"), 800)
    assert after.rows("mart.daily_revenue", "event_date", "gross_cents") == paid
    worth = dict(after.rows("mart.visitors", "visitor_id", "lifetime_value_cents"))
    assert worth["ray"] == 1700


def test_a_plan_names_the_days_that_a_new_rate_is_for(before: LakeOfATest, tmp_path: Path) -> None:
    (tmp_path / "exchange_rates.csv").write_text(f"{RATES}GBP,2026-02-10,2026-03-10,1.1\n")
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    settings = before.settings.model_copy(update={"reference": str(tmp_path)})

    planned = plan(settings, before.contracts, load_flow(settings.project, "storefront"))

    found = {one.table: (one.does, one.days) for one in planned}
    touched = {day("02-10"), day("03-10")}
    assert found["clean.visitor_days"] == ("computes 2 days", touched)
    assert found["mart.visitors"] == ("computes the keys of 2 days", set())
    # Whose first day was another one may be new on other days, which the run will see.
    assert found["mart.storefront_day"] == (
        "computes 2 days and those of the new rows",
        touched,
    )
    assert found["mart.daily_revenue"] == ("computes 2 days", touched)
    assert found["clean.storefront_sessions"] == ("nothing new", set())


def test_a_product_is_of_the_category_it_had_on_the_day(after: LakeOfATest) -> None:
    assert after.rows("mart.product_performance", "event_date", "category", "gross_cents")[4:6] == [
        (day("02-03"), "books", 900),
        (day("02-10"), "gifts", 800),
    ]


def test_only_the_days_that_were_touched_are_written_again(
    before: LakeOfATest, after: LakeOfATest
) -> None:
    def files(lake: LakeOfATest, table: str) -> dict[dt.date, set[str]]:
        opened = lake.run().table(table)
        found = opened.files(opened.history().main).select("partition.event_date", "file_path")
        by_day: dict[dt.date, set[str]] = {}
        for one, path in found.collect():
            by_day.setdefault(one, set()).add(path)
        return by_day

    was, now = (files(lake, "clean.storefront_sessions") for lake in (before, after))
    same = {one for one in was if was[one] == now.get(one)}
    assert same == {day("02-03"), day("02-10"), day("03-10")}


def test_with_nothing_new_no_stage_commits_anything(after: LakeOfATest) -> None:
    assert {one.verdict for one in after.after_land("storefront")} == {"nothing new"}


@pytest.mark.parametrize(
    ("at", "received", "found"),
    [
        ("03-30T00:04", "03-30T00:00", []),
        ("03-30T00:06", "03-30T00:00", ["event_time_in_future"]),
        ("03-30T00:06", "03-31T00:00", ["event_time_in_future"]),  # which the stream knows better
        ("03-30T00:04", "03-31T00:00", []),
        ("03-29T00:06", "03-29T00:00", ["event_time_in_future"]),  # though it came a day after
    ],
)
def test_an_event_is_of_the_future_by_when_it_came_and_not_by_what_its_sender_claims(
    lake: LakeOfATest, at: str, received: str, found: list[str]
) -> None:
    said = json.loads(click("1 ann 03-30 00:00"))
    said |= {"at": f"2026-{at}:00Z", "received_at": f"2026-{received}:00Z"}
    lake.land([json.dumps(said).encode()], ARRIVED, "storefront")

    report = lake.clean("storefront")

    held = [row[0] for row in lake.rows("quarantine.storefront_events", "reasons")]
    assert (held, report.rows.published) == ([found] if found else [], int(not found))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's events and their truth."""
    folder = tmp_path_factory.mktemp("shop") / "made"
    generate(folder, start=dt.date(2026, 3, 2), days=5, visitors=100, seed=5)
    return folder


@pytest.fixture(scope="module")
def told_lake(spark: Any, suite_settings: Settings, made: Path) -> LakeOfATest:
    """A lake to which they came in two parts, in no order."""
    lake = LakeOfATest(spark, with_own_prefix(suite_settings))
    lake.settings = lake.settings.model_copy(update={"reference": str(made / "reference")})
    lines = [line for file in sorted((made / "events").iterdir()) for line in lines_of(file)]
    random.Random(1).shuffle(lines)
    for part in (lines[::2], lines[1::2]):
        lake.land(part, ARRIVED, "storefront")
        lake.after_land("storefront")
    return lake


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


@pytest.mark.parametrize("table", COLUMNS)
def test_each_table_says_what_the_truth_says(
    told_lake: LakeOfATest, made: Path, table: str
) -> None:
    contract, columns = told_lake.contracts.table(table), COLUMNS[table]
    kinds = {column.name: column.type for column in contract.columns}

    assert set(columns) == set(kinds)
    assert said(told_lake, table, columns) == told(made / "truth" / f"{table}.csv", kinds, columns)


def said(lake: LakeOfATest, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return sorted(lake.rows(table, *columns), key=repr)


TYPES = {"string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "timestamp": "TIMESTAMP"}


def told(file: Path, kinds: dict[str, str], columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    types = {name: TYPES.get(kinds[name], kinds[name].upper()) for name in columns}
    query = f"SELECT {', '.join(columns)} FROM read_csv('{file}', types = {types})"
    return sorted(duckdb.sql(query).fetchall(), key=repr)
