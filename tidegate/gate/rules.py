"""Row rules as Spark columns, by Great Expectations' own conditions.

So what refuses a row is what would count it.
"""

import re

from great_expectations.compatibility.pydantic import ValidationError
from great_expectations.core import ExpectationSuite
from great_expectations.exceptions import ExpectationNotFoundError, GreatExpectationsError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import list_registered_expectation_implementations
from great_expectations.validator.metric_configuration import MetricConfiguration
from pyspark.errors import PySparkException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract, Rule, Severity
from tidegate.contract.spark import spark_schema
from tidegate.errors import ContractError, did_you_mean
from tidegate.gate.engine import OnePassEngine, SchemaFrame
from tidegate.gate.graph import MetricGraph
from tidegate.gate.personal import unjudged
from tidegate.gate.verdict import Broken

_SPARK_ERROR = re.compile(r"\[[A-Z][A-Z_.]+\] .+")
# Their conditions look at other rows, so they can judge a table but not refuse a row.
_NOT_BY_ROW = {
    "expect_column_values_to_be_unique",
    "expect_compound_columns_to_be_unique",
    "expect_select_column_values_to_be_unique_within_record",
    "expect_column_values_to_be_increasing",
    "expect_column_values_to_be_decreasing",
    "expect_column_value_z_scores_to_be_less_than",
    "expect_column_values_to_not_be_outliers",
}


def configuration(rule: Rule) -> ExpectationConfiguration:
    """The rule as Great Expectations takes it; its id, severity and sentence go along as meta."""
    meta = {
        "id": rule.id,
        "severity": rule.severity.value,
        "description": rule.description,
        "dimension": rule.dimension,
    }
    return ExpectationConfiguration(type=rule.expectation, kwargs=dict(rule.arguments), meta=meta)


def expectation(contract: Contract, rule: Rule) -> Expectation:
    """The rule as an expectation.

    Raises:
        ContractError: Great Expectations doesn't know the expectation or refuses its arguments.
    """
    try:
        return configuration(rule).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        told = _told(rule, error)
        raise ContractError(
            f'{_place(contract, rule)}: rule "{rule.id}": Great Expectations refuses it: {told}'
        ) from None


def _told(rule: Rule, error: Exception) -> str:
    """Why Great Expectations refuses a rule, in a line: its own words, once an argument."""
    if isinstance(error, ExpectationNotFoundError):
        known = list_registered_expectation_implementations()
        return f"it has no {rule.expectation}{did_you_mean(rule.expectation, known)}"
    if not isinstance(error, ValidationError):
        return " ".join(str(error).split())
    said: dict[str, str] = {}
    for one in error.errors():
        said.setdefault(str(one["loc"][0]), str(one["msg"]))
    return "; ".join(f"{key}: {what}".removeprefix("__root__: ") for key, what in said.items())


def suite(contract: Contract) -> ExpectationSuite:
    """The table rules of a contract as a Great Expectations suite."""
    rules = table_rules(contract)
    return ExpectationSuite(
        name=contract.table, expectations=[expectation(contract, rule) for rule in rules]
    )


def check_rules(contract: Contract) -> list[str]:
    """What Great Expectations refuses of a contract's rules, one line a rule."""
    told = []
    for rule in (*contract.row_rules, *contract.table_rules):
        try:
            _refusing(contract, rule, expectation(contract, rule))
        except ContractError as error:
            told.append(str(error))
    return told


def table_rules(contract: Contract) -> list[Rule]:
    """The rules that judge a run's rows together, and that Great Expectations decides."""
    return list(contract.table_rules)


def row_rules(contract: Contract) -> list[Rule]:
    """The rules that refuse a row."""
    return list(contract.row_rules)


def broken_rules(spark: SparkSession, contract: Contract) -> SparkColumn:
    """An array of the ids of the row rules that a row breaks, in the contract's order.

    Args:
        spark: the session.
        contract: the contract whose row rules are meant.

    Raises:
        ContractError: a rule can't refuse single rows.
    """
    rules = row_rules(contract)
    if not rules:
        return F.array().cast("array<string>")
    graph = _graph(spark, contract)
    named = [F.when(_breaks(graph, contract, rule), F.lit(rule.id)) for rule in rules]
    none = F.array().cast("array<string>")
    # Spark interprets what it compacts; most rows break no rule, and need not wait for that.
    return F.when(F.coalesce(*named).isNull(), none).otherwise(F.array_compact(F.array(*named)))


def unjudged_rules(rows: DataFrame, contract: Contract) -> tuple[Broken, ...]:
    """The row rules that some row makes fail, each with why; a job a rule, so ask it in need only.

    Args:
        rows: the candidate rows with the contract's columns.
        contract: the contract whose row rules are meant.
    """
    graph = _graph(rows.sparkSession, contract)
    found = []
    for rule in row_rules(contract):
        try:
            rows.agg(F.count_if(_breaks(graph, contract, rule))).collect()
        except PySparkException as error:
            told = unjudged(rule, contract, said_by_spark(str(error)))
            found.append(Broken(rule, 0, told, judged=False))
    return tuple(found)


def uncomputed_columns(rows: DataFrame, contract: Contract) -> tuple[Broken, ...]:
    """The columns whose ``transformLogic`` some row makes fail, each as a rule that nobody wrote.

    Args:
        rows: the candidate rows with the contract's columns.
        contract: the clean table's contract.
    """
    found = []
    for column in contract.columns:
        if column.transform is None:
            continue
        try:
            rows.agg(F.count(column.name)).collect()
        except PySparkException as error:
            asked = {"column": column.name, "transformLogic": column.transform}
            what = f"{column.name} can be computed of each row: {column.transform}"
            rule = Rule(f"{column.name}_computed", what, Severity.BLOCK, "", "", asked)
            told = unjudged(rule, contract, said_by_spark(str(error)))
            found.append(Broken(rule, 0, told, judged=False))
    return tuple(found)


def said_by_spark(message: str) -> str:
    """What Spark has to say, in the midst of Java's and Python's traces, in one line."""
    named = _SPARK_ERROR.search(message)
    return named[0] if named else message.splitlines()[0]


def _graph(spark: SparkSession, contract: Contract) -> MetricGraph:
    """The metrics of rows that have the contract's columns and are still to come."""
    empty = spark.createDataFrame([], spark_schema(contract))
    return MetricGraph(OnePassEngine(SchemaFrame(empty)), {})


def _breaks(graph: MetricGraph, contract: Contract, rule: Rule) -> SparkColumn:
    """Whether a row breaks a rule; a row in which the rule's columns have no value doesn't."""
    wanted = expectation(contract, rule)
    metric = _refusing(contract, rule, wanted)
    needed = wanted.get_validation_dependencies(runtime_configuration={"result_format": "BASIC"})
    counted = needed.metric_configurations[f"{metric}.unexpected_count"]
    condition = MetricConfiguration(
        metric_name=f"{metric}.condition",
        metric_domain_kwargs=counted.metric_domain_kwargs,
        metric_value_kwargs=counted.metric_value_kwargs,
    )
    graph.need(condition)
    unexpected: SparkColumn = graph.known[condition.id][0]
    breaks = F.coalesce(unexpected, F.lit(False))
    # Whether the rule is asked of a row at all: its row_condition and ignore_row_if.
    asked = graph.engine.records(counted.metric_domain_kwargs).where
    return breaks if asked is None else breaks & F.coalesce(asked, F.lit(False))


def _refusing(contract: Contract, rule: Rule, wanted: Expectation) -> str:
    """The metric that tells single rows apart.

    Raises:
        ContractError: the rule is to refuse rows, but has none.
    """
    metric: str | None = getattr(wanted, "map_metric", None)
    if rule.severity is Severity.REFUSE and (metric is None or rule.expectation in _NOT_BY_ROW):
        raise ContractError(
            f'{_place(contract, rule)}: rule "{rule.id}": {rule.expectation} judges a table, so it'
            " can't refuse a row; give it severity warn or block"
        )
    return metric or ""


def _place(contract: Contract, rule: Rule) -> str:
    return f"contracts/{contract.path.name}:{rule.line}"
