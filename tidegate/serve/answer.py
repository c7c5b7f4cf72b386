"""What a question gave, whoever answered it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a question gave.

    Attributes:
        columns: the columns' names.
        types: their types, as Athena names them, e.g. ``bigint``, ``array(varchar)``.
        rows: in order; int, Decimal, float, str, bool, bytes, date, datetime (UTC), list, dict
            or None.
        scanned: bytes read to give it; None where that isn't known.
    """

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    scanned: int | None = None
