"""A machine that is lost in mid-run: Spark runs stages again, and the figures stay true."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Rule, Severity
from tidegate.flow import job, whole_days
from tidegate.flow.commit import start_branch
from tidegate.gate.judge import Watch

MART = "mart.daily_activity"
EVENTS = 400


def losing_its_shuffle(rows: DataFrame, lost: Path) -> DataFrame:
    """The rows by way of an exchange whose files are deleted once, when some of it is read."""
    block_manager = rows.sparkSession._jvm.org.apache.spark.SparkEnv.get().blockManager()  # type: ignore[union-attr]
    folders = [Path(one) for one in block_manager.diskBlockManager().localDirsString()]

    def delete_once(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            with contextlib.suppress(FileExistsError), lost.open("x") as told:
                gone = [file for one in folders for file in one.rglob("shuffle_*.data")]
                for file in gone:
                    file.unlink()
                told.write(str(len(gone)))
            yield batch

    return rows.repartition(8, "number").mapInArrow(delete_once, rows.schema)


def with_rules(lake: LakeOfATest, table: str, **expectations: dict[str, Any]) -> None:
    contract = lake.contracts.table(table)
    rules = tuple(
        Rule(name, "A rule.", Severity.WARN, "", f"expect_{name}", arguments)
        for name, arguments in expectations.items()
    )
    changed = replace(contract, rules=rules)
    lake.change(changed)


def cleaned(lake: LakeOfATest) -> None:
    lake.land([payload(id=str(n), payload={"number": n, "size": 1}) for n in range(EVENTS)])
    lake.clean()


def test_a_write_whose_shuffle_is_lost_is_counted_once(lake: LakeOfATest, tmp_path: Path) -> None:
    cleaned(lake)
    with_rules(
        lake,
        MART,
        column_sum_to_be_between={"column": "events", "max_value": 0},
        table_row_count_to_equal={"value": 0},
    )
    lost = tmp_path / "lost"

    @job(reads={"events": "clean.github_events"}, writes=MART, increment=whole_days("event_date"))
    def per_number(events: DataFrame) -> DataFrame:
        kept = losing_its_shuffle(events.select("event_date", "number"), lost)
        return kept.selectExpr(
            "event_date",
            "concat('n', number) AS event_type",
            "1L AS events",
            "1L AS people",
            "1L AS repositories",
        )

    report = lake.derive(per_number)

    assert int(lost.read_text()) > 0
    assert report.rows.published == EVENTS
    assert {one.rule.id: one.told for one in report.broken} == {
        "column_sum_to_be_between": f"found {EVENTS}.0",
        "table_row_count_to_equal": f"found {EVENTS}",
    }
    assert {one.meta["computed"] for one in report.judged.result.results} == {"observed"}


def test_what_was_counted_twice_is_counted_anew_from_what_was_written(
    lake: LakeOfATest, tmp_path: Path
) -> None:
    cleaned(lake)
    table = "clean.github_events"
    with_rules(
        lake,
        table,
        column_sum_to_be_between={"column": "push_size", "max_value": 0},
        column_values_to_be_null={"column": "number"},
    )
    run = lake.run()
    clean = run.table(table)
    base, lost = clean.history().main, tmp_path / "lost"
    watch = Watch(lake.contracts.table(table), clean.rows(base).repartition(4))
    branch = start_branch(run, clean, base)

    written = branch.append(losing_its_shuffle(watch.rows, lost))
    verdict = watch.verdict(written.rows, lambda: clean.added(base, written.snapshot))

    assert watch.counted["rows"] > written.rows == EVENTS
    assert {one.rule.id: (one.rows, one.told) for one in verdict.broken} == {
        "column_sum_to_be_between": (0, f"found {EVENTS}.0"),
        "column_values_to_be_null": (EVENTS, f"{EVENTS} rows, 100 %"),
    }
    assert {one.meta["computed"] for one in verdict.result.results} == {"rows"}
