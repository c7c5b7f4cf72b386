"""Redshift's Data API at the local endpoint, through boto3 and awswrangler."""

import time

import pytest

from tidegate.aws import aws_config

HERE = {"Database": "dev", "WorkgroupName": "analysts"}
# The same in Redshift's SQL, which has no sequences.
LONG = "SELECT COUNT(*) AS n FROM mart.stars a" + "".join(
    f" CROSS JOIN mart.stars t{number}" for number in range(18)
)


@pytest.fixture
def redshift(analysed):
    return aws_config(analysed).client("redshift-data")


@pytest.fixture
def ask(redshift):
    """Runs a statement to its end; back come its description and its records."""

    def run(text, **parameters):
        given = [{"name": name, "value": value} for name, value in parameters.items()]
        more = {"Parameters": given} if given else {}
        identity = redshift.execute_statement(Sql=text, **HERE, **more)["Id"]
        told = finished(redshift, identity)
        if told["Status"] != "FINISHED":
            return told["Error"]
        records = redshift.get_statement_result(Id=identity)["Records"]
        return [[next(iter(field.values())) for field in record] for record in records]

    return run


def finished(redshift, identity):
    while True:
        told = redshift.describe_statement(Id=identity)
        if told["Status"] not in ("SUBMITTED", "PICKED", "STARTED"):
            return told
        time.sleep(0.02)


def test_a_statement_answers_with_typed_fields(redshift):
    text = (
        "SELECT 1::int AS i, stars, share, event_date, 0.5::float8 AS h, NULL AS n, stars > 1 AS b,"
        " repository || '!' AS r FROM mart.stars WHERE repository = 'ann/sea'"
    )
    identity = redshift.execute_statement(Sql=text, **HERE)["Id"]
    told = finished(redshift, identity)
    found = redshift.get_statement_result(Id=identity)

    assert (told["Status"], told["HasResultSet"], told["ResultRows"]) == ("FINISHED", True, 1)
    assert found["Records"] == [
        [
            {"longValue": 1}, {"longValue": 1}, {"stringValue": "12.50"},
            {"stringValue": "2015-01-01"}, {"doubleValue": 0.5}, {"isNull": True},
            {"booleanValue": False}, {"stringValue": "ann/sea!"},
        ]
    ]  # fmt: skip
    kinds = [one["typeName"] for one in found["ColumnMetadata"]]
    assert kinds[:5] == ["int4", "int8", "numeric", "date", "float8"]


@pytest.mark.parametrize(
    ("condition", "value", "count"),
    [
        ("stars > :v", "1", 2),
        ("repository = :v", "it's", 1),
        ("event_date = :v", "2015-01-01", 1),
        ("share = :v", "12.5", 3),
        ("repository = :v", "x' OR '1'='1", 0),
        ("repository = :v OR repository = :v", "'; DROP TABLE mart.stars; --", 0),
        ("repository = :v", "\\' OR 1=1 --", 0),
    ],
)
def test_a_named_parameter_is_one_value_whatever_is_in_it(ask, condition, value, count):
    assert ask(f"SELECT COUNT(*) AS n FROM mart.stars WHERE {condition}", v=value) == [[count]]


def test_an_attempt_on_a_number_or_a_day_fails(ask):
    count = "SELECT COUNT(*) AS n FROM mart.stars WHERE "

    assert ask(f"{count} stars > :v", v="1 OR 1=1").startswith(
        "ERROR: parameter :v: Could not convert string '1 OR 1=1'"
    )
    assert ask(f"{count} event_date > :v", v="x OR true").startswith("ERROR: ")
    assert ask("SELECT :v AS x") == "ERROR: parameter :v has no value"
    assert ask("SELECT 1 AS x", v="1") == "ERROR: parameter v is not in the statement"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("DELETE FROM mart.stars", "mart is an external schema: nothing is written to the lake"),
        ("CREATE TABLE bare (n INT)", "bare has no schema; write one before it, as in hot.bare"),
        ("REFRESH MATERIALIZED VIEW hot.none", 'no materialized view "hot.none"'),
        ("DELETE FROM hot.a WHERE n IN (SELECT x FROM read_csv('a'))", "reads tables only, not"),
        ("CREATE TABLE hot.a AS SELECT x FROM read_csv('a')", "reads tables only, not the"),
        ("INSERT INTO hot.none SELECT starz FROM mart.stars", 'Table with name "hot.none" does'),
        ("CREATE TABLE hot.a (n INT n)", "only reading is allowed"),
        ("CREATE VIEW a.b AS SELECT 1 AS c", "only reading is allowed (SELECT, WITH), not CREATE"),
        ("BEGIN", "only reading is allowed (SELECT, WITH), not BEGIN"),
        ("SELECT * FROM mart.starz", 'no table "mart.starz" in the lake\n  did you mean'),
        ("SELECT starz FROM mart.stars", 'no column "starz" in mart.stars'),
        ("SELECT (((", "1:"),
        ("SELECT stars, FROM mart.stars", "1:15: something is missing after a comma at 'FROM'"),
    ],
)  # fmt: skip
def test_what_fails_says_why(ask, text, told):
    assert ask(text).startswith(f"ERROR: {told}")


def test_a_batch_runs_in_order_and_ends_with_the_first_that_fails(redshift):
    good = redshift.batch_execute_statement(Sqls=["SELECT 1 AS a", "SELECT 2 AS b"], **HERE)["Id"]
    told = finished(redshift, good)
    assert [one["Status"] for one in told["SubStatements"]] == ["FINISHED", "FINISHED"]
    second = redshift.get_statement_result(Id=f"{good}:2")
    assert second["Records"] == [[{"longValue": 2}]]

    bad = redshift.batch_execute_statement(
        Sqls=["SELECT 1 AS a", "SELECT x FROM nothing.here", "SELECT 3 AS c"], **HERE
    )["Id"]
    told = finished(redshift, bad)
    assert told["Status"] == "FAILED"
    assert 'no table "nothing.here"' in told["Error"]
    assert [one["Status"] for one in told["SubStatements"]] == ["FINISHED", "FAILED", "SUBMITTED"]


def test_a_statement_is_cancelled_while_it_runs(redshift):
    identity = redshift.execute_statement(Sql=LONG, **HERE)["Id"]
    while redshift.describe_statement(Id=identity)["Status"] == "SUBMITTED":
        time.sleep(0.02)

    assert redshift.cancel_statement(Id=identity)["Status"] is True
    assert finished(redshift, identity)["Status"] == "ABORTED"
    with pytest.raises(redshift.exceptions.ValidationException, match="already in ABORTED state"):
        redshift.cancel_statement(Id=identity)
    with pytest.raises(redshift.exceptions.ResourceNotFoundException, match="not have result"):
        redshift.get_statement_result(Id=identity)


def test_what_a_batch_writes_takes_effect_together_with_its_parameters_bound(redshift, ask):
    def run(*texts):
        return finished(redshift, redshift.batch_execute_statement(Sqls=[*texts], **HERE)["Id"])

    made = run("CREATE SCHEMA kept", "CREATE TABLE kept.Names (name VARCHAR(9)) DISTSTYLE ALL")
    assert made["Status"] == "FINISHED", made
    text = "INSERT INTO kept.names SELECT repository FROM mart.stars WHERE repository = :v"
    for value, rows in {"it's": 1, "x' OR '1'='1": 0, "\\' OR 1=1 --": 0}.items():
        bound = [{"name": "v", "value": value}]
        identity = redshift.execute_statement(Sql=text, Parameters=bound, **HERE)["Id"]
        assert finished(redshift, identity)["ResultRows"] == rows
    failed = run("INSERT INTO kept.names VALUES ('lost')", "SELECT 1 AS n")
    assert failed["Error"].startswith("ERROR: a batch that writes does nothing else here; send")

    assert ask("SELECT name FROM kept.names") == [["it's"]]
    assert run("DROP TABLE kept.names", "LOCK mart.stars")["Status"] == "FINISHED"


def test_a_batch_that_writes_is_cancelled_as_a_whole(redshift, ask):
    texts = ["CREATE SCHEMA own", "CREATE TABLE own.counted (n BIGINT)"]
    identity = redshift.batch_execute_statement(
        Sqls=[*texts, f"INSERT INTO own.counted {LONG}"], **HERE
    )["Id"]
    while redshift.describe_statement(Id=identity)["SubStatements"][2]["Status"] == "SUBMITTED":
        time.sleep(0.02)

    assert redshift.cancel_statement(Id=identity)["Status"] is True
    assert finished(redshift, identity)["Status"] == "ABORTED"
    assert ask("SELECT n FROM own.counted").startswith('ERROR: no table "own.counted"')


def test_the_lake_is_listed(redshift):
    assert redshift.list_databases(**HERE)["Databases"] == ["dev"]
    assert redshift.list_schemas(**HERE)["Schemas"] == ["clean", "mart"]
    found = redshift.list_tables(SchemaPattern="ma%", **HERE)["Tables"]
    assert found == [{"name": "stars", "type": "EXTERNAL TABLE", "schema": "mart"}]
    columns = redshift.describe_table(Schema="mart", Table="stars", **HERE)["ColumnList"]
    assert [one["name"] for one in columns] == ["event_date", "repository", "stars", "share"]
    with pytest.raises(redshift.exceptions.ClientError, match="ListSessions is not supported"):
        redshift.list_sessions()


def test_awswrangler_reads_through_the_data_api(exported):
    import awswrangler as wr

    connection = wr.data_api.redshift.connect(workgroup_name="analysts", database="dev")
    frame = wr.data_api.redshift.read_sql_query(
        "SELECT repository, stars FROM mart.stars ORDER BY stars", con=connection
    )

    assert frame["stars"].tolist() == [1, 2, 7]
    assert frame["repository"].tolist() == ["ann/sea", "it's", "bob/tide"]
