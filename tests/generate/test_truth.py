"""The truth, table by table, beside statements in SQL that know the lines and the terms alone."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.generate.conftest import START
from tidegate.generate.shop import Rate, Shop
from tidegate.generate.truth import COLUMNS

pytestmark = pytest.mark.quick

SQL = Path(__file__).parent / "sql"
Rows = list[tuple[Any, ...]]


def statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


@pytest.fixture(scope="module")
def database(shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The shop's events, what follows from them, and the truth, in tables of their names."""
    with duckdb.connect() as connection:
        connection.execute("SET VARIABLE folder = ?", [str(shop)])
        connection.execute(statement("events"))
        visits = statement("clean.storefront_sessions")
        connection.execute(f"CREATE TABLE sessions AS {visits}")
        for table in COLUMNS:
            connection.execute(f'CREATE TABLE "{table}" AS {statement(table)}')
            connection.execute(f'CREATE TABLE "truth.{table}" AS FROM "{table}" LIMIT 0')
            told = f"read_csv('{shop}/truth/{table}.csv', all_varchar = true)"
            connection.execute(f'INSERT INTO "truth.{table}" BY NAME FROM {told}')
        yield connection


@pytest.mark.parametrize("table", COLUMNS)
def test_the_truth_is_what_a_statement_in_sql_says(
    database: duckdb.DuckDBPyConnection, table: str
) -> None:
    columns = ", ".join(COLUMNS[table])
    told, found = (
        database.sql(f'SELECT {columns} FROM "{name}"').fetchall()
        for name in (f"truth.{table}", table)
    )
    assert len(told) > 5
    assert differences(told, found) == []


def differences(told: Rows, found: Rows) -> list[tuple[str, Any]]:
    """The rows that only one of two tables has; of a row that is there twice, the second too."""
    ours, theirs = Counter(told), Counter(found)
    return [
        *(("only in the truth", row) for row in sorted((ours - theirs).elements(), key=str)),
        *(("only in SQL", row) for row in sorted((theirs - ours).elements(), key=str)),
    ]


# What the statements above say something about only where it is there.
PRESENT = {
    "a visit goes across midnight": """
        SELECT * FROM sessions WHERE ended_at::DATE > started_at::DATE""",
    "a visit is cut at midnight, for want of a pause": """
        SELECT * FROM sessions AS one JOIN sessions AS other USING (visitor_id)
        WHERE other.started_at - one.ended_at BETWEEN INTERVAL 0 SECOND AND INTERVAL 29 MINUTE
            AND other.event_date > one.event_date""",
    "a visit begins just after half an hour": """
        SELECT * FROM sessions AS one JOIN sessions AS other USING (visitor_id)
        WHERE other.started_at - one.ended_at = INTERVAL 30 MINUTE""",
    "a pause is just too short to end a visit": """
        SELECT * FROM (
            SELECT event_time - lag(event_time) OVER (
                PARTITION BY visitor_id ORDER BY event_time, event_id
            ) AS pause FROM events WHERE event_type <> 'refund'
        ) WHERE pause = INTERVAL 1799999 MILLISECONDS""",
    "two events happen at once": """
        SELECT * FROM events AS one JOIN events AS other USING (visitor_id, event_time)
        WHERE one.event_id < other.event_id""",
    "a visit has several devices": """
        SELECT * FROM sessions AS s JOIN events AS e
            ON s.visitor_id = e.visitor_id AND event_time BETWEEN started_at AND ended_at
        WHERE e.device <> s.device""",
    "a product is sold in two categories": """
        SELECT * FROM "mart.product_performance" AS one
        JOIN "mart.product_performance" AS other USING (sku)
        WHERE one.orders > 0 AND other.orders > 0 AND one.category <> other.category""",
    "a day has refunds of another day's orders only": """
        SELECT * FROM "clean.visitor_days" WHERE events = 0 AND refunds_cents > 0""",
    "a visit buys in several categories": """
        SELECT visitor_id, started_at FROM sessions AS s JOIN events AS e USING (visitor_id)
        JOIN catalogue USING (sku)
        WHERE event_type = 'purchase' AND event_time BETWEEN started_at AND ended_at
        GROUP BY ALL HAVING count(DISTINCT category) > 1""",
    "a visit spans campaigns": """
        SELECT visitor_id, started_at FROM sessions AS s JOIN events AS e USING (visitor_id)
        WHERE event_time BETWEEN started_at AND ended_at
        GROUP BY ALL HAVING count(DISTINCT e.campaign) > 1""",
    "a cohort comes back weeks later": """
        SELECT * FROM "mart.weekly_retention" WHERE week > cohort_week + INTERVAL 8 DAY""",
}


@pytest.mark.parametrize("case", PRESENT)
def test_the_hard_cases_are_there(database: duckdb.DuckDBPyConnection, case: str) -> None:
    assert database.sql(PRESENT[case]).fetchall() != []


@pytest.mark.parametrize(
    ("amount", "cents"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 2), (-1, 0), (-3, -2)]
)
def test_half_a_cent_goes_to_the_even_one(amount: int, cents: int) -> None:
    shop = Shop(START, days=1, seed=1)
    shop.rates = {"TRY": [Rate("TRY", 500_000, 0, 0)]}

    assert shop.euro_cents(amount, "TRY", 0) == cents
