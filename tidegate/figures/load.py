"""Load the marts that figures are of into PostgreSQL: the days touched since last time.

Each mart is loaded in one transaction, which also records the snapshot that it then is. Loads go
one after the other: the second waits, and finds what the first has loaded.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

from pg8000.exceptions import DatabaseError, InterfaceError

from tidegate.contract import Contract
from tidegate.contract.postgresql import create_postgresql_table
from tidegate.errors import QuestionError, StreamError, counted, did_you_mean
from tidegate.figures.books import PREPARE, loaded, record
from tidegate.figures.database import closed, connect, is_gone, said_by
from tidegate.figures.marked import marts
from tidegate.lake import rows
from tidegate.serve.due import due
from tidegate.serve.load import Load
from tidegate.serve.loads import Loaded, digest
from tidegate.settings import Settings

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('tidegate figures load'))"
logging.getLogger("awswrangler").setLevel(logging.CRITICAL)  # what it can't do is told as an error
# A loader that vanished without a word doesn't hold the others up for longer.
_LEFT_ALONE = "SET LOCAL idle_in_transaction_session_timeout = '15min'"
READER = "figures"
"""The role that the service asks as on AWS (``infra/figures.yaml``)."""
_ROWS = 1000  # in one INSERT
_PARAMETERS = 60_000  # PostgreSQL takes 65,535 in one statement


def load(settings: Settings, table: str | None = None) -> Iterator[Load]:
    """Load the marts that marked questions read.

    Args:
        settings: which project, lake and database.
        table: one mart; by default all.

    Yields:
        What became of each, by name.

    Raises:
        ContractError: a contract is wrong, or a mart can't be kept in PostgreSQL.
        LakeError: there is no lake, or files of it can't be read.
        QuestionError: no question is marked, none reads the mart, or PostgreSQL refuses a
            statement; nothing of that mart was loaded.
        StreamError: the database isn't there, or went away.
    """
    for contract in _chosen(settings, table):
        connection = connect(settings, to_load=True)
        try:
            yield _load(settings, connection, contract)
        except (DatabaseError, InterfaceError, OSError) as error:
            kind = StreamError if is_gone(error) else QuestionError
            raise kind(
                f"{contract.table}: PostgreSQL: {said_by(error)}; nothing of it was loaded"
            ) from None
        finally:
            closed(connection)


def _chosen(settings: Settings, table: str | None) -> list[Contract]:
    found = marts(settings.project)
    if not found:
        raise QuestionError(
            f"no question of {settings.project / 'sql' / 'redshift'} is answered over HTTP; mark"
            ' one with a line "-- figures" (docs/figures.md)'
        )
    if table is None:
        return found
    chosen = [one for one in found if one.table == table]
    if not chosen:
        known = [one.table for one in found]
        hint = did_you_mean(table, known) or f"\n  they read: {', '.join(known)}"
        raise QuestionError(f"no question marked -- figures reads {table}{hint}")
    return chosen


def _load(settings: Settings, connection: Any, contract: Contract) -> Load:
    """Load one mart: what the lake has is looked up once no other load is at work."""
    table = contract.table
    connection.run(_LOCK)
    for text in (_LEFT_ALONE, *PREPARE):
        connection.run(text)
    was = loaded(connection).get(table, Loaded())
    asked = due(settings, table, _definition(contract), was)
    if isinstance(asked, str):
        return Load(table, asked)
    now = asked.now
    by_days = contract.day is not None and contract.column(contract.day).type == "date"
    days = asked.days if by_days else None
    count = _replace(settings, connection, contract, now, days, was.definition)
    record(connection, table, now, asked.published_at)
    _let_read(connection, table)
    connection.commit()
    span = "all rows" if not by_days else "all days" if days is None else counted(len(days), "day")
    what = f"loaded {span}, {counted(count, 'row')}, up to commit {now.number}"
    return Load(table, what, is_anew=was.definition != now.definition)


def _replace(
    settings: Settings,
    connection: Any,
    contract: Contract,
    now: Loaded,
    days: set[dt.date] | None,
    was_made_by: str,
) -> int:
    """Replace days, or all rows, by the lake's; how many they are."""
    schema, name = contract.table.split(".")
    if was_made_by == now.definition:
        place, day = f'"{schema}"."{name}"', contract.day and contract.column(contract.day).stored
        if days is None:
            connection.run(f"DELETE FROM {place}")
        else:
            connection.run(f'DELETE FROM {place} WHERE "{day}" = ANY(:days)', days=sorted(days))
        return _insert(settings, connection, contract, now.snapshot, name, days)
    # A table with other columns is filled beside the one that is read, and takes its place then.
    beside = f"{name}-new"
    connection.run(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    for text in create_postgresql_table(contract, f'"{schema}"."{beside}"'):
        connection.run(text)
    count = _insert(settings, connection, contract, now.snapshot, beside, None)
    connection.run(f'DROP TABLE IF EXISTS "{schema}"."{name}" CASCADE')
    connection.run(f'ALTER TABLE "{schema}"."{beside}" RENAME TO "{name}"')
    return count


def _insert(
    settings: Settings,
    connection: Any,
    contract: Contract,
    snapshot: int,
    name: str,
    days: set[dt.date] | None,
) -> int:
    """Insert rows of a snapshot, a batch at a time; awswrangler leaves the commit to us."""
    import awswrangler as wr  # takes a second to import

    columns = tuple(column.stored for column in contract.kept)
    day = contract.day and contract.column(contract.day).stored
    count = 0
    for batch in rows.batches(settings, contract.table, snapshot, columns, day, days):
        if not batch.num_rows:
            continue
        # As Python's own values: among floats a whole number would become one, too.
        frame = batch.to_pandas(
            date_as_object=True, integer_object_nulls=True, timestamp_as_object=True
        ).astype(object)
        wr.postgresql.to_sql(
            frame,
            connection,
            table=name,
            schema=contract.table.split(".")[0],
            use_column_names=True,
            chunksize=min(_ROWS, _PARAMETERS // len(columns)),
            commit_transaction=False,
        )
        count += batch.num_rows
    return count


def _let_read(connection: Any, table: str) -> None:
    """On RDS, let whoever IAM signs in as the reader read a mart, and write nothing."""
    ((is_rds, is_there),) = connection.run(
        "SELECT to_regrole('rds_iam') IS NOT NULL, to_regrole(:reader) IS NOT NULL", reader=READER
    )
    if not is_rds:
        return
    if not is_there:
        connection.run(f"CREATE ROLE {READER} LOGIN")
        connection.run(f"GRANT rds_iam TO {READER}")
    schema, name = table.split(".")
    connection.run(f'GRANT USAGE ON SCHEMA "{schema}", tidegate TO {READER}')
    connection.run(f'GRANT SELECT ON "{schema}"."{name}", tidegate.loads TO {READER}')


def _definition(contract: Contract) -> str:
    """The digest of what makes a mart's table."""
    return digest(*create_postgresql_table(contract, contract.table))
