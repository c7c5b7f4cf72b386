"""What the command line says of what it can't use: one clear line, exit code 2, no trace."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.serve.conftest import make_lake
from tests.verdicts import verdict
from tidegate.aws import AwsConfig, Endpoint

Typed = Callable[..., tuple[int, str, str]]


def test_all_contracts_of_the_project_are_well(typed: Typed) -> None:
    code, told, _ = typed("contract", "check")

    assert (code, told.split(",")[0]) == (0, "19 contracts")


def test_a_table_without_a_rule_is_named_and_a_regular_expression_is_told_as_it_is(
    typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "contracts").mkdir()
    for file in (REPOSITORY / "contracts").glob("raw.*.yaml"):
        whole = file.read_text()
        without = re.sub(r"        quality:\n.*?\n\n", "\n", whole, flags=re.DOTALL)
        (tmp_path / "contracts" / file.name).write_text(without)

    code, told, warned = typed("--project", tmp_path, "contract", "check")
    (tmp_path / "contracts" / file.name).write_text(whole.replace("^[0-9]{129}$", "'[/a-'"))
    wrong, _, refused = typed("--project", tmp_path, "contract", "check")

    assert (code, told) == (0, "2 contracts, 0 rules: all well\n")
    assert warned == (
        'warning: contracts/raw.github.yaml:32: table "raw.github" has no rule:'
        " whatever comes is published\n"
    )
    assert wrong == 2
    assert "regex '[/a-' is no regular expression: unterminated character set" in refused


def test_the_changes_of_contracts_are_told_before_a_run_makes_or_refuses_them(
    typed: Typed, lake: LakeOfATest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in ("clean.github_events", "mart.daily_activity"):
        lake.run().table(table)
    for name, value in lake.environment().items():
        monkeypatch.setenv(name, value)
    folder = shutil.copytree(REPOSITORY / "contracts", tmp_path / "contracts")
    clean, mart = folder / "clean.github_events.yaml", folder / "mart.daily_activity.yaml"

    nothing = typed("--project", tmp_path, "contract", "changes")
    told = clean.read_text().replace("version: 1.0.0", "version: 1.1.0")
    told = told.replace("name: ref_type", "name: kind_of_ref\n        physicalName: ref_type")
    clean.write_text(told)
    made = typed("--project", tmp_path, "contract", "changes")
    told = re.sub(r"(name: repositories\n +logicalType:) integer", r"\1 number", mart.read_text())
    mart.write_text(told)
    refused = typed("--project", tmp_path, "contract", "changes")

    renamed = 'column "kind_of_ref" was "ref_type" and stays stored as "ref_type"'
    assert nothing == (0, "2 tables are as their contracts say\n", "")
    assert made == (0, f"clean.github_events: {renamed}\n", "")
    assert refused[:2] == (2, f"clean.github_events: {renamed}\n")
    assert refused[2].startswith(
        'ContractError: contracts/mart.daily_activity.yaml:59: column "repositories" is double and'
        " was long, which breaks mart.daily_activity (version 1.0.0)"
    )


@pytest.mark.quick
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["run", "gihub"],
            'no flow "gihub" in pipelines/; it has github, storefront\n  did you mean "github"?',
        ),
        (["land", "gitlab"], 'table "raw.gitlab" has no contract'),
        (["--project", "nowhere", "status"], "nowhere: no such folder; name a project with"),
        (["status"], "no lake"),
        (["docs"], "no lake"),
        (["contract", "changes"], "no lake"),
        (["docs", "--days", "0"], "'--days': Input should be greater than or equal to 1"),
        (["doks"], "No such command 'doks'"),
        (["books"], "no lake"),
        (["books", "--prove"], "no lake"),
        (["books", "--prove", "--run", "x"], "a run's own can't be told apart; leave --run out"),
        (["books", "--run", "x"], "no lake"),
        (["quarantine"], "no lake"),
        (["quarantine", "--day", "monday"], "parameter \"day\" is date, not 'monday'; e.g. --day"),
        (["quarantine", "--table", "clean.gihub_events"], 'did you mean "clean.github_events"?'),
        (["quarantine", "--source", "gitlab"], 'did you mean "github"?'),
        (["quarantine", "show", "99"], '"99" names no record; expected shard/number'),
        (["quarantine", "export", "/nowhere/held"], "held: can't be written: No such file"),
        (["quarantine", "replay", "--source", "gitlab"], 'did you mean "github"?'),
        (["ask", "busiest_hour"], 'did you mean "busiest_hours"?'),
        (["ask", "busiest_hours", "--dya", "2015-01-01"], '"dya"'),
        (["ask", "busiest_hours", "stray"], '"stray": expected --name value'),
        (["ask", "busiest_hours", "--last-day"], '"--last-day" has no value; `tidegate ask --l'),
        (["ask", "busiest_hours", "--format", "xml"], "xml"),
        (
            ["quarantine", "--rule", "payload_not_json", "replay"],
            "--rule stands before replay; put it behind: tidegate quarantine replay --rule",
        ),
        (["sql", "DELETE FROM mart.daily_activity"], "DELETE"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_is_not_there_is_told_in_a_line_or_two(
    typed: Typed, words: list[str], told: str
) -> None:
    code, printed, said = typed(*words)

    assert code == 2
    assert told in said
    assert printed == ""
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 4


@pytest.mark.quick
def test_a_folder_that_is_no_lake_is_told(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "catalog.db").write_text("not a database, but long enough to be one" * 50)

    code, _, said = typed("status")

    assert code == 2
    assert "Traceback" not in said
    assert str(tmp_path / "lake") in said


@pytest.mark.quick
def test_an_error_is_told_once_and_a_defect_without_its_trace(tmp_path: Path) -> None:
    typed = "from tidegate.cli import main; main()"

    def ended(lake: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", typed, "--warehouse", str(lake), "status"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )

    asked = ended(tmp_path)
    with sqlite3.connect(tmp_path / "catalog.db") as catalog:
        catalog.execute(
            "CREATE TABLE iceberg_tables (catalog_name, table_namespace, table_name,"
            " metadata_location, iceberg_type)"
        )
        (tmp_path / "odd.json").write_text("[]")  # nobody expects that
        where = f"file:{tmp_path}/odd.json"
        told = ("lake", "raw", "github", where, "TABLE")
        catalog.execute("INSERT INTO iceberg_tables VALUES (?, ?, ?, ?, ?)", told)
    defect = ended(tmp_path)

    assert (asked.returncode, asked.stderr.count("no lake at")) == (2, 1)
    assert asked.stderr.startswith("LakeError: no lake at")
    assert defect.returncode == 1
    assert defect.stderr.startswith("TidegateError: AttributeError: ")
    assert len(defect.stderr.splitlines()) == 2
    trace = re.search(r"more is in (\S+)", defect.stderr)
    assert trace
    assert "Traceback" in Path(trace[1]).read_text()


@pytest.mark.quick
def test_a_variable_that_is_not_json_is_told_by_its_name(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_STREAMS", "doors=doors-prod")

    code, _, said = typed("status")

    assert code == 2
    assert 'TIDEGATE_STREAMS isn\'t JSON; expected e.g. {"github": "my-stream"}' in said


@pytest.mark.quick
def test_an_unknown_setting_is_told_with_the_nearest_right_word(
    typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "tidegate.toml").write_text('warehose = "x"\n')

    code, _, said = typed("--project", tmp_path, "status")

    assert code == 2
    assert 'tidegate.toml: unknown setting "warehose"\n  did you mean "warehouse"?' in said


@pytest.mark.quick
def test_a_file_to_send_that_is_not_there_is_told(typed: Typed, endpoint: Endpoint) -> None:
    code, _, said = typed("--endpoint", endpoint.address, "send", "gone.json", "--stream", "s")

    assert code == 2
    assert "gone.json" in said


@pytest.mark.quick
def test_a_stream_that_is_not_there_is_told_with_what_makes_it(
    typed: Typed, endpoint: Endpoint, tmp_path: Path
) -> None:
    (tmp_path / "events.json").write_text("{}\n")

    code, _, said = typed(
        "--endpoint", endpoint.address, "send", tmp_path / "events.json", "--stream", "nowhere"
    )

    assert code == 2
    assert 'there is no stream "nowhere"' in said
    assert "--create" in said


@pytest.mark.quick
def test_an_endpoint_that_nobody_serves_is_told(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text("{}\n")

    code, _, said = typed(
        "--endpoint", "http://127.0.0.1:9", "send", tmp_path / "events.json", "--stream", "s"
    )

    assert code == 2
    assert "http://127.0.0.1:9 can't be reached" in said


@pytest.mark.quick
def test_the_local_endpoint_that_does_not_run_is_told_with_what_starts_it(
    typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "events.json").write_text("{}\n")

    code, _, said = typed("--project", tmp_path, "send", tmp_path / "events.json", "--stream", "s")

    assert code == 2
    assert 'start it with "tidegate local start"' in said


@pytest.mark.parametrize(
    "command", ["status", "books", "books --prove", "quarantine", "ask --list", "--help"]
)
def test_what_judges_nothing_loads_nothing_that_judges(command: str) -> None:
    loaded = (
        "import sys\nfrom tidegate.cli import main\n"
        f"sys.argv = ['tidegate', *{command.split()!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'great_expectations', 'pyspark'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


COUNTS = {"rows_in", "published", "quarantined", "duplicates", "erased"}


def test_json_has_the_fields_that_are_documented_and_nothing_else_is_printed(
    typed: Typed, streaming: LakeOfATest, aws: AwsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in streaming.environment().items():
        monkeypatch.setenv(name, value)
    put(aws, streaming, [payload(id="1"), b"no JSON"])

    ran, status, books, asked = (
        json.loads(typed(*words, "--json")[1])
        for words in (
            ["run", "github"],
            ["status"],
            ["books"],
            ["ask", "daily_activity_by_type", "--first_day", "2015-01-01"],
        )
    )

    assert set(ran) == {"run", "blocked", "stages"}
    assert set(ran["stages"][0]) == COUNTS | {
        "table",
        "verdict",
        "broken",
        "notes",
        "commit",
        "seconds",
    }
    assert set(status["tables"][0]) == {
        *("table", "commit", "run", "published_at", "verdict", "rows", "totals", "blocked"),
        "page",
    }
    assert status["tables"][0]["run"] == ran["run"]
    assert set(books["tables"][0]) == COUNTS | {"table", "run", "blocked"}
    assert books["balanced"] is True
    assert books["tables"][1] == {
        "table": "clean.github_events",
        "run": "all time",
        "rows_in": 2,
        "published": 1,
        "quarantined": 1,
        "duplicates": 0,
        "erased": 0,
        "blocked": False,
    }
    assert asked[0]["event_type"] == "PushEvent"


def test_docs_names_the_pages_that_status_names_and_keeps_the_table_of_verdicts_last(
    typed: Typed,
    streaming: LakeOfATest,
    aws: AwsConfig,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in streaming.environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "contracts").symlink_to(REPOSITORY / "contracts")
    put(aws, streaming, [payload(id="1"), b"no JSON"])
    run = json.loads(typed("run", "github", "--json")[1])["run"]

    status = json.loads(typed("status", "--json")[1])["tables"]
    code, told, _ = typed("--project", tmp_path, "docs", "--run", run)

    site = tmp_path / ".tidegate" / "docs"
    pages = {one["table"]: one["page"] for one in status if one["page"]}
    assert code == 0
    assert list(pages) == [
        *("raw.github", "clean.github_events", "mart.daily_activity", "mart.repository_activity")
    ]
    assert sorted(told.splitlines()[1:]) == sorted(
        f"{one['table']} {one['verdict']}: {site / one['page']}" for one in status if one["page"]
    )
    assert [page for page in pages.values() if not (site / page).is_file()] == []
    assert status[-1]["table"] == "quality.verdicts"
    assert (status[-1]["rows"] > 10, status[-1]["verdict"]) == (True, None)


@pytest.mark.quick
def test_docs_without_a_verdict_says_what_to_do(typed: Typed, tmp_path: Path) -> None:
    make_lake(tmp_path / "lake", {"quality.verdicts": [verdict(1)]})

    code, _, old = typed("docs")
    none, _, unknown = typed("docs", "--days", 36500, "--run", "x", "--table", "clean.github_event")

    assert (code, none) == (2, 2)
    assert old == "LakeError: no verdict was kept in the last 30 days; name more with --days\n"
    assert unknown == (
        'LakeError: no verdict was kept of run "x" and table "clean.github_event";'
        " the newest run is 20150101T000000-1f3c, tables are clean.github_events\n"
        '  did you mean "clean.github_events"?\n'
    )


def test_the_json_of_quarantine_and_of_proven_books_has_the_fields_that_are_documented(
    typed: Typed, streaming: LakeOfATest, aws: AwsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in streaming.environment().items():
        monkeypatch.setenv(name, value)
    put(aws, streaming, [payload(id="1"), b"no JSON"])
    streaming.flow()

    counts = json.loads(typed("quarantine", "--json")[1])
    (counted,) = counts["counts"]
    (example,) = counted["examples"]
    shown = json.loads(typed("quarantine", "show", example, "--json")[1])
    replayed = json.loads(typed("quarantine", "replay", "--json")[1])
    proven = json.loads(typed("books", "--prove", "--json")[1])

    assert (counts["held"], counted["rule"], counted["records"]) == (1, "payload_not_json", 1)
    assert set(counted) == {
        *("table", "source", "rule", "day", "records", "first", "last", "examples")
    }
    assert shown["payload"] == "no JSON"
    assert set(shown) == {
        *("name", "table", "clean", "source", "stream", "shard", "sequence_number"),
        *("sub_sequence_number", "partition_key", "arrived_at", "landing", "reasons", "status"),
        *("refused_by", "refused_at", "released_by", "released_at", "contradicts", "payload"),
    }
    assert replayed["blocked"] is False
    assert (
        replayed["tables"][0].items()
        >= {
            "judged": 1,
            "released": 0,
            "published": 0,
            "duplicates": 0,
            "still_held": {"payload_not_json": 1},
            "verdict": "nothing new",
        }.items()
    )
    assert proven["proven"] is True
    assert [(one["of"], one["figure"], one["counted"]) for one in proven["proofs"]] == [
        ("raw.github", "published", 2),
        ("clean.github_events", "published", 1),
        ("quarantine.github_events", "quarantined", 1),
    ]


def test_rows_that_no_ledger_knows_end_proven_books_with_4(
    typed: Typed, lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lake.environment().items():
        monkeypatch.setenv(name, value)
    lake.land([payload(id="1"), b"no JSON"])
    lake.clean()
    rows = f"lake.{lake.settings.database_prefix}clean.github_events"
    lake.spark.sql(f"INSERT INTO {rows} SELECT * FROM {rows}")

    code, told, said = typed("books", "--prove")

    assert code == 4
    assert "2 published" in told
    assert said.strip() == (
        "BooksError: clean.github_events: its ledger says 1 row published,"
        " clean.github_events has 2 (+1)"
    )
    assert typed("books")[0] == 0


def test_a_blocked_run_ends_with_3_and_says_what_to_type(
    typed: Typed, streaming: LakeOfATest, aws: AwsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in streaming.environment().items():
        monkeypatch.setenv(name, value)
    put(aws, streaming, [payload(id="1", payload={"size": 1, "distinct_size": 2})])

    code, told, said = typed("run", "github")
    run = said.split("tidegate accept ")[1].split()[0]

    assert code == 3
    assert "block" in told
    assert "GateBlocked: clean.github_events: blocked; its readers see what they saw" in said
    assert "distinct_size_within_size" in said

    code, told, _ = typed("accept", run, "--because", "the sender counts otherwise")

    follows = "what is made of it follows with the next: tidegate run FLOW\n"
    assert (code, told) == (0, f"clean.github_events: published 1 row of run {run}\n{follows}")
    assert typed("accept", run, "--because", "again")[0] == 2


def test_a_stream_that_is_not_there_is_told_by_landing_too(
    typed: Typed, streaming: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in streaming.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIDEGATE_STREAMS", '{"github": "nowhere"}')

    code, _, said = typed("land", "github")

    assert code == 2
    assert 'there is no stream "nowhere"' in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("yesterday", '"yesterday" is no day, such as 2026-03-01'),
        ("2026-3-1", '"2026-3-1" is no day, such as 2026-03-01'),
        ("2026-02-30", '"2026-02-30" is in no calendar'),
    ],
)
def test_a_word_that_is_no_day_is_told_with_the_option_that_it_stood_at(
    word: str, told: str, typed: Typed
) -> None:
    code, _, refused = typed("backfill", "github", "--from", word, "--to", "2026-03-01")

    assert code == 2
    assert refused.splitlines()[-1] == f"Error: Invalid value for '--from': {told}"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_output_that_nobody_reads_on_ends_a_command_without_a_word(form: list[str]) -> None:
    command = [Path(sys.executable).with_name("tidegate"), "ask", "--list", *form]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdout
        asked.stdout.close()
        assert asked.stderr
        assert asked.stderr.read() == ""
    assert asked.returncode == 141
