"""A shop's events as files of JSON lines, and the truth beside them, in constant memory.

Visitors are made one after another, each with all of its life; what is kept of them grows with the
days and never with the visitors.
"""

import datetime as dt
import gc
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from tidegate.errors import UserError
from tidegate.generate.acts import BYTES, Acts
from tidegate.generate.lines import Lines
from tidegate.generate.sending import DIGITS, FAULT, Sending
from tidegate.generate.shop import AFTERWARDS, MILLION, Product, Rate, Shop
from tidegate.generate.truth import COLUMNS, Truth, as_csv
from tidegate.generate.visits import visitor

LINES_A_VISITOR = 22
"""On average, about."""
BETWEEN_WORDS = 5_000
"""Visitors between two words to whoever watches."""

LINES = "lines"
PARTS = REFERENCE, TRUTH, EVENTS = "reference", "truth", "events"
UNFINISHED = ".unfinished-"
"""Begins the name of the folder in which all is made, until it is whole."""
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

    Raises:
        UserError: the folder holds something or can't be written, or time ends before the days do.
    """
    if days + AFTERWARDS > (dt.date.max - start).days:
        raise UserError(f"{days:,} days from {start} on go beyond the year {dt.date.max.year}")
    with _unfinished(folder) as aside, _uncollected(), ExitStack() as open_:
        shop = Shop(start, days, seed)
        _write_reference(shop, aside / REFERENCE)
        lines = Lines(aside / LINES, visitors * LINES_A_VISITOR // days)
        tables = {
            name: _table(open_, aside / TRUTH / f"{name}.csv", columns)
            for name, columns in COLUMNS.items()
        }
        _visit(shop, visitors, seed, lines, tables, say)
        say("putting the lines in order")
        faults = _table(open_, aside / TRUTH / "lines.csv", FAULTS)
        made = _write_events(lines, shop, aside / EVENTS, faults)
    made.files = [folder / EVENTS / file.name for file in made.files]
    return made


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder in which to make all, which is then moved to the one that was asked for.

    What is stopped on the way leaves nothing that could be taken for whole.
    """
    try:
        if folder.is_file():
            raise UserError(f"{folder}: is a file; name a new or empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        if there := sorted(one.name for one in folder.iterdir()):
            what = there[0] if len(there) == 1 else f"{there[0]} and {len(there) - 1:,} more"
            raise UserError(f"{folder}: holds {what} already; name a new or empty folder")
        with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as name:
            aside = Path(name)
            for part in (LINES, *PARTS):
                (aside / part).mkdir()
            yield aside
            # The events come last: where they are, the rest is.
            for part in PARTS:
                (aside / part).rename(folder / part)
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare the search for cyclic garbage, of which nothing here makes any."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _visit(
    shop: Shop,
    visitors: int,
    seed: int,
    lines: Lines,
    tables: dict[str, TextIO],
    say: Callable[[str], None],
) -> None:
    """Make each visitor, and write down what it did and what is true of it."""
    acts, sending, truth = Acts(shop), Sending(shop), Truth(shop)
    for number in range(visitors):
        draw = random.Random(seed << 32 | number).random
        one = visitor(shop, acts, draw, number)
        sent, kept = sending.send(one, draw)
        lines.add(sent)
        for name, rows in truth.add(one, kept).items():
            tables[name].writelines(rows)
        if (number + 1) % BETWEEN_WORDS == 0:
            say(f"{number + 1:,} of {visitors:,} visitors")
    for name, rows in truth.rows().items():
        tables[name].writelines(rows)


def _write_events(lines: Lines, shop: Shop, folder: Path, faults: TextIO) -> Made:
    made = Made()
    for day, parts in groupby(lines.in_order(), key=itemgetter(0)):
        path, number = folder / f"{shop.dates[day]}.ndjson", 0
        with path.open("wb") as file:
            for _, part in parts:
                for place in [nth for nth, line in enumerate(part) if FAULT in line]:
                    part[place], event, *fault = part[place].split(FAULT)
                    faults.write(as_csv(path.name, number + place + 1, event, *fault))
                    made.faults[fault[0]] += 1
                number += len(part)
                texts = [line[DIGITS:] for line in part]
                file.write("\n".join((*texts, "")).encode(BYTES))
        made.files.append(path)
        made.lines += number
        made.bytes += path.stat().st_size
    return made


def _write_reference(shop: Shop, folder: Path) -> None:
    with ExitStack() as open_:
        rates = _table(open_, folder / "exchange_rates.csv", RATES)
        for rate in chain(*shop.rates.values()):
            worth = f"{rate.micros // MILLION}.{rate.micros % MILLION:06}"
            rates.write(as_csv(rate.currency, *_valid(shop, rate), worth))
        catalogue = _table(open_, folder / "catalogue.csv", CATALOGUE)
        for one in chain(*shop.products):
            valid = _valid(shop, one)
            catalogue.write(as_csv(one.sku, *valid, one.name, one.category, one.price))


def _valid(shop: Shop, one: Product | Rate) -> tuple[str, str]:
    return shop.dates[one.valid_from], shop.dates[one.valid_to]


def _table(open_: ExitStack, path: Path, columns: Iterable[str]) -> TextIO:
    """A CSV file with its heading."""
    file = open_.enter_context(path.open("w", encoding="utf-8", newline="\n"))
    file.write(as_csv(*columns))
    return file
