"""What a gate says: plain, so that whoever only reports a verdict needn't load what judges."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tidegate.contract import Rule, Severity

PASS, WARN, BLOCK = "pass", "warn", "block"


@dataclass(frozen=True)
class Broken:
    """A table rule that didn't hold.

    Attributes:
        rule: the rule.
        rows: how many rows break it; 0 for a rule about the rows together.
        told: what was found, in words: the share of rows, the value observed, or why it could not
            be judged.
        examples: keys of rows that break it, ``column=value``, at most three.
        judged: whether it could be judged at all; what could not never passes.
    """

    rule: Rule
    rows: int
    told: str
    examples: tuple[str, ...] = ()
    judged: bool = True

    @property
    def blocks(self) -> bool:
        """Whether it keeps the result from its readers."""
        return self.rule.severity is Severity.BLOCK or not self.judged


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a run's rows.

    Attributes:
        word: pass, warn or block.
        broken: the rules that don't hold, blocking ones first.
        result: Great Expectations' own validation result (``ExpectationSuiteValidationResult``).
        notes: what else is to be said, a line each, e.g. that a rule has too few days to compare.
    """

    word: str
    broken: tuple[Broken, ...]
    result: Any
    notes: tuple[str, ...] = ()

    def joined(self, broken: Iterable[Broken], notes: Iterable[str]) -> "Verdict":
        """The verdict with more rules that don't hold, and more notes."""
        every = sorted((*self.broken, *broken), key=lambda one: not one.blocks)
        word = PASS
        if every:
            word = BLOCK if every[0].blocks else WARN
        return replace(self, word=word, broken=tuple(every), notes=(*self.notes, *notes))


def page(table: str, run: str, started: datetime, commit: int) -> str:
    """Where in Data Docs a verdict has its page, by Great Expectations' own way of naming it.

    Args:
        table: the table that was judged.
        run: the run that judged.
        started: when that run started, UTC.
        commit: the number of the table's ledger commit.

    Returns:
        The page's path below the site's folder.
    """
    time = f"{started:%Y%m%dT%H%M%S.%fZ}"
    return f"validations/{table.replace('.', '/')}/{run}/{time}/commit-{commit}.html"
