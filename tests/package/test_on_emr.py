"""The EMR Serverless job from the built artefacts, as its definition says, on both Sparks."""

import pytest

from tests.flow.test_block import mixed_up
from tests.package.on_aws import CLEANED, LANDED, PUSHES, Account, Spark, on_emr
from tidegate.serve.remote import ask_athena

pytestmark = pytest.mark.aws


def test_the_job_runs_a_flow_on_the_spark_that_emr_runs_and_shows_it(
    account: Account, spark_of_emr: Spark
) -> None:
    account.put(*PUSHES)

    whole = on_emr(account, spark_of_emr, "all,serve")

    assert whole.returncode == 0, whole.stdout
    assert account.rows() == {"raw.github": LANDED, "clean.github_events": CLEANED}
    pushes = "SELECT pushes FROM analytics.repository_activity"
    assert ask_athena(account.settings, pushes, "SQL", {}).rows == [(2,)]


def test_the_job_runs_stages_on_the_next_spark_and_ends_with_a_blocks_code(
    account: Account, spark_of_glue: Spark
) -> None:
    account.put(mixed_up(id="3"), mixed_up(id="4"))
    landing = on_emr(account, spark_of_glue, "raw.github")
    assert landing.returncode == 0, landing.stdout

    cleaning = on_emr(account, spark_of_glue, "clean.github_events")

    assert cleaning.returncode == 3
    assert "\nGateBlocked: clean.github_events: blocked; its readers see" in cleaning.stdout
    assert "Traceback" not in cleaning.stdout
