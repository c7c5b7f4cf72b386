"""The views of ``analytics``: installed, found, described and read, on each engine the same."""

import datetime as dt

import pytest

from tests.local.conftest import WHERE, ended, in_its_catalog
from tests.serve.conftest import STARS, schema, stars
from tidegate import local, serve
from tidegate.aws import aws_config
from tidegate.cli import main
from tidegate.errors import QuestionError
from tidegate.serve.install import install, statements
from tidegate.serve.remote import ask_redshift
from tidegate.serve.statement import prepared, read
from tidegate.settings import load_settings

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: mart-stars
name: Stars
version: 1.1.0
status: active
schema:
  - name: stars
    physicalName: mart.stars
    physicalType: table
    description: One row a repository and day; it's counted once.
    properties:
      - name: event_date
        logicalType: date
        required: true
        primaryKey: true
        description: The day, in UTC.
      - {name: repository, logicalType: string, classification: personal}
      - {name: gained, physicalName: stars, logicalType: integer, description: It's a gain.}
      - {name: share, logicalType: number, physicalType: "decimal(5,2)"}
"""
DAYS = """-- Days, and what was gained on each.
SELECT event_date, SUM(gained) AS gained
FROM analytics.stars
GROUP BY event_date
"""
GAINED = """-- What was gained on a day?
-- :day date
SELECT gained
FROM analytics.days
WHERE event_date = :day
"""
WANTED = [(dt.date(2015, 1, 1), 1), (dt.date(2015, 1, 2), 7)]


def served(project, prefix=""):
    """A project with a table, a view of its own, and an endpoint."""
    files = {"contracts/mart.stars.yaml": CONTRACT, "sql/views/days.sql": DAYS}
    files |= {f"sql/{language}/gained.sql": GAINED for language in ("athena", "redshift")}
    for file, text in files.items():
        (project / file).parent.mkdir(parents=True)
        (project / file).write_text(text)
    # A process opens a lake's address once, so each of two on S3 has its own.
    where = WHERE and {**WHERE, "warehouse": f"s3://lake/{prefix}of-tests"}
    settings = load_settings(
        project,
        endpoint="local",
        athena_results="s3://results/",
        redshift_workgroup="here",
        database_prefix=prefix,
        **where,
    )
    local.start(settings)
    catalog = in_its_catalog(settings)
    catalog.create_namespace(f"{prefix}mart")
    table = catalog.create_table(f"{prefix}mart.stars", schema(STARS))
    table.append(stars(("2015-01-01", "ann/sea", 1), ("2015-01-02", "bob/tide", 7)))
    yield settings
    local.stop(settings)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    yield from served(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """The same of a deployment whose databases have a prefix."""
    yield from served(tmp_path_factory.mktemp("dev"), "dev_")


@pytest.fixture
def views(shop):
    """Where the views are installed; by each test anew."""
    (shop.state / "views.json").unlink(missing_ok=True)
    yield shop
    (shop.project / "sql" / "views" / "later.sql").unlink(missing_ok=True)


def test_a_view_selects_what_the_contract_shows_under_the_contract_s_names(shop):
    schema, stars, days = statements(shop, "athena")

    assert schema.startswith("CREATE SCHEMA IF NOT EXISTS analytics COMMENT '")
    assert stars == (
        "CREATE OR REPLACE VIEW analytics.stars AS\nSELECT\n"
        '    "event_date",\n    "stars" AS "gained",\n    "share"\nFROM mart.stars'
    )
    assert days == "CREATE OR REPLACE VIEW analytics.days AS\n" + DAYS.partition("\n")[2].strip()


def test_on_redshift_a_view_binds_late_and_its_own_comment_says_what_its_columns_are(shop):
    lake, schema, stars, said, *_ = statements(shop, "redshift")

    assert lake == (
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS mart FROM DATA CATALOG DATABASE 'mart'"
        " IAM_ROLE default"
    )
    assert schema == "CREATE SCHEMA IF NOT EXISTS analytics"
    assert stars == (
        'CREATE OR REPLACE VIEW analytics.stars AS\nSELECT\n  "event_date",\n'
        '  "stars" AS "gained",\n  "share"\nFROM mart.stars\nWITH NO SCHEMA BINDING'
    )
    assert said == (
        "COMMENT ON VIEW analytics.stars IS 'One row a repository and day; it''s counted once.\n"
        "event_date: The day, in UTC.\ngained: It''s a gain.'"
    )


def test_names_of_a_deployment_s_databases_are_in_every_statement(shop):
    dev = shop.model_copy(update={"database_prefix": "dev_"})
    catalog = in_its_catalog(shop)
    catalog.create_namespace_if_not_exists("dev_mart")
    catalog.create_table_if_not_exists("dev_mart.stars", schema(STARS))

    made, stars, days = statements(dev, "athena")

    assert "dev_analytics" in made
    assert "VIEW dev_analytics.stars AS" in stars
    assert "FROM dev_mart.stars" in stars
    assert "FROM dev_analytics.stars" in days


@pytest.mark.parametrize("engine", ["duckdb", "athena"])
def test_an_engine_has_the_views_once_they_are_installed_there(views, engine):
    with pytest.raises(QuestionError, match="none is installed; install a project's: tidegate se"):
        serve.sql(views, "SELECT * FROM analytics.days")

    install(views, engine, print)

    found = serve.sql(views, "SELECT * FROM analytics.days ORDER BY event_date")
    assert (found.columns, found.rows) == (["event_date", "gained"], WANTED)
    assert found.types == ["date", "bigint"]
    assert serve.sql(views, "SHOW TABLES IN analytics").rows == [
        ("analytics.stars",),
        ("analytics.days",),
    ]
    assert serve.sql(views, "DESCRIBE analytics.stars").rows == [
        ("event_date", "date", "The day, in UTC."),
        ("gained", "bigint", "It's a gain."),
        ("share", "decimal(5,2)", None),
    ]


def test_redshift_has_its_views_once_they_are_installed_there_and_athena_has_none_of_them(views):
    client = aws_config(views).client("redshift-data")
    here = {"Database": "dev", "WorkgroupName": "here"}
    assert client.list_tables(SchemaPattern="analytics", **here)["Tables"] == []

    install(views, "redshift", print)

    found = ask_redshift(views, "SELECT * FROM analytics.days ORDER BY event_date", "SQL", {})
    assert (found.columns, found.rows) == (["event_date", "gained"], WANTED)
    assert client.list_tables(SchemaPattern="analytics", **here)["Tables"] == [
        {"name": name, "type": "VIEW", "schema": "analytics"} for name in ("days", "stars")
    ]
    described = client.describe_table(Schema="analytics", Table="stars", **here)["ColumnList"]
    assert [one["name"] for one in described] == ["event_date", "gained", "share"]
    with pytest.raises(QuestionError, match="none is installed; install a project's: tidegate se"):
        serve.sql(views, "SELECT * FROM analytics.days")
    assert serve.sql(views, "SHOW TABLES IN analytics").rows == []


@pytest.mark.parametrize("engine", serve.ENGINES)
def test_a_saved_question_about_a_view_is_answered_by_each_engine(views, engine):
    install(views, engine, print)

    answer = serve.ask(views, "gained", {"day": "2015-01-02"}, on=engine)

    assert (answer.columns, answer.rows) == (["gained"], [(7,)])
    assert answer.scanned or engine == "redshift"


def test_a_view_is_read_by_its_name_an_alias_a_join_and_in_a_subquery(views):
    install(views, "duckdb", print)
    text = """
        WITH stars AS (SELECT 1 AS one)
        SELECT analytics.stars.gained, d.gained AS total, one
        FROM analytics.stars
        JOIN awsdatacatalog.analytics.days AS d ON d.event_date = analytics.stars.event_date
        CROSS JOIN stars AS other
        WHERE analytics.stars.gained IN (SELECT MAX(gained) FROM "analytics"."stars")"""

    assert serve.sql(views, text).rows == [(7, 7, 1)]
    with pytest.raises(QuestionError, match='no column "repository" in'):
        serve.sql(views, "SELECT repository FROM analytics.stars")
    with pytest.raises(QuestionError, match=r'no view "analytics\.starz"\n  did you mean "analyt'):
        serve.sql(views, "SELECT gained FROM analytics.starz")
    old = "FOR TIMESTAMP AS OF TIMESTAMP '2015-01-01 00:00:00 UTC'"
    with pytest.raises(QuestionError, match="is a view; FOR … AS OF is of tables only"):
        serve.sql(views, f"SELECT gained FROM analytics.stars {old}")


def test_athena_s_clients_find_the_views_with_their_comments(views):
    import pyathena

    install(views, "athena", print)
    address = local.status(views).address
    connection = pyathena.connect(
        s3_staging_dir="s3://results/",
        region_name="us-east-1",
        schema_name="analytics",
        endpoint_url=address,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    cursor = connection.cursor()

    assert cursor.execute("SELECT * FROM days ORDER BY 1").fetchall() == WANTED
    assert cursor.execute("SHOW TABLES IN analytics").fetchall() == [("days",), ("stars",)]
    assert cursor.execute("SHOW VIEWS IN analytics").fetchall() == [("days",), ("stars",)]
    assert [row[0].split("\t")[0].strip() for row in cursor.execute("DESCRIBE stars")] == [
        "event_date",
        "gained",
        "share",
    ]
    kinds = "SELECT table_type FROM information_schema.tables WHERE table_name = 'days'"
    assert cursor.execute(kinds).fetchall() == [("VIEW",)]
    glue = aws_config(views).client("glue").get_tables(DatabaseName="analytics")["TableList"]
    told = {one["Name"]: one["StorageDescriptor"]["Columns"] for one in glue}
    assert told["stars"][0]["Comment"] == told["days"][0]["Comment"] == "The day, in UTC."
    cursor.execute("DROP VIEW analytics.days")
    assert cursor.execute("SHOW VIEWS IN analytics").fetchall() == [("stars",)]


def test_a_view_that_can_t_be_is_refused_and_the_one_before_it_stays(views):
    install(views, "athena", print)
    file = views.project / "sql" / "views" / "days.sql"
    file.write_text(DAYS.replace("SUM(gained)", "SUM(lost)"))

    with pytest.raises(QuestionError, match=r'no column "lost" in mart\.stars'):
        install(views, "athena", print)

    file.write_text(DAYS)
    assert serve.sql(views, "SELECT COUNT(*) FROM analytics.days").rows == [(2,)]


def test_a_view_waits_for_its_table(views):
    file = views.project / "sql" / "views" / "later.sql"
    file.write_text("-- Later.\nSELECT 1 AS one FROM mart.later")
    said = []

    install(views, "duckdb", said.append)

    assert said == ["analytics.later: not yet: mart.later isn't in the lake"]


@pytest.mark.parametrize(
    ("of_the_view", "of_the_table"),
    [
        ("SELECT gained FROM analytics.stars", "SELECT stars FROM mart.stars"),
        (
            "SELECT SUM(s.gained) AS n FROM analytics.stars s WHERE event_date > DATE '2015-01-01'",
            "SELECT SUM(s.stars) AS n FROM mart.stars s WHERE event_date > DATE '2015-01-01'",
        ),
        ("SELECT COUNT(*) AS n FROM analytics.days", "SELECT event_date FROM mart.stars"),
    ],
)
def test_a_view_costs_what_its_table_costs(views, of_the_view, of_the_table):
    install(views, "duckdb", print)

    def scanned(text):
        with prepared(views, read(text), text) as statement:
            return statement.scanned

    assert scanned(of_the_view) == scanned(of_the_table)
    assert scanned(of_the_table) < scanned("SELECT * FROM mart.stars")


def test_the_command_installs_or_prints_what_it_would_run(views, capsys, monkeypatch):
    for name, value in WHERE.items():
        monkeypatch.setenv(f"TIDEGATE_{name.upper()}", value)

    def typed(*words):
        monkeypatch.setattr("sys.argv", ["tidegate", "--project", str(views.project), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    code, told = typed("serve", "install", "--engine", "athena", "--dry-run")
    assert (code, told.count("CREATE OR REPLACE VIEW")) == (0, 2)
    assert not (views.state / "views.json").exists()
    assert typed("serve", "install") == (0, "2 views are installed in analytics (duckdb)\n")
    assert typed("sql", "SHOW TABLES IN analytics", "--format", "csv")[1].splitlines() == [
        "table",
        "analytics.stars",
        "analytics.days",
    ]


@pytest.mark.parametrize("engine", ["duckdb", "athena"])
def test_with_a_prefix_clients_find_and_read_the_databases_under_their_whole_names(dev, engine):
    install(dev, engine, print)
    glue = aws_config(dev).client("glue")

    databases = [one["Name"] for one in glue.get_databases()["DatabaseList"]]
    assert sorted(databases) == ["dev_analytics", "dev_mart"]
    found = glue.get_table(DatabaseName="dev_mart", Name="stars")["Table"]
    assert "/dev_mart" in found["Parameters"]["metadata_location"]
    assert [one["Name"] for one in glue.get_tables(DatabaseName="dev_analytics")["TableList"]] == [
        "days",
        "stars",
    ]

    for text, database in {
        "SELECT * FROM dev_analytics.days ORDER BY 1": "",
        "SELECT days.* FROM days ORDER BY 1": "dev_analytics",
        "SELECT event_date, dev_mart.stars.stars FROM AwsDataCatalog.dev_mart.stars ORDER BY 1": "",
        "SELECT event_date, stars FROM stars ORDER BY 1": "dev_mart",
    }.items():
        with prepared(dev, read(text), text, database=database) as statement:
            rows = statement.run().table.to_pylist()
        assert [tuple(row.values()) for row in rows] == WANTED
    assert serve.sql(dev, "SELECT * FROM analytics.days ORDER BY 1").rows == WANTED


def test_with_a_prefix_athena_and_redshift_show_and_answer_as_on_aws(dev):
    install(dev, "athena", print)
    athena = aws_config(dev).client("athena")

    def asked(text):
        started = athena.start_query_execution(QueryString=text, WorkGroup="primary")
        identity = started["QueryExecutionId"]
        status = ended(athena, identity)["Status"]
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=identity)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

    assert asked("SHOW DATABASES") == [["dev_analytics"], ["dev_mart"]]
    assert asked("SHOW TABLES IN dev_mart") == [["stars"]]
    assert asked("SELECT gained FROM dev_analytics.days ORDER BY 1")[1:] == [["1"], ["7"]]
    schemas = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'stars'"
    assert asked(f"{schemas} ORDER BY 1")[1:] == [["dev_analytics"], ["dev_mart"]]
