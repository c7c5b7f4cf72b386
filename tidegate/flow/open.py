"""Open a run: the session over the lake, the contracts, whoever watches."""

from collections.abc import Callable

from tidegate.contract import load_contracts
from tidegate.flow.run import Run, start_run
from tidegate.settings import Settings


def open_run(settings: Settings, say: Callable[[str], None]) -> Run:
    """A new run over a project's lake, starting now.

    Contracts are read before Spark starts, so that a wrong one is told at once.

    Args:
        settings: the settings.
        say: tells whoever watches, in one line.

    Raises:
        ContractError: a contract is wrong.
        SettingsError: there is no Java for Spark.
    """
    contracts = load_contracts(settings.project)
    from tidegate.lake.session import spark_session

    return start_run(spark_session(settings), settings, contracts, say)
