"""Athena and Redshift by their APIs: start a statement, wait for it, read its rows."""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from tidegate.aws import aws_config
from tidegate.errors import QuestionError, SettingsError
from tidegate.serve.answer import Answer
from tidegate.serve.parameters import Value
from tidegate.serve.positional import literal, positional
from tidegate.settings import Settings

_PAUSES = (0.1, 0.2, 0.5, 1.0)  # seconds between two looks; the last one again and again
_BATCH = 40  # statements that BatchExecuteStatement takes
_DATABASES = re.compile(r"\b(raw|clean|mart|quarantine|quality|analytics)\.(?=[a-z\"])")

_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("int2", "int4", "int8"), int),
    **dict.fromkeys(("real", "float", "double", "float4", "float8"), float),
    **dict.fromkeys(("decimal", "numeric"), Decimal),
    **dict.fromkeys(("boolean", "bool"), lambda word: word == "true"),
    "date": dt.date.fromisoformat,
    "varbinary": bytes.fromhex,
}


def ask_athena(settings: Settings, text: str, source: str, values: Mapping[str, Value]) -> Answer:
    """Run a question on Athena, in the workgroup of the settings, its parameters bound.

    Args:
        settings: which endpoint, workgroup and place for results.
        text: SQL with parameters such as ``:day``.
        source: what to call it in a message.
        values: the value of each parameter.

    Raises:
        QuestionError: Athena refuses it or it fails; what Athena says.
        StreamError: AWS can't be reached.
    """
    client = aws_config(settings).client("athena")
    sql, given = positional(prefixed(settings, text), values)
    request = _athena_request(settings, sql)
    if given:
        request["ExecutionParameters"] = given
    with _said(client, source):
        done = _executed(client, request, source)
        started = done["QueryExecutionId"]
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=started)
        found = [page["ResultSet"] for page in pages]
    told = found[0]["ResultSetMetadata"]["ColumnInfo"]
    words = [
        [cell.get("VarCharValue") for cell in row["Data"]] for page in found for row in page["Rows"]
    ]
    kinds = [_kind(each) for each in told]
    rows = [_row(kinds, row) for row in words[1:]]  # the first holds the columns' names
    scanned = done.get("Statistics", {}).get("DataScannedInBytes")
    return Answer([each["Name"] for each in told], kinds, rows, scanned)


def ask_redshift(settings: Settings, text: str, source: str, values: Mapping[str, Value]) -> Answer:
    """Run a question on Redshift by its Data API, its parameters bound by name.

    Args:
        settings: which endpoint, workgroup or cluster, and database.
        text: SQL with parameters such as ``:day``.
        source: what to call it in a message.
        values: the value of each parameter.

    Raises:
        QuestionError: Redshift refuses it or it fails; what Redshift says.
        SettingsError: no workgroup and no cluster is set.
        StreamError: AWS can't be reached.
    """
    request: dict[str, Any] = {"Sql": prefixed(settings, text), **_redshift(settings)}
    client = aws_config(settings).client("redshift-data")
    if values:
        request["Parameters"] = [
            {"name": name, "value": _word(value)} for name, value in values.items()
        ]
    with _said(client, source):
        started = client.execute_statement(**request)["Id"]
        _finished(client, started, source)
        pages = client.get_paginator("get_statement_result").paginate(Id=started)
        found = list(pages)
    told = found[0]["ColumnMetadata"]
    kinds = [
        _kind(
            {
                "Type": each["typeName"],
                "Precision": each.get("precision"),
                "Scale": each.get("scale"),
            }
        )
        for each in told
    ]
    rows = [
        _row(kinds, [_field(cell) for cell in row]) for page in found for row in page["Records"]
    ]
    return Answer([each["name"] for each in told], kinds, rows)


def run_on_athena(settings: Settings, text: str, source: str) -> None:
    """Run a statement on Athena that answers nothing, as it is.

    Raises:
        QuestionError: Athena refuses it or it fails; what Athena says.
        StreamError: AWS can't be reached.
    """
    client = aws_config(settings).client("athena")
    with _said(client, source):
        _executed(client, _athena_request(settings, text), source)


def run_on_redshift(settings: Settings, texts: list[str], source: str) -> None:
    """Run statements on Redshift, as many in a transaction as its Data API takes.

    Raises:
        QuestionError: Redshift refuses one or it fails; what Redshift says.
        SettingsError: no workgroup and no cluster is set.
        StreamError: AWS can't be reached.
    """
    request = _redshift(settings)
    client = aws_config(settings).client("redshift-data")
    for first in range(0, len(texts), _BATCH):
        with _said(client, source):
            batch = texts[first : first + _BATCH]
            started = client.batch_execute_statement(Sqls=batch, **request)["Id"]
            _finished(client, started, source)


def _athena_request(settings: Settings, sql: str) -> dict[str, Any]:
    """What StartQueryExecution is asked."""
    request: dict[str, Any] = {"QueryString": sql, "WorkGroup": settings.athena_workgroup}
    if settings.athena_results:
        request["ResultConfiguration"] = {"OutputLocation": settings.athena_results}
    return request


def _executed(client: Any, request: dict[str, Any], source: str) -> dict[str, Any]:
    """An execution of Athena's, once it has succeeded."""
    started = client.start_query_execution(**request)["QueryExecutionId"]
    done = _wait(
        lambda: client.get_query_execution(QueryExecutionId=started)["QueryExecution"],
        lambda found: found["Status"]["State"],
    )
    if done["Status"]["State"] != "SUCCEEDED":
        raise QuestionError(f"{source}: {done['Status'].get('StateChangeReason', 'failed')}")
    return done


def _finished(client: Any, started: str, source: str) -> None:
    """Wait for a statement of Redshift's, or a batch of them, until it has succeeded."""
    done = _wait(lambda: client.describe_statement(Id=started), lambda found: found["Status"])
    if done["Status"] != "FINISHED":
        raise QuestionError(f"{source}: {done.get('Error', 'failed')}")


def _redshift(settings: Settings) -> dict[str, str]:
    """Which Redshift is asked."""
    if not (settings.redshift_workgroup or settings.redshift_cluster):
        raise SettingsError(
            "no Redshift is set; name it: TIDEGATE_REDSHIFT_WORKGROUP (serverless)"
            " or TIDEGATE_REDSHIFT_CLUSTER"
        )
    where = (
        {"WorkgroupName": settings.redshift_workgroup}
        if settings.redshift_workgroup
        else {"ClusterIdentifier": settings.redshift_cluster}
    )
    return {"Database": settings.redshift_database, **where}


@contextmanager
def _said(client: Any, source: str) -> Iterator[None]:
    """Give what a service says as an error of the question."""
    try:
        yield
    except client.exceptions.ClientError as error:
        raise QuestionError(f"{source}: {error.response['Error']['Message']}") from None


def prefixed(settings: Settings, text: str) -> str:
    """The SQL with the databases' names of this deployment."""
    return with_prefix(settings.database_prefix, text)


def with_prefix(prefix: str, text: str) -> str:
    """The SQL with something before each database's name."""
    return _DATABASES.sub(rf"{prefix}\1.", text)


def _wait(
    look: Callable[[], dict[str, Any]], state: Callable[[dict[str, Any]], str]
) -> dict[str, Any]:
    """Look until a statement has ended."""
    for pause in _pauses():
        found = look()
        if state(found) in ("SUCCEEDED", "FINISHED", "FAILED", "CANCELLED", "ABORTED"):
            return found
        time.sleep(pause)
    raise AssertionError


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


def _kind(told: Mapping[str, Any]) -> str:
    """A column's type, with a decimal's digits."""
    kind = str(told["Type"]).lower()
    if kind in ("decimal", "numeric") and told.get("Precision"):
        return f"decimal({told['Precision']},{told.get('Scale', 0)})"
    return {"int2": "smallint", "int4": "integer", "int8": "bigint", "float8": "double"}.get(
        kind, kind
    )


def _row(kinds: list[str], words: list[Any]) -> tuple[Any, ...]:
    return tuple(
        word if word is None or not isinstance(word, str) else _value(kind, word)
        for kind, word in zip(kinds, words, strict=True)
    )


def _value(kind: str, word: str) -> Any:
    """A value from its text; a time with a zone in UTC, and what is nested as it is written."""
    if kind.startswith("timestamp"):
        zone = word.endswith((" UTC", "+00")) or "zone" in kind or kind == "timestamptz"
        moment = dt.datetime.fromisoformat(re.sub(r" ?(UTC|\+00)$", "", word))
        return moment.replace(tzinfo=dt.UTC) if zone else moment
    read = _READ.get(kind.partition("(")[0])
    return read(word.replace(" ", "") if kind == "varbinary" else word) if read else word


def _field(cell: Mapping[str, Any]) -> Any:
    """A field of Redshift's: null, a number or a text."""
    if cell.get("isNull"):
        return None
    return next(iter(cell.values()))


def _word(value: Value) -> str:
    """A value as the Data API takes it."""
    return (
        value
        if isinstance(value, str)
        else re.sub(r"^[A-Z]+ '(.*?)( UTC)?'$", r"\1", literal(value))
    )
