"""Parameters, prepared statements, named queries, workgroups, limits and time travel."""

import datetime as dt
import os
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_endpoint import CATALOG
from tests.serve.conftest import stars
from tidegate import local
from tidegate.aws import aws_config
from tidegate.settings import load_settings

from .conftest import RESULTS, WHERE, ended, in_its_catalog
from .test_athena import SLOW


@pytest.mark.parametrize(
    ("condition", "argument", "count"),
    [
        ("stars > ?", "1", "2"),
        ("stars > ?", "-1", "3"),
        ("share = ?", "12.5", "3"),
        ("stars > ?", "1e0", "2"),
        ("repository = ?", "'it''s'", "1"),
        ("event_date = ?", "DATE '2015-01-01'", "1"),
        ("CAST(event_date AS timestamp(6)) = ?", "TIMESTAMP '2015-01-01 00:00:00.000000'", "1"),
        ("(stars > 1) = ?", "true", "2"),
        ("repository = ?", "NULL", "0"),
    ],
)
def test_a_parameter_of_each_type_is_bound(rows_of, condition, argument, count):
    text = f"SELECT COUNT(*) AS n FROM mart.stars WHERE {condition}"

    assert rows_of(text, argument)[1] == [count]


@pytest.mark.parametrize(
    ("condition", "attempt"),
    [
        ("stars > ?", "'1 OR 1=1'"),
        ("repository = ?", "'x'' OR ''1''=''1'"),
        ("repository = ?", "'x''; DROP TABLE mart.stars --'"),
        ("share > ?", "DECIMAL '0 OR 1=1'"),
        ("stars > ?", "CAST('1 OR 1=1' AS bigint)"),
        ("(stars > 100) = ?", "CAST('true OR true' AS boolean)"),
    ],
)
def test_an_injection_within_a_literal_stays_a_value(execute, athena, rows_of, condition, attempt):
    execution = execute(f"SELECT COUNT(*) AS n FROM mart.stars WHERE {condition}", attempt)

    if execution["Status"]["State"] == "SUCCEEDED":
        found = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        assert found["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "0"}]
    else:
        told = execution["Status"]["StateChangeReason"]
        assert told.split(":")[0] in ("INVALID_CAST_ARGUMENT", "TYPE_MISMATCH")
    assert rows_of("SELECT COUNT(*) AS n FROM mart.stars")[1] == ["3"]


@pytest.mark.parametrize(
    "attempt",
    [
        "1 OR 1=1",
        "(SELECT MAX(stars) FROM mart.stars)",
        "stars",
        "1; DROP TABLE mart.stars",
        "'a' OR 'a'='a'",
        "true OR true",
        "DATE '2015-01-01' OR true",
        "DATE '2015-01-01'' OR 1=1'",
        "TIMESTAMP '2015-01-01 00:00:00 OR 1=1'",
        "current_date",
        "?",
        ":x",
        "'open",
        "",
    ],
)
def test_what_is_no_literal_is_no_parameter(reason, attempt):
    told = reason("SELECT COUNT(*) AS n FROM mart.stars WHERE stars > ?", attempt or " ")

    assert told.startswith("INVALID_PARAMETER_USAGE: parameter 1 is ")
    assert "not a literal; write a text in single quotes" in told


def test_parameters_go_to_the_marks_in_the_order_of_the_text(rows_of, reason):
    text = (
        "WITH some AS (SELECT repository, stars, ? AS a FROM mart.stars WHERE stars > ?)"
        " SELECT a, ? AS b FROM some WHERE repository = ? ORDER BY stars LIMIT ?"
    )

    assert rows_of(text, "'one'", "1", "'two'", "'bob/tide'", "5") == [["a", "b"], ["one", "two"]]
    assert reason("SELECT ? AS x") == (
        "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 0"
    )


def test_a_statement_is_prepared_executed_and_dropped(athena, rows_of, execute):
    text = "SELECT stars FROM mart.stars WHERE repository = ? AND stars < ?"
    athena.create_prepared_statement(
        StatementName="of_one", WorkGroup="primary", QueryStatement=text
    )

    assert rows_of("EXECUTE of_one USING 'it''s', 10") == [["stars"], ["2"]]
    assert rows_of("EXECUTE of_one", "'ann/sea'", "10") == [["stars"], ["1"]]
    kept = athena.get_prepared_statement(StatementName="of_one", WorkGroup="primary")
    assert kept["PreparedStatement"]["QueryStatement"] == text
    listed = athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]
    assert [one["StatementName"] for one in listed] == ["of_one"]
    athena.delete_prepared_statement(StatementName="of_one", WorkGroup="primary")
    with pytest.raises(athena.exceptions.ResourceNotFoundException, match="of_one was not found"):
        athena.get_prepared_statement(StatementName="of_one", WorkGroup="primary")
    execute("PREPARE another FROM SELECT ? AS x")
    assert rows_of("EXECUTE another USING 7") == [["x"], ["7"]]
    execute("DEALLOCATE PREPARE another")
    with pytest.raises(ClientError, match="another was not found"):
        execute("EXECUTE another USING 7")


def test_a_named_query_is_kept_and_asked(athena, rows_of):
    identity = athena.create_named_query(
        Name="top", Database="mart", QueryString="SELECT MAX(stars) AS m FROM stars"
    )["NamedQueryId"]
    kept = athena.get_named_query(NamedQueryId=identity)["NamedQuery"]
    here = {"QueryExecutionContext": {"Database": kept["Database"]}}

    assert rows_of(kept["QueryString"], **here) == [["m"], ["7"]]
    assert athena.list_named_queries()["NamedQueryIds"] == [identity]
    found = athena.batch_get_named_query(NamedQueryIds=[identity])["NamedQueries"]
    assert [one["Name"] for one in found] == ["top"]
    athena.delete_named_query(NamedQueryId=identity)
    with pytest.raises(ClientError, match="is not found"):
        athena.get_named_query(NamedQueryId=identity)


def test_a_workgroup_stops_what_reads_more_bytes_than_it_allows(athena, execute):
    configuration = {
        "ResultConfiguration": {"OutputLocation": "s3://limited/here/"},
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    athena.create_work_group(Name="limited", Configuration=configuration)
    text = "SELECT COUNT(payload) AS s FROM clean.large"

    stopped = execute(text, WorkGroup="limited")
    assert stopped["Status"]["State"] == "CANCELLED"
    assert stopped["Status"]["StateChangeReason"] == (
        f"Bytes scanned limit was exceeded: the query reads"
        f" {stopped['Statistics']['DataScannedInBytes']:,} bytes,"
        ' workgroup "limited" allows 10,000,000'
    )
    athena.update_work_group(
        WorkGroup="limited", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 20_000_000}
    )
    ran = execute(text, WorkGroup="limited")
    assert ran["Status"]["State"] == "SUCCEEDED"
    assert ran["ResultConfiguration"]["OutputLocation"].startswith("s3://limited/here/")
    with pytest.raises(ClientError, match="WorkGroup nobody is not found"):
        execute(text, WorkGroup="nobody")


def test_a_workgroup_without_an_output_location_needs_one(athena):
    athena.create_work_group(Name="bare")

    with pytest.raises(athena.exceptions.InvalidRequestException, match="No output location prov"):
        athena.start_query_execution(QueryString="SELECT 1 AS x", WorkGroup="bare")


def test_a_query_over_its_time_is_stopped_and_told(analysed, tmp_path):
    (tmp_path / "contracts").mkdir()
    hurried = load_settings(tmp_path, **{"warehouse": analysed.lake, **WHERE}, query_seconds=1)
    local.start(hurried)
    try:
        athena = aws_config(hurried).client("athena")
        began = time.monotonic()
        status = ended(athena, athena.start_query_execution(QueryString=SLOW)["QueryExecutionId"])
        assert time.monotonic() - began < 20
    finally:
        local.stop(hurried)

    assert (status["Status"]["State"], status["Status"]["StateChangeReason"]) == (
        "FAILED",
        "Query timeout: it ran longer than 1 s (setting query_seconds)",
    )


def test_a_query_sees_a_table_as_it_was(analysed, rows_of, reason):
    table = in_its_catalog(analysed).load_table("mart.stars")
    first, second = table.history()
    between = dt.datetime.fromtimestamp(first.timestamp_ms / 1000, dt.UTC)
    held = table.snapshot_by_name("run-2").snapshot_id
    count = "SELECT COUNT(*) AS n FROM mart.stars FOR "

    assert rows_of(count + f"TIMESTAMP AS OF TIMESTAMP '{between:%F %T.%f} UTC'")[1] == ["1"]
    assert rows_of(count + "TIMESTAMP AS OF current_timestamp")[1] == ["3"]
    assert rows_of(count + f"VERSION AS OF {first.snapshot_id}")[1] == ["1"]
    assert rows_of(count + f"VERSION AS OF {second.snapshot_id} AS old WHERE old.stars > 1")[1] == [
        "2"
    ]
    both = (
        f"SELECT now.repository FROM mart.stars now LEFT JOIN mart.stars"
        f" FOR VERSION AS OF {first.snapshot_id} AS was ON now.repository = was.repository"
        " WHERE was.repository IS NULL ORDER BY 1"
    )
    assert rows_of(both)[1:] == [["bob/tide"], ["it's"]]
    assert reason(count + f"VERSION AS OF {held}") == (
        f"INVALID_ARGUMENTS: mart.stars has no published version {held}"
    )
    assert reason(count + "TIMESTAMP AS OF TIMESTAMP '2001-01-01 00:00:00 UTC'").startswith(
        "INVALID_ARGUMENTS: no version of mart.stars at 2001-01-01 00:00:00 UTC; it begins at "
    )


def test_show_describe_and_information_schema(rows_of, reason):
    assert rows_of("SHOW DATABASES") == [["clean"], ["mart"]]
    assert rows_of("SHOW TABLES IN mart") == [["stars"]]
    assert rows_of("SHOW TABLES IN mart 'x*|sta*'") == [["stars"]]
    assert rows_of("SHOW TABLES", QueryExecutionContext={"Database": "clean"}) == [
        ["events"],
        ["large"],
    ]
    assert rows_of("SHOW COLUMNS IN mart.stars")[0] == ["event_date"]
    assert rows_of("DESCRIBE mart.stars")[2] == ["stars", "bigint", "how many gave a star"]
    assert rows_of(
        "SELECT column_name, data_type, is_nullable, comment FROM information_schema.columns"
        " WHERE table_schema = 'mart' AND table_name = 'stars' ORDER BY ordinal_position"
    )[1:] == [
        ["event_date", "date", "YES", None],
        ["repository", "varchar", "YES", None],
        ["stars", "bigint", "YES", "how many gave a star"],
        ["share", "decimal(5,2)", "YES", None],
    ]
    assert rows_of("SELECT table_name FROM information_schema.tables ORDER BY 1")[1:] == [
        ["events"],
        ["large"],
        ["stars"],
    ]
    assert 'no table "mart.starz" in the lake' in reason("DESCRIBE mart.starz")


def test_the_catalog_is_listed_by_athenas_api(athena):
    catalog = {"CatalogName": "AwsDataCatalog"}

    assert athena.list_data_catalogs()["DataCatalogsSummary"][0]["CatalogName"] == "AwsDataCatalog"
    found = [one["Name"] for one in athena.list_databases(**catalog)["DatabaseList"]]
    assert found == ["clean", "mart"]
    listed = athena.list_table_metadata(DatabaseName="mart", **catalog)["TableMetadataList"]
    assert [one["Name"] for one in listed] == ["stars"]
    one = athena.get_table_metadata(DatabaseName="mart", TableName="stars", **catalog)
    assert one["TableMetadata"]["Columns"][2] == {
        "Name": "stars",
        "Type": "bigint",
        "Comment": "how many gave a star",
    }
    with pytest.raises(athena.exceptions.MetadataException, match=r"Table mart\.starz not found"):
        athena.get_table_metadata(DatabaseName="mart", TableName="starz", **catalog)


@pytest.mark.skipif(CATALOG == "glue", reason="there, Glue is the lake's own catalog")
def test_glue_shows_the_lake_and_changes_none_of_it(analysed, execute, rows_of):
    glue = aws_config(analysed).client("glue")

    assert [one["Name"] for one in glue.get_databases()["DatabaseList"]] == ["clean", "mart"]
    table = glue.get_table(DatabaseName="mart", Name="stars")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["StorageDescriptor"]["Columns"][2]["Comment"] == "how many gave a star"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="mart", Name="starz")
    with pytest.raises(glue.exceptions.AccessDeniedException, match="shows the lake's tables and"):
        glue.delete_table(DatabaseName="mart", Name="stars")
    with pytest.raises(glue.exceptions.AccessDeniedException):
        glue.create_database(DatabaseInput={"Name": "other"})


@pytest.mark.skipif(CATALOG == "glue", reason="there, Glue is the lake's own catalog")
def test_icebergs_own_glue_catalog_reads_the_lake_there(analysed, address):
    from pyiceberg.catalog.glue import GlueCatalog

    keys = {"glue.access-key-id": "local", "glue.secret-access-key": "local"}
    catalog = GlueCatalog("glue", **{"glue.endpoint": address, "glue.region": "us-east-1", **keys})

    assert catalog.load_table("mart.stars").scan().to_arrow().num_rows == 3


@pytest.mark.skipif(CATALOG == "glue", reason="there, Glue is the lake's own catalog")
def test_a_result_can_be_a_table_of_its_own_but_none_of_the_lakes(execute, reason, analysed):
    made = execute("CREATE TABLE mart.few WITH (format = 'PARQUET') AS SELECT 1 AS x")
    glue = aws_config(analysed).client("glue")

    assert made["Status"]["State"] == "SUCCEEDED"
    assert glue.get_table(DatabaseName="mart", Name="few")["Table"]["DatabaseName"] == "mart"
    glue.delete_table(DatabaseName="mart", Name="few")
    assert reason("CREATE TABLE mart.stars AS SELECT 1 AS x") == (
        "TABLE_ALREADY_EXISTS: mart.stars is a table of the lake"
    )
    assert reason("CREATE TABLE mart.o WITH (table_type = 'ICEBERG') AS SELECT 1 AS x") == (
        "NOT_SUPPORTED: property table_type is not supported here; leave it out"
    )
    assert reason("UNLOAD (SELECT 1 AS x) TO '/etc/passwd' WITH (format = 'PARQUET')") == (
        "INVALID_TABLE_PROPERTY: '/etc/passwd' is no address of S3"
    )
    assert reason(f"UNLOAD (SELECT 1 AS x) TO '{RESULTS}u/' WITH (format = 'ORC')") == (
        "NOT_SUPPORTED: format ORC is not supported here; use PARQUET"
    )


def test_a_running_query_doesnt_keep_the_endpoint_from_stopping(analysed, tmp_path):
    (tmp_path / "contracts").mkdir()
    other = load_settings(tmp_path, **{"warehouse": analysed.lake, **WHERE})
    process = local.start(other).pid
    athena = aws_config(other).client("athena")
    endless = SLOW.replace(" WHERE", " CROSS JOIN UNNEST(SEQUENCE(1, 1000000)) c(z) WHERE")
    started = athena.start_query_execution(QueryString=endless)["QueryExecutionId"]
    while _state(athena, started) != "RUNNING":
        time.sleep(0.02)

    assert local.stop(other)
    # By itself: what doesn't end when it is told to is killed, and ends by a signal.
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def _state(athena, identity):
    found = athena.get_query_execution(QueryExecutionId=identity)
    return found["QueryExecution"]["Status"]["State"]


def test_one_token_is_one_query(athena):
    asked = {"QueryString": "SELECT 1 AS x", "ClientRequestToken": "t" * 32}

    first, again = (athena.start_query_execution(**asked) for _ in range(2))

    assert first["QueryExecutionId"] == again["QueryExecutionId"]


def test_a_lake_in_the_endpoints_own_glue_and_s3_is_read_there(tmp_path, monkeypatch):
    from pyiceberg.catalog.glue import GlueCatalog

    (tmp_path / "contracts").mkdir()
    settings = load_settings(tmp_path, catalog="glue", warehouse="s3://lake/of-glue")
    address = local.start(settings).address
    try:
        aws_config(settings).client("s3").create_bucket(Bucket="lake")
        keys = {"region": "us-east-1", "access-key-id": "local", "secret-access-key": "local"}
        given = {f"{one}.{name}": value for one in ("glue", "s3") for name, value in keys.items()}
        catalog = GlueCatalog(
            "glue", **given, warehouse=settings.lake,
            **{"glue.endpoint": address, "s3.endpoint": address},
        )  # fmt: skip
        catalog.create_namespace("mart")
        table = catalog.create_table("mart.stars", stars().schema)
        table.append(stars(("2015-01-01", "ann/sea", 5)))
        athena = aws_config(settings).client("athena")
        asked = athena.start_query_execution(QueryString="SELECT SUM(stars) AS s FROM mart.stars")
        told = ended(athena, asked["QueryExecutionId"])
        assert told["Status"]["State"] == "SUCCEEDED", told["Status"]
        found = athena.get_query_results(QueryExecutionId=asked["QueryExecutionId"])
        assert found["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "5"}]
    finally:
        local.stop(settings)
