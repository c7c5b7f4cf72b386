"""Great Expectations' metrics by id, each resolved once with what it depends on."""

from typing import Any

from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validation_graph import ValidationGraph

from tidegate.gate.engine import Awaited, Metrics, NeedsRows, OnePassEngine

# Counts and shares of what breaks a rule, never the values.
FORM: dict[str, Any] = {
    "result_format": {"result_format": "BASIC", "partial_unexpected_count": 0},
    "catch_exceptions": False,
}


class MetricGraph:
    """The metrics that are known, and the way to those that aren't.

    Great Expectations' own graph is asked once a run and walks all of its edges for each layer;
    this one remembers, so that thirty rules cost what their different metrics cost.

    Attributes:
        engine: what resolves a metric.
        known: values by metric id; what waits for the pass is an ``Awaited``.
        used: ids of the metrics whose values are asked for, by a rule or to work out another.
    """

    def __init__(self, engine: OnePassEngine, known: Metrics) -> None:
        self.engine = engine
        self.known = dict(known)
        self.used: set[Any] = set()
        self._defaults = ValidationGraph(execution_engine=engine)

    def need(self, metric: MetricConfiguration) -> None:
        """Resolve a metric and all that it depends on.

        Raises:
            NeedsRows: it can't be had without the rows.
            Exception: whatever its computation raises.
        """
        if metric.id in self.known:
            return
        provider, _ = self._defaults.set_metric_configuration_default_kwargs_if_absent(metric)
        needed = provider.get_evaluation_dependencies(
            metric=metric, execution_engine=self.engine, runtime_configuration=FORM
        )
        for one in needed.values():
            if one.id != metric.id:
                self.need(one)
        metric.metric_dependencies = needed
        try:
            self.known |= self.engine.resolve_metrics([metric], self.known, FORM)
        except Exception as error:
            cause = error.__cause__ or error
            awaited = [one.id for one in needed.values() if self._is_awaited(one)]
            if isinstance(cause, NeedsRows) or not awaited:
                raise cause from None
            # It is worked out from figures that the pass will give.
            self.known[metric.id] = Awaited()
            self.used.update(awaited)

    def _is_awaited(self, metric: MetricConfiguration) -> bool:
        return isinstance(self.known.get(metric.id), Awaited)
