"""CREATE VIEW and its like, as the local endpoint answers them: views are installed here."""

import re

from tidegate.contract.views import DATABASE
from tidegate.errors import did_you_mean
from tidegate.serve import views
from tidegate.serve.prefix import bare
from tidegate.serve.statement import Found, StatementError, prepared, read
from tidegate.settings import Settings

_FULL = r"(?:[`\"]?(?P<database>\w+)[`\"]?\.)?[`\"]?(?P<name>\w+)[`\"]?"


def defined(settings: Settings, text: str, database: str, language: str = "athena") -> Found | None:
    """What a statement answers that makes, drops or comments a view of ``analytics``: nothing.

    None for any other statement.

    Args:
        settings: which lake.
        text: the statement.
        database: the one of views that are named without.
        language: ``athena`` or ``redshift``.

    Raises:
        StatementError: the view is there, or isn't, or what it selects can't be run.
        LakeError: there is no lake.
    """
    plain = text.strip().rstrip(";").strip()
    for pattern, define in _DEFINING:
        found = re.fullmatch(pattern, plain, re.IGNORECASE | re.DOTALL)
        if found and bare(settings, found["database"] or database) == DATABASE:
            define(settings, language, found)
            return Found.of([], [])
    return None


def _make(settings: Settings, language: str, found: "re.Match[str]") -> None:
    """Install a view once what it selects has run, on no row."""
    name, select = found["name"].lower(), found["select"]
    if not found["again"] and name in views.installed(settings, language):
        raise StatementError("ALREADY_EXISTS", f"the view {DATABASE}.{name} is there already")
    tree = read(select, language)
    with prepared(settings, tree.copy().limit(0), select, language=language) as statement:
        gave = statement.run()
    columns = tuple((one, kind, "") for one, kind in zip(gave.columns, gave.types, strict=True))
    views.keep(settings, views.Installed(name, select, columns, language))


def _drop(settings: Settings, language: str, found: "re.Match[str]") -> None:
    if not views.drop(settings, found["name"].lower(), language) and not found["maybe"]:
        raise _missing(settings, language, found["name"].lower())


def _comment(settings: Settings, language: str, found: "re.Match[str]") -> None:
    """A view's comment says of its columns, a line a column, after what it says of itself."""
    name = found["name"].lower()
    if name not in views.installed(settings, language):
        raise _missing(settings, language, name)
    lines = (line.partition(": ") for line in found["said"].replace("''", "'").splitlines()[1:])
    comments = {column: said for column, _, said in lines if said}
    views.keep_comments(settings, name, comments, language)


def _missing(settings: Settings, language: str, name: str) -> StatementError:
    known = [f"{DATABASE}.{one}" for one in views.installed(settings, language)]
    full = f"{DATABASE}.{name}"
    return StatementError("VIEW_NOT_FOUND", f'no view "{full}"{did_you_mean(full, known)}')


_DEFINING = (
    (
        rf"CREATE\s+(?P<again>OR\s+REPLACE\s+)?VIEW\s+{_FULL}\s+AS\s+(?P<select>.+?)"
        r"(?:\s+WITH\s+NO\s+SCHEMA\s+BINDING)?",
        _make,
    ),
    (rf"DROP\s+VIEW\s+(?P<maybe>IF\s+EXISTS\s+)?{_FULL}", _drop),
    (rf"COMMENT\s+ON\s+VIEW\s+{_FULL}\s+IS\s+'(?P<said>.*)'", _comment),
    (
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+IF\s+NOT\s+EXISTS\s+[`\"]?(?P<database>\w+)[`\"]?"
        r"(?:\s+COMMENT\s+'.*')?",
        lambda *_: None,
    ),
)
