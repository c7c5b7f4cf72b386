"""An answer as a table, CSV and JSON."""

import datetime as dt
import io
import json
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tidegate.errors import QuestionError
from tidegate.serve import Answer, render, show, told_scanned

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
        'unknown format "jsn"; expected one of table, csv, json, parquet, chart\n'
        '  did you mean "json"?'
    )


REVENUE = Answer(
    ["event_date", "net", "orders"],
    ["date", "decimal(18,2)", "bigint"],
    [
        (dt.date(2026, 3, 2), Decimal("39.80"), 2),
        (dt.date(2026, 3, 3), Decimal("-19.90"), 1),
        (dt.date(2026, 3, 4), None, None),
    ],
)


def test_a_chart_draws_a_bar_a_row_with_its_name_and_number():
    out = io.StringIO()

    show(REVENUE, "chart", out)

    assert out.getvalue() == (
        "net\n"
        f"2026-03-02 Mon   39.80  {'█' * 76}\n"
        f"2026-03-03 Tue  -19.90  {'█' * 38}\n"
        "2026-03-04 Wed       –\n"
    )


def test_what_has_no_number_is_no_chart():
    with pytest.raises(QuestionError, match="nothing to draw: of a, b none but the first is a num"):
        show(Answer(["a", "b"], ["bigint", "varchar"], []), "chart", io.StringIO())


def test_parquet_keeps_types_and_cents(capfdbinary):
    show(REVENUE, "parquet")

    table = pq.read_table(io.BytesIO(capfdbinary.readouterr().out))
    assert table.schema.field("net").type == pa.decimal128(18, 2)
    assert list(zip(*(column.to_pylist() for column in table.columns), strict=True)) == REVENUE.rows


@pytest.mark.parametrize(
    ("size", "said"),
    [(None, ""), (0, "scanned 0 bytes"), (999, "scanned 999 bytes"), (12_345, "scanned 12.3 kB")],
)
def test_bytes_scanned_are_said_in_words(size, said):
    assert told_scanned(replace(REVENUE, scanned=size)) == said
