"""A Great Expectations engine that names the aggregates a metric needs, before there are rows.

Great Expectations writes each metric as a function of a frame. Given a ``SchemaFrame``, which knows
columns and filters but has no rows, a metric that one pass can give ends as an aggregate; one that
can't asks for rows, and says so.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, cast

from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sparkdf_batch_data import SparkDFBatchData
from great_expectations.expectations.registry import get_metric_provider
from great_expectations.validator.metric_configuration import MetricConfiguration
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructType

Metrics = dict[Any, Any]


class NeedsRows(Exception):  # noqa: N818 - no failure: it says where a metric is computed
    """A metric asked for rows, where there is only a schema."""


class SchemaFrame:
    """Stands for rows that are still to come: their columns, and the filters put on them.

    Attributes:
        where: whether a row passes every filter so far; None where there is none.
    """

    def __init__(self, template: DataFrame, where: SparkColumn | None = None) -> None:
        self._template = template
        self.where = where

    @property
    def schema(self) -> StructType:
        """The columns with their types."""
        return self._template.schema

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return self._template.columns

    def filter(self, condition: SparkColumn | str) -> "SchemaFrame":
        """The rows for which a condition holds, too."""
        clause = F.expr(condition) if isinstance(condition, str) else condition
        return SchemaFrame(self._template, clause if self.where is None else self.where & clause)

    def within(self, value: SparkColumn) -> SparkColumn:
        """A value in the rows that pass the filters, null in the others, which aggregates skip."""
        return value if self.where is None else F.when(self.where, value)

    def __getitem__(self, columns: list[str]) -> "SchemaFrame":
        """Some of the columns."""
        return SchemaFrame(self._template[columns], self.where)

    def __getattr__(self, name: str) -> NoReturn:
        """Whatever else a frame can do needs its rows."""
        raise NeedsRows(name)


class Awaited:
    """A metric's value that is known after the pass only.

    Attributes:
        aggregate: what the pass counts; None for a value that is worked out from others.
    """

    def __init__(self, aggregate: SparkColumn | None = None) -> None:
        self.aggregate = aggregate

    def __bool__(self) -> NoReturn:
        """It is neither true nor false yet."""
        raise TypeError("not counted yet")

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, _: bool(self)
    __hash__ = object.__hash__


class OnePassEngine(SparkDFExecutionEngine):
    """Great Expectations' Spark engine, over rows or a ``SchemaFrame``, which awaits aggregates.

    Values that broke a rule are never looked up: they may be personal, and each look is a scan.
    """

    def __init__(self, frame: DataFrame | SchemaFrame) -> None:
        super().__init__(persist=False, caching=False)
        self._ahead = isinstance(frame, SchemaFrame)
        self.load_batch_data("rows", SparkDFBatchData(self, frame))

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: Metrics | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> Metrics:
        """The metrics' values, or the aggregates that will give them."""
        known: Metrics = metrics or {}
        found: Metrics = {}
        for metric in metrics_to_resolve:
            if metric.metric_name.endswith(".unexpected_values"):
                found[metric.id] = []
            elif self._ahead and (answer := self._answer(metric, known)) is not None:
                found[metric.id] = answer
            else:
                found |= super().resolve_metrics([metric], known, runtime_configuration)
        return found

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> Metrics:
        """What Great Expectations would aggregate in one query: over rows it does."""
        if not self._ahead:
            computed: Metrics = super().resolve_metric_bundle(metric_fn_bundle)
            return computed
        return {one.metric_configuration.id: Awaited(one.metric_fn) for one in metric_fn_bundle}

    def _answer(self, metric: MetricConfiguration, known: Mapping[Any, Any]) -> Any:
        """A metric's aggregate where Great Expectations would scan or filter; else None."""
        kind = metric.metric_name.rpartition(".")[2]
        if kind == "condition":
            return self._refuse_window(metric)
        if kind == "aggregate_fn":
            return self._aggregate(metric, known)
        judged = metric.metric_dependencies.get("unexpected_condition")
        if judged is None or kind not in ("unexpected_count", "filtered_row_count"):
            return None
        condition, compute, accessor = known[judged.id]
        breaks = F.when(condition, 1) if kind == "unexpected_count" else F.lit(1)
        return Awaited(F.count(self.records({**compute, **accessor}).within(breaks)))

    def _refuse_window(self, metric: MetricConfiguration) -> None:
        """A condition over a window looks at other rows, which no aggregate beside a write does."""
        function: Any = get_metric_provider(metric.metric_name, self)[1]
        if function.metric_fn_type is MetricPartialFunctionTypes.WINDOW_CONDITION_FN:
            raise NeedsRows(metric.metric_name)

    def _aggregate(self, metric: MetricConfiguration, known: Mapping[Any, Any]) -> Any:
        """An aggregate over the rows its domain filters for, with the filters taken inside."""
        judged = metric.metric_dependencies.get("unexpected_condition")
        if judged is not None:
            condition, compute, accessor = known[judged.id]
            count = F.when(condition, 1).otherwise(0)
            return F.sum(self.records(compute).within(count)), compute, accessor
        provider, function = get_metric_provider(metric.metric_name, self)
        needed = metric.metric_dependencies.items()
        arguments = {"metrics": {name: known[one.id] for name, one in needed}}
        kwargs = {"metric_value_kwargs": metric.metric_value_kwargs, "runtime_configuration": {}}
        domain = metric.metric_domain_kwargs
        _, compute, accessor = told = function(
            cls=provider, execution_engine=self, metric_domain_kwargs=domain, **kwargs, **arguments
        )
        frame = self.records(compute)
        if frame.where is None:
            return told
        if metric.metric_name == "table.row_count.aggregate_fn":
            return F.count(frame.within(F.lit(1))), compute, accessor
        own = inspect.unwrap(function)  # as its author wrote it: of a column, without the domain
        if "column" not in inspect.signature(own).parameters:
            raise NeedsRows(metric.metric_name)
        name = accessor["column"]
        column = frame.within(F.col(name))
        context = {"_table": frame, "_column_name": name, "_metrics": arguments["metrics"]}
        return (
            own(provider, column=column, **metric.metric_value_kwargs, **context),
            compute,
            accessor,
        )

    def records(self, domain: Mapping[str, Any]) -> SchemaFrame:
        """The rows of a domain."""
        return cast("SchemaFrame", self.get_domain_records(domain_kwargs=dict(domain)))
