"""Runs, standings and books as tables for a terminal."""

from rich.table import Table
from rich.text import Text

from tidegate.flow.books import Page, Proof, Standing
from tidegate.flow.reports import ReplayReport, StageReport
from tidegate.gate.verdict import BLOCK, PASS, WARN

_STYLES = {PASS: "green", WARN: "yellow", BLOCK: "red"}


def run_table(stages: tuple[StageReport, ...]) -> Table:
    """One row a stage: what became of its rows, the verdict, the seconds."""
    table = table_of(
        "stage", "rows in", "published", "quarantined", "duplicates", "verdict", "seconds"
    )
    for stage in stages:
        rows = stage.rows
        table.add_row(
            stage.table,
            *(f"{count:,}" for count in (rows.rows_in, rows.published)),
            *(f"{count:,}" for count in (rows.quarantined, rows.duplicates)),
            _verdict(stage.verdict),
            f"{stage.seconds:.1f}",
        )
    return table


def replay_table(replays: list[ReplayReport]) -> Table:
    """One row a table: what became of its held records."""
    table = table_of(
        "table", "judged", "published", "duplicates", "still held", "verdict", "seconds"
    )
    for one in replays:
        rows = one.stage.rows
        figures = (one.judged, rows.published, rows.duplicates, one.judged - one.released)
        table.add_row(
            one.stage.table,
            *(f"{count:,}" for count in figures),
            _verdict(one.stage.verdict),
            f"{one.stage.seconds:.1f}",
        )
    return table


def replay_told(replays: list[ReplayReport]) -> list[str]:
    """What else is to be said: nothing released, the rules that still hold records, broken ones."""
    lines = []
    for one in replays:
        table = one.stage.table
        if not one.stage.number:
            lines.append(f"{table}: nothing is released" if one.judged else f"{table}: none held")
        lines += [
            f"{table}: {count:,} still held by {reason}" for reason, count in one.still_held.items()
        ]
        lines += [f"{table}: {broken.rule.id} {broken.told}" for broken in one.stage.broken]
    return lines


def status_table(standings: list[Standing]) -> Table:
    """One row a table: its rows, when it was last published by which run, what is blocked."""
    is_blocked = any(one.blocked for one in standings)
    columns = ["table", "rows", "published (UTC)", "verdict", "run"]
    table = table_of(*columns, *(["blocked"] if is_blocked else []))
    for one in standings:
        newest = one.newest
        cells = [
            one.table,
            f"{one.rows:,}",
            one.published_at[:16].replace("T", " ") or "never",
            _verdict(newest.verdict) if newest.number else "–",
            newest.run or "–",
        ]
        table.add_row(*cells, *([", ".join(one.blocked) or "–"] if is_blocked else []))
    return table


def books_table(pages: list[Page], proofs: list[Proof] | None = None) -> Table:
    """One row a table: rows in, and where each of them went.

    Args:
        pages: the books.
        proofs: what the tables' own rows say; a column then has what was counted of each.
    """
    counted = [] if proofs is None else ["counted"]
    figures = ["rows in", "published", "quarantined", "duplicates", "erased"]
    table = table_of("table", *figures, *counted, "balance")
    for page in pages:
        off = page.rows.unaccounted
        own = [_proof(one) for one in proofs or () if one.table == page.table]
        table.add_row(
            page.table,
            *(f"{count:,}" for count in page.rows.values()),
            *([Text("\n").join(own)] if counted else []),
            (Text("balanced", "green") if off == 0 else Text(f"{off:+,} rows", "red"))
            + (Text(", blocked", "red") if page.blocked else Text()),
        )
    return table


def _proof(one: Proof) -> Text:
    """What a table's own rows say of a figure."""
    return Text(f"{one.counted:,} {one.figure}", "green" if one.counted == one.ledger else "red")


def table_of(first: str, *columns: str) -> Table:
    """A table for a terminal; columns of words stand left, figures right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    words = {"verdict", "run", "blocked", "published (UTC)", "balance", "would", "days", "type"}
    words |= {"action", "replacement", "of"}
    for name in columns:
        in_words = name in words
        table.add_column(
            name, justify="left" if in_words else "right", no_wrap=not in_words, overflow="fold"
        )
    return table


def _verdict(word: str) -> Text:
    return Text(word, _STYLES.get(word, "dim"))
