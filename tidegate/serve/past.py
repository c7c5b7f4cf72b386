"""Time travel: which snapshot of a table ``FOR … AS OF`` means."""

from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from tidegate.errors import QuestionError


def snapshot_at(metadata: dict[str, Any], moment: datetime, name: str) -> int:
    """What a table's readers saw at a moment.

    Args:
        metadata: the table's, in the words of Iceberg's spec.
        moment: with its zone.
        name: what to call the table in a message.

    Raises:
        QuestionError: the table had nothing to read by then.
    """
    log = [(entry["timestamp-ms"], entry["snapshot-id"]) for entry in metadata["snapshot-log"]]
    before = [snapshot for time, snapshot in log if time <= moment.timestamp() * 1000]
    if not before:
        since = f"; it begins at {_moment(log[0][0])}" if log else ""
        raise QuestionError(f"no version of {name} at {moment.astimezone(UTC):%F %T} UTC{since}")
    return int(before[-1])


def published(metadata: dict[str, Any], snapshot: int, name: str) -> int:
    """A snapshot by its number, once it is sure that readers of the table have seen it.

    Raises:
        QuestionError: it isn't there, or is on a branch that was not published.
    """
    parents = {one["snapshot-id"]: one.get("parent-snapshot-id") for one in metadata["snapshots"]}
    at = metadata.get("current-snapshot-id")
    while at in parents and at != snapshot:
        at = parents[at]
    if at != snapshot:
        raise QuestionError(f"{name} has no published version {snapshot}")
    return snapshot


def asked(table: exp.Table) -> exp.Version | None:
    """A table's ``FOR … AS OF``, where it has one."""
    version = table.args.get("version")
    return version if isinstance(version, exp.Version) else None


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%F %T} UTC"
