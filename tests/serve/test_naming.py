"""What a column is called that no AS names, on Athena and on Redshift."""

from decimal import Decimal

import pytest

from tidegate.errors import QuestionError
from tidegate.serve import sql
from tidegate.serve.answers import answer

ATHENA = [
    ("stars", "stars"),
    ("s.stars", "stars"),
    ("CAST(stars AS integer)", "_col1"),
    ("TRY_CAST(repository AS integer)", "_col1"),
    ("1", "_col1"),
    ("'a'", "_col1"),
    ("DATE '2015-01-01'", "_col1"),
    ("(stars)", "_col1"),
    ("COUNT(*) OVER ()", "_col1"),
]
# Those that PostgreSQL names too; tests/engines asks it.
REDSHIFT = [
    ("stars", "stars"),
    ("s.stars + 1", "?column?"),
    ("1", "?column?"),
    ("'a'", "?column?"),
    ("CAST(stars AS integer)", "stars"),
    ("1::int", "int4"),
    ("'1'::varchar", "varchar"),
    ("'2015-01-01'::date", "date"),
    ("COUNT(*) OVER ()", "count"),
    ("MAX(stars) OVER ()", "max"),
    ("COALESCE(stars, 0)", "coalesce"),
    ("DATE_TRUNC('month', event_date)", "date_trunc"),
    ("LOWER(repository)", "lower"),
    ("TRIM(repository)", "btrim"),
    ("NULLIF(stars, 0)", "nullif"),
    ("CASE WHEN stars > 1 THEN 1 END", "case"),
    ("CASE WHEN stars > 1 THEN 1 ELSE stars END", "stars"),
    ("(SELECT MAX(stars) FROM mart.stars)", "max"),
    ("(stars)", "stars"),
    ("stars > 1", "?column?"),
    ("repository || '!'", "?column?"),
]


@pytest.mark.parametrize(("column", "name"), ATHENA)
def test_athena_calls_it_by_its_place_unless_it_is_a_column(lake, column, name):
    assert sql(lake, f"SELECT event_date, {column} FROM mart.stars s").columns[1] == name


def test_a_place_counts_what_a_star_stands_for(lake):
    columns = sql(lake, "SELECT *, CAST(stars AS integer) FROM mart.stars").columns

    assert columns[-1] == f"_col{len(columns) - 1}"


@pytest.mark.parametrize(("column", "name"), [*REDSHIFT, ("NVL(stars, 0)", "coalesce")])
def test_redshift_calls_it_by_its_function_type_or_column(lake, column, name):
    text = f"SELECT {column} FROM mart.stars s"

    assert answer(lake, text, "SQL", {}, "redshift").columns == [name]


def test_two_columns_of_a_name_are_both_answered(lake):
    text = "SELECT COUNT(*), COUNT(stars), SUM(n.count) FROM mart.stars, ({}) n"

    found = answer(lake, text.format("SELECT COUNT(*) FROM mart.stars"), "SQL", {}, "redshift")

    assert found.columns == ["count", "count", "sum"]
    assert [int(one) for one in found.rows[0]] == [2, 2, 4]


@pytest.mark.parametrize("column", ["CAST(stars AS decimal)", "CAST('1.50' AS decimal)"])
def test_a_decimal_without_digits_is_refused(lake, column):
    with pytest.raises(QuestionError, match="DECIMAL without its digits"):
        sql(lake, f"SELECT {column} FROM mart.stars")


@pytest.mark.parametrize("text", ["1.50", "-0.5", ".5", "7", "123456789012345678901234567890.12"])
def test_a_decimal_literal_has_the_digits_that_are_written(lake, text):
    found = sql(lake, f"SELECT DECIMAL '{text}' AS n")

    assert found.rows == [(Decimal(text),)]
    digits = len(text.strip("-").replace(".", ""))
    assert found.types == [f"decimal({digits},{len(text.partition('.')[2])})"]
