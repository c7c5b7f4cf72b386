"""Verdicts as ``quality.verdicts`` has them: plain, as ``gate.verdict`` is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidegate.gate.verdict import page


@dataclass(frozen=True)
class Kept:
    """One verdict as ``quality.verdicts`` has it.

    Attributes:
        table: the table that was judged.
        run: the run that judged.
        judged_at: when that run started, UTC.
        commit: the number of the table's ledger commit.
        word: pass, warn or block.
        version: the version of the table's contract.
        rules: the row of each rule, by the table's column names.
    """

    table: str
    run: str
    judged_at: datetime
    commit: int
    word: str
    version: str
    rules: tuple[Mapping[str, Any], ...]

    @property
    def page(self) -> str:
        """The path of its page below the site's folder."""
        return page(self.table, self.run, self.judged_at, self.commit)

    @property
    def not_holding(self) -> list[str]:
        """The ids of the rules that don't hold."""
        return [rule["rule"] for rule in self.rules if not rule["holds"]]


def verdicts(rows: Iterable[Mapping[str, Any]]) -> list[Kept]:
    """Rows of ``quality.verdicts`` as verdicts, in the order in which each is met first."""
    found: dict[tuple[str, str, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        which = (row["table_name"], row["run"], row["commit_number"])
        found.setdefault(which, []).append(row)
    return [
        Kept(
            table=rules[0]["table_name"],
            run=rules[0]["run"],
            judged_at=rules[0]["judged_at"],
            commit=rules[0]["commit_number"],
            word=rules[0]["verdict"],
            version=rules[0]["contract_version"],
            rules=tuple(rules),
        )
        for rules in found.values()
    ]
