"""Hot marts loaded into Redshift's own tables, by its Data API at the local endpoint."""

import datetime as dt
import signal
import subprocess
import sys
import threading
import time

import pytest
from pyiceberg.transforms import IdentityTransform

from tests.serve.conftest import STARS, open_for_writing, schema, stars
from tidegate import local, serve
from tidegate.aws import aws_config
from tidegate.cli import main
from tidegate.contract import load_contracts
from tidegate.errors import ContractError, QuestionError
from tidegate.lake import catalog
from tidegate.lake.days import stretches
from tidegate.lake.history import History
from tidegate.lake.ledger import KEY, TAG, Entry
from tidegate.serve.install import install, statements
from tidegate.serve.load import load
from tidegate.serve.loads import Loaded
from tidegate.serve.remote import ask_athena, ask_redshift, batch_redshift
from tidegate.serve.warehouse import Warehouse
from tidegate.settings import load_settings

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: mart-stars
version: 1.0.0
status: active
schema:
  - name: stars
    physicalName: mart.stars
    customProperties:
      - {property: redshiftTable, value: hot}
      - {property: redshiftDistKey, value: repository}
      - {property: redshiftSortKey, value: [event_date, repository]}
    properties:
      - {name: event_date, logicalType: date, required: true, primaryKey: true, partitioned: true}
      - {name: repository, logicalType: string, required: true, primaryKey: true}
      - {name: stars, physicalType: integer}
      - {name: share, physicalType: "decimal(5,2)"}
"""
DAYS = """-- Days, and what was gained on each.
-- redshift: materialized
SELECT event_date, SUM(stars) AS gained
FROM mart.stars
GROUP BY event_date
"""
OF_LAKE = "SELECT event_date, repository, stars FROM mart.stars ORDER BY 1, 2"
OF_REDSHIFT = OF_LAKE.replace("mart", "hot")
FIRST = [("2015-01-01", "ann/sea", 1), ("2015-01-02", "bob/tide", 7), ("2015-01-02", "it's", 2)]


class Mart:
    """mart.stars, and a run that replaces days of it, as a job's run does."""

    def __init__(self, project, prefix=""):
        (project / "contracts").mkdir()
        (project / "contracts" / "mart.stars.yaml").write_text(CONTRACT)
        self.project = project
        self.settings = load_settings(
            project,
            endpoint="local",
            redshift_workgroup="analysts",
            redshift_readers="analysts",
            database_prefix=prefix,
        )
        self.number = 0
        self.lake = open_for_writing(project / ".tidegate" / "lake")
        self.lake.create_namespace(f"{prefix}mart")
        self.make()

    def make(self):
        name = f"{self.settings.database_prefix}mart.stars"
        self.table = self.lake.create_table(name, schema(STARS))
        with self.table.update_spec() as spec:
            spec.add_field("event_date", IdentityTransform(), "event_date")

    def publish(self, days, *rows):
        """Replace days by rows, in a commit that says so."""
        self.number += 1
        touched = {dt.date.fromisoformat(day) for day in days}
        page = Entry(run="r", number=self.number, started="", days=stretches(touched))
        for day in days:
            self.table.delete(f"event_date = '{day}'")
        self.table.append(stars(*rows), snapshot_properties={KEY: page.text()})
        head = self.table.current_snapshot().snapshot_id
        self.table.manage_snapshots().create_tag(head, TAG).commit()

    def load(self):
        return [str(one) for one in load(self.settings)]

    def on_redshift(self, text=OF_REDSHIFT):
        rows = ask_redshift(self.settings, text, "SQL", {}).rows
        return [(str(day), *rest) for day, *rest in rows]

    def save_view(self, text=DAYS, name="days"):
        folder = self.project / "sql" / "views"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.sql").write_text(text)

    def totals(self, of="analytics"):
        return self.on_redshift(f"SELECT event_date, gained FROM {of}.days ORDER BY 1")

    def rewrite(self, *lines):
        """Write the contract without the lines that have one of some words."""
        kept = [one for one in CONTRACT.splitlines() if not any(word in one for word in lines)]
        (self.project / "contracts" / "mart.stars.yaml").write_text("\n".join(kept))

    def on_athena(self):
        rows = ask_athena(self.settings, OF_LAKE, "SQL", {}).rows
        return [(str(day), *rest) for day, *rest in rows]


# tidegate serve load that dies with a request on its way: the first it makes, the second, …
KILLED = """
import os, pathlib, signal, sys
import botocore.httpsession
from tidegate.serve.load import load
from tidegate.settings import load_settings

send, left = botocore.httpsession.URLLib3Session.send, 3 + 2 * int(sys.argv[2])

def dying(self, request):
    global left
    left -= 1
    answer = send(self, request)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

botocore.httpsession.URLLib3Session.send = dying
here = load_settings(pathlib.Path(sys.argv[1]), endpoint="local", redshift_workgroup="analysts")
list(load(here))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def mart(tmp_path):
    """A lake whose mart has two days, behind an endpoint of its own."""
    made = Mart(tmp_path)
    made.publish(["2015-01-01", "2015-01-02"], *FIRST)
    local.start(made.settings)
    yield made
    local.stop(made.settings)


def test_a_mart_is_loaded_then_skipped_then_goes_on_with_the_touched_days_and_catches_up(mart):
    assert mart.load() == ["mart.stars: loaded all days, 3 rows, up to commit 1"]
    assert mart.on_redshift() == FIRST
    assert mart.load() == ["mart.stars: skipped: nothing new since commit 1"]

    late = ("2015-01-01", "eve/flood", 9)
    mart.publish(["2015-01-01"], FIRST[0], late)
    assert mart.load() == ["mart.stars: loaded 1 day, 2 rows, up to commit 2"]
    assert mart.on_redshift() == [FIRST[0], late, *FIRST[1:]]

    new = [("2015-01-03", "ann/sea", 4), ("2015-01-05", "ann/sea", 6)]
    mart.publish(["2015-01-03"], new[0])
    mart.publish(["2015-01-05"], new[1])
    assert mart.load() == ["mart.stars: loaded 2 days, 2 rows, up to commit 4"]
    assert mart.on_redshift() == mart.on_athena() == [FIRST[0], late, *FIRST[1:], *new]


def test_a_day_emptied_by_a_correction_is_gone_from_athena_and_from_redshifts_own_table(mart):
    mart.load()

    mart.publish(["2015-01-02"])

    assert mart.on_athena() == FIRST[:1]
    assert mart.on_redshift() == FIRST
    assert mart.load() == ["mart.stars: loaded 1 day, 0 rows, up to commit 2"]
    assert mart.on_redshift() == mart.on_athena() == FIRST[:1]


def test_a_load_that_fails_half_way_leaves_nothing(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 3_000_000_000))

    with pytest.raises(QuestionError, match=r"^mart\.stars: ERROR: .*3000000000.* out of range"):
        mart.load()
    assert mart.on_redshift() == FIRST

    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 3))
    assert mart.load() == ["mart.stars: loaded 1 day, 1 row, up to commit 3"]
    assert mart.on_redshift() == [("2015-01-01", "ann/sea", 3), *FIRST[1:]]


def test_a_load_that_is_killed_has_loaded_all_or_nothing_and_the_next_one_goes_on(mart):
    mart.load()
    before = FIRST
    for number in range(5):
        rows = [(f"2015-01-0{day}", f"r{number}", day) for day in range(1, 6)]
        mart.publish([day for day, *_ in rows], *rows)
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(mart.project), str(number)], check=False
        )
        assert killed.returncode == -signal.SIGKILL

        assert mart.on_redshift() in (before, rows)
        assert mart.load()[0].startswith(
            ("mart.stars: loaded 5 days, 5 rows", "mart.stars: skipped")
        )
        assert mart.on_redshift() == mart.on_athena() == rows
        before = rows


def test_where_commits_since_the_last_load_are_gone_all_is_loaded(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    middle = mart.table.current_snapshot().snapshot_id
    mart.publish(["2015-01-04"], ("2015-01-04", "eve/flood", 6))
    mart.table.maintenance.expire_snapshots().by_id(middle).commit()

    assert mart.load() == ["mart.stars: loaded all days, 4 rows, up to commit 3"]
    assert mart.on_redshift() == mart.on_athena()


def test_of_two_loads_from_one_state_the_second_changes_nothing(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    metadata = catalog.metadata(mart.settings, "mart.stars")
    names = Warehouse(mart.settings, load_contracts(mart.project)["mart.stars"])
    identity, snapshot = metadata["table-uuid"], History(metadata).main
    was, now = (Loaded(identity, number, snapshot, names.definition) for number in (1, 2))
    same = names.load_days(was, now, {dt.date(2015, 1, 1)})
    changed = []

    def run():
        changed.append(batch_redshift(mart.settings, same, "SQL"))

    both = [threading.Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(changed) == [[-1, 0, 0, 0], [-1, 1, 1, 1]]
    assert mart.on_redshift() == [("2015-01-01", "ann/sea", 5), *FIRST[1:]]


def test_all_is_loaded_where_the_table_was_made_anew_or_its_contract_has_another_column(mart):
    mart.load()
    mart.lake.drop_table("mart.stars")
    mart.make()
    mart.publish(["2015-01-04"], ("2015-01-04", "new/table", 8))
    assert mart.load() == ["mart.stars: loaded all days, 1 row, up to commit 2"]
    assert mart.on_redshift() == [("2015-01-04", "new/table", 8)]

    mart.rewrite("share")
    assert mart.load() == ["mart.stars: loaded all days, 1 row, up to commit 2"]
    with pytest.raises(QuestionError, match="share"):
        mart.on_redshift("SELECT event_date, share FROM hot.stars")


def test_a_mart_is_loaded_only_where_its_contract_says_hot(mart):
    mart.rewrite("redshift", "customProperties")

    with pytest.raises(ContractError, match=r"^no mart is kept in a table of Redshift's own"):
        mart.load()
    with pytest.raises(ContractError, match=r"^mart\.stars isn't kept in a table"):
        list(load(mart.settings, "mart.stars"))


def test_a_mart_that_no_run_has_made_yet_is_skipped(mart):
    mart.lake.drop_table("mart.stars")

    assert mart.load() == ["mart.stars: skipped: the lake doesn't have it yet"]


def test_the_command_says_a_line_a_mart_and_one_line_of_what_is_missing(mart, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tidegate", "--project", str(mart.project), "serve", "load"])
    monkeypatch.delenv("TIDEGATE_REDSHIFT_WORKGROUP", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "no Redshift is set; name it: TIDEGATE_REDSHIFT_WORKGROUP" in capsys.readouterr().err

    monkeypatch.setenv("TIDEGATE_REDSHIFT_WORKGROUP", "analysts")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said == "mart.stars: loaded all days, 3 rows, up to commit 1\n"


def test_redshifts_own_tables_are_gone_with_the_endpoint_and_so_are_their_books(mart):
    mart.load()
    local.stop(mart.settings)
    local.start(mart.settings)

    assert mart.load() == ["mart.stars: loaded all days, 3 rows, up to commit 1"]


def test_what_only_redshift_executes_is_taken_as_done(mart):
    client = aws_config(mart.settings).client("redshift-data")
    for text in (
        "CREATE EXTERNAL SCHEMA mart FROM DATA CATALOG DATABASE 'mart' IAM_ROLE default",
        'GRANT USAGE ON SCHEMA analytics TO ROLE "analysts"',
        "LOCK tidegate.loads",
    ):
        identity = client.execute_statement(Sql=text, Database="dev", WorkgroupName="any")["Id"]
        while (told := client.describe_statement(Id=identity))["Status"] != "FINISHED":
            assert told["Status"] != "FAILED", told
            time.sleep(0.02)
        assert told["HasResultSet"] is False


def test_a_hot_table_has_the_contracts_keys(mart):
    names = Warehouse(mart.settings, load_contracts(mart.project)["mart.stars"])

    made = names.load_all(Loaded(), Loaded("t", 1, 2, names.definition))

    assert names.create in made
    assert 'DISTKEY ("repository")\nCOMPOUND SORTKEY ("event_date", "repository")' in names.create


def test_the_analysts_role_reads_analytics_and_nothing_else(mart):
    assert [text for text in statements(mart.settings, "redshift") if "GRANT" in text] == [
        'GRANT USAGE ON SCHEMA analytics TO ROLE "analysts"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ROLE "analysts"',
    ]
    nobody = mart.settings.model_copy(update={"redshift_readers": ""})
    assert "GRANT" not in "".join(statements(nobody, "redshift"))


def test_a_view_reads_the_lake_until_its_mart_is_loaded_and_then_the_own_table(mart):
    total = "SELECT SUM(stars) AS n FROM analytics.stars"
    install(mart.settings, "redshift", print)
    assert "FROM mart.stars" in "".join(statements(mart.settings, "redshift"))
    assert ask_redshift(mart.settings, total, "SQL", {}).rows == [(10,)]

    mart.load()
    mart.publish(["2015-01-02"])

    assert ask_redshift(mart.settings, total, "SQL", {}).rows == [(10,)]
    install(mart.settings, "redshift", print)
    assert "FROM hot.stars" in "".join(statements(mart.settings, "redshift"))
    assert ask_redshift(mart.settings, total, "SQL", {}).rows == [(10,)]
    mart.load()
    assert ask_redshift(mart.settings, total, "SQL", {}).rows == [(1,)]


def test_a_view_reads_the_own_table_on_redshift_alone_and_the_lake_for_athena_and_duckdb(mart):
    total = "SELECT SUM(stars) AS n FROM analytics.stars"
    for engine in serve.ENGINES:
        install(mart.settings, engine, print)
    mart.load()
    mart.publish(["2015-01-02"])

    assert ask_redshift(mart.settings, total, "SQL", {}).rows == [(10,)]
    assert ask_athena(mart.settings, total, "SQL", {}).rows == [(1,)]
    assert serve.sql(mart.settings, total).rows == [(1,)]


def test_a_view_reads_the_lake_again_from_a_change_of_the_contract_until_the_next_load(mart):
    mart.rewrite("share")
    install(mart.settings, "redshift", print)
    mart.load()
    mart.rewrite()

    install(mart.settings, "redshift", print)

    shares = "SELECT SUM(share) AS s FROM analytics.stars"
    assert ask_redshift(mart.settings, shares, "SQL", {}).rows[0][0] == 37.5
    mart.load()
    assert "FROM hot.stars" in "".join(statements(mart.settings, "redshift"))
    assert ask_redshift(mart.settings, shares, "SQL", {}).rows[0][0] == 37.5


def test_a_materialized_view_is_made_then_refreshed_when_what_it_reads_was_loaded(mart):
    mart.save_view()
    install(mart.settings, "redshift", print)
    assert mart.totals() == [("2015-01-01", 1), ("2015-01-02", 9)]  # of the lake

    assert mart.load()[1:] == ["analytics.days: made"]
    assert mart.load()[1:] == ["analytics.days: skipped: nothing new in what it reads"]
    mart.publish(["2015-01-02"])
    assert mart.totals() == [("2015-01-01", 1), ("2015-01-02", 9)]
    assert mart.load()[1:] == ["analytics.days: refreshed"]
    assert mart.totals() == [("2015-01-01", 1)]


def test_a_materialized_view_of_another_text_or_another_table_below_is_made_anew(mart):
    mart.save_view()
    mart.load()
    mart.save_view(DAYS.replace("SUM(stars)", "MAX(stars)"))
    assert mart.load() == [
        "mart.stars: skipped: nothing new since commit 1",
        "analytics.days: made",
    ]
    mart.rewrite("share")

    assert [one.rpartition(": ")[2] for one in mart.load()] == [
        "loaded all days, 3 rows, up to commit 1",
        "made",
    ]
    assert mart.totals("hot") == [("2015-01-01", 1), ("2015-01-02", 7)]


def test_what_is_loaded_is_read_once_whatever_is_made_of_it(mart):
    mart.save_view()
    mart.save_view(DAYS.replace("SUM(stars)", "MAX(stars)"), "tops")
    install(mart.settings, "redshift", print)
    mart.load()
    client = aws_config(mart.settings).client("redshift-data")

    def reads():
        pages = client.get_paginator("list_statements").paginate()
        told = [one["QueryString"] for page in pages for one in page["Statements"]]
        return sum(one.startswith("SELECT table_name, made_of") for one in told)

    before = reads()
    mart.publish(["2015-01-02"])
    assert [one.rpartition(": ")[2] for one in mart.load()][1:] == ["refreshed", "refreshed"]
    assert reads() == before + 1

    mart.rewrite("share")
    assert [one.rpartition(": ")[2] for one in mart.load()][1:] == ["made", "made"]
    assert reads() == before + 2
    assert mart.totals() == [("2015-01-01", 1)]


def test_own_tables_are_listed_and_described_beside_the_lakes(mart):
    mart.load()
    client = aws_config(mart.settings).client("redshift-data")
    here = {"Database": "dev", "WorkgroupName": "any"}

    assert client.list_schemas(**here)["Schemas"] == ["mart", "hot", "tidegate"]
    assert client.list_tables(SchemaPattern="hot", **here)["Tables"] == [
        {"name": "stars", "type": "TABLE", "schema": "hot"}
    ]
    columns = client.describe_table(Schema="hot", Table="stars", **here)["ColumnList"]
    assert [(one["name"], one["typeName"]) for one in columns] == [
        ("event_date", "date"),
        ("repository", "string"),
        ("stars", "int"),
        ("share", "decimal(5,2)"),
    ]


def test_with_a_prefix_own_tables_are_loaded_listed_and_read_under_their_whole_names(tmp_path):
    dev = Mart(tmp_path, "dev_")
    dev.publish(["2015-01-01", "2015-01-02"], *FIRST)
    dev.save_view()
    local.start(dev.settings)
    try:
        install(dev.settings, "redshift", print)
        assert dev.load() == [
            "mart.stars: loaded all days, 3 rows, up to commit 1",
            "analytics.days: made",
        ]
        dev.publish(["2015-01-02"])
        assert dev.load()[1:] == ["analytics.days: refreshed"]

        client = aws_config(dev.settings).client("redshift-data")
        schemas = client.list_schemas(Database="dev", WorkgroupName="any")["Schemas"]
        assert schemas == ["dev_analytics", "dev_mart", "dev_hot", "dev_tidegate"]
        assert dev.on_redshift() == FIRST[:1]  # saved questions name hot.stars
        assert dev.on_redshift(OF_REDSHIFT.replace("hot", "dev_hot")) == FIRST[:1]
        assert dev.totals() == dev.totals("dev_hot") == [("2015-01-01", 1)]
    finally:
        local.stop(dev.settings)
