"""A lake that a test lands payloads in by hand, as a landing would, and runs stages on."""

import itertools
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tidegate.contract import Contract, Contracts, load_contracts
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tidegate.flow.job import Job, Stage
    from tidegate.flow.reports import ReplayReport, StageReport
    from tidegate.flow.run import Run
    from tidegate.flow.run_flow import FlowReport
    from tidegate.lake.ledger import Counts, Entry

_numbers = itertools.count(1)

ARRIVED = datetime(2015, 1, 1, 12, tzinfo=UTC)


def event(**changes: Any) -> dict[str, Any]:
    """A push to ann/sea by ann on New Year's Day 2015 at ten, changed; None takes a key out."""
    told: dict[str, Any] = {
        "id": "1",
        "type": "PushEvent",
        "actor": {"id": 7, "login": "ann"},
        "repo": {"id": 70, "name": "ann/sea"},
        "payload": {"size": 2, "distinct_size": 1, "ref": "refs/heads/main"},
        "public": True,
        "created_at": "2015-01-01T10:00:00Z",
    }
    told.update(changes)
    return {key: value for key, value in told.items() if value is not None}


def payload(**changes: Any) -> bytes:
    """The same event as a payload."""
    return json.dumps(event(**changes)).encode()


def with_own_prefix(settings: Settings) -> Settings:
    """The settings with databases that no other lake of the suite has."""
    return settings.model_copy(update={"database_prefix": f"t{next(_numbers)}_"})


class LakeOfATest:
    """Databases of one test's own, in the suite's warehouse."""

    def __init__(self, spark: "SparkSession", settings: Settings) -> None:
        self.spark = spark
        self.settings = settings
        self.contracts: Contracts = load_contracts(settings.project)
        self.said: list[str] = []
        self.report: Any = None  # what a fixture's run said

    def copy(self) -> "LakeOfATest":
        """A lake that begins as this one is: the same commits, under names of its own."""
        copied = LakeOfATest(self.spark, with_own_prefix(self.settings))
        copied.contracts, copied.report = self.contracts, self.report
        for name in self.contracts.by_table:
            own, other = (one.settings.database_prefix + name for one in (self, copied))
            if self.spark.catalog.tableExists(f"lake.{own}"):
                place = self._twin(name, copied.settings.database_prefix)
                self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS lake.{other.split('.')[0]}")
                self.spark.sql(f"CALL lake.system.register_table('{other}', '{place}')")
        return copied

    def _twin(self, name: str, prefix: str) -> str:
        """A copy of a table's metadata file: Iceberg takes old ones away, a copy's own too."""
        java = self.run().table(name).java()
        metadata = java.operations().current()
        folder, file = metadata.metadataFileLocation().rsplit("/", 1)
        place = f"{folder}/{file.replace('-', f'-{prefix}', 1)}"
        parser = self.spark._jvm.org.apache.iceberg.TableMetadataParser
        parser.write(metadata, java.io().newOutputFile(place))
        return place

    def run(self) -> "Run":
        from tidegate.flow.run import start_run

        return start_run(self.spark, self.settings, self.contracts, self.said.append)

    def land(
        self,
        payloads: Iterable[bytes],
        arrived: datetime = ARRIVED,
        source: str = "github",
        at: tuple[str, str, int] | None = None,
        started: datetime | None = None,
    ) -> None:
        """Put payloads in a source's raw table as one landing of one shard.

        Args:
            payloads: what came.
            arrived: when.
            source: the source.
            at: the stream's identity, the shard and the first one's number, where they matter.
            started: when the run began.
        """
        from tidegate.flow.commit import conclude, start_branch
        from tidegate.lake.ledger import Counts

        run = self.run()
        run = replace(run, started=started) if started else run
        table = run.table(f"raw.{source}")
        was = table.history()
        number, before = was.newest().number + 1, was.newest().totals.published
        stream, shard, first = at or ("stream", "shard-0", before)
        landed = [
            (stream, shard, str(first + place).zfill(129), 0, "key", arrived, one, number)
            for place, one in enumerate(payloads)
        ]
        frame = self.spark.createDataFrame(
            [(*row[:6], bytearray(row[6]), row[7]) for row in landed],
            "stream string, shard string, sequence_number string, sub_sequence_number int,"
            " partition_key string, arrived_at timestamp, payload binary, landing bigint",
        )
        branch = start_branch(run, table, was.main)
        rows = branch.append(frame.coalesce(1)).rows
        counts = Counts(rows_in=rows, published=rows)
        conclude(branch, run.entry(table.contract, was.newest(), rows=counts))

    def land_stream(self) -> "StageReport":
        """Land what is on the settings' stream."""
        from tidegate.flow import land

        return self._stage(land("raw.github"))

    def clean(self, source: str = "github") -> "StageReport":
        from tidegate.flow import clean

        return self._stage(clean(f"clean.{source}_events"))

    def refer(self, table: str) -> "StageReport":
        from tidegate.flow import reference

        return self._stage(reference(table))

    def after_land(self, flow: str) -> "list[StageReport]":
        """Run a flow's stages but for landing."""
        from tidegate.flow import Land
        from tidegate.flow.project import load_flow

        stages = load_flow(self.settings.project, flow).stages
        return [self._stage(stage) for stage in stages if not isinstance(stage, Land)]

    def replay(self, **selection: Any) -> "ReplayReport":
        from tidegate.contract.selection import Selection
        from tidegate.flow.replay import replay

        return replay(self.run(), "clean.github_events", Selection(**selection))

    def narrow(self, *more: str) -> None:
        """Leave the clean table few columns and no rule, for tests of rules of their own.

        Args:
            more: columns to leave beside the key, the time and the pushes' size.
        """
        contract = self.contracts.table("clean.github_events")
        names = {*contract.key, "event_time", "push_size", *more}
        columns = tuple(column for column in contract.columns if column.name in names)
        self.change(replace(contract, columns=columns, rules=()))

    def mend(self, *rules: str) -> None:
        """Take rules out of the clean table's contract."""
        contract = self.contracts.table("clean.github_events")
        kept = tuple(rule for rule in contract.rules if rule.id not in rules)
        self.change(replace(contract, rules=kept))

    def change(self, contract: Contract) -> None:
        """Put a table's contract in the place of the one it had."""
        self.contracts = Contracts({**self.contracts.by_table, contract.table: contract})

    def flow(self, name: str = "github") -> "FlowReport":
        """Run a flow of the project, landing from the settings' stream."""
        from tidegate.flow.project import load_flow
        from tidegate.flow.run_flow import run_flow

        return run_flow(self.run(), load_flow(self.settings.project, name))

    def derive(self, job: "Job") -> "StageReport":
        return self._stage(job)

    def _stage(self, stage: "Stage") -> "StageReport":
        from tidegate.flow.run_flow import run_stage

        return run_stage(self.run(), stage)

    def table(self, name: str) -> "DataFrame":
        return self.spark.table(f"lake.{self.settings.database_prefix}{name}")

    def rows(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        """A table's rows as its readers see them, sorted."""
        return sorted(tuple(row) for row in self.table(name).select(*columns).collect())

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """What each table of the GitHub flow says, but for the places and the run it came by."""
        return {
            "raw": self.rows("raw.github", "payload"),
            "clean": self.rows("clean.github_events", "event_id", "event_type", "push_size"),
            "quarantine": self.rows("quarantine.github_events", "payload", "reasons"),
            "repositories": self.rows("mart.repository_activity", "*"),
            "days": self.rows("mart.daily_activity", "*"),
        }

    def pages(self) -> dict[str, "Counts"]:
        """The all-time books of the tables that records come to."""
        return {name: self.newest(name).totals for name in ("raw.github", "clean.github_events")}

    def unproven(self) -> list[str]:
        """What the tables' own rows don't bear out of their ledgers."""
        from tidegate.flow.books import prove, unproven
        from tidegate.serve.held import counted_rows

        settings = self.settings
        _, proofs = prove(settings, self.contracts, lambda one: counted_rows(settings, one))
        return unproven(settings, self.contracts, proofs)

    def environment(self) -> dict[str, str]:
        """What a process of its own needs to work on this same lake."""
        settings = self.settings
        return os.environ | {
            "TIDEGATE_CATALOG": settings.catalog,
            "TIDEGATE_WAREHOUSE": settings.lake,
            "TIDEGATE_PERSONAL_KEY": settings.personal_key.get_secret_value(),
            "TIDEGATE_DATABASE_PREFIX": settings.database_prefix,
            "TIDEGATE_ENDPOINT": settings.endpoint,
            "TIDEGATE_STREAMS": json.dumps(settings.streams),
            "TIDEGATE_SPARK_MEMORY": "2g",
        }

    def newest(self, name: str) -> "Entry":
        return self.run().table(name).history().newest()

    def branches(self, name: str) -> list[str]:
        return sorted(self.run().table(name).history().branches())

    def held(self) -> list[tuple[bytes, list[str]]]:
        """What quarantine holds: payloads refused and not released since, with their rules."""
        from tidegate.gate.quarantine import held_rows

        held = held_rows(self.table("quarantine.github_events")).select("payload", "reasons")
        return sorted((bytes(payload), reasons) for payload, reasons in held.collect())

    def quarantined(self) -> list[tuple[bytes, list[str]]]:
        """Every row of quarantine: payloads with the rules they broke."""
        return sorted(
            (bytes(row[0]), row[1])
            for row in self.table("quarantine.github_events").select("payload", "reasons").collect()
        )
