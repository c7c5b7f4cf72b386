"""Open a run: the session over the lake, the contracts, whoever watches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tidegate.contract import Contracts, load_contracts
from tidegate.flow.run import Run, start_run
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_run(settings: Settings, say: Callable[[str], None], *, to_judge: bool = False) -> Run:
    """A new run over a project's lake, starting now.

    Contracts are read before Spark starts, so that a wrong one is told at once.

    Args:
        settings: the settings.
        say: tells whoever watches, in one line.
        to_judge: whether rows will be judged, so that each rule must be one that can be.

    Raises:
        ContractError: a contract is wrong.
        SettingsError: there is no Java for Spark.
        LakeError: there is no lake, and none can be made.
    """
    contracts = load_contracts(settings.project)
    spark = _session_beside_check(settings, contracts) if to_judge else _session(settings)
    run = start_run(spark, settings, contracts, say)
    if to_judge:
        from tidegate.gate.ahead import check_with_spark

        check_with_spark(spark, contracts.values())
    return run


def _session(settings: Settings) -> "SparkSession":
    from tidegate.lake.session import spark_session

    return spark_session(settings)


def _session_beside_check(settings: Settings, contracts: Contracts) -> "SparkSession":
    """The session, where Great Expectations takes the rules.

    It takes as long to import as Java to start, so each does beside the other.
    """
    import pyspark.sql  # noqa: F401 - whole, before two threads import what is in it

    with ThreadPoolExecutor(1) as beside:
        checked = beside.submit(_check_ahead, contracts)
        spark = _session(settings)
        checked.result()
    return spark


def _check_ahead(contracts: Contracts) -> None:
    from tidegate.gate.ahead import check_ahead

    check_ahead(contracts.values())
