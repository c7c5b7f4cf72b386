"""Writing to Redshift's own tables at the local endpoint: batches of statements as transactions.

The lake's databases are external schemas, which nothing is written to.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tidegate.lake import catalog
from tidegate.serve import engine
from tidegate.serve.dialect import Columns
from tidegate.serve.only_redshift import ONLY_REDSHIFT
from tidegate.serve.own_tables import OWN, attach
from tidegate.serve.statement import STEP, Found, StatementError, failing, read
from tidegate.settings import Settings

_writing = Lock()  # as LOCK does on Redshift: batches that write come one after the other
_KINDS = {exp.Create: ("TABLE", "SCHEMA"), exp.Drop: ("TABLE",)}


def writes(text: str) -> bool:
    """Whether a statement writes to Redshift's own tables, or is one only Redshift executes."""
    return bool(ONLY_REDSHIFT.match(text)) or _written(text) is not None


@dataclass
class Transaction:
    """Statements that take effect together, or not at all."""

    _lake: duckdb.DuckDBPyConnection
    _databases: frozenset[str]
    _columns: Mapping[str, Columns]
    _over: Event = field(default_factory=Event)

    def run(self, text: str) -> Found | int:
        """Run one: what it found, or how many rows it changed; -1 where it changes none.

        Raises:
            StatementError: it can't be run, or was stopped.
            LakeError: files of the lake can't be read.
        """
        if ONLY_REDSHIFT.match(text):
            return -1
        tree = _written(text) or read(text, "redshift")
        target = tree.find(exp.Table) if isinstance(tree, exp.Create | exp.Drop) else tree.this
        if not isinstance(tree, exp.Query) and _schema(target) in self._databases:
            raise StatementError(
                "NOT_SUPPORTED",
                f"{_schema(target)} is an external schema: nothing is written to the lake",
            )
        for table in tree.find_all(exp.Table):
            if _schema(table) and _schema(table) not in self._databases:
                table.set("catalog", exp.to_identifier(OWN))
        tree.set("properties", None)  # DISTSTYLE, DISTKEY and SORTKEY
        with failing(text, dict(self._columns)):
            if isinstance(tree, exp.Query):
                return Found(*engine.run(self._lake, tree.sql("duckdb"), {}))
            changed = self._lake.execute(tree.sql("duckdb")).fetchall()
            return changed[0][0] if isinstance(tree, exp.DML) else -1

    def stop(self) -> None:
        """Interrupt it, from another thread, until it has ended."""
        self._lake.interrupt()
        while not self._over.wait(STEP):
            self._lake.interrupt()


@contextmanager
def transaction(settings: Settings, texts: list[str]) -> Iterator[Transaction]:
    """A transaction for statements, over the lake as its readers see it at its start.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    with _writing, engine.reader(settings) as lake:
        locations = catalog.tables(settings)
        attach(lake)
        named = {name for text in texts for name in _names(text)} & locations.keys()
        with failing("", {}):
            columns = {name: engine.view(lake, name, locations[name]) for name in named}
        databases = frozenset(name.split(".")[0] for name in locations)
        opened = Transaction(lake, databases, columns)
        lake.execute("BEGIN")
        try:
            try:
                yield opened
            finally:
                opened._over.set()  # so that nothing interrupts its end
            lake.execute("COMMIT")
        except BaseException:
            lake.execute("ROLLBACK")
            raise


def _parsed(text: str) -> exp.Expr | None:
    try:
        trees = sqlglot.parse(text, read="redshift")
    except SqlglotError:
        return None
    return trees[0] if len(trees) == 1 else None


def _written(text: str) -> exp.Expr | None:
    """The tree of a statement that writes; None for any other."""
    tree = _parsed(text)
    if isinstance(tree, exp.Create | exp.Drop):
        return tree if tree.args.get("kind") in _KINDS[type(tree)] else None
    return tree if isinstance(tree, exp.Insert | exp.Delete | exp.Update) else None


def _names(text: str) -> set[str]:
    tree = None if ONLY_REDSHIFT.match(text) else _parsed(text)
    return (
        {f"{_schema(one)}.{one.name.lower()}" for one in tree.find_all(exp.Table)}
        if tree
        else set()
    )


def _schema(node: exp.Expr | None) -> str:
    """A table's schema, in lower case; a schema's own name where a statement makes one."""
    table = node.find(exp.Table) if node else None
    return table.db.lower() if table else ""
