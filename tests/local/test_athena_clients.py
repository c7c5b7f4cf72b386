"""The clients that analysts use, unchanged, against the local endpoint."""

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from .conftest import RESULTS

DAY = dt.date(2015, 1, 1)
MOMENT = dt.datetime(2015, 1, 1, 13, 5, 0, 250_000, tzinfo=dt.UTC)
STARS = "SELECT event_date, repository, stars, share FROM stars ORDER BY stars"


@pytest.fixture
def wr(exported):
    """awswrangler, at the local endpoint."""
    import awswrangler

    awswrangler.config.reset()
    return awswrangler


@pytest.fixture
def connect(exported):
    """Connects with pyathena; ``connect(cursor_class)``."""
    import pyathena

    def make(cursor=None, **more):
        given = {"cursor_class": cursor} if cursor else {}
        return pyathena.connect(
            s3_staging_dir=RESULTS, region_name="us-east-1", schema_name="mart", **given, **more
        )

    return make


@pytest.mark.parametrize(
    "way",
    [
        {"ctas_approach": False},
        {"ctas_approach": True},
        {"ctas_approach": False, "unload_approach": True},
    ],
    ids=["plain", "ctas", "unload"],
)
def test_awswrangler_reads_a_query_in_each_of_its_ways(wr, way):
    output = "s3://wrangler/unloaded/" if way.get("unload_approach") else RESULTS
    frame = wr.athena.read_sql_query(STARS, database="mart", s3_output=output, **way)

    assert frame["repository"].tolist() == ["ann/sea", "it's", "bob/tide"]
    assert frame["stars"].tolist() == [1, 2, 7]
    assert frame["stars"].dtype == "Int64"
    assert frame["event_date"].tolist()[0] == DAY
    assert frame["share"].tolist()[0] == Decimal("12.50")
    assert wr.catalog.table("mart", "stars")["Column Name"].tolist()[0] == "event_date"
    names = [one["Name"] for one in wr.catalog.get_tables(database="mart")]
    assert names == ["stars"]


def test_awswrangler_has_times_lists_and_bytes(wr):
    frame = wr.athena.read_sql_query(
        "SELECT happened_at, tags, payload FROM events",
        database="clean",
        ctas_approach=False,
        s3_output=RESULTS,
    )

    assert (
        frame["happened_at"][0] == MOMENT.replace(tzinfo=None) or frame["happened_at"][0] == MOMENT
    )
    assert frame["payload"].tolist()[0] is not None


def test_awswrangler_reads_in_chunks_with_parameters_and_without_an_output_location(wr):
    chunks = wr.athena.read_sql_query(
        STARS, database="mart", ctas_approach=False, chunksize=2, s3_output=RESULTS
    )
    assert [len(chunk) for chunk in chunks] == [2, 1]
    named = wr.athena.read_sql_query(
        "SELECT stars FROM stars WHERE repository = :name",
        database="mart",
        params={"name": "it's"},
        paramstyle="named",
        ctas_approach=False,
    )
    marked = wr.athena.read_sql_query(
        "SELECT stars FROM stars WHERE repository = ?",
        database="mart",
        params=["'it''s'"],
        paramstyle="qmark",
        ctas_approach=False,
    )
    assert named["stars"].tolist() == marked["stars"].tolist() == [2]


def test_awswrangler_says_what_athena_says(wr):
    with pytest.raises(
        wr.exceptions.QueryFailed, match='COLUMN_NOT_FOUND: line 1:8: no column "x"'
    ):
        wr.athena.read_sql_query(
            "SELECT x FROM stars", database="mart", ctas_approach=False, s3_output=RESULTS
        )


def test_awswrangler_describes_and_lists(wr):
    assert sorted(wr.catalog.databases()["Database"]) == ["clean", "mart"]
    described = wr.athena.describe_table("stars", database="mart", s3_output=RESULTS)
    assert described["Column Name"].tolist() == ["event_date", "repository", "stars", "share"]
    assert described["Type"].tolist() == ["date", "string", "bigint", "decimal(5,2)"]
    assert described["Comment"].tolist()[2] == "how many gave a star"


def test_pyathenas_cursor_has_pythons_types(connect):
    with connect().cursor() as cursor:
        rows = cursor.execute(STARS).fetchall()
        assert rows[0] == (DAY, "ann/sea", 1, Decimal("12.50"))
        assert [column[:2] for column in cursor.description] == [
            ("event_date", "date"), ("repository", "varchar"),
            ("stars", "bigint"), ("share", "decimal"),
        ]  # fmt: skip
        assert cursor.data_scanned_in_bytes > 0
        moment = cursor.execute("SELECT happened_at FROM clean.events").fetchone()[0]
        assert moment.astimezone(dt.UTC) == MOMENT
        named = "SELECT stars FROM stars WHERE repository = %(name)s"
        assert cursor.execute(named, {"name": "it's"}).fetchall() == [(2,)]
        marked = "SELECT stars FROM stars WHERE repository = ? AND stars > ?"
        found = cursor.execute(marked, ["'it''s'", "1"], paramstyle="qmark").fetchall()
        assert found == [(2,)]
        assert cursor.execute("SHOW TABLES IN mart").fetchall() == [("stars",)]


def test_pyathena_fails_with_athenas_words(connect):
    from pyathena.error import OperationalError

    with connect().cursor() as cursor, pytest.raises(OperationalError, match="TABLE_NOT_FOUND: "):
        cursor.execute("SELECT * FROM mart.starz")


@pytest.mark.parametrize("unload", [False, True], ids=["csv", "unload"])
def test_pyathenas_pandas_cursor(connect, unload):
    from pyathena.pandas.cursor import PandasCursor

    cursor = connect(PandasCursor, cursor_kwargs={"unload": unload}).cursor()
    frame = cursor.execute(STARS).as_pandas()

    assert frame["stars"].tolist() == [1, 2, 7]
    assert frame["repository"].tolist() == ["ann/sea", "it's", "bob/tide"]


def test_pyathenas_arrow_cursor_in_the_workgroup_whose_results_are_kept(exported):
    import pyathena
    from pyathena.arrow.cursor import ArrowCursor

    connection = pyathena.connect(
        work_group="managed", region_name="us-east-1", schema_name="mart", cursor_class=ArrowCursor
    )
    table = connection.cursor().execute(STARS).as_arrow()
    nothing = connection.cursor().execute(f"{STARS} LIMIT 0").as_arrow()

    assert table.column("stars").to_pylist() == [1, 2, 7]
    assert table.column("event_date").to_pylist()[0] == DAY
    assert nothing.num_rows == 0


def test_sqlalchemy_looks_around_and_asks(exported):
    from sqlalchemy import MetaData, Table, create_engine, inspect, select
    from sqlalchemy.exc import NoSuchTableError

    engine = create_engine(
        f"awsathena+rest://:@athena.us-east-1.amazonaws.com:443/mart?s3_staging_dir={RESULTS}"
    )
    with engine.connect() as connection:
        seen = inspect(connection)
        assert seen.get_schema_names() == ["clean", "mart"]
        assert seen.get_table_names(schema="mart") == ["stars"]
        assert [one["name"] for one in seen.get_columns("stars", schema="mart")] == [
            "event_date", "repository", "stars", "share",
        ]  # fmt: skip
        assert [seen.has_table(one, schema="mart") for one in ("stars", "starz")] == [True, False]
        with pytest.raises(NoSuchTableError):
            Table("starz", MetaData(), schema="mart", autoload_with=connection)
        whole = MetaData(schema="mart")
        whole.reflect(connection)
        assert list(whole.tables) == ["mart.stars"]
        kinds = [str(column.type) for column in whole.tables["mart.stars"].columns]
        assert kinds == ["DATE", "VARCHAR", "BIGINT", "DECIMAL(5, 2)"]
        assert whole.tables["mart.stars"].columns["stars"].comment == "how many gave a star"
        stars = Table("stars", MetaData(), schema="mart", autoload_with=connection)
        asked = select(stars.c.repository).where(stars.c.stars > 1).order_by(stars.c.stars)
        assert connection.execute(asked).scalars().all() == ["it's", "bob/tide"]


def test_the_aws_command_line_asks_waits_and_reads(exported):
    def aws(*words: str) -> dict:
        command = [str(Path(sys.executable).parent / "aws"), *words, "--output", "json"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout or "{}")

    begun = aws(
        "athena", "start-query-execution",
        "--query-string", "SELECT stars FROM mart.stars WHERE repository = ?",
        "--execution-parameters", "'ann/sea'",
        "--result-configuration", f"OutputLocation={RESULTS}",
    )  # fmt: skip
    identity = ["--query-execution-id", begun["QueryExecutionId"]]
    while True:
        told = aws("athena", "get-query-execution", *identity)["QueryExecution"]
        if told["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
    found = aws("athena", "get-query-results", *identity)

    assert told["Status"]["State"] == "SUCCEEDED"
    assert [row["Data"] for row in found["ResultSet"]["Rows"]] == [
        [{"VarCharValue": "stars"}], [{"VarCharValue": "1"}],
    ]  # fmt: skip
