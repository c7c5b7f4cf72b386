"""Statements of the local Redshift: what was asked, how it stands, and its thread."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import Any
from uuid import uuid4

from tidegate.errors import TidegateError
from tidegate.serve.again import once_more
from tidegate.serve.arguments import fill_names
from tidegate.serve.defining import defined
from tidegate.serve.statement import Found, Statement, StatementError, prepared, read
from tidegate.settings import Settings

AT_ONCE = 8  # batches that run; others are queued

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="redshift")


@dataclass
class One:
    """One statement of a batch."""

    text: str
    state: str = "SUBMITTED"
    error: str | None = None
    found: Found | None = None
    started: float | None = None
    ended: float | None = None


@dataclass
class Batch:
    """Statements that run one after the other; the first that fails ends them.

    Attributes:
        settings: which lake, and the seconds a statement may take.
        statements: in order.
        parameters: a text for each ``:name``.
        asked: the request, of which answers repeat the target.
    """

    settings: Settings
    statements: list[One]
    parameters: dict[str, str]
    asked: dict[str, Any]
    is_batch: bool = False
    id: str = field(default_factory=lambda: str(uuid4()))
    state: str = "SUBMITTED"
    error: str | None = None
    submitted: float = field(default_factory=time.time)
    over: Event = field(default_factory=Event)
    _stopped: str | None = None
    _statement: Statement | None = None
    _lock: Lock = field(default_factory=Lock)

    def start(self) -> None:
        """Queue it."""
        _pool.submit(self._run)

    def stop(self, reason: str = "ERROR: Query cancelled on user's request") -> None:
        """Cancel it, unless it has ended."""
        with self._lock:
            if self.over.is_set():
                return
            self._stopped = reason
            statement = self._statement
            if self.state == "SUBMITTED":
                self._end("ABORTED", reason)
        if statement:
            statement.stop()

    def target(self) -> dict[str, Any]:
        """The database and the cluster or workgroup that was named."""
        names = ("ClusterIdentifier", "WorkgroupName", "Database", "DbUser", "SecretArn")
        return {name: self.asked[name] for name in names if name in self.asked}

    def told(self) -> dict[str, Any]:
        """The batch as DescribeStatement tells it."""
        told = {
            "Id": self.id,
            "CreatedAt": self.submitted,
            "UpdatedAt": self.statements[-1].ended or self.submitted,
            "Status": self.state,
            "RedshiftPid": 0,
            "RedshiftQueryId": 0,
            "HasResultSet": self.statements[0].found is not None,
            "Duration": sum(_took(one) for one in self.statements),
            **self.target(),
        }
        if self.error:
            told["Error"] = self.error
        if self.parameters:
            told["QueryParameters"] = self.asked["Parameters"]
        if self.is_batch:
            found = enumerate(self.statements, start=1)
            return told | {
                "SubStatements": [_sub(f"{self.id}:{place}", one) for place, one in found]
            }
        return told | {"QueryString": self.statements[0].text, **_counts(self.statements[0])}

    def _run(self) -> None:
        with self._lock:
            if self.over.is_set():
                return
            self.state = "STARTED"
        seconds = self.settings.query_seconds
        reason = f"ERROR: Query timeout: it ran longer than {seconds} s (setting query_seconds)"
        limit = Timer(seconds, self.stop, [reason])
        limit.daemon = True
        limit.start()
        try:
            for one in self.statements:
                self._answer(one)
                if one.state != "FINISHED":
                    self._end(one.state, one.error)
                    return
            self._end("FINISHED")
        finally:
            limit.cancel()

    def _answer(self, one: One) -> None:
        """Run one statement."""
        one.started, one.state = time.time(), "STARTED"
        try:
            one.found = self._select(one.text)
            one.state = "FINISHED"
        except StatementError as error:
            stopped = error.kind == "INTERRUPTED"
            one.state = (
                "ABORTED" if stopped and "timeout" not in (self._stopped or "") else "FAILED"
            )
            one.error = (self._stopped if stopped else None) or f"ERROR: {self._said(str(error))}"
        except TidegateError as error:
            one.state, one.error = "FAILED", f"ERROR: {error}"
        except Exception as error:  # a defect of ours, told as Redshift tells its own
            one.state, one.error = "FAILED", f"ERROR: internal: {type(error).__name__}: {error}"
        one.ended = time.time()

    @once_more
    def _select(self, text: str) -> Found | None:
        schema = str(self.asked.get("Schema", ""))
        if defined(self.settings, text, schema, "redshift"):
            return None
        tree = read(text, "redshift")
        fill_names(tree, self.parameters)
        with prepared(self.settings, tree, text, database=schema, language="redshift") as statement:
            with self._lock:
                if self._stopped:
                    raise StatementError("INTERRUPTED", self._stopped)
                self._statement = statement
            return statement.run()

    def _said(self, message: str) -> str:
        """What is wrong, with the parameter whose value is told."""
        plain = message.removeprefix("SQL: ").removeprefix("SQL:")
        meant = [name for name, value in self.parameters.items() if f"'{value}'" in plain]
        return f"parameter :{meant[0]}: {plain}" if meant else plain

    def _end(self, state: str, error: str | None = None) -> None:
        self.error = error
        self.state = state
        self.over.set()


def _took(one: One) -> int:
    """Nanoseconds."""
    if one.started is None:
        return 0
    return int(((one.ended or time.time()) - one.started) * 1e9)


def _counts(one: One) -> dict[str, int]:
    """Rows and bytes of a result; -1 where there is none."""
    table = one.found.table if one.found else None
    return {
        "ResultRows": -1 if table is None else table.num_rows,
        "ResultSize": -1 if table is None else table.nbytes,
    }


def _sub(identity: str, one: One) -> dict[str, Any]:
    told = {
        "Id": identity,
        "QueryString": one.text,
        "Status": one.state,
        "HasResultSet": one.found is not None,
        "Duration": _took(one),
        **_counts(one),
    }
    return told | ({"Error": one.error} if one.error else {})
