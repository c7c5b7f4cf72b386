"""How many bytes of data files a statement reads: its columns, in the files its filters leave."""

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from tidegate.serve import dialect
from tidegate.serve.constants import Constants
from tidegate.serve.manifests import Comparison, bytes_of

_COMPARED: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_TURNED = {"=": "=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


def bytes_scanned(
    tree: exp.Query,
    columns: Mapping[str, dialect.Columns],
    metadata: Mapping[str, dict[str, Any]],
    snapshots: Mapping[str, int | None],
    constants: Constants,
) -> int:
    """The bytes a statement reads, from the tables' manifests; no data file is opened.

    Args:
        tree: the statement, its tables named with their databases.
        columns: the columns of each table it names.
        metadata: what the metadata file of each table that has files says.
        snapshots: which of its snapshots is read, where it isn't the newest.
        constants: what its filters compare with.

    Raises:
        duckdb.Error: a manifest can't be read.
    """
    total = 0
    for table in tree.find_all(exp.Table):
        name = f"{table.db.lower()}.{table.name.lower()}"
        if name not in metadata:
            continue
        known = list(columns[name])
        read = _columns_read(tree, known)
        filters = _filters(table, known, constants)
        total += bytes_of(constants.lake, metadata[name], read, filters, snapshots[name])
    return total


def _columns_read(tree: exp.Query, known: list[str]) -> list[str]:
    """The columns of a table that a statement names anywhere; all of them for a ``*``."""
    stars = (star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count))
    if any(stars):
        return known
    named = {column.name.lower() for column in tree.find_all(exp.Column)}
    return [name for name in known if name.lower() in named]


def _filters(table: exp.Table, known: list[str], constants: Constants) -> list[Comparison]:
    """What the WHERE right above a table demands of its columns, as far as it is plain."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if select is None or where is None or (select.args.get("joins") and _may_be_missing(select)):
        return []
    parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    each = [_comparison(one, table, known, constants) for part in parts for one in _parts(part)]
    return [one for one in each if one]


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
    node: exp.Expr, table: exp.Table, known: list[str], constants: Constants
) -> Comparison | None:
    """A column of the table against a constant, or some of them; None for all else."""
    node = node.unnest()
    if isinstance(node, exp.In):
        left, word = node.this, "in"
        among = [constants.value(one) for one in node.expressions]
        constant: Any = None if None in among else tuple(among) or None
    elif type(node) in _COMPARED:
        left, right, word = node.this, node.expression, _COMPARED[type(node)]
        if not isinstance(left, exp.Column):
            left, right, word = right, left, _TURNED[word]
        constant = constants.value(right)
    else:
        return None
    if not isinstance(left, exp.Column) or left.table.lower() not in ("", table.alias_or_name):
        return None
    if constant is None or left.name.lower() not in known:
        return None
    return left.name.lower(), word, constant
