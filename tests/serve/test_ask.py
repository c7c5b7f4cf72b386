"""Saved questions and their parameters."""

import datetime as dt
from decimal import Decimal

import pytest

from tidegate.errors import QuestionError
from tidegate.serve import ask, questions

from .conftest import day

pytestmark = pytest.mark.quick

MOST_STARS = """\
-- Which repositories gained the most stars?
-- :day date = yesterday
-- :top integer = 20
SELECT repository, stars
FROM mart.stars
WHERE event_date = :day
ORDER BY stars DESC
LIMIT :top
"""


def message(lake, name: str, **values: str) -> str:
    with pytest.raises(QuestionError) as error:
        ask(lake, name, values)
    return str(error.value)


def echo(kind: str) -> str:
    return f"-- What was given?\n-- :word {kind}\nSELECT :word AS word\n"


def test_a_question_is_its_first_line_and_its_parameters(lake, question):
    path = question("most_stars", MOST_STARS)

    [found] = questions(lake.project)

    assert (found.name, found.path) == ("most_stars", path)
    assert found.title == "Which repositories gained the most stars?"
    assert [(each.name, each.type, each.default) for each in found.parameters] == [
        ("day", "date", "yesterday"),
        ("top", "integer", "20"),
    ]


def test_what_isnt_given_is_the_default_and_yesterday_counts_from_today(lake, question):
    question("most_stars", MOST_STARS)

    assert ask(lake, "most_stars", {}, today=day("2015-01-02")).rows == [("ann/sea", 1234)]
    assert ask(lake, "most-stars", {"day": "2015-01-02"}).rows == [("bob/tide", 7)]
    assert ask(lake, "most_stars", {"day": "2015-01-02", "top": "0"}).rows == []


@pytest.mark.parametrize(
    ("kind", "word", "value"),
    [
        ("integer", "-7", -7),
        ("decimal", "0.95", Decimal("0.95")),
        ("text", "ann/sea", "ann/sea"),
        ("string", "", ""),
        ("date", "2015-01-01", day("2015-01-01")),
        ("timestamp", "2015-01-01 02:00+01:00", dt.datetime(2015, 1, 1, 1, tzinfo=dt.UTC)),
        ("timestamp", "2015-01-01T01:00:00", dt.datetime(2015, 1, 1, 1, tzinfo=dt.UTC)),
        ("boolean", "true", True),
        ("boolean", "false", False),
    ],
)
def test_each_type_reads_its_words(lake, question, kind, word, value):
    question("given", echo(kind))

    assert ask(lake, "given", {"word": word}).rows == [(value,)]


@pytest.mark.parametrize(
    ("kind", "word", "example"),
    [
        ("integer", "many", "20"),
        ("integer", "1.5", "20"),
        ("integer", "99999999999999999999", "20"),
        ("decimal", "NaN", "0.95"),
        ("decimal", "1,5", "0.95"),
        ("date", "2015-02-30", "2015-01-01"),
        ("date", "20150101", "2015-01-01"),
        ("timestamp", "noon", "2015-01-01T13:00:00Z"),
        ("boolean", "yes", "true"),
        ("integer", "1; DROP TABLE mart.stars", "20"),
        ("date", "2015-01-01' OR '1'='1", "2015-01-01"),
        ("decimal", "0 OR 1=1", "0.95"),
        ("timestamp", "2015-01-01' OR '1'='1", "2015-01-01T13:00:00Z"),
        ("boolean", "true OR true", "true"),
    ],
)
def test_a_word_of_the_wrong_type_is_refused_with_an_example(lake, question, kind, word, example):
    question("given", echo(kind))

    assert message(lake, "given", word=word) == (
        f'parameter "word" is {kind}, not {word!r}; e.g. --word {example}'
    )


def test_text_is_bound_and_never_pasted(lake, question):
    question("given", echo("text"))
    injection = "x' UNION SELECT repository FROM mart.stars --"

    assert ask(lake, "given", {"word": injection}).rows == [(injection,)]


def test_an_unknown_question_is_refused_with_the_nearest_name(lake, question):
    question("most_stars", MOST_STARS)

    assert message(lake, "most-star") == (
        f'no question "most-star" in {lake.project}/sql/athena;'
        ' `tidegate ask --list` names the 1 there are\n  did you mean "most_stars"?'
    )


def test_an_unknown_parameter_is_refused_with_those_there_are(lake, question):
    question("most_stars", MOST_STARS)

    assert message(lake, "most_stars", dya="today") == (
        '"most_stars" has no parameter "dya"; it takes --day, --top\n  did you mean "day"?'
    )


def test_a_missing_parameter_is_named_with_its_type_and_an_example(lake, question):
    question("given", echo("date"))

    assert message(lake, "given") == '"given" needs --word (date), e.g. --word 2015-01-01'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1\n", ':1: expected the question, e.g. "-- Which repositories gained the most'),
        ("", ":1: expected the question"),
        ("-- What?\n-- :top\n", ':2: expected a parameter such as "-- :top integer = 20", not'),
        ("-- What?\n-- :top intger\n", ':2: parameter "top" has type "intger"; expected one of'),
        ("-- What?\n-- :a date\n-- :a date\n", ':3: parameter "a" is declared twice'),
        (
            "-- What?\n-- :a date = soon\n",
            """:2: parameter "a" is date, not 'soon'; e.g. --a 2015""",
        ),
        ("-- What?\nSELECT :a\n", ': the SQL uses parameter ":a", which no line "-- :a type"'),
        ("-- What?\n-- :a text = x\nSELECT 1\n", ': declares parameter ":a", which the SQL never'),
        ("-- What?\nSELECT (\n", ":2:8: something is missing at '('\n  line 2: SELECT (\n"),
    ],
)
def test_a_file_that_isnt_in_form_is_refused_at_its_line(lake, question, text, said):
    path = question("broken", text)

    assert message(lake, "broken").startswith(f"{path}{said}")
