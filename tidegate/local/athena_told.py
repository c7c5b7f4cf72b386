"""A query execution as Athena tells it: how it stands, what it took, a page of its rows."""

import time
from typing import Any

from tidegate.local import results
from tidegate.local.errors import RequestError
from tidegate.local.queries import Query

ENGINE = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}
_ROWS_A_PAGE = 1000


def page_of(
    query: Query, token: str | None, limit: int | None
) -> tuple[list[list[str | None]], str | None]:
    """A page of a result; the first one of a SELECT begins with the columns' names."""
    assert query.found is not None
    if token and not token.isdigit():
        raise RequestError("InvalidRequestException", f"{token!r} is no token of this result")
    if limit is not None and not 1 <= limit <= _ROWS_A_PAGE:
        raise RequestError(
            "InvalidRequestException", f"MaxResults is {limit}, not 1 to {_ROWS_A_PAGE}"
        )
    has_header = query.kind == "DML" and query.made is None
    first, count = int(token or 0), limit or _ROWS_A_PAGE
    end, total = first + count, query.found.table.num_rows + has_header
    header: list[list[str | None]] = [[*query.found.columns]] if has_header and not first else []
    skipped = max(first - has_header, 0)
    rows = results.texts(query.found.table, skipped, count - len(header))
    return [*header, *rows], str(end) if end < total else None


def cell(value: str | None) -> dict[str, str]:
    """One value of a row, as GetQueryResults has it."""
    return {} if value is None else {"VarCharValue": value}


def told(query: Query) -> dict[str, Any]:
    """An execution as GetQueryExecution tells it."""
    status: dict[str, Any] = {"State": query.state, "SubmissionDateTime": query.submitted}
    if query.ended:
        status["CompletionDateTime"] = query.ended
    if query.reason:
        status["StateChangeReason"] = query.reason
    if query.error:
        status["AthenaError"] = query.error
    counted = statistics(query)
    if query.manifest:
        counted["DataManifestLocation"] = query.manifest
    said = {
        "QueryExecutionId": query.id,
        "Query": query.text,
        "StatementType": query.kind,
        "SubstatementType": query.substatement,
        "ResultConfiguration": {"OutputLocation": query.location} if query.location else {},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": query.context,
        "Status": status,
        "Statistics": counted,
        "WorkGroup": query.workgroup,
        "EngineVersion": ENGINE,
    }
    return said | ({"ExecutionParameters": query.given} if query.given else {})


def statistics(query: Query) -> dict[str, Any]:
    """How long an execution took, and what it scanned."""
    ended = query.ended or time.time()
    started = query.started or ended
    return {
        "EngineExecutionTimeInMillis": int((ended - started) * 1000),
        "DataScannedInBytes": query.scanned,
        "TotalExecutionTimeInMillis": int((ended - query.submitted) * 1000),
        "QueryQueueTimeInMillis": int((started - query.submitted) * 1000),
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }
