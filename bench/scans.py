"""Which data files Spark's scans have read, by the metrics that Iceberg gives of them."""

from collections.abc import Iterator
from typing import Any

from pyspark.sql import SparkSession

SCANNED = ("number of result data files", "number of skipped data files")


def newest(spark: SparkSession) -> int:
    """The number of the newest execution; Spark forgets old ones, so they can't be counted."""
    store = spark._jsparkSession.sharedState().statusStore()
    return max(execution.executionId() for execution in _each(store.executionsList()))


def files(spark: SparkSession, after: int) -> tuple[int, int]:
    """The data files that the scans of the newer executions read and skipped, as Spark has it."""
    store = spark._jsparkSession.sharedState().statusStore()
    totals = [0, 0]
    for execution in _each(store.executionsList()):
        if execution.executionId() > after:
            values = store.executionMetrics(execution.executionId())
            for name, value in _named(execution.metrics(), values):
                if name in SCANNED and value:
                    totals[SCANNED.index(name)] += int(value.replace(",", ""))
    return totals[0], totals[1]


def _named(metrics: Any, values: Any) -> Iterator[tuple[str, str]]:
    """Each metric's name and value, once: every new plan of an execution lists those before it."""
    found = {metric.accumulatorId(): metric.name() for metric in _each(metrics)}
    for number, name in found.items():
        value = values.get(number)
        if value.isDefined():
            yield name, value.get()


def _each(listed: Any) -> Iterator[Any]:
    return (listed.apply(place) for place in range(listed.size()))
