"""What of Redshift's SQL is translated and what is refused: a list, as for Athena's."""

import pytest

from tests.serve.conftest import PROJECT
from tidegate.errors import QuestionError
from tidegate.serve import questions
from tidegate.serve.answers import answer
from tidegate.serve.dialect import parse

pytestmark = pytest.mark.quick


def message(lake, text):
    with pytest.raises(QuestionError) as error:
        answer(lake, text, "SQL", {}, "redshift")
    return str(error.value)


def value(lake, expression):
    (row,) = answer(lake, f"SELECT {expression}", "SQL", {}, "redshift").rows
    return row[0]


def test_a_function_that_isnt_proven_is_refused_as_redshift_does_with_the_nearest_name(lake):
    assert message(lake, "SELECT\n  regexp_sub('a', 'b')") == (
        "SQL: FUNCTION_NOT_FOUND: line 2:3: function regexp_sub(…) does not exist here;"
        " docs/redshift-functions.md lists those that do\n"
        '  did you mean "regexp_substr"?\n'
        "  line 2:   regexp_sub('a', 'b')\n"
        "            ^"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT HLL(stars) FROM mart.stars", "function hll(…) does not exist here"),
        ("SELECT JSON_PARSE('[]')", "function json_parse(…) does not exist here"),
        ("SELECT list_sort([1])", "function list_sort(…) does not exist here"),
        ("SELECT APPROXIMATE COUNT(DISTINCT stars) FROM mart.stars", "write COUNT(DISTINCT …)"),
        ("SELECT SUM(stars) FILTER (WHERE true) FROM mart.stars", "filter is not supported here"),
        ("SELECT * FROM mart.stars TABLESAMPLE (10)", "table sample"),
        ("SELECT CAST(stars AS uuid) FROM mart.stars", "the type uuid is not supported here"),
        ("SELECT 'a' SIMILAR TO '%a'", "similar to is not supported here"),
        (
            "SELECT DATEDIFF(week, event_date, event_date) FROM mart.stars",
            "datediff with unit is not supported here: WEEK",
        ),
        ("SELECT EXTRACT(epoch FROM event_date) FROM mart.stars", "extract is not supported here"),
        ("SELECT TO_CHAR(event_date, 'Month') FROM mart.stars", 'TO_CHAR with "th" in its form'),
        ("SELECT TO_CHAR(stars, '999') FROM mart.stars", "TO_CHAR of what isn't a day or a moment"),
        ("SELECT CAST(stars::float8 AS varchar) FROM mart.stars", "CAST of a float AS varchar"),
        ("SELECT AVG(stars::decimal(9, 2)) FROM mart.stars", "AVG of a decimal"),
        (
            "SELECT SUM(stars) OVER (ORDER BY event_date) FROM mart.stars",
            "Aggregate window functions with an ORDER BY clause require a frame clause",
        ),
    ],
)
def test_what_isnt_proven_is_refused_and_named(lake, text, told):
    assert told in message(lake, text)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("TO_CHAR(DATE '2026-03-01', 'DD Mon YYYY')", "01 Mar 2026"),
        ("TO_CHAR(TIMESTAMP '2026-03-01 13:05:00', 'HH12:MI AM')", "01:05 PM"),
        ("CONCAT('a', NULL)", None),
        ("REGEXP_REPLACE('banana', 'an', 'o')", "booa"),
        ("SUBSTRING('caterpillar', -1, 4)", "ca"),
        ("CAST('caterpillar' AS varchar(3))", "cat"),
        ("-7 / 2", -3),
    ],
)
def test_what_duckdb_reads_otherwise_answers_as_redshifts_manual_says(lake, expression, found):
    assert value(lake, expression) == found


def test_dividing_by_zero_fails(lake):
    for text in ("stars / (stars - 7)", "stars % (stars - 7)", "1.5 / (stars - 7)"):
        assert "Division by zero" in message(lake, f"SELECT {text} FROM mart.stars")


@pytest.mark.parametrize("question", questions(PROJECT, "redshift"), ids=lambda one: one.name)
def test_each_saved_question_is_made_of_what_is_proven(question):
    parse(question.sql, str(question.path), "redshift")
