"""A query execution of the local Athena: what was asked, how it stands, and its thread."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from typing_extensions import override

from tidegate.errors import FilesGone, QuestionError, TidegateError
from tidegate.local import results
from tidegate.local.execution import Execution
from tidegate.local.temporary import TemporaryTable, ctas, temporary, unload
from tidegate.serve.again import once_more
from tidegate.serve.arguments import bind_positions
from tidegate.serve.defining import defined
from tidegate.serve.showing import shown
from tidegate.serve.statement import Found, StatementError, prepared, read

AT_ONCE = 8  # queries that run; others are queued
# Athena's numbers for what is a user's fault, and for a wrong count of parameters.
_USER, _PARAMETERS, _QUERY = 2, 1006, 1003

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="athena")


@dataclass(kw_only=True)
class Query(Execution):
    """One execution of a query.

    Attributes:
        account: the AWS account whose S3 takes the result.
        text: what was sent.
        sql: what it stands for: the same, or a prepared statement's text.
        arguments: literals for its ``?``.
        database: the default one.
        output: the folder of its result; empty where Athena manages it itself.
        workgroup: its workgroup's name.
        cutoff: the bytes it may scan; None for any.
        context, request: what GetQueryExecution repeats.
    """

    CANCELLED = "Query cancelled by user"

    account: str
    text: str
    sql: str
    arguments: list[str] | None
    database: str
    output: str
    workgroup: str
    cutoff: int | None = None
    context: dict[str, str] = field(default_factory=dict)
    given: list[str] | None = None
    state: str = "QUEUED"
    reason: str | None = None
    error: dict[str, Any] | None = None
    started: float | None = None
    ended: float | None = None
    scanned: int = 0
    found: Found | None = None
    kind: str = "DML"
    substatement: str = "SELECT"
    location: str = ""
    manifest: str | None = None
    made: TemporaryTable | None = None

    def start(self) -> None:
        """Queue it."""
        first = re.match(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(*\s*(\w+)", self.sql, re.DOTALL)
        word = first[1].upper() if first else ""
        if word in ("SHOW", "DESCRIBE", "DESC"):
            self.kind, self.substatement = "UTILITY", "DESCRIBE" if word[0] == "D" else "SHOW"
        elif word in ("CREATE", "DROP", "ALTER", "MSCK"):
            self.kind, self.substatement = "DDL", word
        elif word == "UNLOAD":
            self.substatement = word
        if re.match(r"CREATE(\s+OR\s+REPLACE)?\s+VIEW\b", self.sql.strip(), re.IGNORECASE):
            self.substatement = "CREATE_VIEW"
        ending = "csv" if self.kind == "DML" else "txt"
        self.location = f"{self.output}{self.id}.{ending}" if self.output else ""
        _pool.submit(self._run)

    @override
    def _end_stopped(self, reason: str) -> None:
        self._end("CANCELLED", reason)

    def _run(self) -> None:
        if not self._begin():
            return
        self.started, self.state = time.time(), "RUNNING"
        with self._limited():
            self._run_to_its_end()

    def _run_to_its_end(self) -> None:
        try:
            self._answer()
            self._end("SUCCEEDED")
        except StatementError as error:
            self._end_refused(error)
        except FilesGone as error:
            self._fail(f"ICEBERG_CANNOT_OPEN_SPLIT: {error}", 1, _QUERY)
        except TidegateError as error:
            is_users = isinstance(error, QuestionError)
            self._fail(str(error), _USER if is_users else 1, _QUERY)
        except Exception as error:  # a defect of ours, told as Athena tells its own
            self._fail(f"INTERNAL_ERROR: {type(error).__name__}: {error}", 1, 0)

    def _answer(self) -> None:
        """Run it and leave its result in S3."""
        if utility := shown(self.settings, self.sql, self.database):
            self.found = utility
            self._put(self.location, results.tabs_of(utility))
            self._put(f"{self.location}.metadata", results.metadata_of(utility))
            return
        if made := defined(self.settings, self.sql, self.database):
            self.found = made
            self._put(self.location, b"")
            return
        if written := unload(self.sql) or ctas(self.sql, self.settings, self.database, self.output):
            self._write(written)
            return
        self.found = self._select(self.sql)
        self._put(self.location, results.csv_of(self.found))
        self._put(f"{self.location}.metadata", results.metadata_of(self.found))

    @once_more
    def _select(self, text: str) -> Found:
        tree = read(text)
        try:
            values = bind_positions(tree, self.arguments or [])
        except QuestionError as error:
            raise StatementError("INVALID_PARAMETER_USAGE", str(error)) from None
        lake = self.settings
        with prepared(lake, tree, text, values=values, database=self.database) as statement:
            self.scanned = statement.scanned
            if self.cutoff is not None and self.scanned > self.cutoff:
                self.stopped = (
                    f"Bytes scanned limit was exceeded: the query reads {self.scanned:,} bytes,"
                    f' workgroup "{self.workgroup}" allows {self.cutoff:,}'
                )
            self._reach(statement)
            return statement.run()

    def _write(self, written: TemporaryTable) -> None:
        """UNLOAD and CREATE TABLE AS: a Parquet file outside the lake, and its manifest."""
        if not self.output:
            words = written.word.replace("_", " ")
            raise StatementError(
                "NOT_SUPPORTED", f"{words} needs a workgroup with an output location"
            )
        found = self._select(written.query)
        self.found = Found.of(["rows"], [])
        self.manifest = f"{self.output}{self.id}-manifest.csv"
        file = f"{written.folder}{self.id}_{uuid4().hex}"
        is_filled = written.with_data and found.table.num_rows > 0
        if is_filled:
            self._put(file, results.parquet_of(found))
        self._put(self.manifest, f"{file}\n".encode() if is_filled else b"")
        self._put(f"{self.output}{self.id}.metadata", results.metadata_of(found))
        written.columns = [
            (name, kind) for name, kind in zip(found.columns, found.types, strict=True)
        ]
        self.substatement = written.word
        self.made = written
        if written.name:
            temporary.add(written)

    def _put(self, address: str, content: bytes) -> None:
        if self.output:
            results.put(self.account, address, content)

    def _end_refused(self, error: StatementError) -> None:
        if error.kind == "INTERRUPTED":
            reason = self.stopped or self.CANCELLED
            if self.is_late:
                self._fail(reason, _USER, _QUERY)
            else:
                self._end("CANCELLED", reason)
            return
        number = _PARAMETERS if error.kind == "INVALID_PARAMETER_USAGE" else _QUERY
        self._fail(f"{error.kind}: {_placed(str(error))}", _USER, number)

    def _fail(self, reason: str, category: int, number: int) -> None:
        self.error = {
            "ErrorCategory": category,
            "ErrorType": number,
            "Retryable": False,
            "ErrorMessage": reason,
        }
        self._end("FAILED", reason)

    def _end(self, state: str, reason: str | None = None) -> None:
        self.ended = time.time()
        self.reason = reason
        self.state = state
        self.over.set()


def _placed(message: str) -> str:
    """A place as Athena writes it: ``line 1:8: …``."""
    message = re.sub(r"^SQL:(\d+):(\d+): ", r"line \1:\2: ", message)
    if marked := re.search(r"\n  line (\d+): ([^\n]*)\n( +)\^", message):
        column = len(marked[3]) - len(f"  line {marked[1]}: ") + 1
        message = re.sub(r"^SQL: ", "", message)
        if not message.startswith("line "):
            message = f"line {marked[1]}:{column}: {message}"
    return re.sub(r"^SQL: ", "", message)
