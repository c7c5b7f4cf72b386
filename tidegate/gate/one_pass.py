"""Great Expectations' verdicts from one pass: what to count beside the write, what follows."""

import contextlib
import copy
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.exception_info import ExceptionInfo
from great_expectations.validator.metric_configuration import MetricConfiguration
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructField, StructType

from tidegate.gate.engine import Awaited, NeedsRows, OnePassEngine, SchemaFrame
from tidegate.gate.graph import FORM, MetricGraph
from tidegate.gate.harmless import harmless

ROWS = "rows"  # the aggregate that counts rows; and where a rule was computed
OBSERVED = "observed"


class Plan:
    """What to count beside a write, and what Great Expectations says to the counts.

    Attributes:
        columns: named aggregates for ``DataFrame.observe`` or ``DataFrame.agg``; ``rows`` counts
            the rows.
        names: the aggregates' names, in their order.
    """

    def __init__(
        self, rules: Sequence[ExpectationConfiguration], graph: MetricGraph, empty: DataFrame
    ) -> None:
        self._rules = rules
        self._engine = graph.engine
        self._known = {
            key: value for key, value in graph.known.items() if not isinstance(value, Awaited)
        }
        self._names, aggregates = _named(graph, empty)
        self.names = tuple(aggregates)
        self.columns = tuple(one.alias(name) for name, one in aggregates.items())

    def results(
        self,
        values: Mapping[str, Any],
        rows: Callable[[], DataFrame],
        written: int | None = None,
    ) -> list[ExpectationValidationResult]:
        """Judge the rules by what was counted.

        Args:
            values: the aggregates' values by name, as observed.
            rows: the rows themselves; called at most once, and only for rules that the counts don't
                decide.
            written: how many rows were written; where another number was observed (Spark ran a
                stage again), all is counted anew.

        Returns:
            One result a rule, in the rules' order. ``meta["computed"]`` is ``observed``, or
            ``rows`` where the rows were read. A rule that can't be computed doesn't succeed, and
            its ``exception_info`` says why.
        """
        behind = _Behind(rows)
        computed = OBSERVED
        if written is not None and values.get(ROWS) != written:
            values, computed = behind.count(self.columns), ROWS
        figures = {
            key: convert_to_json_serializable(values[name]) for key, name in self._names.items()
        }
        ahead = MetricGraph(self._engine, self._known | figures)
        return [self._result(rule, ahead, behind, figures, computed) for rule in self._rules]

    def _result(
        self,
        rule: ExpectationConfiguration,
        ahead: MetricGraph,
        behind: "_Behind",
        figures: Mapping[Any, Any],
        computed: str,
    ) -> ExpectationValidationResult:
        try:
            result = _decide(rule, ahead)
        except Exception:
            # The rows decide: either they give the metric, or the error is theirs too.
            result, computed = behind.decide(rule, figures), ROWS
        result.meta = {**(result.meta or {}), "computed": computed}
        return result


class _Behind:
    """The rows as they were written, read for what the counts don't decide."""

    def __init__(self, rows: Callable[[], DataFrame]) -> None:
        self._rows = rows
        self._frame: DataFrame | None = None

    def count(self, columns: Sequence[SparkColumn]) -> dict[str, Any]:
        """The aggregates' values in the rows."""
        (found,) = self._read().agg(*columns).collect()
        values: dict[str, Any] = found.asDict()
        return values

    def decide(
        self, rule: ExpectationConfiguration, figures: Mapping[Any, Any]
    ) -> ExpectationValidationResult:
        """A rule's result from the rows, and from such figures as there are."""
        try:
            return _decide(rule, MetricGraph(OnePassEngine(self._read()), dict(figures)))
        except Exception as error:
            told = ExceptionInfo(traceback.format_exc(), f"{type(error).__name__}: {error}")
            return ExpectationValidationResult(
                success=False, exception_info=told, expectation_config=rule
            )

    def _read(self) -> DataFrame:
        if self._frame is None:
            self._frame = self._rows()
        return self._frame


def plan_rules(
    rules: Iterable[ExpectationConfiguration],
    template: DataFrame,
    unexpected: Mapping[str, SparkColumn] | None = None,
) -> Plan:
    """Work out what to count for a list of rules, without a row and without a Spark job.

    Args:
        rules: the rules, as Great Expectations takes them.
        template: a frame with the columns of the rows to come; only its schema is looked at.
        unexpected: by the rules' ids, aggregates that count the rows which break a rule, where that
            is known already and need not be found out a second time.
    """
    rules, known = list(rules), unexpected or {}
    # A column that may not be null in the template may be in the rows.
    fields = [StructField(field.name, field.dataType) for field in template.schema.fields]
    empty = template.sparkSession.createDataFrame([], StructType(fields))
    graph = MetricGraph(OnePassEngine(SchemaFrame(empty)), {})
    for rule in rules:
        # What fails here is decided from the rows; what they all need is counted all the same.
        with contextlib.suppress(Exception):
            expectation = rule.to_domain_obj()
            counted = f"{getattr(expectation, 'map_metric', None)}.unexpected_count"
            for metric in _metrics(expectation, graph):
                graph.used.add(metric.id)
                if metric.metric_name == counted and rule.meta["id"] in known:
                    graph.known[metric.id] = Awaited(known[rule.meta["id"]])
                with contextlib.suppress(Exception):
                    graph.need(metric)
    return Plan(rules, graph, empty)


def _named(graph: MetricGraph, empty: DataFrame) -> tuple[dict[Any, str], dict[str, SparkColumn]]:
    """The name of each metric's aggregate, and the aggregates: needed, harmless, each once."""
    awaited = {
        key: value.aggregate
        for key, value in graph.known.items()
        if isinstance(value, Awaited) and value.aggregate is not None and key in graph.used
    }
    keys, aggregates = [None, *awaited], [F.count(F.lit(1)), *awaited.values()]
    names: dict[Any, str] = {}
    by_text: dict[str, str] = {}
    columns: dict[str, SparkColumn] = {}
    for key, aggregate, text in zip(keys, aggregates, harmless(empty, aggregates), strict=True):
        if text is None:
            continue
        if text not in by_text:
            by_text[text] = f"metric_{len(by_text)}" if by_text else ROWS
            columns[by_text[text]] = aggregate
        names[key] = by_text[text]
    del names[None]
    return names, columns


def _metrics(expectation: Expectation, graph: MetricGraph) -> list[MetricConfiguration]:
    """The metrics that an expectation is decided by."""
    needed = expectation.get_validation_dependencies(
        execution_engine=graph.engine, runtime_configuration=copy.deepcopy(FORM)
    )
    metrics: list[MetricConfiguration] = needed.get_metric_configurations()
    return metrics


def _decide(rule: ExpectationConfiguration, graph: MetricGraph) -> ExpectationValidationResult:
    """Great Expectations' result for a rule, from what the graph knows or finds out."""
    expectation = rule.to_domain_obj()
    for metric in _metrics(expectation, graph):
        graph.need(metric)
        if isinstance(graph.known[metric.id], Awaited):
            raise NeedsRows(metric.metric_name)
    result: ExpectationValidationResult = expectation.metrics_validate(
        graph.known, execution_engine=graph.engine, runtime_configuration=copy.deepcopy(FORM)
    )
    return result
