"""A contract's new version on a table that is there: made in place for its readers, or refused."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import VERDICTS, Column, Contract, load_contracts
from tidegate.errors import ContractError, PublishLost
from tidegate.flow import Flow, clean, job, whole_days
from tidegate.flow.owed import Ask
from tidegate.flow.rebuilding import rebuild
from tidegate.flow.run_flow import run_flow
from tidegate.lake import evolving
from tidegate.lake.branch import Branch
from tidegate.lake.catalog import metadata, open_catalog, tables
from tidegate.lake.figures import Asked, days
from tidegate.lake.ledger import Counts
from tidegate.lake.table import Table
from tidegate.serve.answers import answer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

CLEAN, MART = "clean.github_events", "mart.daily_activity"
TIP = Column("tip", "double", json_paths=(("payload", "tip"),))
TAGS = Column("tags", "array<string>", json_paths=(("payload", "tags"),))
SIZE = Column("push_size", "integer", json_paths=(("payload", "size"),), id="size")
SHARE = Column("share", "float", json_paths=(("payload", "share"),))


def push(event: str, **said: Any) -> bytes:
    """An event of which a payload says more than the first contract asks for."""
    return payload(id=event, payload={"size": 2} | said)


@pytest.fixture
def lake(lake: LakeOfATest) -> LakeOfATest:
    """A lake whose clean table has few columns and no rule, and no row yet."""
    lake.narrow()
    deploy(lake, "1.0.0", SIZE)
    return lake


def deploy(lake: LakeOfATest, version: str, *columns: Column, table: str = CLEAN) -> Contract:
    """Deploy a contract's version: its columns take the place of those that are stored so."""
    contract = lake.contracts.table(table)
    given = {column.stored: column for column in columns}
    kept = [given.pop(column.stored, column) for column in contract.columns]
    changed = replace(contract, version=version, columns=(*kept, *given.values()))
    lake.change(changed)
    return changed


def clean_rows(lake: LakeOfATest, *payloads: bytes) -> Counts:
    """Land payloads and clean them."""
    lake.land(payloads)
    return lake.clean().rows


def sql(lake: LakeOfATest, text: str) -> list[tuple[Any, ...]]:
    """A question of an analyst's, by Spark, DuckDB and pyiceberg where each can."""
    found = lake.spark.sql(text.replace("clean.", f"lake.{lake.settings.database_prefix}clean."))
    by_spark = [tuple(row) for row in found.collect()]
    assert answer(lake.settings, text, "SQL", {}).rows == by_spark
    return by_spark


def by_pyiceberg(lake: LakeOfATest, *columns: str) -> list[tuple[Any, ...]]:
    """The clean table's rows as pyiceberg reads them, sorted."""
    table = open_catalog(lake.settings).load_table(f"{lake.settings.database_prefix}{CLEAN}")
    rows = table.scan(selected_fields=columns).to_arrow().to_pylist()
    return sorted(tuple(row[name] for name in columns) for row in rows)


def test_old_rows_are_null_in_a_new_column_and_new_ones_have_it(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1", tip=1.5))
    deploy(lake, "1.1.0", TIP, TAGS)
    clean_rows(lake, push("2", tip=2.5, tags=["a", "b"]))

    asked = "SELECT event_id, tip, tags FROM clean.github_events ORDER BY event_id"
    assert sql(lake, asked) == [("1", None, None), ("2", 2.5, ["a", "b"])]
    assert by_pyiceberg(lake, "event_id", "tip") == [("1", None), ("2", 2.5)]
    assert [one.partition("  ")[2] for one in lake.said if "is new" in one] == [
        'clean.github_events: column "tip" (double) is new',
        'clean.github_events: column "tags" (array<string>) is new',
    ]


def test_a_wider_type_holds_what_the_narrower_one_refused(lake: LakeOfATest) -> None:
    deploy(lake, "1.0.0", SHARE, Column("price", "decimal(4,2)", json_paths=(("payload", "p"),)))
    first = clean_rows(lake, push("1", share=0.5, p=99.99), push("2", size=2**40))
    deploy(
        lake,
        "1.1.0",
        replace(SIZE, type="long"),
        replace(SHARE, type="double"),
        Column("price", "decimal(9,2)", json_paths=(("payload", "p"),)),
    )
    second = clean_rows(lake, push("2", size=2**40, share=0.1, p=1234.56))

    assert (first.quarantined, second.quarantined) == (1, 0)
    asked = "SELECT event_id, push_size, share, CAST(price AS VARCHAR(9)) AS price"
    assert sql(lake, f"{asked} FROM clean.github_events ORDER BY event_id") == [
        ("1", 2, 0.5, "99.99"),
        ("2", 2**40, 0.1, "1234.56"),
    ]
    assert by_pyiceberg(lake, "event_id", "push_size") == [("1", 2), ("2", 2**40)]


def test_several_changes_are_one_commit_that_moves_no_reader(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1"))
    table = f"{lake.settings.database_prefix}{CLEAN}"
    asked = f"SELECT event_id, push_size FROM lake.{table}"
    reading, before = lake.spark.sql(asked), metadata(lake.settings, CLEAN)
    deploy(lake, "1.1.0", TIP, TAGS)

    lake.run().table(CLEAN)

    after = metadata(lake.settings, CLEAN)
    assert reading.collect() == lake.spark.sql(asked).collect() == [("1", 2)]
    assert after["refs"] == before["refs"]
    assert len(after["metadata-log"]) == len(before["metadata-log"]) + 1
    assert lake.run().table(CLEAN).changes == ()
    assert metadata(lake.settings, CLEAN) == after


def test_a_query_that_is_typed_before_and_after_a_column_is_widened_runs(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    asked = "SELECT event_id, push_size FROM clean.github_events"
    before = sql(lake, asked)
    deploy(lake, "1.1.0", replace(SIZE, type="long"))
    lake.run().table(CLEAN)

    assert sql(lake, asked) == before == [("1", 2)]


def test_of_two_runs_that_change_a_table_at_once_the_loser_sees_it_done(
    lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_rows(lake, push("1"))
    deploy(lake, "1.1.0", TIP, replace(SIZE, type="long"))
    both_are_there, tries = Barrier(2, timeout=60), []

    def commit(*args: Any, commit: Callable[..., None] = evolving._commit) -> None:
        tries.append(1)
        if len(tries) <= 2:
            both_are_there.wait()
        commit(*args)

    monkeypatch.setattr(evolving, "_commit", commit)
    runs, made = [lake.run(), lake.run()], []
    threads = [Thread(target=lambda run=run: made.append(run.table(CLEAN))) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(one.changes) for one in made) == [0, 2]
    assert len(tries) == 2
    assert [one["name"] for one in metadata(lake.settings, CLEAN)["schemas"][-1]["fields"]] == [
        "event_id",
        "event_time",
        "event_date",
        "push_size",
        "tip",
    ]


def test_a_run_by_the_older_contract_starts_again_and_is_told_so(
    lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_rows(lake, push("1"))
    lake.land([push("2", tip=1.5)])
    older = lake.contracts

    def publish(self: Table, *args: Any, publish: Callable[..., None] = Table.publish) -> None:
        if self.contract.version == "1.0.0":  # just before it publishes, the newer one is deployed
            deploy(lake, "1.1.0", TIP)
            lake.run().table(CLEAN)
            lake.contracts = older
        publish(self, *args)

    monkeypatch.setattr(Table, "publish", publish)

    with pytest.raises(ContractError, match=r'at 1\.1\.0 already: column "tip" is left out'):
        lake.clean()

    deploy(lake, "1.1.0", TIP)
    assert lake.clean().rows == Counts(rows_in=1, published=1)
    assert lake.rows(CLEAN, "event_id", "tip") == [("1", None), ("2", 1.5)]


@pytest.mark.parametrize("write", [Branch.append, Branch.replace_all])
def test_what_is_written_to_a_table_that_was_changed_meanwhile_is_not_published(
    lake: LakeOfATest, write: Callable[..., Any]
) -> None:
    clean_rows(lake, push("1"))
    table = lake.run().table(CLEAN)
    branch = table.branch("run-here", table.history().main)
    rows = table.rows(table.history().main).withColumn("event_id", F.lit("2"))
    deploy(lake, "1.1.0", TIP, replace(SIZE, type="long"))
    lake.run().table(CLEAN)

    with pytest.raises(PublishLost, match="another run has changed its columns"):  # noqa: PT012
        write(branch, rows)  # which Spark 4.0 stops already
        branch.publish()

    assert lake.rows(CLEAN, "event_id", "push_size", "tip") == [("1", 2, None)]


def states(lake: LakeOfATest) -> dict[str, str]:
    """Each table's newest metadata file: any commit whatever gives it another."""
    return tables(lake.settings)


def test_a_breaking_change_is_refused_before_any_stage_but_landing_writes(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    lake.derive(activity)
    lake.land([push("2")])
    before = states(lake)
    deploy(lake, "1.1.0", Column("people", "string"), table=MART)

    with pytest.raises(ContractError) as refused:
        run_flow(lake.run(), Flow("github", [clean(CLEAN), activity]))

    assert states(lake) == before
    assert str(refused.value).partition("\n")[0] == (
        'contracts/mart.daily_activity.yaml:14: column "people" is string and was long,'
        " which breaks mart.daily_activity (version 1.0.0)"
    )
    assert refused.value.exit_code == 2


def test_a_stage_by_itself_is_refused_too_and_so_is_a_version_that_is_not_raised(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    lake.land([push("2")])
    before = states(lake)
    for change, told in ((TIP, "write version: 1.1.0"), (replace(SIZE, type="string"), "breaks")):
        whole = lake.contracts
        deploy(lake, "1.0.1", change)

        with pytest.raises(ContractError, match=told):
            lake.clean()

        lake.contracts = whole
        assert states(lake) == before


def test_a_version_under_which_the_table_has_run_since_it_was_changed_is_not_a_raised_one(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    deploy(lake, "1.1.0")
    clean_rows(lake, push("2"))
    deploy(lake, "1.1.0", TIP)

    with pytest.raises(ContractError, match=r"at version 1\.1\.0: write version: 1\.2\.0"):
        lake.clean()


def test_an_older_contract_is_refused_once_a_newer_one_was_deployed(lake: LakeOfATest) -> None:
    older = lake.contracts
    clean_rows(lake, push("1"))
    deploy(lake, "1.1.0", TIP)
    lake.clean()
    lake.contracts = older

    with pytest.raises(ContractError, match=r'at 1\.1\.0 already: column "tip" is left out'):
        lake.clean()


def test_a_late_event_contradicts_no_row_that_is_older_than_a_column(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1", tip=1.5))
    deploy(lake, "1.1.0", TIP, TAGS)
    clean_rows(lake, push("2", tip=2.5))

    for again, becomes in (
        (push("1", tip=1.5), "duplicates"),
        (push("1"), "duplicates"),
        (push("1", tip=1.5, tags=["a"]), "duplicates"),
        (push("1", size=3, tip=1.5), "quarantined"),
        (push("2", tip=2.5), "duplicates"),
        (push("2", tip=7.5), "quarantined"),
    ):
        assert clean_rows(lake, again) == Counts(rows_in=1, **{becomes: 1}), again


def test_what_one_batch_says_twice_is_compared_in_a_new_column_too(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1", tip=1.5))
    deploy(lake, "1.1.0", TIP)

    assert clean_rows(lake, push("2", tip=2.5), push("2"), push("3"), push("3", tip=2.5)) == Counts(
        4, 2, quarantined=2
    )
    assert clean_rows(lake, push("1", tip=1.5), push("1", tip=7)) == Counts(2, duplicates=2)


def test_a_late_event_contradicts_no_row_that_was_rounded_to_a_float(lake: LakeOfATest) -> None:
    deploy(lake, "1.0.0", SHARE)
    clean_rows(lake, push("1", share=0.1))
    deploy(lake, "1.1.0", replace(SHARE, type="double"))

    for again, becomes in ((0.1, "duplicates"), (0.2, "quarantined"), (None, "quarantined")):
        told = clean_rows(lake, push("1", share=again))
        assert told == Counts(rows_in=1, **{becomes: 1}), again


def test_a_late_event_says_the_same_after_its_columns_are_widened(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1"))
    deploy(lake, "1.1.0", replace(SIZE, type="long"))

    assert clean_rows(lake, push("1")) == Counts(rows_in=1, duplicates=1)


@job(reads={"events": CLEAN}, writes=MART, increment=whole_days("event_date"))
def activity(events: "DataFrame") -> "DataFrame":
    """One row a day, by the first contract of the mart."""
    return events.groupBy("event_date").agg(
        F.lit("PushEvent").alias("event_type"),
        F.count("*").alias("events"),
        F.count("*").alias("people"),
        F.count("*").alias("repositories"),
    )


@job(reads={"events": CLEAN}, writes=MART, increment=whole_days("event_date"))
def activity_with_pushes(events: "DataFrame") -> "DataFrame":
    """The same by the mart's second contract, from the clean table's column by its new name."""
    days = activity(events=events)
    pushed = events.groupBy("event_date").agg(F.sum("size").alias("pushed"))
    return days.join(pushed, "event_date").withColumnRenamed("events", "event_count")


def test_a_renamed_column_has_its_new_name_in_rules_and_jobs_and_its_stored_one_in_sql(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    lake.derive(activity)
    size = replace(SIZE, name="size", physical="push_size")
    deploy(lake, "1.1.0", size)
    mart = deploy(
        lake,
        "1.1.0",
        Column("event_count", "long", required=True, physical="events"),
        Column("pushed", "long"),
        table=MART,
    )
    rules = tuple(rule for rule in mart.rules if rule.id == "repositories_within_events")
    named = {"column_A": "event_count", "column_B": "repositories", "or_equal": True}
    lake.change(replace(mart, rules=tuple(replace(rule, arguments=named) for rule in rules)))

    rows = clean_rows(
        lake, push("1"), push("2", size=3), payload(id="3", created_at="2014-12-31T10:00:00Z")
    )
    report = lake.derive(activity_with_pushes)

    assert rows == Counts(rows_in=3, published=2, duplicates=1)
    assert sql(lake, "SELECT event_id, push_size FROM clean.github_events ORDER BY event_id") == [
        ("1", 2),
        ("2", 3),
        ("3", 2),
    ]
    assert report.verdict == "pass"
    assert lake.rows(MART, "event_date", "events", "pushed") == [
        (date(2014, 12, 31), 1, 2),
        (date(2015, 1, 1), 2, 5),
    ]


def test_a_renamed_day_is_still_what_the_table_is_partitioned_and_replaced_by(
    lake: LakeOfATest,
) -> None:
    @job(reads={"events": CLEAN}, writes=MART, increment=whole_days("day"))
    def renamed(events: "DataFrame") -> "DataFrame":
        return activity(events=events.withColumnRenamed("day", "event_date")).withColumnRenamed(
            "event_date", "day"
        )

    clean_rows(lake, push("1"), payload(id="2", created_at="2014-12-31T10:00:00Z"))
    lake.derive(activity)
    for table in (CLEAN, MART):
        whole = lake.contracts.table(table)
        day = replace(whole.column("event_date"), name="day", physical="event_date")
        key = tuple("day" if name == "event_date" else name for name in whole.key)
        lake.change(replace(whole, rules=(), key=key, partition=("day",)))
        deploy(lake, "1.1.0", day, table=table)
    rows = clean_rows(lake, push("1"), push("3"))
    lake.derive(renamed)

    assert rows == Counts(rows_in=2, published=1, duplicates=1)
    assert lake.rows(MART, "event_date", "events") == [
        (date(2014, 12, 31), 1),
        (date(2015, 1, 1), 2),
    ]


def test_a_mart_gets_a_new_column_on_the_days_that_are_computed_again(lake: LakeOfATest) -> None:
    @job(reads={"events": CLEAN}, writes=MART, increment=whole_days("event_date"))
    def with_kinds(events: "DataFrame") -> "DataFrame":
        return activity(events=events).withColumn("kinds", F.lit(1))

    clean_rows(lake, push("1"), payload(id="2", created_at="2014-12-31T10:00:00Z"))
    lake.derive(activity)
    deploy(lake, "1.1.0", Column("kinds", "integer"), table=MART)
    clean_rows(lake, push("3"))
    lake.derive(with_kinds)

    assert lake.rows(MART, "event_date", "events", "kinds") == [
        (date(2014, 12, 31), 1, None),
        (date(2015, 1, 1), 2, 1),
    ]


def test_rows_older_than_a_column_get_it_when_their_day_is_rebuilt(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1", tip=1.5))
    deploy(lake, "1.1.0", TIP)
    stage = clean(CLEAN)

    done = rebuild(lake.run(), Flow("github", [stage]), stage, Ask())

    assert (done.failed, done.blocked) == (None, None)
    assert (done.done, done.left) == ({date(2015, 1, 1)}, set())
    assert lake.rows(CLEAN, "event_id", "tip") == [("1", 1.5)]
    assert clean_rows(lake, push("1", tip=1.5)) == Counts(rows_in=1, duplicates=1)


def words(lake: LakeOfATest) -> dict[str, str | None]:
    """What pyiceberg, and so Athena, reads of the clean table's columns; of itself under ""."""
    table = open_catalog(lake.settings).load_table(f"{lake.settings.database_prefix}{CLEAN}")
    return {one.name: one.doc for one in table.schema().fields} | {
        "": table.properties.get("comment")
    }


def test_a_changed_description_reaches_the_tables_comments_and_no_row(lake: LakeOfATest) -> None:
    clean_rows(lake, push("1"))
    asked = f"SELECT event_id, push_size FROM lake.{lake.settings.database_prefix}{CLEAN}"
    reading, before = lake.spark.sql(asked), metadata(lake.settings, CLEAN)
    size = replace(SIZE, description="How many commits 'twas: \\d.", type="long")
    changed = deploy(lake, "1.1.0", size, replace(TIP, description="What was given."))
    lake.change(replace(changed, description="Other words.\nOn two lines."))

    clean_rows(lake, push("2"))

    told = words(lake)
    assert told["push_size"] == size.description
    assert told["tip"] == "What was given."
    assert told[""] == "Other words.\nOn two lines."
    assert told["event_id"] == changed.column("event_id").description
    assert metadata(lake.settings, CLEAN)["refs"] != before["refs"]
    assert lake.rows(CLEAN, "event_id", "push_size") == [("1", 2), ("2", 2)]
    del reading


def test_a_description_is_changed_by_a_patch_and_taken_back_by_the_next_but_not_by_an_older_one(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    older = lake.contracts
    reading = lake.table(CLEAN).select("event_id", "push_size")
    deploy(lake, "1.0.1", replace(SIZE, description="Commits."))
    lake.run().table(CLEAN)
    newer, state = lake.contracts, states(lake)
    assert words(lake)["push_size"] == "Commits."
    assert [tuple(row) for row in reading.collect()] == [("1", 2)]
    clean_rows(lake, push("2"))

    lake.contracts = older
    lake.run().table(CLEAN)
    assert words(lake)["push_size"] == "Commits."
    lake.contracts = newer
    deploy(lake, "1.0.2", SIZE)
    lake.run().table(CLEAN)

    assert words(lake)["push_size"] is None
    assert state


def test_a_table_that_has_its_contracts_words_is_opened_without_a_commit(
    lake: LakeOfATest,
) -> None:
    lake.contracts = load_contracts(lake.settings.project)
    for name in lake.contracts:
        lake.run().table(name)
    before = states(lake)

    for name in lake.contracts:
        lake.run().table(name)

    assert states(lake) == before
    log = {name: metadata(lake.settings, name)["metadata-log"] for name in lake.contracts}
    assert {len(one) for one in log.values()} == {1}  # made, and its empty snapshot


def test_a_table_the_engine_fills_gets_a_column_of_a_later_engine(lake: LakeOfATest) -> None:
    rules = load_contracts(lake.settings.project).table(CLEAN).rules
    kept = tuple(rule for rule in rules if rule.id == "push_size_not_negative")
    lake.change(replace(lake.contracts.table(CLEAN), rules=kept))
    lake.land([push("1")])
    run_flow(lake.run(), Flow("github", [clean(CLEAN)]))
    deploy(lake, "1.1.0", Column("host", "string"), table=VERDICTS)

    lake.run().table(VERDICTS)

    assert lake.rows(VERDICTS, "rule", "host") == [("push_size_not_negative", None)]


def test_a_table_made_before_anything_was_kept_of_its_contract_is_compared_from_now_on(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"))
    name = f"lake.{lake.settings.database_prefix}{CLEAN}"
    unset = "'tidegate.columns', 'tidegate.key'"
    lake.spark.sql(f"ALTER TABLE {name} UNSET TBLPROPERTIES ({unset})")
    lake.clean()
    contract = lake.contracts.table(CLEAN)
    columns = tuple(one for one in contract.columns if one is not SIZE)
    renamed = (*columns, replace(SIZE, name="size"))

    lake.change(replace(contract, version="1.1.0", columns=renamed))

    with pytest.raises(ContractError, match="add physicalName: push_size"):
        lake.clean()


def test_the_files_of_a_renamed_column_still_tell_of_its_nulls_and_newest_time(
    lake: LakeOfATest,
) -> None:
    clean_rows(lake, push("1"), push("2", size=None))
    event_time = lake.contracts.table(CLEAN).column("event_time")
    size = replace(SIZE, name="size", physical="push_size")
    deploy(lake, "1.1.0", size, replace(event_time, name="at", physical="event_time"), TIP)
    table = lake.run().table(CLEAN)

    asked = Asked(table, table.history().main, nulls=("size", "tip"), times=("at",))
    found = days({"now": asked})["now"]

    first = date(2015, 1, 1)
    assert found.rows == {first: 2}
    assert found.nulls == {"size": {first: 1}, "tip": {first: 2}}
    assert found.newest == {"at": datetime(2015, 1, 1, 10, tzinfo=UTC)}


def test_a_major_version_is_filled_from_all_of_history_beside_the_table_its_readers_leave(
    lake: LakeOfATest, tmp_path: Path
) -> None:
    folder = shutil.copytree(REPOSITORY / "contracts", tmp_path / "contracts")
    text = (folder / f"{CLEAN}.yaml").read_text()
    text = text.replace("clean.github_events", "clean.github_events_v2")
    text = text.replace("quarantine.github_events", "quarantine.github_events_v2")
    text = text.replace("version: 1.0.0", "version: 2.0.0")
    text = text.replace("name: github_events", "name: github_events_v2")
    text = text.replace(
        """      - name: ref
        logicalType: string
""",
        """      - name: ref
        logicalType: string
        required: true
""",
    )
    lake.contracts = load_contracts(lake.settings.project)
    second = f"{CLEAN}_v2"
    clean_rows(lake, payload(id="1"), payload(id="2", payload={"size": 2}))
    (folder / f"{second}.yaml").write_text(text)
    lake.contracts = load_contracts(tmp_path)
    lake.land([payload(id="3")])

    done = run_flow(lake.run(), Flow("github", [clean(CLEAN), clean(second)]))

    assert [one.rows for one in done.stages] == [
        Counts(rows_in=1, published=1),
        Counts(rows_in=3, published=2, quarantined=1),
    ]
    assert lake.rows(CLEAN, "event_id") == [("1",), ("2",), ("3",)]
    assert lake.rows(second, "event_id") == [("1",), ("3",)]
    assert lake.rows("quarantine.github_events", "reasons") == []
    assert lake.rows("quarantine.github_events_v2", "reasons") == [(["ref_missing"],)]
    assert lake.unproven() == []
