"""Athena at the local endpoint, through boto3."""

import re
import time

import pytest
from botocore.exceptions import ClientError

from tidegate.aws import aws_config
from tidegate.lake.catalog import open_catalog

from .conftest import RESULTS, ended

STARS = "SELECT repository, stars FROM mart.stars ORDER BY stars"
# Long enough to be met while it runs.
SLOW = (
    "SELECT COUNT(*) AS n FROM UNNEST(SEQUENCE(1, 100000)) a(x)"
    " CROSS JOIN UNNEST(SEQUENCE(1, 1000000)) b(y) WHERE x * y % 7 = 3"
)


def test_a_query_runs_and_leaves_its_rows_in_s3(analysed, athena, execute, rows_of):
    execution = execute(STARS)
    file = execution["ResultConfiguration"]["OutputLocation"]
    bucket, _, key = file.removeprefix("s3://").partition("/")
    s3 = aws_config(analysed).client("s3")

    assert execution["Status"]["State"] == "SUCCEEDED"
    assert (execution["StatementType"], execution["WorkGroup"]) == ("DML", "primary")
    assert file == f"{RESULTS}{execution['QueryExecutionId']}.csv"
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() == (
        '"repository","stars"\n"ann/sea","1"\n"it\'s","2"\n"bob/tide","7"\n'
    )
    assert s3.get_object(Bucket=bucket, Key=f"{key}.metadata")["ContentLength"] > 0
    assert rows_of(STARS)[:2] == [["repository", "stars"], ["ann/sea", "1"]]


def test_values_and_types_are_as_athena_gives_them(athena, execute):
    text = (
        "SELECT 1 AS i, CAST(7 AS bigint) AS b, 2.50 AS d, 1e10 AS f, 0.5e0 AS h, true AS t,"
        " CAST(NULL AS varchar) AS n, DATE '2015-01-01' AS day, happened_at, tags, payload"
        " FROM clean.events"
    )
    execution = execute(text)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    identity = execution["QueryExecutionId"]
    found = athena.get_query_results(QueryExecutionId=identity)["ResultSet"]
    kinds = [one["Type"] for one in found["ResultSetMetadata"]["ColumnInfo"]]
    values = [one.get("VarCharValue") for one in found["Rows"][1]["Data"]]

    assert kinds == [
        "integer", "bigint", "decimal", "double", "double", "boolean",
        "varchar", "date", "timestamp with time zone", "array", "varbinary",
    ]  # fmt: skip
    assert values == [
        "1", "7", "2.50", "1.0E10", "0.5", "true",
        None, "2015-01-01", "2015-01-01 13:05:00.250000 UTC", "[a, b]", "ff 41",
    ]  # fmt: skip
    decimal = found["ResultSetMetadata"]["ColumnInfo"][2]
    assert (decimal["Precision"], decimal["Scale"]) == (3, 2)


def test_tables_are_found_in_the_default_database_and_only_as_readers_see_them(rows_of):
    here = {"QueryExecutionContext": {"Database": "mart", "Catalog": "AwsDataCatalog"}}

    assert rows_of("SELECT MAX(stars) AS most FROM stars", **here) == [["most"], ["7"]]
    assert rows_of('SELECT 1 AS a FROM "awsdatacatalog"."mart"."stars" LIMIT 1')[1] == ["1"]


def test_a_result_comes_in_pages(athena, execute):
    text = "SELECT x FROM UNNEST(SEQUENCE(1, 2500)) AS t(x) ORDER BY x"
    identity = execute(text)["QueryExecutionId"]

    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=identity)
    sizes, rows = [], []
    for page in pages:
        sizes.append(len(page["ResultSet"]["Rows"]))
        rows += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]

    assert sizes == [1000, 1000, 501]
    assert rows == ["x", *map(str, range(1, 2501))]
    few = athena.get_query_results(QueryExecutionId=identity, MaxResults=2)
    assert [row["Data"][0]["VarCharValue"] for row in few["ResultSet"]["Rows"]] == ["x", "1"]
    following = athena.get_query_results(
        QueryExecutionId=identity, MaxResults=2, NextToken=few["NextToken"]
    )
    assert following["ResultSet"]["Rows"][0]["Data"][0]["VarCharValue"] == "2"
    with pytest.raises(ClientError, match="is no token of this result"):
        athena.get_query_results(QueryExecutionId=identity, NextToken="x")


def test_several_run_at_once_and_one_of_them_is_cancelled(athena, rows_of):
    output = {"OutputLocation": RESULTS}
    slow = athena.start_query_execution(QueryString=SLOW, ResultConfiguration=output)
    identity = slow["QueryExecutionId"]

    assert rows_of(STARS)[1] == ["ann/sea", "1"]
    state = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
    assert state["State"] == "RUNNING"
    with pytest.raises(ClientError, match="Query has not yet finished"):
        athena.get_query_results(QueryExecutionId=identity)
    began = time.monotonic()
    athena.stop_query_execution(QueryExecutionId=identity)
    stopped = ended(athena, identity)["Status"]
    assert (stopped["State"], stopped["StateChangeReason"]) == (
        "CANCELLED",
        "Query cancelled by user",
    )
    assert time.monotonic() - began < 5
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        athena.get_query_results(QueryExecutionId=identity)
    listed = athena.list_query_executions(WorkGroup="primary", MaxResults=50)
    assert identity in listed["QueryExecutionIds"]


def test_more_than_run_at_once_are_queued_and_all_answered(athena):
    output = {"OutputLocation": RESULTS}
    texts = [f"SELECT SUM(stars) + {number} AS s FROM mart.stars" for number in range(20)]
    begun = [
        athena.start_query_execution(QueryString=text, ResultConfiguration=output) for text in texts
    ]
    states = [ended(athena, one["QueryExecutionId"])["Status"]["State"] for one in begun]

    assert states == ["SUCCEEDED"] * 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "SELECT repository\nFROM mart.stars WHERE (((",
            "SYNTAX_ERROR: line 2:25: something is missing at '('\n"
            "  line 2: FROM mart.stars WHERE (((\n                                  ^",
        ),
        (
            "SELECT *\nFROM mart.starz",
            'TABLE_NOT_FOUND: line 2:11: no table "mart.starz" in the lake\n'
            '  did you mean "mart.stars"?\n  line 2: FROM mart.starz\n                    ^',
        ),
        (
            "SELECT starz FROM mart.stars",
            'COLUMN_NOT_FOUND: line 1:8: no column "starz" in mart.stars\n'
            '  did you mean "stars"?\n  line 1: SELECT starz FROM mart.stars\n                 ^',
        ),
    ],
)
def test_what_is_wrong_in_a_text_is_said_and_marked(execute, text, told):
    status = execute(text)["Status"]

    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == told
    assert status["AthenaError"] == {
        "ErrorCategory": 2,
        "ErrorType": 1003,
        "Retryable": False,
        "ErrorMessage": told,
    }


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO mart.stars SELECT * FROM mart.stars",
        "DELETE FROM mart.stars",
        "UPDATE mart.stars SET stars = 0",
        "MERGE INTO mart.stars t USING mart.stars s ON t.stars = s.stars WHEN MATCHED THEN DELETE",
        "DROP TABLE mart.stars",
        "ALTER TABLE mart.stars ADD COLUMNS (x int)",
        "CREATE VIEW mart.v AS SELECT 1 AS x",
        "CREATE DATABASE other",
        "VACUUM mart.stars",
        "OPTIMIZE mart.stars REWRITE DATA USING BIN_PACK",
    ],
)
def test_a_write_is_refused_and_named(reason, rows_of, text):
    told = reason(text)

    word = text.split()[0]
    assert told == (
        "NOT_SUPPORTED: only reading is allowed (SELECT, WITH, SHOW TABLES, DESCRIBE), not " + word
    )
    assert rows_of("SELECT COUNT(*) AS n FROM mart.stars") == [["n"], ["3"]]


def test_no_file_and_no_function_stands_where_a_table_should(reason):
    assert "not the function read_csv(…)" in reason("SELECT * FROM read_csv('/etc/passwd')")
    assert 'no table "/etc/passwd" in the lake' in reason("SELECT * FROM '/etc/passwd'")


def test_a_value_that_cant_be_cast_is_the_users(reason):
    text = "SELECT CAST(repository AS integer) AS x FROM mart.stars"

    told = reason(text)
    assert re.match(r"INVALID_CAST_ARGUMENT: Cannot cast '[^']+('s)?' to integer", told)


def test_what_the_endpoint_doesnt_have_is_an_error_of_athenas_kind(athena, reason):
    with pytest.raises(ClientError) as error:
        athena.list_notebook_metadata(WorkGroup="primary")

    assert error.value.response["Error"] == {
        "Code": "InvalidRequestException",
        "Message": "ListNotebookMetadata is not supported at the local endpoint",
    }
    with pytest.raises(athena.exceptions.InvalidRequestException, match="was not found"):
        athena.get_query_execution(QueryExecutionId="5f7b6f8e-0000-4000-8000-000000000000")
    assert reason("SHOW PARTITIONS mart.stars").startswith("NOT_SUPPORTED: SHOW PARTITIONS is not")


def test_the_bytes_scanned_are_those_of_the_days_and_columns_that_are_read(analysed, execute):
    def scanned(text: str) -> int:
        return execute(text)["Statistics"]["DataScannedInBytes"]

    every = scanned("SELECT * FROM mart.stars")
    one = scanned("SELECT * FROM mart.stars WHERE event_date = DATE '2015-01-01'")
    two = scanned(
        "SELECT * FROM mart.stars WHERE event_date BETWEEN DATE '2015-01-02' AND DATE '2015-01-09'"
    )
    narrow = scanned("SELECT stars FROM mart.stars")

    assert one + two == every
    assert 0 < one < every
    assert 0 < narrow < every
    assert scanned("SELECT 1 AS x") == 0
    assert scanned("SELECT * FROM mart.stars WHERE event_date > DATE '2020-01-01'") == 0
    plan = open_catalog(analysed).load_table("mart.stars").scan().plan_files()
    assert every < sum(task.file.file_size_in_bytes for task in plan)
