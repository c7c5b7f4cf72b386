"""What Redshift's own tables hold, as its table ``tidegate.loads`` says: a row a table."""

from dataclasses import dataclass
from hashlib import sha256

from tidegate.serve.remote import ask_redshift, tables_on_redshift
from tidegate.settings import Settings

_SCHEMA, _TABLE = "tidegate", "loads"


@dataclass(frozen=True)
class Loaded:
    """What one of Redshift's own tables holds.

    Attributes:
        made_of: of a mart, the identity of its table in the lake: another one was made anew; of a
            materialized view, the digest of what it was made of.
        number: of the mart's newest ledger commit that is in it; 0 before the first load.
        snapshot: the one that readers of the mart had then.
        definition: the digest of the statement that made it.
    """

    made_of: str = ""
    number: int = 0
    snapshot: int = 0
    definition: str = ""


def digest(*texts: str) -> str:
    """Sixteen letters that tell texts from others."""
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def books(settings: Settings) -> str:
    """The full name of the table that says it."""
    return f"{settings.database_prefix}{_SCHEMA}.{_TABLE}"


def prepare(settings: Settings) -> list[str]:
    """What has to be there before a load; what is there already is left as it is."""
    return [
        f"CREATE SCHEMA IF NOT EXISTS {settings.database_prefix}hot",
        f"CREATE SCHEMA IF NOT EXISTS {settings.database_prefix}{_SCHEMA}",
        f"CREATE TABLE IF NOT EXISTS {books(settings)} (table_name VARCHAR(256),"
        " made_of VARCHAR(36), number BIGINT, snapshot BIGINT,"
        " definition VARCHAR(16), loaded_at TIMESTAMP)",
    ]


def loaded(settings: Settings) -> dict[str, Loaded]:
    """What was loaded, by the name of the mart or view; nothing before the first load.

    Raises:
        QuestionError: Redshift can't be asked; what it says.
        SettingsError: no Redshift is set.
        StreamError: AWS can't be reached.
    """
    if _TABLE not in tables_on_redshift(settings, settings.database_prefix + _SCHEMA):
        return {}
    text = f"SELECT table_name, made_of, number, snapshot, definition FROM {books(settings)}"
    return {
        name: Loaded(*told) for name, *told in ask_redshift(settings, text, "serve load", {}).rows
    }


def record(settings: Settings, name: str, now: Loaded) -> list[str]:
    """Say what a table now holds, whatever was said before."""
    return [
        f"DELETE FROM {books(settings)} WHERE table_name = '{name}'",
        f"INSERT INTO {books(settings)} VALUES ('{name}', '{now.made_of}', {now.number:d},"
        f" {now.snapshot:d}, '{now.definition}', GETDATE())",
    ]


def record_if(settings: Settings, now: Loaded, condition: str) -> str:
    """Say what a table now holds, where a condition is met by what was said before."""
    return (
        f"UPDATE {books(settings)} SET number = {now.number:d}, snapshot = {now.snapshot:d},"
        f" loaded_at = GETDATE() WHERE {condition}"
    )
