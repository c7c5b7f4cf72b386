"""The Glue job from the built artefacts, in Glue's Python, against Glue's catalog and S3."""

import pytest

from tests.flow.test_block import mixed_up
from tests.package.on_aws import (
    CLEANED,
    LANDED,
    PUSHES,
    Account,
    Spark,
    install_as_glue,
    on_glue,
)
from tidegate.deploy.packages import packages
from tidegate.serve.remote import ask_athena

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def glue(account: Account, spark_of_glue: Spark) -> Spark:
    carried = [one.wheel for one in packages() if one.is_of_glue]
    return spark_of_glue.with_python(install_as_glue(account, spark_of_glue.python, carried))


def test_the_job_runs_a_flow_shows_it_and_then_tells_a_block_as_its_error(
    account: Account, glue: Spark
) -> None:
    account.put(*PUSHES)

    whole = on_glue(account, glue, "all")

    assert whole.returncode == 0, whole.stdout
    assert account.rows() == {"raw.github": LANDED, "clean.github_events": CLEANED}

    served = on_glue(account, glue, "serve")
    assert served.returncode == 0, served.stdout
    pushes = "SELECT pushes FROM analytics.repository_activity"
    assert ask_athena(account.settings, pushes, "SQL", {}).rows == [(2,)]

    account.put(mixed_up(id="3"), mixed_up(id="4"))
    landing = on_glue(account, glue, "raw.github")
    assert landing.returncode == 0, landing.stdout

    cleaning = on_glue(account, glue, "clean.github_events")

    assert cleaning.returncode == 1
    assert "GateBlocked: clean.github_events: blocked; its readers see" in cleaning.stdout
    assert account.rows()["clean.github_events"] == CLEANED
