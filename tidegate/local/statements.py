"""Statements of the local Redshift: what was asked, how it stands, and its thread."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from tidegate.errors import FilesGone, TidegateError
from tidegate.local.execution import Execution
from tidegate.serve.again import once_more
from tidegate.serve.arguments import fill_names
from tidegate.serve.defining import defined
from tidegate.serve.own_writes import transaction, writes
from tidegate.serve.statement import Found, StatementError, prepared, read

AT_ONCE = 8  # batches that run; others are queued

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="redshift")


class _FailedError(Exception):
    """A statement of the batch has failed; it says how."""


@dataclass
class One:
    """One statement of a batch."""

    text: str
    state: str = "SUBMITTED"
    error: str | None = None
    found: Found | None = None
    changed: int = -1
    started: float | None = None
    ended: float | None = None


@dataclass(kw_only=True)
class Batch(Execution):
    """Statements that run one after the other, in one transaction; the first that fails ends them.

    Attributes:
        statements: in order.
        parameters: a text for each ``:name``.
        asked: the request, of which answers repeat the target.
    """

    CANCELLED = "Query cancelled on user's request"

    statements: list[One]
    parameters: dict[str, str]
    asked: dict[str, Any]
    is_batch: bool = False
    state: str = "SUBMITTED"
    error: str | None = None

    def start(self) -> None:
        """Queue it."""
        _pool.submit(self._run)

    @override
    def _end_stopped(self, reason: str) -> None:
        self._end("ABORTED", f"ERROR: {reason}")

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
        if not self._begin():
            return
        self.state = "STARTED"
        with self._limited():
            self._run_to_its_end()

    def _run_to_its_end(self) -> None:
        try:
            if any(writes(one.text) for one in self.statements):
                self._write()
            else:
                self._answer_all(self._read)
        except _FailedError:
            failed = next(one for one in self.statements if one.state != "FINISHED")
            self._end(failed.state, failed.error)
        except Exception as error:  # before or after the statements: the lake, the commit
            self._end("FAILED", f"ERROR: {error}")
        else:
            self._end("FINISHED")

    def _answer_all(self, answer: Callable[[One], None]) -> None:
        for one in self.statements:
            self._answer(one, answer)
            if one.state != "FINISHED":
                raise _FailedError

    @once_more
    def _write(self) -> None:
        """Run the statements in one transaction, which takes effect where none fails."""
        with transaction(self.settings, [one.text for one in self.statements]) as opened:

            def write(one: One) -> None:
                if not self._defines(one):
                    self._reach(opened)
                    one.changed = opened.run(one.text, self.parameters)

            self._answer_all(write)

    def _answer(self, one: One, answer: Callable[[One], None]) -> None:
        """Run one statement."""
        one.started, one.state, one.error = time.time(), "STARTED", None
        try:
            answer(one)
            one.state = "FINISHED"
        except StatementError as error:
            is_stopped = error.kind == "INTERRUPTED"
            one.state = "ABORTED" if is_stopped and not self.is_late else "FAILED"
            said = (self.stopped if is_stopped else None) or self._said(str(error))
            one.error = f"ERROR: {said}"
        except FilesGone as error:
            one.state, one.error = "FAILED", f"ERROR: {error}"
            raise
        except TidegateError as error:
            one.state, one.error = "FAILED", f"ERROR: {error}"
        except Exception as error:  # a defect of ours, told as Redshift tells its own
            one.state, one.error = "FAILED", f"ERROR: internal: {type(error).__name__}: {error}"
        one.ended = time.time()

    def _defines(self, one: One) -> bool:
        """Make or drop a view, where a statement says so."""
        schema = str(self.asked.get("Schema", ""))
        return bool(defined(self.settings, one.text, schema, "redshift"))

    @once_more
    def _read(self, one: One) -> None:
        if self._defines(one):
            return
        text, schema = one.text, str(self.asked.get("Schema", ""))
        tree = read(text, "redshift")
        fill_names(tree, self.parameters)
        with prepared(self.settings, tree, text, database=schema, language="redshift") as statement:
            self._reach(statement)
            one.found = statement.run()

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
    """Rows and bytes of a result, or the rows that were changed; -1 where there are none."""
    table = one.found.table if one.found else None
    return {
        "ResultRows": one.changed if table is None else table.num_rows,
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
