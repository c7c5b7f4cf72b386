"""What became of records and requests, by source and reason: for the log, metrics and health."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tidegate.embedded import embedded
from tidegate.errors import counted

UNKNOWN = "unknown"
"""The source of what came to none: a sender's own word for it is no name of a metric."""
UNITS = {"RecordsAccepted": "Count", "RecordsRefused": "Count", "RequestsRefused": "Count"}
OF_SOURCE = [["Env", "Source"], ["Env"]]
OF_REASON = [["Env", "Source", "Reason"], ["Env", "Reason"]]
"""Sets of dimensions; what was refused is told by reason too."""

Kind = Literal["RecordsAccepted", "RecordsRefused", "RequestsRefused"]


@dataclass(frozen=True)
class Count:
    """What is counted.

    Attributes:
        source: a source that there is, or ``UNKNOWN``.
        kind: the figure.
        reason: a word of ``REASONS``; empty of what was accepted.
        key: the name of the key that what was accepted came with.
    """

    source: str
    kind: Kind
    reason: str = ""
    key: str = ""


class Counts:
    """Counts since the start, and since they were last told; safe among threads."""

    def __init__(self) -> None:
        self._all: Counter[Count] = Counter()
        self._untold: Counter[Count] = Counter()
        self._lock = threading.Lock()

    def add(self, count: Count, number: int = 1) -> None:
        """Count some records or requests."""
        if number:
            with self._lock:
                self._all[count] += number
                self._untold[count] += number

    def since_start(self) -> dict[str, object]:
        """Records accepted, and records and requests refused by reason."""
        with self._lock:
            told = dict(self._all)
        return {
            "accepted": sum(n for one, n in told.items() if one.kind == "RecordsAccepted"),
            "refused": {
                "records": _by_reason(told, "RecordsRefused"),
                "requests": _by_reason(told, "RequestsRefused"),
            },
        }

    def untold(self) -> Counter[Count]:
        """What was counted since this was last asked."""
        with self._lock:
            told, self._untold = self._untold, Counter()
        return told


def _by_reason(told: dict[Count, int], kind: Kind) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one, number in told.items():
        if one.kind == kind:
            found[one.reason] += number
    return dict(sorted(found.items()))


def line(told: Counter[Count]) -> str:
    """The counts in words, for the log: a source's records by key, and what was refused of it."""
    parts = []
    for source in sorted({one.source for one in told}):
        mine = sorted(
            (one.kind, one.reason, one.key, n) for one, n in told.items() if one.source == source
        )
        accepted = sum(n for kind, _, _, n in mine if kind == "RecordsAccepted")
        keys = ", ".join(f"{key} {n:,}" for kind, _, key, n in mine if kind == "RecordsAccepted")
        refused = ", ".join(
            f"{counted(n, 'record' if kind == 'RecordsRefused' else 'request')} {reason}"
            for kind, reason, _, n in mine
            if reason
        )
        by = f" ({keys})" if keys else ""
        why = f", refused {refused}" if refused else ""
        parts.append(f"{source}: {counted(accepted, 'record')} accepted{by}{why}")
    return "; ".join(parts)


def metrics(told: Counter[Count], env: str) -> list[str]:
    """The counts as lines of CloudWatch's embedded metric format."""
    now, lines = datetime.now(UTC), []
    for source in sorted({one.source for one in told}):
        values: Counter[str] = Counter()
        for one, number in told.items():
            if one.source == source:
                values[one.kind] += number
        lines.append(embedded(now, OF_SOURCE, {"Env": env, "Source": source}, values, UNITS))
    for one, number in told.items():
        if one.reason:
            about = {"Env": env, "Source": one.source, "Reason": one.reason}
            lines.append(embedded(now, OF_REASON, about, {one.kind: number}, UNITS))
    return lines
