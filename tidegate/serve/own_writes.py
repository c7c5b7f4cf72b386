"""Writing to Redshift's own tables at the local endpoint: batches of statements as transactions.

The lake's databases are external schemas, which nothing is written to.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tidegate.lake import catalog
from tidegate.serve import dialect, engine, own_tables
from tidegate.serve.arguments import fill_names
from tidegate.serve.only_redshift import ONLY_REDSHIFT
from tidegate.serve.own_tables import OWN
from tidegate.serve.prefix import bare, take_off
from tidegate.serve.running import Running
from tidegate.serve.statement import SOURCE, StatementError, failing, read, refusing
from tidegate.settings import Settings

_writing = Lock()  # as LOCK does on Redshift: batches that write come one after the other
_REFRESH = re.compile(r'\s*REFRESH\s+MATERIALIZED\s+VIEW\s+([\w".]+)\s*;?\s*', re.IGNORECASE)


def writes(text: str) -> bool:
    """Whether a statement writes to Redshift's own tables, or is one only Redshift executes."""
    return bool(ONLY_REDSHIFT.match(text) or _REFRESH.fullmatch(text) or _written(text))


@dataclass
class Transaction(Running):
    """Statements that take effect together, or not at all."""

    _settings: Settings
    _databases: frozenset[str]
    _columns: Mapping[str, dialect.Columns]

    def run(self, text: str, parameters: Mapping[str, str]) -> int:
        """Run one; how many rows it changed, or -1 where it changes none.

        Args:
            text: the statement.
            parameters: a text for each ``:name``.

        Raises:
            QuestionError: it can't be run, or was stopped.
            LakeError: files of the lake can't be read.
        """
        if ONLY_REDSHIFT.match(text):
            return -1
        with failing(self._settings, text, dict(self._columns)):
            if refreshed := _refreshed(self._settings, text):
                return self._refresh(refreshed)
            tree = _written(text)
            if tree is None:
                read(text, "redshift")
                told = "a batch that writes does nothing else here; send what reads by itself"
                raise StatementError("NOT_SUPPORTED", told)
            take_off(self._settings, tree)
            fill_names(tree, parameters)
            return self._write(tree)

    def _write(self, tree: exp.Expr) -> int:
        query = tree.args.get("expression")
        select = query.sql("redshift") if isinstance(query, exp.Query) else ""
        select_here = ""
        is_kept = bool(tree.find(exp.MaterializedProperty))
        self._own(tree)
        if isinstance(tree, exp.Create | exp.Drop) and tree.args["kind"] == "VIEW":
            tree.set("kind", "TABLE")  # a materialized view
            tree.set("materialized", None)
        tree.set("properties", None)  # DISTSTYLE, DISTKEY, SORTKEY and that it is materialized
        if select:
            tree.set("expression", None)
            inner = "AS " if isinstance(tree, exp.Create) else ""
            select_here = f" {inner}{self._translated(select)}"
        changed = self._lake.execute(tree.sql("duckdb") + select_here).fetchall()
        if is_kept:
            said = select.replace("'", "''")
            self._lake.execute(f"COMMENT ON TABLE {_target(tree).sql('duckdb')} IS '{said}'")
        return int(changed[0][0]) if isinstance(tree, exp.DML) else -1

    def _refresh(self, name: str) -> int:
        """Select the rows of a materialized view anew."""
        select = own_tables.selects(self._lake).get(name)
        if not select:
            raise StatementError("VIEW_NOT_FOUND", f'no materialized view "{name}"')
        own = ".".join(f'"{part}"' for part in (OWN, *name.split(".")))
        self._lake.execute(f"DELETE FROM {own}")
        self._lake.execute(f"INSERT INTO {own} {self._translated(select)}")
        return -1

    def _own(self, tree: exp.Expr) -> None:
        """Name the written table as Redshift's own, once it is sure that it isn't the lake's."""
        target = _target(tree)
        if target.db.lower() in self._databases:
            told = f"{target.db} is an external schema: nothing is written to the lake"
            raise StatementError("NOT_SUPPORTED", told)
        if not target.db:
            told = f"{target.name} has no schema; write one before it, as in hot.{target.name}"
            raise StatementError("MISSING_SCHEMA_NAME", told)
        for table in tree.find_all(exp.Table):
            if table.this and not isinstance(table.this, exp.Identifier):
                told = f"reads tables only, not the function {table.sql('redshift')}"
                raise StatementError("NOT_SUPPORTED", told)
        for part in [part for part in ("this", "db") if target.args.get(part)]:
            target.set(part, exp.to_identifier(target.args[part].name.lower(), quoted=True))
        target.set("catalog", exp.to_identifier(OWN))

    def _translated(self, select: str) -> str:
        """A query of a statement in DuckDB's SQL, as the same query by itself is translated."""
        tree = read(select, "redshift")
        with refusing("TABLE_NOT_FOUND"):
            names = dialect.table_names(tree, select, SOURCE, list(self._columns))
        with refusing("NOT_SUPPORTED"):
            columns = {name: self._columns[name] for name in names}
            return dialect.to_duckdb(tree, columns, SOURCE, "redshift")


@contextmanager
def transaction(settings: Settings, texts: list[str]) -> Iterator[Transaction]:
    """A transaction for statements, over the lake as its readers see it at its start.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    with _writing, engine.reader(settings) as lake:
        locations = catalog.tables(settings)
        columns = own_tables.show(lake, list(locations))
        selects = own_tables.selects(lake)
        meant = [selects.get(_refreshed(settings, text), text) for text in texts]
        named = {bare(settings, name) for text in meant for name in _names(text)}
        with failing(settings, "", {}):
            for name in named & locations.keys():
                said = catalog.read_metadata(settings, name, locations[name])
                columns[name] = engine.view(lake, name, locations[name], said)
        databases = frozenset(name.split(".")[0] for name in locations)
        opened = Transaction(lake, settings, databases, columns)
        lake.execute("BEGIN")
        try:
            try:
                yield opened
            finally:
                opened.end()
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
    if isinstance(tree, exp.Create):
        is_kept = bool(tree.find(exp.MaterializedProperty))
        return tree if tree.args["kind"] in ("TABLE", "SCHEMA") or is_kept else None
    if isinstance(tree, exp.Drop):
        return tree if tree.args["kind"] == "TABLE" or tree.args.get("materialized") else None
    return tree if isinstance(tree, exp.Insert | exp.Delete | exp.Update) else None


def _refreshed(settings: Settings, text: str) -> str:
    """The materialized view that a statement refreshes; empty where it is another statement."""
    found = _REFRESH.fullmatch(text)
    return bare(settings, found[1].replace('"', "")) if found else ""


def _names(text: str) -> set[str]:
    """The tables that a statement names."""
    tree = None if ONLY_REDSHIFT.match(text) else _parsed(text)
    found = tree.find_all(exp.Table) if tree else ()
    return {f"{one.db}.{one.name}" for one in found}


def _target(tree: exp.Expr) -> exp.Table:
    """The table that a statement writes; of a schema that one makes, its name."""
    found = tree.args["tables"][0] if tree.args.get("tables") else tree.this
    target = found.find(exp.Table)
    assert isinstance(target, exp.Table)
    return target
