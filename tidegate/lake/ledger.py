"""The ledger: what a run writes into the table's own commits; ``lake.history`` reads it.

A ledger commit is an empty append whose summary holds one JSON text under ``tidegate.ledger``, at
most 4 kB: Iceberg rewrites every live summary with each metadata file, so they stay small. The tag
``ledger`` marks the newest one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from tidegate.lake.days import covering

KEY = "tidegate.ledger"
TAG = "ledger"
LIMIT = 4096  # bytes of JSON in one summary

# The last word of a page's treatment; a column's is "NAME=hash".
_FINGERPRINT = re.compile(r"(?:^|\s)key=([0-9a-f]{8})$")

Refusals = Mapping[str, tuple[int, int]]
"""For a day on which records arrived, ISO 8601: how many of its rows were refused, and its rows."""


@dataclass(frozen=True)
class Counts:
    """Rows, by what became of them; ``rows_in`` is the sum of the others."""

    rows_in: int = 0
    published: int = 0
    quarantined: int = 0
    duplicates: int = 0
    erased: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Figure by figure."""
        return Counts(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        """The five figures in their order."""
        return tuple(getattr(self, figure.name) for figure in fields(self))

    @property
    def unaccounted(self) -> int:
        """Rows in that are in no other figure; 0 where the books balance."""
        return self.rows_in - self.published - self.quarantined - self.duplicates - self.erased


@dataclass(frozen=True)
class Failure:
    """A rule that a run broke.

    Attributes:
        rule: its id.
        severity: what breaking it does: warn or block.
        rows: how many rows break it; 0 for a rule about the rows together.
        runs: how many judged runs in a row have broken it so, this one among them.
        since: when the first of them started, to the minute, ISO 8601, UTC.
    """

    rule: str
    severity: str
    rows: int
    runs: int = 1
    since: str = ""


@dataclass(frozen=True)
class Partner:
    """The other table of one stage: its branch, and the commit that is to be its head."""

    table: str
    branch: str
    base: int
    snapshot: int
    number: int


@dataclass(frozen=True)
class Recount:
    """How far a rebuild of all days, in slices, has come with the rows that were read before it.

    Attributes:
        code: the digest of the contract it is made by.
        landing: the newest landing that was read when it began; it counts no row of a later one.
        rows: how many rows had been read then.
        judged: how many of them its slices have judged again, up to this one.
    """

    code: str
    landing: int
    rows: int
    judged: int = 0


@dataclass(frozen=True)
class Decision:
    """What a person decided of a blocked run."""

    what: str  # accepted or discarded
    run: str
    by: str
    because: str


@dataclass(frozen=True)
class Entry:
    """One run's page in a table's ledger.

    Attributes:
        run: the run's id.
        number: of the table's ledger commits, from 1; in a raw table it is the landing's number.
        started: when the run started, ISO 8601, UTC.
        reads: for each input, the number of its newest ledger commit that is in this result.
        rows: this run's counts.
        totals: the counts of all runs up to this one.
        days: the days whose rows this run added or replaced, as first and last of each unbroken
            stretch.
        verdict: pass, warn or block.
        failures: the rules behind a verdict that isn't pass.
        contract: the contract's version.
        code: the engine's version.
        partner: the table that is published together with this one.
        decision: who accepted or discarded a blocked run, and why.
        refused: what all runs up to this one refused, by day of arrival; where a rule asks for it,
            and of the last days only.
        treatment: the fingerprint of the key that personal columns were hashed with; a page from
            before the table's properties kept it has what became of each column, too.
        source: of a reference table, the digest of the file that it is made of.
        made_by: the digest of the contract and function that made this run's rows.
        stale: the days with rows of another contract or function, or that are to be made anew for
            another reason, as stretches.
        seconds: how long the stage had taken when the page was written.
        recount: of a clean table that is being made anew in slices, how far that has come.
    """

    run: str
    number: int
    started: str
    reads: Mapping[str, int] = field(default_factory=dict)
    rows: Counts = Counts()
    totals: Counts = Counts()
    days: tuple[tuple[str, str], ...] = ()
    verdict: str = "pass"
    failures: tuple[Failure, ...] = ()
    contract: str = ""
    code: str = ""
    partner: Partner | None = None
    decision: Decision | None = None
    refused: Refusals = field(default_factory=dict)
    treatment: str = ""
    source: str = ""
    made_by: str = ""
    stale: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    recount: Recount | None = None

    @property
    def fingerprint(self) -> str:
        """Of the key that personal columns were hashed with; empty where none was."""
        found = _FINGERPRINT.search(self.treatment)
        return found[1] if found else ""

    @property
    def treated(self) -> Mapping[str, str] | None:
        """What became of personal columns, by name; None on a page that leaves it to the table."""
        words = _FINGERPRINT.sub("", self.treatment).split()
        if self.fingerprint and not words:
            return None
        return dict(word.rsplit("=", 1) for word in words)

    def text(self) -> str:
        """The JSON text for the summary, made to fit: failures that don't fit are one number."""
        text = _json(self)
        if len(text.encode()) <= LIMIT:
            return text
        shorter = _shortened(self)
        while len((text := _json(shorter)).encode()) > LIMIT and shorter.refused:
            shorter = replace(shorter, refused=dict(sorted(shorter.refused.items())[1:]))
        return text

    @staticmethod
    def read(text: str) -> "Entry":
        """The entry a summary holds."""
        held: dict[str, Any] = json.loads(text)
        held["rows"], held["totals"] = Counts(**held["rows"]), Counts(**held["totals"])
        for spans in ("days", "stale"):
            held[spans] = tuple((first, last) for first, last in held.get(spans, ()))
        held["failures"] = tuple(_failure(failure) for failure in held["failures"])
        held["partner"] = Partner(**held["partner"]) if held["partner"] else None
        held["decision"] = Decision(**held["decision"]) if held["decision"] else None
        held["recount"] = Recount(**held["recount"]) if held.get("recount") else None
        held["refused"] = {
            day: (some, rows) for day, (some, rows) in held.get("refused", {}).items()
        }
        return Entry(**held)


def _failure(held: Any) -> Failure:
    """A failure as a page holds it; early pages have the figures' names."""
    return Failure(**held) if isinstance(held, dict) else Failure(*held)


def _json(entry: Entry) -> str:
    # Failures without their figures' names, which would be half of a full page.
    failures = [list(asdict(failure).values()) for failure in entry.failures]
    return json.dumps({**asdict(entry), "failures": failures}, separators=(",", ":"))


def _shortened(entry: Entry) -> Entry:
    """The same entry in fewer words: small gaps between days filled, failures summed."""
    rest = entry.failures[10:]
    failures = entry.failures[:10]
    if rest:
        failures += (Failure(f"{len(rest)} more rules", "", sum(failure.rows for failure in rest)),)
    return replace(
        entry,
        days=covering(entry.days, 60),
        stale=covering(entry.stale, 20),
        failures=failures,
    )
