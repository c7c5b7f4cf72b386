"""Runs, standings and books as tables for a terminal."""

from rich.table import Table
from rich.text import Text

from tidegate.flow.books import Page, Standing
from tidegate.flow.run import StageReport
from tidegate.gate.verdict import BLOCK, PASS, WARN

_STYLES = {PASS: "green", WARN: "yellow", BLOCK: "red"}


def run_table(stages: tuple[StageReport, ...]) -> Table:
    """One row a stage: what became of its rows, the verdict, the seconds."""
    table = _table(
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


def status_table(standings: list[Standing]) -> Table:
    """One row a table: its rows, when it was last published by which run, what is blocked."""
    is_blocked = any(one.blocked for one in standings)
    columns = ["table", "rows", "published (UTC)", "verdict", "run"]
    table = _table(*columns, *(["blocked"] if is_blocked else []))
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


def books_table(pages: list[Page]) -> Table:
    """One row a table: rows in, and where each of them went."""
    table = _table(
        "table", "rows in", "published", "quarantined", "duplicates", "erased", "balance"
    )
    for page in pages:
        off = page.rows.unaccounted
        table.add_row(
            page.table,
            *(f"{count:,}" for count in page.rows.values()),
            Text("balanced", "green") if off == 0 else Text(f"{off:+,} rows", "red"),
        )
    return table


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    words = {"verdict", "run", "blocked", "published (UTC)", "balance"}
    for name in columns:
        in_words = name in words
        table.add_column(
            name, justify="left" if in_words else "right", no_wrap=not in_words, overflow="fold"
        )
    return table


def _verdict(word: str) -> Text:
    return Text(word, _STYLES.get(word, "dim"))
