"""What quarantine holds: counted, followed back to what was sent, and written to a file."""

import datetime as dt
import json
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.conftest import project_contracts
from tidegate.contract.reasons import meanings
from tidegate.contract.selection import Selection
from tidegate.errors import LakeError, UserError
from tidegate.serve import ask
from tidegate.serve.held import (
    HeldCount,
    check_rule,
    held_counts,
    held_payloads,
    held_records,
    quarantining,
)
from tidegate.serve.record import GONE, find_record
from tidegate.serve.show_held import counts_table, export, record_document, record_text

from .conftest import day
from .test_github_questions import PROJECT, event, make_lake

CLEAN = project_contracts()["clean.github_events"]
TABLE = "quarantine.github_events"
JSON, RULE, ID = "payload_not_json", "push_size_not_negative", "conflicting_id"
ALL = Selection()


def at(date: int, hour: int) -> dt.datetime:
    return dt.datetime(2015, 1, date, hour, tzinfo=dt.UTC)


def row(number: int, payload: bytes, *reasons: str, **changes: Any) -> dict[str, Any]:
    """A refusal in shard-0, that arrived on New Year's Day at that hour."""
    told = {
        "status": "refused",
        "reasons": list(reasons),
        "stream": "github@1",
        "shard": "shard-0",
        "sequence_number": f"{number:0129d}",
        "sub_sequence_number": 0,
        "partition_key": "key",
        "arrived_at": at(1, number),
        "payload": payload,
        "landing": 7,
        "recorded_at": at(3, 0),
        "run": "first",
    }
    return told | changes


ROWS = {
    "clean.github_events": [event("ann", "PushEvent", 9, event_id="5")],
    TABLE: [
        row(1, b"no\x1b[31m JSON", JSON),
        row(2, b'{"id": 2,\n"x": 1.10}', JSON, RULE),
        row(2, b"", JSON, RULE, status="released", run="second", recorded_at=at(4, 0)),
        row(3, b'{"id": "\xff"}', RULE, run="other"),
        row(4, b'{"n": 1.10, "a": [1]}', "left_the_contract", arrived_at=at(2, 4)),
        row(4, b'{"id": "4"}', JSON, sub_sequence_number=2),
        row(5, b'{"id": "5"}', ID, arrived_at=at(2, 5)),
        row(6, b"a\nb", JSON, arrived_at=at(2, 6)),
        row(7, b"old", JSON),
        row(7, b"new", JSON, stream="github@2"),
    ],
}
HELD = 8


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("held"), ROWS)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("empty"), {})


def counted(rule: str, date: int, records: int, first: int, last: int, *examples: str) -> HeldCount:
    day = dt.date(2015, 1, date)
    return HeldCount(
        *(TABLE, "github", rule, day, records, at(date, first), at(date, last), examples)
    )


def names(lake, selection: Selection) -> list[str]:
    return [record for record, *_ in held_payloads(lake, CLEAN, selection)]


def test_held_records_are_counted_by_rule_and_day_with_the_newest_and_the_oldest(lake):
    assert held_counts(lake, CLEAN, ALL) == [
        counted(ID, 2, 1, 5, 5, "shard-0/5"),
        counted("left_the_contract", 2, 1, 4, 4, "shard-0/4"),
        counted(JSON, 2, 1, 6, 6, "shard-0/6"),
        counted(JSON, 1, 4, 1, 7, "shard-0/7", "shard-0/1"),
        counted(RULE, 1, 1, 3, 3, "shard-0/3"),
    ]
    assert held_records(lake, CLEAN, ALL) == HELD


def test_a_rule_a_day_and_a_run_choose_among_them(lake):
    assert names(lake, Selection(rule=RULE)) == ["shard-0/3"]
    assert names(lake, Selection(day=day("2015-01-02"))) == ["shard-0/4", "shard-0/5", "shard-0/6"]
    assert names(lake, Selection(rule=JSON, day=day("2015-01-02"))) == ["shard-0/6"]
    assert names(lake, Selection(run="other")) == ["shard-0/3"]
    assert held_records(lake, CLEAN, Selection(run="none")) == 0


def test_the_saved_question_names_the_same_records(lake):
    asked = ask(lake, "still_held_records", {})

    places = [tuple(row[3:5]) for row in asked.rows]
    assert sorted(places) == sorted(
        tuple(name.partition(".")[0].split("/")) for name in names(lake, ALL)
    )
    assert len(places) == HELD


def test_a_record_that_is_refused_after_its_release_is_held_again_by_its_newest_refusal(tmp_path):
    lake = make_lake(
        tmp_path,
        {
            TABLE: [
                row(1, b"{}", JSON),
                row(1, b"", JSON, status="released", run="second", recorded_at=at(4, 0)),
                row(1, b"{}", RULE, run="third", recorded_at=at(5, 0)),
                row(2, b"{}", JSON),
                row(2, b"", JSON, status="released", run="second", recorded_at=at(4, 0)),
            ]
        },
    )

    assert held_counts(lake, CLEAN, ALL) == [counted(RULE, 1, 1, 1, 1, "shard-0/1")]
    asked = ask(lake, "still_held_records", {})
    assert [found[4] for found in asked.rows] == ["1"]
    found = find_record(lake, [CLEAN], "shard-0/1")
    assert (found.refused_by, found.released_by) == ("third", None)
    assert find_record(lake, [CLEAN], "shard-0/2").released_by == "second"


def test_before_a_stage_has_run_nothing_is_held(empty):
    assert held_counts(empty, CLEAN, ALL) == []
    assert held_records(empty, CLEAN, ALL) == 0


def test_the_counts_tell_places_and_rules_and_nothing_a_sender_wrote(lake):
    text = StringIO()
    Console(file=text, width=200).print(counts_table(held_counts(lake, CLEAN, ALL)))

    assert "shard-0/7" in text.getvalue()
    assert "no JSON" not in text.getvalue()
    assert "31m" not in text.getvalue()


def test_a_record_is_followed_back_to_its_place_its_runs_and_each_rule_in_words(lake):
    found = find_record(lake, [CLEAN], "shard-0/2")

    assert (found.stream, found.shard, found.sequence_number) == ("github@1", "shard-0", "2")
    assert (found.refused_by, found.released_by) == ("first", "second")
    assert found.payload == ROWS[TABLE][1]["payload"]
    assert found.reasons == {
        JSON: "A payload is one JSON object and nothing else.",
        RULE: "A push brings no fewer than 0 commits.",
    }
    assert find_record(lake, [CLEAN], "shard-0/3").released_by is None
    assert find_record(lake, [CLEAN], "shard-0/4.2").sub_sequence_number == 2
    assert find_record(lake, [CLEAN], "shard-0/4").reasons == {"left_the_contract": GONE}


def test_each_reason_of_the_engine_has_a_sentence():
    told = meanings(CLEAN)

    assert told["actor_id_wrong_type"] == "actor_id, from $.actor.id, is of type long."
    assert told["event_id_missing"] == "event_id, from $.id, has a value."
    assert told["event_time_in_future"] == "event_time is at most 300 s later than the arrival."
    assert told["payload_too_large"] == "A payload is no longer than 1,048,576 bytes."
    assert not [rule for rule, sentence in told.items() if not sentence]


def test_what_a_conflicting_record_contradicts_is_shown_beside_it(lake):
    (contradicted,) = find_record(lake, [CLEAN], "shard-0/5").contradicts

    assert (contradicted["event_id"], contradicted["actor"]) == ("5", "ann")
    assert find_record(lake, [CLEAN], "shard-0/3").contradicts == []


def test_a_payload_is_shown_word_for_word_and_can_not_steer_a_terminal(lake):
    def shown(name: str) -> str:
        return record_text(find_record(lake, [CLEAN], name)).split("bytes:\n")[1]

    assert shown("shard-0/1") == "  no\\x1b[31m JSON"
    assert shown("shard-0/4") == '  {\n    "n": 1.10,\n    "a": [\n      1\n    ]\n  }'
    assert shown("shard-0/3") == f"  not UTF-8: {ROWS[TABLE][3]['payload'].hex(' ')}"


def test_a_record_for_programs_has_its_payload_in_base64_where_it_is_no_text(lake):
    text = record_document(find_record(lake, [CLEAN], "shard-0/1"))
    other = record_document(find_record(lake, [CLEAN], "shard-0/3"))

    assert (text["payload"], text["status"]) == ("no\x1b[31m JSON", "held")
    assert other["payload_base64"] == "eyJpZCI6ICL/In0="
    assert "payload" not in other
    assert json.loads(json.dumps(text))["arrived_at"] == "2015-01-01T01:00:00Z"


def test_a_name_that_two_records_have_is_told_with_the_words_that_tell_them_apart(lake):
    with pytest.raises(UserError) as error:
        find_record(lake, [CLEAN], "shard-0/7")

    assert str(error.value) == (
        '"shard-0/7" names 2 records; write which:'
        f"\n  github@1/shard-0/7 --table {TABLE}\n  github@2/shard-0/7 --table {TABLE}"
    )
    assert find_record(lake, [CLEAN], "github@2/shard-0/7").payload == b"new"


@pytest.mark.parametrize(
    ("word", "kind", "told"),
    [
        ("shard-0/99", LakeError, 'no record "shard-0/99" was ever refused'),
        ("99", UserError, '"99" names no record; expected shard/number'),
    ],
)
def test_a_record_that_is_not_there_is_told(lake, word, kind, told):
    with pytest.raises(kind, match=told):
        find_record(lake, [CLEAN], word)


def test_an_export_holds_each_payload_as_it_came_and_says_what_no_line_can_hold(
    lake, tmp_path: Path
):
    file = tmp_path / "held.ndjson"

    assert export(lake, [CLEAN], ALL, file) == (7, 1)
    assert file.read_bytes().splitlines() == [
        b"no\x1b[31m JSON",
        b'{"id": "\xff"}',
        b'{"id": "4"}',
        b"old",
        b"new",
        b'{"n": 1.10, "a": [1]}',
        b'{"id": "5"}',
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["held.ndjson"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_with_reasons_has_every_record_as_an_object(lake, tmp_path: Path):
    file = tmp_path / "held.ndjson"

    assert export(lake, [CLEAN], Selection(rule=JSON), file, with_reasons=True) == (5, 0)
    assert [json.loads(line) for line in file.read_text().splitlines()][-1] == {
        "record": "shard-0/6",
        "arrived_at": "2015-01-02T06:00:00Z",
        "reasons": [JSON],
        "payload": "a\nb",
    }


def test_an_export_replaces_a_file_only_when_told_to(lake, tmp_path: Path):
    file = tmp_path / "held.ndjson"
    file.write_text("mine")

    with pytest.raises(UserError, match="is there already; name another file, or replace it"):
        export(lake, [CLEAN], ALL, file)
    assert file.read_text() == "mine"
    assert export(lake, [CLEAN], Selection(rule=RULE), file, force=True) == (1, 0)
    with pytest.raises(UserError, match="can't be written: No such file or directory"):
        export(lake, [CLEAN], ALL, tmp_path / "nowhere" / "held.ndjson")


@pytest.mark.parametrize(
    "command", ["quarantine", "quarantine show shard-0/1", "quarantine export {}/held.ndjson"]
)
def test_looking_at_what_is_held_loads_neither_spark_nor_what_judges(
    lake, tmp_path: Path, command: str
):
    words = ["tidegate", "--warehouse", lake.lake, *command.format(tmp_path).split()]
    ended = subprocess.run(
        [
            *(sys.executable, "-c"),
            f"import sys\nfrom tidegate.cli import main\nsys.argv = {words!r}\n"
            "try: main()\nexcept SystemExit as end: code = end.code\n"
            "print(code, sorted({'great_expectations', 'pyspark'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=True,
    )

    assert ended.stdout.splitlines()[-1] == "0 []"


def test_what_is_not_there_is_told_with_the_nearest_right_word(lake):
    contracts = project_contracts()

    assert quarantining(contracts, TABLE, "github") == [CLEAN]
    with pytest.raises(LakeError, match=r'no clean table "clean.github_event"'):
        quarantining(contracts, "clean.github_event")
    with pytest.raises(LakeError, match='no source "gitlab"\n  did you mean "github"'):
        quarantining(contracts, None, "gitlab")
    with pytest.raises(UserError, match='no rule "push_sise_not_negative"'):
        check_rule(lake, [CLEAN], "push_sise_not_negative")
    check_rule(lake, [CLEAN], "left_the_contract")
