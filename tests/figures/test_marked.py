"""Which questions are answered over HTTP, and the columns and types of their answers."""

from pathlib import Path

import pytest

from tests.local.test_load import CONTRACT
from tests.serve.conftest import PROJECT
from tidegate.errors import QuestionError
from tidegate.figures.marked import figures, marts

pytestmark = pytest.mark.quick

STARS = "-- Stars?\n-- figures\nSELECT repository, stars, share FROM mart.stars"


@pytest.fixture
def project(tmp_path: Path):
    """Writes a project with mart.stars and clean.stars, and one question, in both languages."""
    for folder in ("contracts", "sql/athena", "sql/redshift"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "contracts" / "mart.stars.yaml").write_text(CONTRACT)

    def write(text: str = STARS, like: str | None = None) -> Path:
        (tmp_path / "sql" / "redshift" / "asked.sql").write_text(text)
        (tmp_path / "sql" / "athena" / "asked.sql").write_text(like or text)
        return tmp_path

    return write


def test_a_marked_question_has_the_columns_and_types_of_athenas(project):
    sums = STARS.replace("stars, share", "SUM(stars) AS stars, AVG(share) AS share")

    assert figures(project())["asked"].columns == {
        "repository": "varchar",
        "stars": "integer",
        "share": "decimal(5,2)",
    }
    assert figures(project(sums + " GROUP BY repository"))["asked"].columns == {
        "repository": "varchar",
        "stars": "bigint",
        "share": "decimal(5,2)",
    }


def test_one_that_is_not_marked_is_not_among_them(project):
    assert figures(project(STARS.replace("-- figures\n", ""))) == {}
    assert figures(project(STARS.replace("-- figures\n", "") + "\n-- figures\n")) == {}


def test_the_marts_of_figures_are_those_that_marked_questions_read(project):
    assert [one.table for one in marts(project())] == ["mart.stars"]
    assert marts(project(STARS.replace("-- figures\n", ""))) == []


def test_parameters_that_limit_rows_are_counts(project):
    text = STARS.replace("figures\n", "figures\n-- :top integer = 20\n-- :least integer = 1\n")

    found = figures(project(f"{text} WHERE stars > :least LIMIT :top"))["asked"]

    assert found.counts == {"top"}


@pytest.mark.parametrize(
    ("text", "like", "told"),
    [
        (STARS.replace("mart", "clean"), None, "clean.stars"),
        (STARS, STARS.replace("-- figures", "-- :day date"), "its parameters aren't those of"),
        (STARS, STARS.replace("stars,", "starz,"), "starz"),
        (
            STARS.replace("figures\n", "figures\n-- :limit integer\n") + " LIMIT :limit",
            None,
            'over HTTP "limit" is for pages; call the parameter otherwise',
        ),
        (STARS, STARS.replace("share", "ARRAY[share] AS share"), 'column "share" is array'),
        (STARS, STARS.replace("share", "stars"), 'two columns are named "stars"'),
    ],
)
def test_a_question_that_can_not_be_answered_so_is_told(project, text, like, told):
    with pytest.raises(QuestionError) as error:
        figures(project(text, like))

    assert "asked.sql" in str(error.value)
    assert told in str(error.value)


def test_without_athenas_question_the_types_are_not_known(project):
    folder = project()
    (folder / "sql" / "athena" / "asked.sql").unlink()

    with pytest.raises(QuestionError, match='no question "asked"'):
        figures(folder)


def test_the_digest_is_another_with_another_text_or_another_type(project):
    first = figures(project())["asked"].digest

    assert figures(project())["asked"].digest == first
    assert figures(project(STARS + " WHERE true", STARS))["asked"].digest != first
    like = STARS.replace("stars,", "CAST(stars AS BIGINT) AS stars,")
    assert figures(project(STARS, like))["asked"].digest != first


def test_the_projects_own_are_of_both_flows():
    found = figures(PROJECT)

    assert {"revenue_by_day", "most_starred_repositories"} <= found.keys()
    assert {one.split(".")[0] for each in found.values() for one in each.tables} == {"mart"}
