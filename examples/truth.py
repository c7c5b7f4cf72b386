"""Hold what the pipeline says of the generated shop against the truth that was made beside it.

``python examples/truth.py FOLDER`` prints a line a fault (how many were injected, how many were
found where they belong, precision and recall) and a line a table. It ends with 1 where anything
differs.
"""

import csv
import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidegate.cli.app import out
from tidegate.generate.truth import COLUMNS
from tidegate.report.tables import table_of
from tidegate.serve import sql
from tidegate.settings import Settings, load_settings

RAW, EVENTS, HELD = "raw.storefront", "clean.storefront_events", "quarantine.storefront_events"
Found = dict[str, Counter[Any]]


def main(folder: Path) -> int:
    """Print what was found of each fault, and of each table; the exit code says whether all is so.

    Args:
        folder: what ``tidegate generate storefront`` made.
    """
    settings = load_settings()
    injected = injected_in(folder)
    found = found_in_lake(settings, injected)
    table = table_of("fault", "injected", "found", "found besides", "precision", "recall")
    for name in sorted(injected.keys() | found.keys()):
        wanted, got = injected.get(name, Counter()), found.get(name, Counter())
        hits = (wanted & got).total()
        counts = (wanted.total(), hits, got.total() - hits)
        shares = (hits / max(1, got.total()), hits / max(1, wanted.total()))
        table.add_row(name, *(f"{one:,}" for one in counts), *(f"{one:.3f}" for one in shares))
    out.print(table)
    is_right = injected == found
    for name, columns in COLUMNS.items():
        wanted_rows, got_rows = told(folder, name), said(settings, name, columns)
        differs = (wanted_rows - got_rows).total() + (got_rows - wanted_rows).total()
        is_right &= not differs
        how = f"{differs:,} rows differ from the truth" if differs else "as the truth says"
        out.print(f"{name}: {got_rows.total():,} rows, {how}")
    return 0 if is_right else 1


def injected_in(folder: Path) -> Found:
    """What went wrong by the truth: for each place and rule, the lines or events."""
    lines = {
        file.name: file.read_bytes().splitlines() for file in sorted((folder / "events").iterdir())
    }
    found: Found = {}
    for row in rows_of(folder / "truth" / "lines.csv"):
        text = lines[row["file"]][int(row["line"]) - 1]
        thing = text if row["found"] == "quarantine" else row["event_id"]
        found.setdefault(name_of(row["found"], row["rule"]), Counter())[thing] += 1
    return dict(sorted(found.items()))


def found_in_lake(settings: Settings, injected: Found) -> Found:
    """What the pipeline found, in the same words.

    A held line is found by the rule that the truth names, where that is among its reasons: a price
    that is a text also makes an order's line one without a price.
    """
    found: Found = {}
    held = sql(settings, f"SELECT payload, reasons FROM {HELD} WHERE status = 'refused'").rows
    for payload, reasons in held:
        names = [name_of("quarantine", reason) for reason in reasons]
        due = [name for name in names if bytes(payload) in injected.get(name, ())]
        for name in due or names:
            found.setdefault(name, Counter())[bytes(payload)] += 1
    came = "LEAST(received_at, arrived_at)"
    late = f"SELECT event_id FROM {EVENTS} WHERE {came} >= event_time + INTERVAL '1' HOUR"
    found["late"] = Counter(row[0] for row in sql(settings, late).rows)
    # What came in and is neither held nor published was dropped, as something known.
    landed = Counter(bytes(row[0]) for row in sql(settings, f"SELECT payload FROM {RAW}").rows)
    landed -= Counter(bytes(payload) for payload, _ in held)
    came = Counter[str]()
    for payload, times in landed.items():
        event = json.loads(payload)
        came[event.get("event_id") or event["id"]] += times
    published = sql(settings, f"SELECT event_id FROM {EVENTS}").rows
    found["duplicate"] = came - Counter(row[0] for row in published)
    return found


def name_of(place: str, rule: str) -> str:
    """What a fault is found as."""
    return f"{place}: {rule}" if rule else place


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    """A CSV file's rows."""
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def told(folder: Path, table: str) -> Counter[tuple[str, ...]]:
    """A table's rows by the truth."""
    return Counter(tuple(row.values()) for row in rows_of(folder / "truth" / f"{table}.csv"))


def said(settings: Settings, table: str, columns: tuple[str, ...]) -> Counter[tuple[str, ...]]:
    """A table's rows in the lake, written as the truth writes them."""
    rows = sql(settings, f"SELECT {', '.join(columns)} FROM {table}").rows
    return Counter(tuple(map(written, row)) for row in rows)


def written(value: object) -> str:
    """A value as the truth's files have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
