"""A deployment's prefix of its databases' names: clients write it, and Tidegate's own SQL doesn't.

So what a client asks at the local endpoint is the same as on AWS; that is where it must be written.
"""

import re

from sqlglot import exp

from tidegate.settings import Settings

_DATABASES = re.compile(r"\b(raw|clean|mart|quarantine|quality|analytics|hot)\.(?=[a-z\"])")


def prefixed(settings: Settings, text: str) -> str:
    """A SQL text with the databases' names of this deployment."""
    return with_prefix(settings.database_prefix, text)


def with_prefix(prefix: str, text: str) -> str:
    """A SQL text with something before each database's name."""
    return _DATABASES.sub(rf"{prefix}\1.", text)


def bare(settings: Settings, database: str) -> str:
    """A database's name without the prefix, in small letters."""
    return database.lower().removeprefix(settings.database_prefix)


def take_off(settings: Settings, tree: exp.Expr) -> None:
    """Take the prefix off the databases that a statement names."""
    if not settings.database_prefix:
        return
    for node in tree.find_all(exp.Table, exp.Column):
        database = node.args.get("db")
        if isinstance(database, exp.Identifier) and bare(settings, database.name) != database.name:
            bared = exp.to_identifier(bare(settings, database.name), quoted=database.quoted)
            node.set("db", bared)
