"""The shop's files: the same for the same seed, and each fault in the line said to have it."""

import csv
import datetime as dt
import gc
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generate.conftest import START, Make
from tidegate.errors import UserError
from tidegate.generate import lines as aside
from tidegate.generate.storefront import generate

pytestmark = pytest.mark.quick

QUARANTINE, DUPLICATE, LATE = "quarantine", "duplicate", "late"
FOUND = {
    "broken_json": QUARANTINE,
    "field_missing": QUARANTINE,
    "price_as_text": QUARANTINE,
    "clock_ahead": QUARANTINE,
    "clock_behind": LATE,
    "sent_late": LATE,
    "sent_twice": DUPLICATE,
}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_seed_makes_the_same_files_and_another_one_others(
    make: Make, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        make(tmp_path / name, seed=seed)

    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert sorted(one) == sorted(other)
    assert not {one[name] for name in one if "events" in name} & {*other.values()}


def test_the_same_seed_makes_the_same_files_on_every_machine_and_python(
    make: Make, tmp_path: Path
) -> None:
    make(tmp_path, seed=2)

    digest = hashlib.sha256()
    for name, content in sorted(contents(tmp_path).items()):
        digest.update(name.encode() + content)
    # Where the generator is meant to make something else from now on, put the new digest here.
    assert digest.hexdigest()[:16] == "8068540855aa8bc8"


def test_how_much_is_held_and_sorted_at_once_changes_nothing(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "one", days=2)
    for limit, lines_ in (("HELD", 10), ("SORTED_AT_ONCE", 3), ("GIVEN_AT_ONCE", 2)):
        monkeypatch.setattr(aside, limit, lines_)
    make(tmp_path / "other", days=2)

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_the_first_visitors_are_the_same_however_many_come_after_them(
    make: Make, tmp_path: Path
) -> None:
    for visitors in (10, 20):
        make(tmp_path / str(visitors), visitors=visitors)

    few, many = (
        (tmp_path / name / "truth" / "mart.visitors.csv").read_text().splitlines()
        for name in ("10", "20")
    )
    assert many[: len(few)] == few


def lines(shop: Path) -> dict[str, list[str]]:
    return {
        file.name: file.read_text(encoding="utf-8").split("\n")[:-1]
        for file in sorted((shop / "events").iterdir())
    }


def told(shop: Path) -> list[dict[str, str]]:
    with (shop / "truth" / "lines.csv").open(newline="") as rows:
        return list(csv.DictReader(rows))


def well(shop: Path) -> Iterator[dict[str, Any]]:
    """What the lines say to which nothing happened."""
    faulty = {(row["file"], int(row["line"])) for row in told(shop)}
    for name, of_day in lines(shop).items():
        for number, line in enumerate(of_day, start=1):
            if (name, number) not in faulty:
                yield json.loads(line)


def test_every_fault_is_in_the_line_that_is_said_to_have_it(shop: Path) -> None:
    there = lines(shop)
    times_sent = Counter(line for of_day in there.values() for line in of_day)

    assert {(row["fault"], row["found"]) for row in told(shop)} == {*FOUND.items()}
    for row in told(shop):
        line = there[row["file"]][int(row["line"]) - 1]
        assert is_so(row, line, times_sent), (row, line)


def is_so(row: dict[str, str], line: str, times_sent: Counter[str]) -> bool:
    fault = row["fault"]
    if fault == "broken_json":
        return row["rule"] == "payload_not_json" and not parses(line)
    said = json.loads(line)
    if fault == "field_missing":
        return row["rule"] == f"{missing(said)}_missing"
    if fault == "price_as_text":
        return isinstance(said["unit_price"], str)
    if fault == "sent_twice":
        return times_sent[line] == 2
    at = dt.datetime.fromisoformat(said.get("at") or said["ts"])
    underway = dt.datetime.fromisoformat(said["received_at"]) - at
    if fault == "clock_ahead":
        return underway < -dt.timedelta(minutes=5)
    return underway >= dt.timedelta(hours=1)


def parses(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def missing(said: dict[str, Any]) -> str:
    """The column, of those that every event has, that a line says nothing of."""
    names = {
        "event_id": {"event_id", "id"},
        "event_type": {"type", "event"},
        "event_time": {"at", "ts"},
        "visitor_id": {"visitor", "user"},
    }
    (column,) = [column for column, fields in names.items() if not fields & said.keys()]
    return column


def test_a_line_of_which_nothing_is_told_has_no_fault(shop: Path) -> None:
    events = list(well(shop))

    assert len(events) > 5_000
    assert len({said.get("event_id") or said["id"] for said in events}) == len(events)
    for said in events:
        at = dt.datetime.fromisoformat(said.get("at") or said["ts"])
        received = dt.datetime.fromisoformat(said["received_at"])
        assert -dt.timedelta(minutes=5) <= received - at < dt.timedelta(hours=1)
        assert isinstance(said.get("unit_price", 0), int)


def test_lines_come_in_the_order_in_which_they_were_received_and_not_in_which_they_happened(
    shop: Path,
) -> None:
    received = [said["received_at"] for said in well(shop)]
    happened = [said.get("at") or said["ts"] for said in well(shop)]

    assert received == sorted(received)
    assert happened != sorted(happened)


def test_the_shop_has_what_a_shop_has(shop: Path) -> None:
    events = list(well(shop))
    devices, weeks = Counter[str](), Counter[str]()
    for who, _ in {(whose(said), said["device"]["id"]) for said in events}:
        devices[who] += 1
    for who, _ in {(whose(said), week(said)) for said in events}:
        weeks[who] += 1

    assert {said.get("type") or said["event"] for said in events} == {
        *("page_view", "search", "cart_add", "cart_remove", "checkout", "purchase"),
        *("refund", "sign_up"),
    }
    assert {said["device"]["kind"] for said in events} == {"mobile", "desktop", "tablet", "bot"}
    assert {said["currency"] for said in events if "currency" in said} == {
        *("EUR", "USD", "GBP", "SEK", "JPY")
    }
    assert len({said.get("campaign") for said in events}) == 6
    assert len({said["device"]["app"] for said in events if "ts" in said}) == 1
    assert max(devices.values()) == 3
    assert max(weeks.values()) == 3
    assert {"naïve vinyl", "日本 toy"} < {said.get("query") for said in events}


def whose(said: dict[str, Any]) -> str:
    return str(said["user"] if "user" in said else said["visitor"]["id"])


def week(said: dict[str, Any]) -> int:
    return dt.datetime.fromisoformat(said.get("at") or said["ts"]).isocalendar().week


def test_what_was_made_is_counted(make: Make, tmp_path: Path) -> None:
    made = make(tmp_path)

    there = [file.read_bytes() for file in made.files]
    assert made.lines == sum(one.count(b"\n") for one in there)
    assert made.bytes == sum(map(len, there))
    assert made.faults == Counter(row["fault"] for row in told(tmp_path))
    assert sorted((tmp_path / "events").iterdir()) == made.files


def test_what_is_stopped_leaves_nothing(make: Make, tmp_path: Path) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, start=START, days=1, visitors=5, seed=1, say=stop)

    assert list(tmp_path.iterdir()) == []
    assert gc.isenabled()


def test_a_folder_that_holds_something_is_left_as_it_is(make: Make, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UserError) as one:
        make(tmp_path)
    (tmp_path / "more").mkdir()
    with pytest.raises(UserError) as two:
        make(tmp_path)

    assert str(one.value) == f"{tmp_path}: holds mine already; name a new or empty folder"
    assert (
        str(two.value) == f"{tmp_path}: holds mine and 1 more already; name a new or empty folder"
    )
    assert contents(tmp_path) == {"mine": b"mine"}


def test_what_is_no_folder_is_told(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")

    with pytest.raises(UserError, match=r"/file: is a file; name a new or empty folder$"):
        make(file)
    with pytest.raises(UserError, match=r"/file/below: can't be written: Not a directory$"):
        make(file / "below")
    assert file.read_text() == "mine"


def test_days_that_no_calendar_has_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^5 days from 9999-12-20 on go beyond the year 9999$"):
        generate(tmp_path, start=dt.date(9999, 12, 20), days=5, visitors=1, seed=1)
