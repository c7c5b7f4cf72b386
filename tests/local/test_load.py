"""Hot marts loaded into Redshift's own tables, by its Data API at the local endpoint."""

import datetime as dt
import threading
import time

import pytest
from pyiceberg.transforms import IdentityTransform

from tests.serve.conftest import STARS, open_for_writing, schema, stars
from tidegate import local
from tidegate.aws import aws_config
from tidegate.cli import main
from tidegate.contract import load_contracts
from tidegate.errors import ContractError, QuestionError
from tidegate.lake import catalog
from tidegate.lake.ledger import KEY, TAG, Entry, History, stretches
from tidegate.serve import warehouse
from tidegate.serve.load import load
from tidegate.serve.remote import ask_athena, ask_redshift, batch_redshift
from tidegate.serve.warehouse import Loaded, Warehouse
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
      - {name: stars, logicalType: integer}
      - {name: share, physicalType: "decimal(5,2)"}
"""
OF_LAKE = "SELECT event_date, repository, stars FROM mart.stars ORDER BY 1, 2"
OF_REDSHIFT = OF_LAKE.replace("mart", "hot")
FIRST = [("2015-01-01", "ann/sea", 1), ("2015-01-02", "bob/tide", 7), ("2015-01-02", "it's", 2)]


class Mart:
    """mart.stars, and a run that replaces days of it, as a job's run does."""

    def __init__(self, project):
        (project / "contracts").mkdir()
        (project / "contracts" / "mart.stars.yaml").write_text(CONTRACT)
        self.project = project
        self.settings = load_settings(
            project, endpoint="local", redshift_workgroup="analysts", redshift_readers="analysts"
        )
        self.number = 0
        self.lake = open_for_writing(project / ".tidegate" / "lake")
        self.lake.create_namespace("mart")
        self.make()

    def make(self):
        self.table = self.lake.create_table("mart.stars", schema(STARS))
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

    def on_athena(self):
        rows = ask_athena(self.settings, OF_LAKE, "SQL", {}).rows
        return [(str(day), *rest) for day, *rest in rows]


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


def test_a_load_that_fails_half_way_leaves_nothing(mart, monkeypatch):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    whole = Warehouse.load_days
    monkeypatch.setattr(
        warehouse.Warehouse,
        "load_days",
        lambda *given: [*whole(*given)[:-1], "UPDATE tidegate.loads SET nothing = 1"],
    )
    with pytest.raises(QuestionError, match=r"^mart\.stars: ERROR: .*nothing"):
        mart.load()
    assert mart.on_redshift() == FIRST

    monkeypatch.undo()
    assert mart.load() == ["mart.stars: loaded 1 day, 1 row, up to commit 2"]
    assert mart.on_redshift() == [("2015-01-01", "ann/sea", 5), *FIRST[1:]]


def test_of_two_loads_from_one_state_the_second_changes_nothing(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    metadata = catalog.metadata(mart.settings, "mart.stars")
    names = Warehouse(mart.settings, load_contracts(mart.project)["mart.stars"])
    identity = metadata["table-uuid"]
    was, now = (Loaded(identity, number, names.definition) for number in (1, 2))
    day = {dt.date(2015, 1, 1)}
    same = names.load_days(was, now, History(metadata).main, day)
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

    file = mart.project / "contracts" / "mart.stars.yaml"
    file.write_text("\n".join(line for line in CONTRACT.splitlines() if "share" not in line))
    assert mart.load() == ["mart.stars: loaded all days, 1 row, up to commit 2"]
    with pytest.raises(QuestionError, match="share"):
        mart.on_redshift("SELECT event_date, share FROM hot.stars")


def test_a_mart_is_loaded_only_where_its_contract_says_hot(mart):
    file = mart.project / "contracts" / "mart.stars.yaml"
    file.write_text("\n".join(line for line in CONTRACT.splitlines() if "redshift" not in line))
    file.write_text(file.read_text().replace("    customProperties:\n", ""))

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


def test_a_hot_table_has_the_contracts_keys_and_the_readers_role_reads_analytics_only(mart):
    names = Warehouse(mart.settings, load_contracts(mart.project)["mart.stars"])

    sent = "\n".join(
        [names.reach(), *names.prepare(), *names.load_all(Loaded(), Loaded("t", 1, "d"), 1)]
    )

    assert "IAM_ROLE default" in sent
    assert 'DISTKEY ("repository")\nCOMPOUND SORTKEY ("event_date", "repository")' in sent
    assert [line for line in sent.splitlines() if line.startswith("GRANT")] == [
        'GRANT USAGE ON SCHEMA analytics TO ROLE "analysts"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ROLE "analysts"',
    ]
