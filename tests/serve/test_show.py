"""An answer as a table, CSV and JSON."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest

from tidegate.errors import QuestionError
from tidegate.serve import Answer, render, show

pytestmark = pytest.mark.quick

MOMENT = dt.datetime(2015, 1, 1, 13, 5, tzinfo=dt.UTC)


def test_a_table_sets_numbers_to_the_right_and_separates_thousands():
    answer = Answer(
        ["repository", "stars", "repository_id"],
        ["varchar", "bigint", "bigint"],
        [("ann/sea", 1234567, 8901), ("bob/tide", None, 7)],
    )

    assert render(answer, "table") == (
        "  repository       stars   repository_id\n"
        " ────────────────────────────────────────\n"
        "  ann/sea      1,234,567            8901\n"
        "  bob/tide                             7\n"
        "\n"
        "2 rows\n"
    )


def test_a_piped_table_truncates_and_folds_nothing():
    answer = Answer(["a", "b"], ["varchar", "varchar"], [("x" * 300, "y" * 300)])
    out = io.StringIO()

    show(answer, "table", out)

    assert "x" * 300 + "   " + "y" * 300 in out.getvalue()


def test_what_a_sender_wrote_neither_styles_nor_steers_the_terminal():
    answer = Answer(["actor"], ["varchar"], [("[bold]bot[bot]\x1b[31m\n",)])

    assert "[bold]bot[bot]\\x1b[31m\\n" in render(answer, "table")


def test_csv_quotes_what_it_must_and_tells_null_from_empty():
    answer = Answer(
        ["a", "b"],
        ["varchar", "varchar"],
        [('say "hi", then', "two\nlines"), (None, "")],
    )

    assert render(answer, "csv") == 'a,b\r\n"say ""hi"", then","two\nlines"\r\n,""\r\n'


def test_csv_writes_dates_bytes_and_lists_as_words():
    answer = Answer(
        ["t", "d", "n", "bytes", "list", "yes"],
        [
            "timestamp(6) with time zone",
            "date",
            "decimal(5,2)",
            "varbinary",
            "array(varchar)",
            "boolean",
        ],
        [(MOMENT, dt.date(2015, 1, 1), Decimal("1.50"), b"\xffA", ["a"], True)],
    )

    row = render(answer, "csv").splitlines()[1]
    assert row == '2015-01-01T13:05:00Z,2015-01-01,1.50,ff 41,"[""a""]",true'


def test_json_is_an_array_of_objects_whose_decimals_are_strings():
    answer = Answer(
        ["t", "n", "x", "f", "list"],
        ["timestamp(6) with time zone", "decimal(5,2)", "bigint", "double", "array(varchar)"],
        [(MOMENT, Decimal("1.50"), 7, float("nan"), ["ä", None])],
    )

    assert json.loads(render(answer, "json")) == [
        {"t": "2015-01-01T13:05:00Z", "n": "1.50", "x": 7, "f": "nan", "list": ["ä", None]}
    ]
    assert render(Answer(["x"], ["bigint"], []), "json") == "[]\n"


def test_json_cant_have_two_columns_of_one_name():
    answer = Answer(["x", "x"], ["bigint", "bigint"], [(1, 2)])

    with pytest.raises(
        QuestionError, match=r'^two columns are named "x"; tell them apart with AS$'
    ):
        render(answer, "json")


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(QuestionError) as error:
        render(Answer([], [], []), "jsn")

    assert str(error.value) == (
        'unknown format "jsn"; expected one of table, csv, json\n  did you mean "json"?'
    )
