"""Views that are installed here: what DuckDB and the local endpoint read as ``analytics``.

They are kept beside the lake's other state, a file for all; a statement that names one reads what
it selects. As on AWS, Redshift's views are others than Athena's, which DuckDB shares.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from sqlglot import exp

from tidegate.contract.views import DATABASE
from tidegate.errors import LakeError, QuestionError, did_you_mean
from tidegate.serve import dialect
from tidegate.serve.place import marked
from tidegate.serve.prefix import take_off
from tidegate.settings import Settings

FILE = "views.json"


@dataclass(frozen=True)
class Installed:
    """A view as it was installed.

    Attributes:
        name: its name in ``analytics``.
        select: what it selects.
        columns: name, Athena's type and comment of each, in order.
        language: whose view it is and in whose SQL, ``athena`` or ``redshift``.
    """

    name: str
    select: str
    columns: tuple[tuple[str, str, str], ...]
    language: str = "athena"


def views_database(settings: Settings) -> str:
    """The views' database as clients find it: with the deployment's prefix."""
    return f"{settings.database_prefix}{DATABASE}"


def installed(settings: Settings, language: str = "athena") -> dict[str, Installed]:
    """The views of Athena and DuckDB, or of Redshift, that are installed here, by name.

    Raises:
        LakeError: their file can't be read.
    """
    return {one.name: one for one in _kept(settings) if one.language == language}


def _kept(settings: Settings) -> list[Installed]:
    file = settings.state / FILE
    try:
        told = json.loads(file.read_text())
        return [Installed(**{**one, "columns": tuple(map(tuple, one["columns"]))}) for one in told]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{file}: can't be read ({error}); take it away, and install the views again:"
            " tidegate serve install"
        ) from None


def keep(settings: Settings, view: Installed) -> None:
    """Install a view here, in the place of one of its name."""
    with _changing(settings, view.language) as found:
        found[view.name] = view


def keep_comments(
    settings: Settings, name: str, comments: Mapping[str, str], language: str = "athena"
) -> None:
    """Say what columns of an installed view hold."""
    with _changing(settings, language) as found:
        old = found[name]
        columns = tuple((one, kind, comments.get(one, said)) for one, kind, said in old.columns)
        found[name] = replace(old, columns=columns)


def drop(settings: Settings, name: str, language: str) -> bool:
    """Forget a view; whether there was one."""
    with _changing(settings, language) as found:
        return found.pop(name, None) is not None


@contextmanager
def _changing(settings: Settings, language: str) -> Iterator[dict[str, Installed]]:
    """An engine's views, to be changed by one process at a time and written in one step."""
    file = settings.state / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        others = [one for one in _kept(settings) if one.language != language]
        found = installed(settings, language)
        yield found
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(one) for one in (*others, *found.values())], indent=1))
        fresh.replace(file)


def expand(settings: Settings, tree: exp.Query, text: str, source: str, language: str) -> bool:
    """Put in a statement what each view selects in the view's place; take off databases' prefix.

    Args:
        settings: which lake.
        tree: the statement, its tables named with their databases; it is changed.
        text: its text, to mark places in.
        source: what to call it in a message.
        language: whose views, ``athena`` or ``redshift``.

    Returns:
        Whether it names any.

    Raises:
        QuestionError: it names a view that isn't installed, or a view's past.
        LakeError: the file of the views can't be read.
    """
    take_off(settings, tree)
    if not _named(tree):
        return False
    found = installed(settings, language)
    for column in tree.find_all(exp.Column):
        if column.args.get("db") and column.db.lower() == DATABASE:
            column.set("catalog", None)
            column.set("db", None)
    _expand(settings, tree, found, text, source, ())
    return True


def _expand(
    settings: Settings,
    tree: exp.Query,
    found: Mapping[str, Installed],
    text: str,
    source: str,
    inside: tuple[str, ...],
) -> None:
    for table in _named(tree):
        name = table.name.lower()
        if name not in found or name in inside:
            raise _no_view(table, found, text, source)
        if table.args.get("version"):
            raise QuestionError(
                f"{source}: {DATABASE}.{name} is a view; FOR … AS OF is of tables only"
            )
        view = found[name]
        selected = dialect.parse(view.select, f"view {DATABASE}.{name}", view.language)
        take_off(settings, selected)
        _expand(settings, selected, found, text, source, (*inside, name))
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
        kept = {
            key: table.args[key] for key in ("joins", "laterals", "sample") if table.args.get(key)
        }
        table.replace(exp.Subquery(this=selected, alias=alias, **kept))


def _named(tree: exp.Query) -> list[exp.Table]:
    """The views that a statement names, as it names them."""
    return [
        table
        for table in tree.find_all(exp.Table)
        if table.db.lower() == DATABASE and table.catalog.lower() in ("", dialect.CATALOG)
    ]


def _no_view(
    table: exp.Table, found: Mapping[str, Installed], text: str, source: str
) -> QuestionError:
    name = f"{DATABASE}.{table.name.lower()}"
    known = [f"{DATABASE}.{one}" for one in found]
    place = marked(text, table.this.meta.get("line"), table.this.meta.get("col"), name)
    hint = did_you_mean(name, known)
    if not hint:
        there = f"there are: {', '.join(known)}" if known else "none is installed"
        hint = f"\n  {there}; install a project's: tidegate serve install"
    return QuestionError(f'{source}: no view "{name}"{hint}{place}')
