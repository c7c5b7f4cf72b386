"""What is translated and what is refused: a list, each of it proven on real Trino."""

from decimal import Decimal

import pytest

from tests.serve.functions_page import PAGES, page
from tests.serve.test_sql import message
from tidegate.serve import sql
from tidegate.serve.proven import PROOFS

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("language", PROOFS)
def test_the_page_lists_what_is_proven_and_nothing_else(language):
    written = PAGES[language].read_text()

    assert written == page(language), "python -m tests.serve.functions_page writes it"


def test_a_function_that_isnt_proven_is_refused_with_the_nearest_name(lake):
    assert message(lake, "SELECT\n  xxhash64(payload)\nFROM clean.events") == (
        "SQL: FUNCTION_NOT_FOUND: line 2:3: Function 'xxhash64' not registered here;"
        " docs/sql-functions.md lists what is\n"
        "  line 2:   xxhash64(payload)\n"
        "            ^"
    )
    assert 'did you mean "regexp_like"?' in message(lake, "SELECT regexp_lik('a', 'b')")


@pytest.mark.parametrize(
    ("function", "exact"),
    [
        ("approx_distinct(stars)", "COUNT(DISTINCT …)"),
        ("approx_percentile(stars, 0.5)", "ELEMENT_AT(ARRAY_AGG(x ORDER BY x), …)"),
    ],
)
def test_what_only_approximates_is_refused_with_what_is_exact(lake, function, exact):
    assert f"lists what is; write {exact}" in message(lake, f"SELECT {function} FROM mart.stars")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT list_sort(tags) FROM clean.events", "Function 'list_sort' not registered here"),
        ("SELECT split('a b', ' ', 1)", "split with limit is not supported here"),
        ("SELECT stars::varchar FROM mart.stars", "line 1:13: :: is not supported; write CAST"),
        ("SELECT * EXCEPT (stars) FROM mart.stars", "star with except"),
        ("SELECT * FROM mart.stars TABLESAMPLE BERNOULLI (10)", "table sample"),
        ("SELECT CAST(stars / 2e0 AS varchar) FROM mart.stars", "CAST of double AS varchar"),
        ("SELECT happened_at AT TIME ZONE 'Asia/Tokyo' FROM clean.events", "AT TIME ZONE"),
        ("SELECT CAST(stars AS uuid) FROM mart.stars", "the type uuid"),
        ("SELECT [stars] FROM mart.stars", "["),
        ("SELECT format_datetime(happened_at, 'QQ') FROM clean.events", "format_datetime with"),
        ("SELECT date_format(happened_at, '%D') FROM clean.events", "%D"),
        ("SELECT histogram(stars) OVER () FROM mart.stars", "histogram with FILTER or OVER"),
        ("SELECT map(ARRAY[1], ARRAY[2])[1]", "a subscript of a map but by a text"),
        ("SELECT zip_with(tags, tags, stars) FROM clean.events", "not supported here"),
        ("SELECT try(stars / 0 + coalesce(1 / 0, 5)) FROM mart.stars", "not supported here"),
    ],
)
def test_what_isnt_proven_is_refused_and_named(lake, text, told):
    assert told in message(lake, text)


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("197597 / 100.0", "decimal(12,1)", "1976.0"),
        ("CAST(197597 AS decimal(18, 2)) / 100", "decimal(18,2)", "1975.97"),
        ("CAST(-5 AS decimal(18, 2)) / 1000", "decimal(18,2)", "-0.01"),
        ("2.00 / 3", "decimal(3,2)", "0.67"),
        ("1.5 * 1.5", "decimal(4,2)", "2.25"),
        ("AVG(CAST(stars AS decimal(18, 2))) OVER ()", "decimal(18,2)", "620.50"),
        ("SUM(stars) OVER () / 2.0", "decimal(21,1)", "620.5"),
        ("ROUND(100.0 * stars / 7, 1)", "decimal(24,1)", "17628.6"),
    ],
)
def test_decimals_have_the_digits_and_the_rounding_of_athena(lake, expression, kind, value):
    answer = sql(lake, f"SELECT {expression} FROM mart.stars ORDER BY stars DESC LIMIT 1")

    assert (answer.types, answer.rows) == ([kind], [(Decimal(value),)])


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("event_date = '2015-01-01'", "Cannot compare date and varchar"),
        ("stars > '7'", "Cannot compare bigint and varchar"),
        ("event_date BETWEEN '2015-01-01' AND '2015-01-02'", "Cannot compare date and varchar"),
        ("stars IN (1, '7')", "Cannot compare bigint and varchar"),
    ],
)
def test_what_athena_does_not_compare_is_refused_here_too(lake, condition, told):
    assert f"TYPE_MISMATCH: {told}" in message(lake, f"SELECT 1 FROM mart.stars WHERE {condition}")


def test_columns_of_a_union_are_of_one_kind_as_in_athena(lake):
    told = "TYPE_MISMATCH: column 2 in UNION query has incompatible types: "

    mixed = "SELECT stars, 1 AS n FROM mart.stars UNION ALL SELECT stars, 'x' FROM mart.stars"
    assert f"{told}integer, varchar" in message(lake, mixed)
    other = "(SELECT 1, DATE '2026-03-01') UNION (SELECT 2, 7) ORDER BY 1"
    assert f"{told}date, integer" in message(lake, other)
    assert sql(lake, "SELECT 1 AS n UNION SELECT NULL UNION SELECT 2.5 ORDER BY 1").rows


def test_dividing_by_zero_fails_as_in_athena(lake):
    for text in ("stars / (stars - 7)", "stars % (stars - 7)", "1.50 / (stars - 7)"):
        assert "DIVISION_BY_ZERO" in message(lake, f"SELECT {text} FROM mart.stars")
    answer = sql(lake, "SELECT TRY(1 / (stars - 7)), 1 / (stars - 7e0) FROM mart.stars ORDER BY 2")
    assert answer.rows[-1] == (None, float("inf"))


def test_a_count_of_no_rows_is_nought_and_a_subscript_past_the_end_fails(lake):
    assert sql(lake, "SELECT COUNT_IF(stars > 1) FROM mart.nothing").rows == [(0,)]
    assert "Array subscript" in message(lake, "SELECT tags[9] FROM clean.events")


def test_what_is_repeated_without_end_fails_as_in_athena(lake):
    for count in ("10001", "-1", "stars * 1000000000"):
        told = "INVALID_FUNCTION_ARGUMENT: repeat takes a count of 0 to 10000"
        assert told in message(lake, f"SELECT repeat('a', {count}) FROM mart.stars")


def test_a_key_that_a_map_lacks_fails(lake):
    told = "INVALID_FUNCTION_ARGUMENT: Key not present in map: z"

    assert told in message(lake, "SELECT map(ARRAY['k'], ARRAY[stars])['z'] FROM mart.stars")


def test_the_list_is_long_enough_for_what_analysts_write():
    assert len(PROOFS["athena"].functions) >= 200
    assert len(PROOFS["redshift"].functions) >= 100
