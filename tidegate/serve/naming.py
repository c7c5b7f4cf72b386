"""What a column is called that no ``AS`` names: as Athena calls it, and as Redshift does."""

import re

from sqlglot import exp

from tidegate.serve.languages import CALLED

_UNNAMED = "unnamed"
_OTHER = "?column?"
# What Redshift's parser has made of a function by the time that it names the column.
_SPELT = {"extract": "date_part", "trim": "btrim", "nvl": "coalesce"}
_WORDS = {exp.Exists: "exists", exp.Array: "array"}
_TYPES = {
    "INT": "int4",
    "BIGINT": "int8",
    "SMALLINT": "int2",
    "DOUBLE": "float8",
    "FLOAT": "float4",
    "DECIMAL": "numeric",
    "BOOLEAN": "bool",
    "TEXT": "varchar",
    "CHAR": "bpchar",
}


def mark_unnamed(tree: exp.Query) -> None:
    """Mark what Athena gives a column's place for a name, where sqlglot would find one in it."""
    for one in tree.selects:
        if not isinstance(one, exp.Alias | exp.Aliases | exp.Column | exp.Star | exp.Dot):
            one.meta[_UNNAMED] = True


def name_by_place(tree: exp.Query) -> None:
    """Name those columns by their place, once all that ``*`` stands for is there."""
    for place, one in enumerate(tree.selects):
        if isinstance(one, exp.Alias) and one.this.meta.get(_UNNAMED):
            one.set("alias", exp.to_identifier(f"_col_{place}", quoted=True))


def name_as_redshift(tree: exp.Query) -> None:
    """Name each column as PostgreSQL, and so Redshift, does: by its function, type or column."""
    for select in list(tree.find_all(exp.Select)):
        is_answer = _first(tree) is select
        named = [
            exp.alias_(one, found, quoted=True) if (found := _name(one)) else one
            for one in select.expressions
        ]
        names = [one.alias_or_name for one in named]
        # One of two columns of a name can't be asked for from outside of a subquery.
        kept = [
            new if is_answer or names.count(new.alias_or_name) == 1 else old
            for old, new in zip(select.expressions, named, strict=True)
        ]
        select.set("expressions", kept)


def _first(tree: exp.Query) -> exp.Expr:
    """The SELECT that names the columns of a statement."""
    while not isinstance(tree, exp.Select):
        inner = tree.this
        assert isinstance(inner, exp.Query)
        tree = inner
    return tree


def _name(one: exp.Expr) -> str | None:
    """A column's name; None where it has one."""
    if isinstance(one, exp.Alias | exp.Aliases | exp.Column | exp.Star | exp.Dot):
        return None
    return _told(one) or _OTHER


def _told(one: exp.Expr) -> str | None:
    """What of an expression names it (``FigureColname`` in PostgreSQL's ``parse_target.c``)."""
    match one:
        case exp.Column() | exp.Alias():
            return one.alias_or_name
        case exp.Paren() | exp.Window() | exp.WithinGroup() | exp.Filter() | exp.IgnoreNulls():
            return _told(one.this)
        case exp.Cast():
            kind = one.to.this.value
            return _told(one.this) or _TYPES.get(kind, kind.lower())
        case exp.Case():
            default = one.args.get("default")
            return (default and _told(default)) or "case"
        case exp.Subquery():
            return _told(one.this.selects[0])
        case exp.Func() if type(one) in _WORDS:
            return _WORDS[type(one)]
        case exp.Func():
            word = re.match(r"\w+", one.sql("redshift"))
            spelt = str(one.meta.get(CALLED) or (word[0] if word else "")).lower()
            return _SPELT.get(spelt, spelt) or None
    return None
