"""Open a run: the session over the lake, the contracts, whoever watches."""

from collections.abc import Callable

from tidegate.contract import load_contracts
from tidegate.flow.run import Run, start_run
from tidegate.settings import Settings


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
    """
    contracts = load_contracts(settings.project)
    if to_judge:
        from tidegate.gate.ahead import check_ahead

        check_ahead(contracts.values())
    from tidegate.lake.session import spark_session

    spark = spark_session(settings)
    if to_judge:
        from tidegate.gate.ahead import check_with_spark

        check_with_spark(spark, contracts.values())
    return start_run(spark, settings, contracts, say)
