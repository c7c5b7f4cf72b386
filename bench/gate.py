"""What the gate costs: the clean stage with ten and with thirty rules, against it with none.

``make bench-gate``. One process, one raw table of GitHub-like events; each round cleans it anew
without rules, with ten and with thirty. Beside our gate stands stock Great Expectations over the
rows that a stage has just written, in its fastest setting (BOOLEAN_ONLY, the rows persisted) and
in its default; its seconds are added to those of the stage without rules. Seconds are those of this
machine; the ratios, within one round, are what counts.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.validator.validator import Validator
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from rich.console import Console
from rich.table import Table as RichTable

from tidegate.contract import Contract, Rule, Severity, load_contracts
from tidegate.flow import clean
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.run import Run, start_run
from tidegate.flow.run_flow import run_stage
from tidegate.gate.rules import configuration
from tidegate.lake.ledger import Counts
from tidegate.lake.session import spark_session
from tidegate.settings import load_settings

PROJECT = Path(__file__).resolve().parent.parent
CLEAN, QUARANTINE, RAW = "clean.github_events", "quarantine.github_events", "raw.github"
KINDS = ["PushEvent", "WatchEvent", "ForkEvent", "IssuesEvent", "PullRequestEvent", "CreateEvent"]


def _rule(number: int, expectation: str, severity: Severity, **arguments: Any) -> Rule:
    name = f"rule_{number}"
    return Rule(name, f"Rule {number}.", severity, "validity", expectation, arguments)


def rules(count: int) -> tuple[Rule, ...]:
    """So many rules as a contract of events has them: three in ten refuse rows."""
    refuse, warn = Severity.REFUSE, Severity.WARN
    kinds: list[tuple[str, Severity, dict[str, Any]]] = [
        (
            "expect_column_values_to_match_regex",
            refuse,
            {"column": "repository", "regex": "^[^/ ]+/[^/ ]+$"},
        ),
        ("expect_column_values_to_be_between", refuse, {"column": "push_size", "min_value": 0}),
        ("expect_column_values_to_be_between", refuse, {"column": "repository_id", "min_value": 1}),
        ("expect_column_values_to_be_in_set", warn, {"column": "event_type", "value_set": KINDS}),
        ("expect_column_values_to_not_be_null", warn, {"column": "actor", "mostly": 0.99}),
        ("expect_column_value_lengths_to_be_between", warn, {"column": "actor", "max_value": 39}),
        ("expect_column_mean_to_be_between", warn, {"column": "push_size", "max_value": 1000}),
        ("expect_column_max_to_be_between", warn, {"column": "number", "max_value": 10**9}),
        ("expect_table_row_count_to_be_between", warn, {"min_value": 1}),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            warn,
            {
                "column_A": "push_size",
                "column_B": "push_distinct_size",
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            },
        ),
    ]
    columns = ("actor", "repository", "event_id", "event_type", "ref")
    for column in columns:
        kinds.append(
            ("expect_column_values_to_not_be_null", warn, {"column": column, "mostly": 0.2})
        )
        kinds.append(
            ("expect_column_value_lengths_to_be_between", warn, {"column": column, "min_value": 1})
        )
    for column in ("actor_id", "repository_id", "number", "push_size", "push_distinct_size"):
        kinds.append(
            (
                "expect_column_values_to_be_between",
                refuse if column == "actor_id" else warn,
                {"column": column, "min_value": 0, "max_value": 10**12},
            )
        )
        kinds.append(("expect_column_min_to_be_between", warn, {"column": column, "min_value": 0}))
    return tuple(
        _rule(number, expectation, severity, **arguments)
        for number, (expectation, severity, arguments) in enumerate(kinds[:count], start=1)
    )


def payloads(spark: SparkSession, rows: int) -> DataFrame:
    """GitHub-like events, some 330 bytes of JSON each, spread over a day, in raw's columns."""
    number = F.col("id")
    pick = F.array(*map(F.lit, KINDS))
    body = F.struct(
        F.concat(F.lit(""), number).alias("id"),
        F.element_at(pick, (number % len(KINDS) + 1).cast("int")).alias("type"),
        F.struct(
            (number % 50_021).alias("id"),
            F.concat(F.lit("person-"), number % 50_021).alias("login"),
        ).alias("actor"),
        F.struct(
            (number % 20_011 + 1).alias("id"),
            F.concat(F.lit("owner/repository-"), number % 20_011).alias("name"),
        ).alias("repo"),
        F.struct(
            F.lit("refs/heads/main").alias("ref"),
            (number % 7).alias("size"),
            F.least(number % 7, number % 3).alias("distinct_size"),
            (number % 99_991).alias("number"),
            F.lit("opened").alias("action"),
        ).alias("payload"),
        F.lit(True).alias("public"),
        F.date_format(
            F.timestamp_seconds(F.lit(1_420_070_400) + number % 86_400), "yyyy-MM-dd'T'HH:mm:ss'Z'"
        ).alias("created_at"),
    )
    return spark.range(0, rows, 1, 8).select(
        F.lit("bench").alias("stream"),
        F.lit("shard-0").alias("shard"),
        F.lpad(number.cast("string"), 129, "0").alias("sequence_number"),
        F.lit(0).alias("sub_sequence_number"),
        F.lit("key").alias("partition_key"),
        F.timestamp_seconds(F.lit(1_420_200_000)).alias("arrived_at"),
        F.to_json(body).cast("binary").alias("payload"),
        F.lit(1).cast("bigint").alias("landing"),
    )


def land(run: Run, rows: int) -> None:
    table = run.table(RAW)
    was = table.history()
    branch = start_branch(run, table, was.main)
    written = branch.append(payloads(run.spark, rows)).rows
    counts = Counts(rows_in=written, published=written)
    conclude(branch, run.entry(table.contract, was.newest(), rows=counts))


@dataclass
class Contender:
    """A way to clean and to judge; its seconds and its Spark jobs, a round each."""

    name: str
    rules: tuple[Rule, ...]
    judge: Callable[[DataFrame, tuple[Rule, ...]], None] | None = None
    seconds: list[float] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)

    @contextmanager
    def timed(self, run: Run, after: "Contender | None" = None) -> Iterator[None]:
        """Time a round, on top of another contender's."""
        tracker = run.spark.sparkContext.statusTracker()
        run.spark._jvm.System.gc()  # each starts from an empty heap
        before, started = len(tracker.getJobIdsForGroup(None)), time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        jobs = len(tracker.getJobIdsForGroup(None)) - before
        self.seconds.append(seconds + (after.seconds[-1] if after else 0))
        self.jobs.append(jobs + (after.jobs[-1] if after else 0))
        print(f"round {len(self.seconds)}: {self.name}: {self.seconds[-1]:.1f} s", flush=True)


def stock(form: str, persist: bool) -> Callable[[DataFrame, tuple[Rule, ...]], None]:
    """Great Expectations as it comes, over the rows that were written."""

    def judge(rows: DataFrame, judged: tuple[Rule, ...]) -> None:
        if persist:
            rows.persist(StorageLevel.MEMORY_AND_DISK)
        engine = SparkDFExecutionEngine(persist=False)
        engine.load_batch_data("rows", rows)
        validator = Validator(execution_engine=engine)
        validator.metrics_calculator.show_progress_bars = False
        results = validator.graph_validate(
            configurations=[configuration(rule) for rule in judged],
            runtime_configuration={"catch_exceptions": False, "result_format": form},
        )
        assert all(result.success for result in results)
        rows.unpersist(blocking=True)

    return judge


def clean_anew(run: Run, contender: Contender, rows: int) -> None:
    """Clean all of raw into new tables, with the contender's rules, and time it."""
    for name in (CLEAN, QUARANTINE):
        run.spark.sql(f"DROP TABLE IF EXISTS lake.{name} PURGE")
    own: Contract = run.contracts.table(CLEAN)
    ruled = replace(own, rules=contender.rules)
    contracts = replace(run.contracts, by_table={**run.contracts.by_table, CLEAN: ruled})
    fresh = start_run(run.spark, run.settings, contracts, lambda _: None)
    for name in (CLEAN, QUARANTINE):
        fresh.table(name)
    with contender.timed(run):
        report = run_stage(fresh, clean(CLEAN))
    assert report.rows == Counts(rows_in=rows, published=rows), report
    assert report.verdict == "pass", report


def show(contenders: list[Contender], rows: int) -> None:
    table = RichTable(title=f"clean stage, {rows:,} events, {len(contenders[0].seconds)} rounds")
    for heading in ("", "seconds (median)", "÷ no rules (median of rounds)", "Spark jobs"):
        table.add_column(heading, justify="left" if not heading else "right")
    base = contenders[0].seconds
    for one in contenders:
        shares = [own / alone for own, alone in zip(one.seconds, base, strict=True)]
        table.add_row(
            one.name,
            f"{statistics.median(one.seconds):.1f}",
            f"{statistics.median(shares):.2f} ({min(shares):.2f}–{max(shares):.2f})",
            str(round(statistics.median(one.jobs))),
        )
    Console(width=110).print(table)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    words.add_argument("--rows", type=int, default=2_000_000)
    words.add_argument("--rounds", type=int, default=5)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(PROJECT, warehouse=folder, spark_memory="6g")
        spark = spark_session(settings)
        run = start_run(spark, settings, load_contracts(PROJECT), print)
        land(run, asked.rows)
        plain = Contender("no rules", ())
        contenders = [plain]
        for count in (10, 30):
            given = rules(count)
            contenders += [
                Contender(f"{count} rules, our gate", given),
                Contender(f"{count} rules, stock GX, fastest", given, stock("BOOLEAN_ONLY", True)),
                Contender(f"{count} rules, stock GX, default", given, stock("BASIC", False)),
            ]
        ours = [one for one in contenders if not one.judge]
        for one in ours:
            clean_anew(run, Contender(f"warm-up, {one.name}", one.rules), asked.rows)
        for turn in range(asked.rounds):
            # Who comes first, comes after stock Great Expectations' leavings.
            for place in range(len(ours)):
                clean_anew(run, ours[(turn + place) % len(ours)], asked.rows)
            for one in contenders:
                if one.judge:
                    with one.timed(run, after=plain):
                        one.judge(spark.table(f"lake.{CLEAN}"), one.rules)
        show(contenders, asked.rows)


if __name__ == "__main__":
    main()
