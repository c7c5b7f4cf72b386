"""Marts loaded into a real PostgreSQL: the days that changed, in one transaction each."""

import signal
import subprocess
import sys
import threading
import time

import pytest
from pg8000.exceptions import DatabaseError
from pydantic import SecretStr

from tests.figures.conftest import FIRST
from tidegate.cli import main
from tidegate.errors import ContractError, LakeError, QuestionError, StreamError
from tidegate.figures.books import loaded
from tidegate.figures.database import connect
from tidegate.figures.load import load
from tidegate.lake import catalog
from tidegate.lake.history import History


def test_a_mart_is_loaded_then_skipped_then_goes_on_with_the_touched_days_and_catches_up(mart):
    assert mart.load() == ["mart.stars: loaded all days, 3 rows, up to commit 1"]
    assert mart.held() == FIRST
    assert mart.load() == ["mart.stars: skipped: nothing new since commit 1"]

    late = ("2015-01-01", "eve/flood", 9)
    mart.publish(["2015-01-01"], FIRST[0], late)
    assert mart.load() == ["mart.stars: loaded 1 day, 2 rows, up to commit 2"]
    assert mart.held() == [FIRST[0], late, *FIRST[1:]]

    new = [("2015-01-03", "ann/sea", 4), ("2015-01-05", "ann/sea", 6)]
    mart.publish(["2015-01-03"], new[0])
    mart.publish(["2015-01-05"], new[1])
    assert mart.load() == ["mart.stars: loaded 2 days, 2 rows, up to commit 4"]
    assert mart.held() == [FIRST[0], late, *FIRST[1:], *new]


def test_a_day_that_a_correction_empties_is_gone(mart):
    mart.load()

    mart.publish(["2015-01-02"])

    assert mart.load() == ["mart.stars: loaded 1 day, 0 rows, up to commit 2"]
    assert mart.held() == FIRST[:1]


def test_the_snapshot_that_was_loaded_and_when_it_was_published_stand_beside_the_rows(mart):
    mart.load()

    metadata = catalog.metadata(mart.settings, "mart.stars")
    head = History(metadata).main
    (books,) = loaded(connect(mart.settings)).items()
    assert books[0] == "mart.stars"
    assert (books[1].number, books[1].snapshot) == (1, head)
    assert books[1].published_at.timestamp() * 1000 == History(metadata).time(head)


def test_nothing_is_written_where_there_is_nothing_new(mart):
    mart.load()
    before = mart.run("SELECT xmin, loaded_at FROM tidegate.loads")

    mart.load()

    assert mart.run("SELECT xmin, loaded_at FROM tidegate.loads") == before


def test_a_load_that_fails_half_way_leaves_nothing(mart):
    mart.load()
    mart.publish(["2015-01-01", "2015-01-02"], ("2015-01-01", "ann/sea", 3_000_000_000))

    with pytest.raises(QuestionError, match=r"^mart\.stars: PostgreSQL: .*out of range.*; nothing"):
        mart.load()
    assert mart.held() == FIRST

    mart.publish(["2015-01-01", "2015-01-02"], ("2015-01-01", "ann/sea", 3))
    assert mart.load() == ["mart.stars: loaded 2 days, 1 row, up to commit 3"]
    assert mart.held() == [("2015-01-01", "ann/sea", 3)]


# tidegate figures load that dies once a statement that begins so was carried out.
KILLED = """
import os, pathlib, signal, sys
from pg8000.core import CoreConnection
from tidegate.figures.load import load
from tidegate.settings import load_settings

def dying(name):
    sent = getattr(CoreConnection, name)
    def run(self, statement, *given, **named):
        done = sent(self, statement, *given, **named)
        if statement.startswith(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    setattr(CoreConnection, name, run)

dying("execute_simple")
dying("execute_unnamed")
list(load(load_settings(pathlib.Path(sys.argv[1]), endpoint="local", figures_database=sys.argv[3])))
"""


@pytest.mark.parametrize(
    ("at", "is_loaded"),
    [
        ("INSERT INTO tidegate.loads", False),
        ("commit", True),
        pytest.param("DELETE", False, marks=pytest.mark.slow),
        pytest.param('INSERT INTO "mart"', False, marks=pytest.mark.slow),
    ],
)
def test_a_load_that_is_killed_has_loaded_all_or_nothing_and_the_next_one_goes_on(
    mart, at, is_loaded
):
    mart.load()
    rows = [(f"2015-01-0{day}", "ann/sea", 10 * day) for day in range(1, 6)]
    mart.publish([day for day, *_ in rows], *rows)
    address = mart.settings.figures_database.get_secret_value()

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(mart.project), at, address], check=False
    )

    assert killed.returncode == -signal.SIGKILL
    assert mart.held() == (rows if is_loaded else FIRST)
    told = "skipped: nothing new since commit 2" if is_loaded else "loaded 5 days, 5 rows"
    assert mart.load()[0].startswith(f"mart.stars: {told}")
    assert mart.held() == rows


def test_of_two_loads_at_once_the_second_waits_and_finds_nothing_new(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    first = connect(mart.settings)
    first.run("BEGIN")
    first.run("SELECT pg_advisory_xact_lock(hashtext('tidegate figures load'))")
    said = []
    both = [threading.Thread(target=lambda: said.append(mart.load())) for _ in range(2)]
    for one in both:
        one.start()
    time.sleep(0.3)

    assert said == []
    first.run("COMMIT")
    for one in both:
        one.join()

    assert sorted(said) == [
        ["mart.stars: loaded 1 day, 1 row, up to commit 2"],
        ["mart.stars: skipped: nothing new since commit 2"],
    ]
    assert mart.held() == [("2015-01-01", "ann/sea", 5), *FIRST[1:]]


def test_a_first_load_by_two_at_once_is_one_load(mart):
    said = []
    both = [threading.Thread(target=lambda: said.append(mart.load())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(said) == [
        ["mart.stars: loaded all days, 3 rows, up to commit 1"],
        ["mart.stars: skipped: nothing new since commit 1"],
    ]


def test_all_is_loaded_where_the_table_was_made_anew_or_its_contract_has_another_column(mart):
    mart.load()
    mart.lake.drop_table("mart.stars")
    mart.make()
    mart.publish(["2015-01-04"], ("2015-01-04", "new/table", 8))
    assert mart.load() == ["mart.stars: loaded all days, 1 row, up to commit 2"]
    assert mart.held() == [("2015-01-04", "new/table", 8)]

    columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'mart'"
    assert ["share"] in mart.run(columns)
    mart.rewrite("share")
    mart.save("stars_of_a_day", "-- Stars?\n-- figures\nSELECT stars FROM mart.stars")
    mart.save("stars_of_a_day", "-- Stars?\nSELECT stars FROM mart.stars", "athena")
    assert mart.load() == ["mart.stars: loaded all days, 1 row, up to commit 2"]
    assert ["share"] not in mart.run(columns)
    assert mart.held() == [("2015-01-04", "new/table", 8)]


def test_where_commits_since_the_last_load_are_gone_all_is_loaded(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    middle = mart.table.current_snapshot().snapshot_id
    mart.publish(["2015-01-04"], ("2015-01-04", "eve/flood", 6))
    mart.table.maintenance.expire_snapshots().by_id(middle).commit()

    assert mart.load() == ["mart.stars: loaded all days, 4 rows, up to commit 3"]


def test_texts_nulls_and_great_numbers_come_as_they_are(mart):
    odd = ["", "ä€😀", "a\tb\\n", "\\N", "NULL", "%s :x"]
    rows = [("2015-01-07", name, 2**31 - 1 - place) for place, name in enumerate(odd)]
    mart.publish(["2015-01-07"], *rows)

    mart.load()

    assert sorted(mart.held()[3:]) == sorted(rows)


def test_on_rds_the_reader_is_made_and_reads_what_is_loaded_and_writes_nothing(mart):
    assert mart.run("SELECT to_regrole('figures')") == [[None]]
    mart.run("CREATE ROLE rds_iam")
    try:
        mart.load()
        mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
        mart.load()

        address = mart.settings.figures_database.get_secret_value()
        reader = SecretStr(address.replace("postgres@", "figures@"))
        asking = connect(mart.settings.model_copy(update={"figures_database": reader}))
        assert asking.run("SELECT stars FROM mart.stars WHERE event_date = '2015-01-01'") == [[5]]
        assert len(loaded(asking)) == 1
        for text in ("DELETE FROM mart.stars", "CREATE TABLE mart.other (a INTEGER)"):
            with pytest.raises(DatabaseError, match="permission denied"):
                asking.run(text)
        asking.close()
    finally:
        mart.run("DROP OWNED BY figures")
        mart.run("DROP ROLE figures")
        mart.run("DROP ROLE rds_iam")


def test_a_mart_that_no_run_has_made_yet_is_skipped(mart):
    mart.lake.drop_table("mart.stars")

    assert mart.load() == ["mart.stars: skipped: the lake doesn't have it yet"]


def test_a_mart_is_named_or_the_nearest_one_is(mart):
    assert len(list(load(mart.settings, "mart.stars"))) == 1
    with pytest.raises(QuestionError, match=r"reads mart\.star\n  did you mean \"mart\.stars\"\?"):
        list(load(mart.settings, "mart.star"))


def test_without_a_marked_question_the_line_that_marks_one_is_told(mart):
    mart.save("stars_of_a_day", "-- Stars?\nSELECT stars FROM mart.stars")

    with pytest.raises(QuestionError, match='mark one with a line "-- figures"'):
        mart.load()


def test_a_column_that_postgresql_does_not_keep_is_told(mart):
    mart.rewrite("redshift", "customProperties")
    contract = mart.project / "contracts" / "mart.stars.yaml"
    tags = '      - {name: tags, physicalType: "array<string>"}'
    contract.write_text(f"{contract.read_text()}\n{tags}\n")

    with pytest.raises(ContractError, match=r'column "tags" is array<string>, which no table of'):
        mart.load()


def test_a_database_that_is_not_there_is_one_line(mart, tmp_path):
    gone = mart.settings.model_copy(
        update={"figures_database": SecretStr("postgresql://ann:secret@127.0.0.1:1/figures")}
    )

    told = r"^no PostgreSQL answers at 127\.0\.0\.1:1/figures: "
    with pytest.raises(StreamError, match=told) as error:
        list(load(gone))
    assert "secret" not in str(error.value)


def test_files_that_are_gone_leave_what_was_loaded(mart):
    mart.load()
    mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    for file in (mart.project / ".tidegate" / "lake").rglob("*.parquet"):
        file.unlink()

    with pytest.raises(LakeError, match=r"^mart\.stars: snapshot \d+ can't be read"):
        mart.load()
    assert mart.held() == FIRST


def test_the_command_says_a_line_a_mart(mart, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tidegate", "--project", str(mart.project), "figures", "load"])
    monkeypatch.setenv(
        "TIDEGATE_FIGURES_DATABASE", mart.settings.figures_database.get_secret_value()
    )
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert capsys.readouterr().out == "mart.stars: loaded all days, 3 rows, up to commit 1\n"
