"""The rows the engines are asked of: a shop's events with their truth, GitHub's by hand."""

import csv
import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.serve.test_github_questions import ROWS as GITHUB
from tests.serve.test_quality_questions import ROWS as VERDICTS
from tidegate.contract import load_contracts

Row = dict[str, Any]

_READ: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "double": float,
    "boolean": lambda word: word == "true",
    "date": dt.date.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
    "decimal(18,6)": Decimal,
    "string": str,
}


def rows(project: Path, shop: Path) -> dict[str, list[Row]]:
    """Rows of each table, by its name."""
    found = {**GITHUB, "quality.verdicts": VERDICTS, "clean.storefront_events": _events(shop)}
    for name, contract in load_contracts(project).items():
        file = shop / "truth" / f"{name}.csv"
        if file.exists():
            kinds = {column.stored: column.type for column in contract.kept}
            with file.open(encoding="utf-8", newline="") as lines:
                found[name] = [_row(kinds, words) for words in csv.DictReader(lines)]
    return found


def _row(kinds: dict[str, str], words: dict[str, str]) -> Row:
    return {name: _READ[kinds[name]](word) if word != "" else None for name, word in words.items()}


def _events(shop: Path) -> list[Row]:
    """Events that pass the gate, each once."""
    with (shop / "truth" / "lines.csv").open(encoding="utf-8") as told:
        gone = {
            (each["file"], int(each["line"]))
            for each in csv.DictReader(told)
            if each["found"] != "late"
        }
    return [
        _event(json.loads(line))
        for file in sorted((shop / "events").iterdir())
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if (file.name, number) not in gone
    ]


def _event(said: Row) -> Row:
    moment = dt.datetime.fromisoformat(said.get("at") or said["ts"])
    ordered = said.get("ordered_on")
    return {
        "event_id": said.get("event_id") or said["id"],
        "event_type": said.get("type") or said["event"],
        "event_time": moment,
        "event_date": moment.date(),
        "received_at": dt.datetime.fromisoformat(said["received_at"]),
        "arrived_at": dt.datetime.fromisoformat(said["received_at"]),
        "visitor_id": said["visitor"]["id"] if "visitor" in said else said["user"],
        "ordered_on": dt.date.fromisoformat(ordered) if ordered else None,
        **{
            name: said.get(name)
            for name in ("sku", "quantity", "order_id", "unit_price", "currency")
        },
    }


# What each question is asked with, where its defaults would give nothing.
_SHOP = {"first_day": "2026-03-02", "last_day": "2026-03-22"}
_GITHUB = {"first_day": "2015-01-01", "last_day": "2015-01-02"}
_BY_HAND = (
    *("busiest_hours", "busiest_organisations", "daily_activity_by_type"),
    *("pull_requests_merged_by_organisation", "repository_by_day"),
)


def values(question: str, names: list[str]) -> dict[str, str]:
    """The words a question is asked with."""
    on_github = question in _BY_HAND or "repositories" in question or "pushers" in question
    given = {"day": "2015-01-01" if on_github else "2026-03-16", "repository": "bob/tide"}
    given |= _GITHUB if question in _BY_HAND else _SHOP
    if question == "refunds_and_their_orders":
        given["day"] = "2026-03-20"
    if question == "refused_share_by_day":
        given["first_day"] = "2015-01-01"
    return {name: word for name, word in given.items() if name in names}
