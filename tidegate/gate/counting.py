"""Aggregates that are counted on a frame's way to wherever its rows go."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pyspark.serializers import CPickleSerializer
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Observation, Row
from pyspark.sql import functions as F  # noqa: N812

_ALL = "counted"


class Counting:
    """Aggregates over some rows, counted beside the first action on them."""

    def __init__(self, rows: DataFrame, columns: Sequence[SparkColumn]) -> None:
        """Have them counted.

        Args:
            rows: the rows.
            columns: the aggregates, each with a name of its own.
        """
        self._observation = Observation()
        # As one structure: Spark 4.0 hands lists, dates and times over as Java's own objects, and
        # can turn a structure into Python's.
        self.rows = rows.observe(self._observation, F.struct(*columns).alias(_ALL))
        """The rows, which count what was asked as they are read."""

    @cached_property
    def values(self) -> dict[str, Any]:
        """The aggregates' values by their names; known once the action has succeeded."""
        found = self._observation.get[_ALL]
        if not isinstance(found, Row):
            jvm: Any = self.rows.sparkSession._jvm
            pickled = jvm.org.apache.spark.sql.api.python.PythonSQLUtils.toPyRow(found)
            found = CPickleSerializer().loads(pickled)  # type: ignore[no-untyped-call]
        values: dict[str, Any] = found.asDict()
        return values
