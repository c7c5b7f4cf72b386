"""Asking Athena and Redshift by their APIs: parameters bound, rows as here."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import boto3
import pytest

from tests.serve.conftest import PROJECT, make_lake
from tests.serve.test_storefront_questions import DAYS, ROWS
from tidegate import local
from tidegate.errors import QuestionError, SettingsError
from tidegate.serve import ask, questions
from tidegate.serve.positional import literal, positional
from tidegate.settings import Settings, load_settings


def test_a_parameter_becomes_a_mark_and_a_literal_wherever_it_stands():
    text = (
        "-- :day date\nSELECT ':day', \":x\", a::b, :day /* :top */ FROM t WHERE n > :top OR :day"
    )

    assert positional(text, {"day": dt.date(2026, 3, 2), "top": 20}) == (
        "-- :day date\nSELECT ':day', \":x\", a::b, ? /* :top */ FROM t WHERE n > ? OR ?",
        ["DATE '2026-03-02'", "20", "DATE '2026-03-02'"],
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-7, "-7"),
        (True, "true"),
        (Decimal("0.95"), "DECIMAL '0.95'"),
        ("it's; DROP TABLE x --", "'it''s; DROP TABLE x --'"),
        (dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC), "TIMESTAMP '2026-03-02 09:00:00.000000 UTC'"),
    ],
)
def test_a_literal_holds_its_value_and_nothing_more(value, written):
    assert literal(value) == written


def test_an_engine_that_isnt_there_is_refused_with_the_nearest(lake):
    with pytest.raises(QuestionError) as error:
        ask(lake, "any", {}, on="athens")
    assert str(error.value) == (
        'unknown engine "athens"; expected one of duckdb, athena, redshift\n'
        '  did you mean "athena"?'
    )


def test_redshift_is_named_before_it_is_asked(shop):
    with pytest.raises(SettingsError, match="no Redshift is set; name it: TIDEGATE_REDSHIFT_WORK"):
        ask(shop, "revenue_by_day", DAYS, on="redshift")


def test_each_question_for_redshift_is_one_for_athena_word_for_word(shop):
    athenas = {each.name: each for each in questions(shop.project)}

    redshifts = questions(shop.project, "redshift")

    assert len(redshifts) >= 20
    for one in redshifts:
        assert (one.title, one.parameters) == (
            athenas[one.name].title,
            athenas[one.name].parameters,
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_lake(tmp_path_factory.mktemp("shop"), ROWS)


@pytest.fixture(scope="module")
def at_the_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The shop in a project of its own, at a local endpoint that executes what it is asked."""
    pytest.importorskip("tidegate.local.queries", reason="the endpoint here doesn't execute")
    project = tmp_path_factory.mktemp("project")
    for folder in ("contracts", "sql"):
        (project / folder).symlink_to(PROJECT / folder)
    make_lake(project / ".tidegate" / "lake", ROWS)
    settings = load_settings(project, endpoint="local")
    address = local.start(settings).address
    key = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    s3 = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **key)
    s3.create_bucket(Bucket="results")
    yield load_settings(project, endpoint=address, athena_results="s3://results/of/")
    local.stop(settings)


@pytest.mark.parametrize("name", ["revenue_by_day", "funnel_by_campaign", "visits_by_device"])
def test_athena_gives_the_rows_that_are_given_here(at_the_endpoint: Settings, name: str):
    here, there = (ask(at_the_endpoint, name, DAYS, on=on) for on in ("duckdb", "athena"))

    assert (there.columns, there.rows) == (here.columns, here.rows)
    assert there.scanned
