"""The shop's generator: the same lines for the same seed, and a truth that holds."""

import csv
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tidegate.generate.storefront import Made, generate
from tidegate.generate.truth import COLUMNS

pytestmark = pytest.mark.quick

START = dt.date(2026, 3, 2)
# Every line as it was sent, but for those that the gate has to refuse, and each event once.
EVENTS = """
CREATE TABLE events AS
WITH lines AS (
    SELECT regexp_extract(filename, '[^/]+$') AS file, line, payload
    FROM (
        SELECT filename, content.string_split(chr(10)) AS parts FROM read_text('{folder}/events/*')
    ), UNNEST(parts) WITH ORDINALITY AS _ (payload, line)
    WHERE payload <> ''
),
faults AS (SELECT * FROM read_csv('{folder}/truth/lines.csv', all_varchar = true)),
good AS (
    SELECT payload::JSON AS p FROM lines
    WHERE NOT EXISTS (
        FROM faults
        WHERE faults.file = lines.file AND faults.line::BIGINT = lines.line AND found <> 'late'
    )
)
SELECT
    coalesce(p ->> '$.event_id', p ->> '$.id') AS event_id,
    coalesce(p ->> '$.type', p ->> '$.event') AS event_type,
    coalesce(p ->> '$.at', p ->> '$.ts')::TIMESTAMP AS event_time,
    event_time::DATE AS event_date,
    coalesce(p ->> '$.visitor.id', p ->> '$.user') AS visitor_id,
    p ->> '$.device.kind' AS device,
    p ->> '$.campaign' AS campaign,
    p ->> '$.page' AS page,
    p ->> '$.sku' AS sku,
    (p ->> '$.quantity')::BIGINT AS quantity,
    (p ->> '$.unit_price')::BIGINT AS unit_price,
    p ->> '$.currency' AS currency,
    p ->> '$.order_id' AS order_id
FROM good
"""


def made(folder: Path, days: int = 20, visitors: int = 400, seed: int = 7) -> Made:
    return generate(folder, start=START, days=days, visitors=visitors, seed=seed)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of four hundred visitors."""
    folder = tmp_path_factory.mktemp("shop")
    made(folder)
    return folder


@pytest.fixture(scope="module")
def database(shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, as DuckDB reads it."""
    with duckdb.connect() as connection:
        connection.execute(EVENTS.format(folder=shop))
        yield connection


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_seed_makes_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        made(tmp_path / name, days=3, visitors=40, seed=seed)

    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one["events/2026-03-02.ndjson"] != other["events/2026-03-02.ndjson"]


def test_lines_come_in_the_order_in_which_they_were_received(shop: Path) -> None:
    faults = {(row["file"], int(row["line"])) for row in rows(shop / "truth" / "lines.csv")}
    files = sorted((shop / "events").iterdir())
    received = [
        json.loads(line)["received_at"]
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if (file.name, number) not in faults
    ]
    assert len(received) > 3_000
    assert received == sorted(received)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_fault_is_in_the_line_that_is_said_to_have_it(shop: Path) -> None:
    lines = {file.name: file.read_text().splitlines() for file in (shop / "events").iterdir()}
    told = rows(shop / "truth" / "lines.csv")

    assert {row["fault"] for row in told} == {
        *("broken_json", "field_missing", "price_as_text", "clock_ahead"),
        *("sent_twice", "sent_late"),
    }
    for row in told:
        line = lines[row["file"]][int(row["line"]) - 1]
        assert is_so(row["fault"], line, lines), (row, line)


def is_so(fault: str, line: str, lines: dict[str, list[str]]) -> bool:
    if fault == "broken_json":
        return not parses(line)
    said = json.loads(line)
    names = [("event_id", "id"), ("type", "event"), ("at", "ts"), ("visitor", "user")]
    if fault == "field_missing":
        return any(not names_of & said.keys() for names_of in map(set, names))
    if fault == "price_as_text":
        return isinstance(said["unit_price"], str)
    if fault == "sent_twice":
        return sum(of_day.count(line) for of_day in lines.values()) > 1
    at = dt.datetime.fromisoformat(said.get("at") or said["ts"])
    received = dt.datetime.fromisoformat(said["received_at"])
    if fault == "clock_ahead":
        return at - received > dt.timedelta(minutes=5)
    return received - at >= dt.timedelta(hours=1)


def parses(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def truth(shop: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """A table of the truth, as DuckDB reads it, sorted."""
    of = ", ".join(columns or COLUMNS[table])
    return duckdb.sql(
        f"SELECT {of} FROM read_csv('{shop}/truth/{table}.csv') ORDER BY ALL"
    ).fetchall()


# Each an own statement of what the truth says, in SQL.
SESSIONS = """
CREATE TABLE sessions AS
WITH came AS (SELECT * FROM events WHERE event_type <> 'refund'),
edges AS (
    SELECT visitor_id, event_date, event_time AS at FROM came
    UNION ALL SELECT DISTINCT visitor_id, event_date, event_date::TIMESTAMP FROM came
    UNION ALL SELECT DISTINCT visitor_id, event_date, event_date + INTERVAL 1 DAY FROM came
),
pauses AS (
    SELECT *, lead(at) OVER (PARTITION BY visitor_id, event_date ORDER BY at) - at AS pause
    FROM edges
),
restless AS (
    SELECT visitor_id, event_date FROM pauses
    GROUP BY ALL HAVING max(pause) < INTERVAL 30 MINUTE
),
with_before AS (
    SELECT *, lag(event_time) OVER (PARTITION BY visitor_id ORDER BY event_time, event_id) AS before
    FROM came
),
numbered AS (
    SELECT
        *, sum(CASE
            WHEN before IS NULL OR event_time - before >= INTERVAL 30 MINUTE THEN 1
            WHEN before::DATE < event_date AND (visitor_id, before::DATE) IN (FROM restless) THEN 1
            ELSE 0
        END) OVER (PARTITION BY visitor_id ORDER BY event_time, event_id) AS number
    FROM with_before
)
SELECT
    visitor_id, number, min(event_date) AS event_date, min(event_time) AS started_at,
    max(event_time) AS ended_at, count(*) AS events,
    count(*) FILTER (event_type = 'page_view') AS page_views,
    first(page ORDER BY event_time, event_id) AS entry_page,
    last(page ORDER BY event_time, event_id) AS exit_page,
    first(campaign ORDER BY event_time, event_id) FILTER (campaign IS NOT NULL) AS campaign,
    first(device ORDER BY event_time, event_id) AS device,
    bool_or(device = 'bot') AS is_bot,
    count(*) = 1 AS is_bounce,
    bool_or(event_type = 'purchase') AS converted
FROM numbered GROUP BY visitor_id, number
"""
FUNNEL = """
WITH versions AS (FROM read_csv('{folder}/reference/catalogue.csv')),
steps AS (
    SELECT
        s.event_date, s.visitor_id, s.started_at, s.device,
        coalesce(s.campaign, 'direct') AS campaign,
        category, event_type, event_time, event_id
    FROM events AS e
    INNER JOIN sessions AS s
        ON e.visitor_id = s.visitor_id AND e.event_time BETWEEN s.started_at AND s.ended_at
    LEFT JOIN versions AS v
        ON e.sku = v.sku AND e.event_date BETWEEN v.valid_from AND v.valid_to
    WHERE NOT s.is_bot
),
viewed AS (
    SELECT visitor_id, started_at, category, event_date, device, campaign,
        min((event_time, event_id)) AS at
    FROM steps WHERE event_type = 'page_view' AND category IS NOT NULL GROUP BY ALL
),
carted AS (
    SELECT v.* EXCLUDE (at), min((s.event_time, s.event_id)) AS at
    FROM viewed AS v INNER JOIN steps AS s USING (visitor_id, started_at, category)
    WHERE s.event_type = 'cart_add' AND (s.event_time, s.event_id) > v.at GROUP BY ALL
),
checked_out AS (
    SELECT v.* EXCLUDE (at), min((s.event_time, s.event_id)) AS at
    FROM carted AS v INNER JOIN steps AS s USING (visitor_id, started_at)
    WHERE s.event_type = 'checkout' AND (s.event_time, s.event_id) > v.at GROUP BY ALL
),
purchased AS (
    SELECT DISTINCT v.* EXCLUDE (at)
    FROM checked_out AS v INNER JOIN steps AS s USING (visitor_id, started_at, category)
    WHERE s.event_type = 'purchase' AND (s.event_time, s.event_id) > v.at
)
SELECT event_date, category, device, campaign,
    count(*) FILTER (step = 0), count(*) FILTER (step = 1),
    count(*) FILTER (step = 2), count(*) FILTER (step = 3)
FROM (
    SELECT event_date, category, device, campaign, 0 AS step FROM viewed
    UNION ALL SELECT event_date, category, device, campaign, 1 FROM carted
    UNION ALL SELECT event_date, category, device, campaign, 2 FROM checked_out
    UNION ALL SELECT event_date, category, device, campaign, 3 FROM purchased
)
GROUP BY ALL ORDER BY ALL
"""
RETENTION = """
WITH weeks AS (
    SELECT DISTINCT visitor_id, date_trunc('week', event_date)::DATE AS week
    FROM events WHERE event_type <> 'refund' AND device <> 'bot'
)
SELECT (SELECT min(week) FROM weeks AS w WHERE w.visitor_id = weeks.visitor_id), week, count(*)
FROM weeks GROUP BY ALL ORDER BY ALL
"""


def test_the_sessions_are_those_of_a_statement_in_sql(
    shop: Path, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute(SESSIONS)
    columns = (
        *("event_date", "visitor_id", "started_at", "ended_at", "events", "page_views"),
        *("entry_page", "exit_page", "campaign", "device", "is_bot", "is_bounce", "converted"),
    )
    found = database.sql(f"SELECT {', '.join(columns)} FROM sessions ORDER BY ALL").fetchall()

    assert len(found) > 400
    assert found == truth(shop, "clean.storefront_sessions", *columns)


def test_the_funnel_is_that_of_a_statement_in_sql(
    shop: Path, database: duckdb.DuckDBPyConnection
) -> None:
    found = database.sql(FUNNEL.format(folder=shop)).fetchall()

    assert sum(row[-1] for row in found) > 20
    assert found == truth(shop, "mart.purchase_funnel")


def test_the_retention_is_that_of_a_statement_in_sql(
    shop: Path, database: duckdb.DuckDBPyConnection
) -> None:
    found = database.sql(RETENTION).fetchall()

    assert len(found) > 5
    assert found == truth(shop, "mart.weekly_retention")


MEASURED = """
import datetime, pathlib, resource, sys
from tidegate.generate.storefront import generate
folder, visitors = pathlib.Path(sys.argv[1]), int(sys.argv[2])
generate(folder, start=datetime.date(2026, 3, 2), days=2, visitors=visitors, seed=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skip(reason="takes 20 s")
def test_ten_times_the_visitors_take_no_more_memory(tmp_path: Path) -> None:
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", MEASURED, str(tmp_path / str(visitors)), str(visitors)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for visitors in (10_000, 30_000)
    ]
    assert peaks[1] < peaks[0] * 1.1
