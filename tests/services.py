"""What is executed of each service of AWS here and what is only checked, as docs/aws.md says it.

As pytest's plugin (``-p tests.services``) it tells that table after the tests, with what came of
those that show each row.
"""

import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "aws.md"
HEAD = ("service", "executed here", "only checked", "why", "shown by")
OUTCOMES = ("failed", "error", "passed", "skipped")


@dataclass(frozen=True)
class Service:
    """A row of the table.

    Attributes:
        name: the service.
        executed, checked: what of it is executed here, and what isn't.
        why: the reason that the rest isn't.
        shown_by: files, folders and tests (``file::name``) of the suite, and targets of make.
    """

    name: str
    executed: str
    checked: str
    why: str
    shown_by: tuple[str, ...]


def services() -> list[Service]:
    """The rows of the table."""
    rows = [_cells(line) for line in PAGE.read_text().splitlines() if line.startswith("|")]
    start = rows.index(list(HEAD)) + 2
    found = []
    for name, executed, checked, why, shown in rows[start:]:
        named = tuple(re.findall(r"`([^`]+)`", shown))
        found.append(Service(name, executed, checked, why, named))
    return found


def _cells(line: str) -> list[str]:
    """A row's cells, links as their words."""
    return [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one.strip()) for one in line.split("|")[1:-1]]


def outcome(one: Service, ended: list[tuple[str, str]]) -> str:
    """What came of the tests that show a row.

    Args:
        one: the row.
        ended: each test that ran, by its id, and how it ended.
    """
    lines = []
    for place in one.shown_by:
        mine = Counter(how for test, how in ended if test.startswith(place))
        told = ", ".join(f"{mine[how]} {how}" for how in OUTCOMES if mine[how])
        lines.append(f"{place}: {told or 'not run'}")
    return "\n".join(lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the table."""
    ended = [
        (one.nodeid, how)
        for how in OUTCOMES
        for one in terminalreporter.stats.get(how, [])
        if hasattr(one, "nodeid")
    ]
    table = Table("service", "executed here", "only checked", "why", show_lines=True)
    table.add_column("shown by", overflow="fold", min_width=48)
    for one in services():
        table.add_row(one.name, one.executed, one.checked, one.why, outcome(one, ended))
    told = io.StringIO()
    Console(file=told, width=160).print(table, markup=False)
    terminalreporter.section("AWS: what is executed here, and what is only checked")
    terminalreporter.write(told.getvalue())
