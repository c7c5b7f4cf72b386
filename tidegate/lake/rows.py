"""Rows of a table at one snapshot, for readers without Spark and without DuckDB."""

import datetime as dt
from collections.abc import Iterator

import pyarrow as pa

from tidegate.errors import FilesGone
from tidegate.lake.catalog import open_catalog
from tidegate.settings import Settings


def batches(
    settings: Settings,
    table: str,
    snapshot: int,
    columns: tuple[str, ...],
    day: str | None = None,
    days: set[dt.date] | None = None,
) -> Iterator[pa.RecordBatch]:
    """A table's rows, a batch at a time, so that they needn't fit into memory.

    Args:
        settings: which lake.
        table: the table's full name without the prefix.
        snapshot: which of its snapshots.
        columns: the columns, in order.
        day: the column of days, of which only some are read.
        days: the days; by default all rows.

    Raises:
        FilesGone: the snapshot isn't there any more, or a file of it can't be read.
        LakeError: there is no lake.
    """
    from pyiceberg.expressions import AlwaysTrue, In

    opened = open_catalog(settings).load_table(f"{settings.database_prefix}{table}")
    is_all = days is None or day is None
    some = AlwaysTrue() if is_all else In(day, days)  # type: ignore[arg-type,call-arg]
    try:
        scan = opened.scan(row_filter=some, selected_fields=columns, snapshot_id=snapshot)
        for batch in scan.to_arrow_batch_reader():
            yield batch.select(columns)
    except (OSError, ValueError) as error:
        raise FilesGone(f"{table}: snapshot {snapshot} can't be read: {error}") from None
