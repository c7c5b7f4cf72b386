"""How many bytes of data files a statement reads: its columns, in the files its filters leave."""

from collections.abc import Mapping
from typing import Any

import duckdb
from sqlglot import exp

from tidegate.lake import catalog
from tidegate.serve import dialect
from tidegate.serve.manifests import Comparison, bytes_of
from tidegate.serve.parameters import Value
from tidegate.settings import Settings

_COMPARED: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_TURNED = {"=": "=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


def bytes_scanned(
    lake: duckdb.DuckDBPyConnection,
    settings: Settings,
    locations: Mapping[str, str],
    tree: exp.Query,
    columns: Mapping[str, dialect.Columns],
    snapshots: Mapping[str, tuple[str, int]],
    values: Mapping[str, Value],
) -> int:
    """The bytes a statement reads, from the tables' manifests; no data file is opened.

    Args:
        lake: the connection it runs on.
        settings: which lake.
        locations: the metadata file of each table.
        tree: the statement, its tables named with their databases.
        columns: the columns of each table it names.
        snapshots: the table and snapshot of each name that means an older one.
        values: what its placeholders stand for.

    Raises:
        LakeError: a metadata file can't be read.
        duckdb.Error: a manifest can't be read.
    """
    total = 0
    for table in tree.find_all(exp.Table):
        name = f"{table.db.lower()}.{table.name.lower()}"
        full, snapshot = snapshots.get(name, (name, None))
        if full not in locations:
            continue
        known = list(columns[name])
        read = _columns_read(tree, known)
        filters = _filters(table, known, values)
        metadata = catalog.read_metadata(settings, full, locations[full])
        total += bytes_of(lake, metadata, read, filters, snapshot)
    return total


def _columns_read(tree: exp.Query, known: list[str]) -> list[str]:
    """The columns of a table that a statement names anywhere; all of them for a ``*``."""
    stars = (star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count))
    if any(stars):
        return known
    named = {column.name.lower() for column in tree.find_all(exp.Column)}
    return [name for name in known if name.lower() in named]


def _filters(table: exp.Table, known: list[str], values: Mapping[str, Value]) -> list[Comparison]:
    """What the WHERE right above a table demands of its columns, as far as it is plain."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if select is None or where is None or (select.args.get("joins") and _may_be_missing(select)):
        return []
    found = []
    for one in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        found += [each for part in _parts(one) if (each := _comparison(part, table, known, values))]
    return found


def _may_be_missing(select: exp.Select) -> bool:
    """Whether a join keeps rows whose other side is missing, so that a filter prunes nothing."""
    return any(join.side for join in select.args["joins"])


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """BETWEEN as its two comparisons, and anything else as it is."""
    if isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        return [exp.GTE(this=node.this, expression=low), exp.LTE(this=node.this, expression=high)]
    return [node]


def _comparison(
    node: exp.Expr, table: exp.Table, known: list[str], values: Mapping[str, Value]
) -> Comparison | None:
    """A column of the table against a constant; None for all else."""
    node = node.unnest()
    word = _COMPARED.get(type(node))
    if word is None:
        return None
    left, right = node.this, node.expression
    if not isinstance(left, exp.Column):
        left, right, word = right, left, _TURNED[word]
    if not isinstance(left, exp.Column) or left.table.lower() not in ("", table.alias_or_name):
        return None
    constant = _constant(right, values)
    if constant is None or left.name.lower() not in known:
        return None
    return left.name.lower(), word, constant


def _constant(node: exp.Expr, values: Mapping[str, Value]) -> Any:
    """The value of a literal or placeholder, of a type or not; None for all else."""
    if isinstance(node, exp.Cast):
        return _constant(node.this, values)
    if isinstance(node, exp.Placeholder):
        return values.get(node.name)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string or not node.this.isdigit() else int(node.this)
    return None
