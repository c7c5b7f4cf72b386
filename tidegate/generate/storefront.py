"""A shop's events as files of JSON lines, and the truth beside them, in constant memory.

Visitors are made one after another, each with all of its life; their lines go to a file for each
stretch of time, which is sorted when all are there. So memory holds a visitor and a stretch.
"""

import csv
import datetime as dt
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from tidegate.generate.sending import Line, Sending
from tidegate.generate.shop import DAY, MILLION, Product, Rate, Shop
from tidegate.generate.truth import COLUMNS, Truth
from tidegate.generate.visits import visitor

# Lines that are sorted at once, about, and those that are held until they are written.
SORTED_AT_ONCE = 150_000
HELD = 50_000
LINES_A_VISITOR = 18
BETWEEN_WORDS = 5_000
"""Visitors between two words to whoever watches."""

EVENTS, TRUTH, REFERENCE = "events", "truth", "reference"
FAULTS = ("file", "line", "event_id", "fault", "found", "rule")
RATES = ("currency", "valid_from", "valid_to", "euro_cents")
CATALOGUE = ("sku", "valid_from", "valid_to", "name", "category", "price_cents")


@dataclass
class Made:
    """What was made.

    Attributes:
        files: the files of events, a day each, in the order in which they are sent.
        lines: how many lines they have.
        bytes: how many bytes.
        faults: how many lines have each fault.
    """

    files: list[Path] = field(default_factory=list)
    lines: int = 0
    bytes: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def generate(
    folder: Path,
    *,
    start: dt.date,
    days: int,
    visitors: int,
    seed: int,
    say: Callable[[str], None] = lambda _: None,
) -> Made:
    """Make a shop's events and their truth; the same files for the same arguments.

    Args:
        folder: where they go: ``events/DATE.ndjson``, a file for each day on which lines reached
            the stream; ``reference/`` with the catalogue and the exchange rates; ``truth/`` with
            what happened to which line (``lines.csv``) and each table as it must be.
        start: the first day.
        days: how many days.
        visitors: how many people and bots come in these days.
        seed: what all is drawn from.
        say: called with a line now and then.
    """
    shop = Shop(start, days, seed)
    for part in (EVENTS, TRUTH, REFERENCE):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write_reference(shop, folder / REFERENCE)
    sending, truth = Sending(shop, seed), Truth(shop)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".lines-") as aside, ExitStack() as open_:
        lines = _Lines(Path(aside), visitors * LINES_A_VISITOR // days)
        tables = {
            name: _table(open_, folder / TRUTH / f"{name}.csv", columns)
            for name, columns in COLUMNS.items()
        }
        for number in range(visitors):
            one = visitor(shop, seed, number)
            sent, kept = sending.send(one)
            lines.add(sent)
            for name, rows in truth.add(one, kept).items():
                tables[name].writerows(rows)
            if number % BETWEEN_WORDS == BETWEEN_WORDS - 1:
                say(f"{number + 1:,} of {visitors:,} visitors")
        for name, rows in truth.rows().items():
            tables[name].writerows(rows)
        faults = _table(open_, folder / TRUTH / "lines.csv", FAULTS)
        return _write_events(lines, shop, folder / EVENTS, faults)


class _Lines:
    """Lines in no order, to be had in order of delivery."""

    def __init__(self, folder: Path, a_day: int) -> None:
        self.folder = folder
        self.stretch = DAY // (1 + a_day // SORTED_AT_ONCE)
        self.waiting: dict[int, list[str]] = defaultdict(list)
        self.held = 0
        self.stretches: set[int] = set()

    def add(self, lines: Sequence[Line]) -> None:
        waiting, stretch = self.waiting, self.stretch
        for at, who, event, fault, text in lines:
            said = f"{fault.name}\t{fault.found}\t{fault.rule}" if fault else "\t\t"
            waiting[at // stretch].append(f"{at:013}\t{who}\t{event}\t{said}\t{text}\n")
        self.held += len(lines)
        if self.held > HELD:
            self._put_aside()

    def _put_aside(self) -> None:
        for stretch, lines in self.waiting.items():
            with (self.folder / str(stretch)).open("a", encoding="utf-8") as file:
                file.writelines(lines)
        self.stretches |= self.waiting.keys()
        self.waiting.clear()
        self.held = 0

    def in_order(self) -> Iterator[tuple[int, list[str]]]:
        """The day of delivery, and a stretch's lines: time, visitor, event, fault and text."""
        self._put_aside()
        for stretch in sorted(self.stretches):
            file = self.folder / str(stretch)
            with file.open(encoding="utf-8", newline="\n") as lines:
                yield stretch * self.stretch // DAY, sorted(lines)
            file.unlink()


def _write_events(lines: _Lines, shop: Shop, folder: Path, faults: Any) -> Made:
    made = Made()
    for day, stretches in groupby(lines.in_order(), key=itemgetter(0)):
        path, number = folder / f"{shop.calendar[day]}.ndjson", 0
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for line in chain.from_iterable(stretch for _, stretch in stretches):
                _, _, event, *fault, text = line.split("\t", 6)
                file.write(text)
                number += 1
                if fault[0]:
                    faults.writerow((path.name, number, event, *fault))
                    made.faults[fault[0]] += 1
        made.files.append(path)
        made.lines += number
        made.bytes += path.stat().st_size
    return made


def _write_reference(shop: Shop, folder: Path) -> None:
    with ExitStack() as open_:
        rates = _table(open_, folder / "exchange_rates.csv", RATES)
        for rate in chain(*shop.rates.values()):
            worth = f"{rate.micros // MILLION}.{rate.micros % MILLION:06}"
            rates.writerow((rate.currency, *_valid(shop, rate), worth))
        catalogue = _table(open_, folder / "catalogue.csv", CATALOGUE)
        for one in chain(*shop.products):
            catalogue.writerow((one.sku, *_valid(shop, one), one.name, one.category, one.price))


def _valid(shop: Shop, one: Product | Rate) -> tuple[str, str]:
    return shop.dates[one.valid_from], shop.dates[one.valid_to]


def _table(open_: ExitStack, path: Path, columns: Iterable[str]) -> Any:
    """A CSV file with its heading."""
    writer = csv.writer(open_.enter_context(path.open("w", encoding="utf-8", newline="")))
    writer.writerow(columns)
    return writer
