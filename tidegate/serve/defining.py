"""CREATE VIEW and its like, as the local endpoint answers them: views are installed here."""

import re

from tidegate.contract.views import DATABASE
from tidegate.errors import did_you_mean
from tidegate.serve import views
from tidegate.serve.statement import Found, StatementError, prepared, read
from tidegate.settings import Settings

_NAME = r"[`\"]?(\w+)[`\"]?"
_FULL = rf"(?:{_NAME}\.)?{_NAME}"
_CREATE = (
    rf"CREATE\s+(OR\s+REPLACE\s+)?VIEW\s+{_FULL}\s+AS\s+(.+?)(?:\s+WITH\s+NO\s+SCHEMA\s+BINDING)?"
)
_DROP = rf"DROP\s+VIEW\s+(IF\s+EXISTS\s+)?{_FULL}"
_SCHEMA = rf"CREATE\s+(?:DATABASE|SCHEMA)\s+IF\s+NOT\s+EXISTS\s+{_NAME}(?:\s+COMMENT\s+'.*')?"
_COMMENT = rf"COMMENT\s+ON\s+VIEW\s+{_FULL}\s+IS\s+'(.*)'"


def defined(settings: Settings, text: str, database: str, language: str = "athena") -> Found | None:
    """What a statement that makes or drops a view answers: nothing; None for any other statement.

    Args:
        settings: which lake.
        text: the statement.
        database: the one of views that are named without.
        language: ``athena`` or ``redshift``.

    Raises:
        StatementError: the view would not be in ``analytics``, is there or isn't, or what it
            selects can't be run.
        LakeError: there is no lake.
    """
    plain = text.strip().rstrip(";").strip()
    flags = re.IGNORECASE | re.DOTALL
    if made := re.fullmatch(_CREATE, plain, flags):
        name = _name(made[2] or database, made[3])
        if not made[1] and name in views.installed(settings):
            raise StatementError("ALREADY_EXISTS", f"the view {DATABASE}.{name} is there already")
        _create(settings, name, made[4], language)
    elif dropped := re.fullmatch(_DROP, plain, flags):
        name = _name(dropped[2] or database, dropped[3])
        if not views.drop(settings, name) and not dropped[1]:
            raise _missing(settings, name)
    elif made := re.fullmatch(_SCHEMA, plain, flags):
        _name(made[1], "")
    elif said := re.fullmatch(_COMMENT, plain, flags):
        name = _name(said[1] or database, said[2])
        if name not in views.installed(settings):
            raise _missing(settings, name)
        views.keep_comments(settings, name, _comments(said[3].replace("''", "'")))
    else:
        return None
    return Found.of([], [])


def _create(settings: Settings, name: str, select: str, language: str) -> None:
    """Install a view once what it selects has run, on no row."""
    tree = read(select, language)
    with prepared(settings, tree.copy().limit(0), select, language=language) as statement:
        found = statement.run()
    columns = tuple((one, kind, "") for one, kind in zip(found.columns, found.types, strict=True))
    views.keep(settings, views.Installed(name, select, columns, language))


def _comments(text: str) -> dict[str, str]:
    """What a view's comment says of its columns: a line a column, after the view's own."""
    lines = (line.partition(": ") for line in text.splitlines()[1:])
    return {name: said for name, _, said in lines if said}


def _name(database: str, name: str) -> str:
    if database.lower() != DATABASE:
        raise StatementError(
            "NOT_SUPPORTED",
            f"{database or 'default'} is none of views here; they are in {DATABASE}",
        )
    return name.lower()


def _missing(settings: Settings, name: str) -> StatementError:
    known = [f"{DATABASE}.{one}" for one in views.installed(settings)]
    full = f"{DATABASE}.{name}"
    return StatementError("VIEW_NOT_FOUND", f'no view "{full}"{did_you_mean(full, known)}')
