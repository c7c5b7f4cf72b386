"""What Great Expectations, Java and Spark refuse of a contract's rules, before a row is read."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from tidegate.contract import Contract, Rule
from tidegate.contract.spark import spark_schema
from tidegate.errors import ContractError
from tidegate.gate.rules import check_rules

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ROWS = "rows_of_a_contract"


def check_ahead(contracts: Iterable[Contract]) -> None:
    """Stop where Great Expectations refuses a rule; cheap, and without Spark.

    Raises:
        ContractError: it does; the message has a line a rule.
    """
    _raise(told for contract in contracts for told in check_rules(contract))


def check_with_spark(spark: "SparkSession", contracts: Iterable[Contract]) -> None:
    """Stop where Spark can't read a rule's SQL, or Java its regular expression; no job is run.

    Raises:
        ContractError: one can't be read; the message has a line a rule.
    """
    _raise(told for contract in contracts for told in _refused(spark, contract))


def _raise(told: Iterable[str]) -> None:
    lines = list(told)
    if lines:
        raise ContractError("\n".join(lines))


def _refused(spark: "SparkSession", contract: Contract) -> Iterator[str]:
    for rule in (*contract.row_rules, *contract.table_rules):
        if what := _bad_query(spark, contract, rule) or _bad_regex(spark, rule):
            place = f"contracts/{contract.path.name}:{rule.line}"
            yield f'{place}: rule "{rule.id}": {what}'


def _bad_query(spark: "SparkSession", contract: Contract, rule: Rule) -> str:
    """What Spark's analyser has against a rule's query, in one line; empty where there is none."""
    query = rule.arguments.get("unexpected_rows_query")
    if query is None:
        return ""
    spark.createDataFrame([], spark_schema(contract)).createOrReplaceTempView(_ROWS)
    try:
        spark.sql(query.format(batch=_ROWS))
    except PySparkException as error:
        return f"Spark can't read the query: {str(error).splitlines()[0]}"
    finally:
        spark.catalog.dropTempView(_ROWS)
    return ""


def _bad_regex(spark: "SparkSession", rule: Rule) -> str:
    """What Java has against a rule's regular expressions, in one line; empty where nothing."""
    java: Any = spark._jvm
    given = [rule.arguments.get("regex"), *(rule.arguments.get("regex_list") or ())]
    for regex in filter(None, given):
        try:
            java.java.util.regex.Pattern.compile(regex)
        except (Py4JJavaError, PySparkException) as error:
            told = str(error).splitlines()[0]
            return f"Java can't read the regular expression {regex!r}: {told}"
    return ""
