"""What an analyst types, over the lake."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tidegate.errors import LakeError, QuestionError
from tidegate.lake.catalog import open_catalog
from tidegate.serve import sql
from tidegate.serve.engine import reader
from tidegate.serve.statement import prepared, read
from tidegate.settings import load_settings

from .conftest import day, open_for_writing, schema, stars

pytestmark = pytest.mark.quick

ONLY_READING = "SQL: only reading is allowed (SELECT, WITH, SHOW TABLES, DESCRIBE), not "


def message(lake, text: str) -> str:
    with pytest.raises(QuestionError) as error:
        sql(lake, text)
    return str(error.value)


def test_readers_see_main_with_its_replaced_day_and_no_branch(lake):
    answer = sql(lake, "SELECT * FROM mart.stars ORDER BY event_date")

    assert answer.columns == ["event_date", "repository", "stars", "share"]
    assert answer.types == ["date", "varchar", "bigint", "decimal(5,2)"]
    assert answer.rows == [
        (day("2015-01-01"), "ann/sea", 1234, Decimal("12.50")),
        (day("2015-01-02"), "bob/tide", 7, Decimal("12.50")),
    ]


def test_a_table_whose_only_snapshot_is_on_a_branch_is_empty_until_it_is_published(tmp_path):
    (tmp_path / "contracts").mkdir()
    catalog = open_for_writing(tmp_path / "lake")
    catalog.create_namespace("mart")
    table = catalog.create_table("mart.stars", stars().schema)
    table.append(stars(("2015-01-01", "ann/sea", 1)))
    settings = load_settings(tmp_path, warehouse="lake")
    count = "SELECT COUNT(*), SUM(stars) FROM mart.stars"

    published = Path(table.metadata_location)
    found = json.loads(published.read_text())  # rewritten as Spark leaves it before it publishes
    branch = {"run-1": found["refs"].pop("main")}
    held = found | {"refs": branch, "current-snapshot-id": -1, "snapshot-log": []}
    published.write_text(json.dumps(held))
    assert sql(settings, count).rows == [(0, None)]

    main = branch["run-1"]
    published.write_text(
        json.dumps(held | {"refs": {"main": main}, "current-snapshot-id": main["snapshot-id"]})
    )
    assert sql(settings, count).rows == [(1, 1)]


def test_a_table_without_rows_answers_with_none(lake):
    assert sql(lake, "SELECT repository, stars FROM mart.nothing").rows == []


def test_times_bytes_and_lists_come_as_what_they_are(lake):
    answer = sql(lake, "SELECT happened_at, tags, payload, FROM_UTF8(payload) FROM clean.events")

    assert answer.types == [
        "timestamp(6) with time zone",
        "array(varchar)",
        "varbinary",
        "varchar",
    ]
    moment = dt.datetime(2015, 1, 1, 13, 5, 0, 250_000, tzinfo=dt.UTC)
    assert answer.rows == [(moment, ["a", "b"], b"\xffA", "\ufffdA")]


def test_whole_numbers_divide_as_in_athena_and_dates_stay_dates(lake):
    answer = sql(
        lake,
        "SELECT stars / 5, -stars / 5, stars / 5e0, DATE_ADD('day', 1, event_date),"
        " SUM(stars) OVER ()"
        " FROM mart.stars WHERE repository = 'bob/tide'",
    )

    assert answer.columns == ["_col0", "_col1", "_col2", "_col3", "_col4"]
    assert answer.types == ["bigint", "bigint", "double", "date", "bigint"]
    assert answer.rows == [(1, -1, 1.4, day("2015-01-03"), 7)]


def test_a_share_of_a_count_keeps_its_fraction(lake):
    text = (
        "WITH counts AS (SELECT COUNT_IF(stars > 7) AS some, COUNT(*) AS n FROM mart.stars)"
        " SELECT 100e0 * some / n, some / n FROM counts"
    )

    assert sql(lake, text).rows == [(50.0, 0)]


def test_names_are_athenas_in_any_case_and_ctes_may_be_named_as_tables(lake):
    text = (
        'WITH stars AS (SELECT STARS AS n FROM AwsDataCatalog.Mart."stars")'
        " SELECT MAX(n) FROM stars;"
    )

    assert sql(lake, text).rows == [(1234,)]


def test_show_and_describe_answer_too(lake):
    assert sql(lake, "show tables in mart").rows == [("mart.nothing",), ("mart.stars",)]
    assert sql(lake, "SHOW TABLES;").rows == [("clean.events",), ("mart.nothing",), ("mart.stars",)]
    assert sql(lake, "DESCRIBE clean.events").rows == [
        ("id", "varchar", None),
        ("happened_at", "timestamp(6) with time zone", None),
        ("tags", "array(varchar)", None),
        ("payload", "varbinary", None),
    ]


def test_information_schema_says_what_the_lake_has(lake):
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'mart'"

    assert sql(lake, f"{tables} ORDER BY table_name").rows == [("nothing",), ("stars",)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("DELETE FROM mart.stars", "DELETE"),
        ("INSERT INTO mart.stars SELECT * FROM mart.stars", "INSERT"),
        ("DROP TABLE mart.stars", "DROP"),
        ("CREATE TABLE t AS SELECT 1 AS one", "CREATE"),
        ("COPY mart.stars TO '/tmp/out.csv'", "COPY"),
        ("SET lock_configuration = false", "SET"),
        ("OPTIMIZE mart.stars REWRITE DATA USING BIN_PACK", "OPTIMIZE"),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
        ("WITH gone AS (DELETE FROM mart.stars) SELECT 1", "DELETE"),
    ],
)
def test_what_does_more_than_read_is_refused_before_it_runs(lake, text, word):
    assert message(lake, text) == ONLY_READING + word


@pytest.mark.parametrize(
    "function", ["read_csv", "read_text", "parquet_scan", "query", "iceberg_scan"]
)
def test_no_function_stands_where_a_table_should(lake, function):
    refused = f"SQL: reads tables of the lake only, not the function {function}(…)"

    assert message(lake, f"SELECT * FROM {function}('/etc/passwd')") == refused
    assert message(lake, f"SELECT * FROM mart.stars, LATERAL {function}('x')") == refused


def test_a_files_name_is_no_table(lake):
    assert 'no table "/etc/passwd" in the lake' in message(lake, "SELECT * FROM '/etc/passwd'")


def test_duckdb_itself_opens_no_file_outside_the_lake(lake):
    with reader(lake) as connection:
        for text in ("SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/out.csv'"):
            with pytest.raises(Exception, match="file system operations are disabled"):
                connection.execute(text)
        with pytest.raises(Exception, match="configuration has been locked"):
            connection.execute("SET lock_configuration = false")


def test_times_are_read_in_utc_wherever_the_machine_is(lake):
    with reader(lake) as connection:
        zone = connection.execute("SELECT current_setting('TimeZone')").fetchall()

    assert zone == [("UTC",)]


def test_two_statements_or_none_are_refused(lake):
    assert message(lake, "SELECT 1; SELECT 2") == "SQL: expected one statement, found 2"
    assert message(lake, " -- nothing\n") == "SQL: expected one statement, found 0"


def test_sql_that_doesnt_parse_is_marked(lake):
    assert message(lake, "SELECT repository\nFROM mart.stars WHERE (((") == (
        "SQL:2:25: something is missing at '('\n"
        "  line 2: FROM mart.stars WHERE (((\n"
        "                                  ^"
    )
    assert message(lake, "SELECT 'ann\nFROM mart.stars") == (
        "SQL:1:8: ' is never closed\n  line 1: SELECT 'ann\n                 ^"
    )
    assert message(lake, "SELECT 'it''s' -- don't\n  /* \"") == (
        'SQL:2:3: /* is never closed\n  line 2:   /* "\n            ^'
    )
    assert message(lake, "SELECT FROM mart.stars") == "SQL: a SELECT that names no columns"
    assert message(lake, "SELECT stars, FROM mart.stars") == (
        "SQL:1:15: something is missing after a comma at 'FROM'\n"
        "  line 1: SELECT stars, FROM mart.stars\n"
        "                        ^"
    )
    assert message(lake, "FROM mart.stars").startswith("SQL:1:1: SELECT is missing at 'FROM'\n")
    assert message(lake, "SELECT MAX(stars,) FROM mart.stars").startswith("SQL:1:18: something is")


def test_an_unknown_table_is_marked_with_the_nearest_name(lake):
    assert message(lake, "SELECT *\nFROM mart.starz") == (
        'SQL: no table "mart.starz" in the lake\n'
        '  did you mean "mart.stars"?\n'
        "  line 2: FROM mart.starz\n"
        "                    ^"
    )
    assert 'did you mean "mart.stars"?' in message(lake, "SELECT * FROM stars")
    assert "there are: clean.events, mart.nothing, mart.stars" in message(lake, "DESCRIBE xyz")


def test_an_unknown_column_is_marked_with_the_nearest_name(lake):
    assert message(lake, "SELECT repository,\n  starz\nFROM mart.stars") == (
        'SQL: no column "starz" in mart.stars\n'
        '  did you mean "stars"?\n'
        "  line 2:   starz\n"
        "            ^"
    )


def test_what_fails_on_a_value_is_said_in_one_line(lake):
    text = "SELECT CAST(repository AS integer) FROM mart.stars WHERE stars = 7"

    told = "SQL: INVALID_CAST_ARGUMENT: Cannot cast 'bob/tide' to integer"
    assert message(lake, text).startswith(told)


def test_time_travel_answers_as_of_then(lake):
    first = open_catalog(lake).load_table("mart.stars").history()[0].snapshot_id
    count = "SELECT MAX(stars) FROM mart.stars FOR "

    assert sql(lake, f"{count}VERSION AS OF {first}").rows == [(7,)]
    assert sql(lake, f"{count}TIMESTAMP AS OF current_timestamp").rows == [(1234,)]
    assert message(lake, f"{count}TIMESTAMP AS OF TIMESTAMP '2001-01-01 00:00:00 UTC'").startswith(
        "no version of mart.stars at 2001-01-01 00:00:00 UTC; it begins at "
    )


def test_parameters_are_refused(lake):
    assert message(lake, "SELECT :top") == (
        "SQL: takes no parameter :top; write the value, or save the question in sql/athena/"
    )


def test_a_table_whose_files_are_gone_is_the_lakes_fault(tmp_path):
    (tmp_path / "contracts").mkdir()
    catalog = open_for_writing(tmp_path / "lake")
    catalog.create_namespace("mart")
    catalog.create_table("mart.stars", schema({"stars": "long"}))
    for file in (tmp_path / "lake" / "mart" / "stars" / "metadata").iterdir():
        file.unlink()

    with pytest.raises(LakeError, match=f"^mart.stars: its metadata file {tmp_path}/lake/"):
        sql(load_settings(tmp_path, warehouse="lake"), "SELECT * FROM mart.stars")


def test_a_statement_that_has_ended_can_be_stopped(lake):
    with prepared(lake, read("SELECT 1 AS x"), "SELECT 1 AS x") as statement:
        statement.run()

    statement.stop()
