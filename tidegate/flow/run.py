"""A run: one execution over what is new, with what every stage of it needs at hand."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tidegate import __version__
from tidegate.contract import Contract, Contracts
from tidegate.flow.personal_key import PersonalKey, personal_key
from tidegate.flow.reports import StageReport
from tidegate.gate.verdict import BLOCK, WARN, Verdict
from tidegate.lake.catalog_file import make_catalog
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts, Entry, Failure
from tidegate.lake.opening import open_table
from tidegate.lake.table import Table
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def new_run_id(now: datetime) -> str:
    """A run's id: when it started, to the second, and four letters: ``20150101T000000-1f3c``."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True)
class Run:
    """What a stage needs of the run it is part of.

    Attributes:
        id: the run's id.
        started: when it started, UTC.
        spark: the session.
        settings: the settings.
        contracts: the project's contracts.
        say: tells whoever watches, in one line.
    """

    id: str
    started: datetime
    spark: "SparkSession"
    settings: Settings
    contracts: Contracts
    say: Callable[[str], None]

    @cached_property
    def _key(self) -> PersonalKey:
        return personal_key(self.settings, self.say)

    def key(self, contract: Contract) -> PersonalKey | None:
        """The key that a contract's personal columns are hashed with; None where none is.

        Raises:
            SettingsError: they are hashed, and there is no key.
        """
        return self._key if contract.hashes else None

    def treatment(self, contract: Contract) -> str:
        """The fingerprint of a contract's key, for the ledger; empty where nothing is hashed."""
        key = self.key(contract)
        return f"key={key.fingerprint}" if key else ""

    def table(self, name: str) -> Table:
        """A table of the project, made where it isn't there yet, with its contract's changes made.

        Raises:
            ContractError: it has no contract, or one whose changes can't be made to it.
        """
        table = open_table(self.spark, self.settings, self.contracts.table(name))
        for change in table.changes:
            self.say(f"{name}: {change.told}")
        return table

    def entry(self, contract: Contract, last: Entry, **figures: object) -> Entry:
        """This run's page in a table's ledger, after the last one."""
        rows = figures.pop("rows", Counts())
        figures.setdefault("refused", last.refused)
        figures.setdefault("made_by", last.made_by)
        figures.setdefault("stale", last.stale)
        figures.setdefault("recount", last.recount)
        # Until another is: whoever comes next makes up for a second publish that is missing.
        figures.setdefault("partner", last.partner)
        figures.setdefault("treatment", last.treatment)
        assert isinstance(rows, Counts)
        return Entry(
            run=self.id,
            number=last.number + 1,
            started=self.started.isoformat(),
            rows=rows,
            totals=last.totals + rows,
            contract=contract.version,
            code=__version__,
            **figures,  # type: ignore[arg-type]
        )

    def report(self, entry: Entry, table: str, verdict: Verdict, was: History) -> "StageReport":
        """What a stage did, from the page it wrote and the table's ledger before that."""
        kept = {failure.rule for failure in entry.failures}
        return StageReport(
            self.id,
            table,
            entry.rows,
            entry.verdict,
            verdict.broken,
            number=entry.number,
            notes=verdict.notes,
            judged=verdict,
            failures=entry.failures,
            recovered=tuple(one for one in failed_before(was) if one.rule not in kept),
        )


def start_run(
    spark: "SparkSession", settings: Settings, contracts: Contracts, say: Callable[[str], None]
) -> Run:
    """A new run, starting now; where there is no lake yet, it is made.

    Raises:
        LakeError: it can't be made there, or what is there isn't a lake.
    """
    if settings.catalog == "sqlite":
        make_catalog(settings)
    now = datetime.now(UTC)
    run = new_run_id(now)
    return Run(run, now, spark, settings, contracts, lambda line: say(f"run {run}  {line}"))


def last_page(was: History) -> Entry:
    """The page of the table's last judged run, whether it was published or blocked."""
    return max([was.newest(), *waiting(was)], key=lambda entry: entry.started)


def waiting(was: History) -> list[Entry]:
    """The pages of blocked runs whose rows wait for someone; not of those the table has passed."""
    number = was.newest().number
    pages = (entry for _, entry in was.unpublished() if entry.verdict == BLOCK)
    return [entry for entry in pages if entry.number > number]


def failed_before(was: History) -> tuple[Failure, ...]:
    """The rules that the table's last judged run broke; those that didn't fit its page are gone."""
    return tuple(one for one in last_page(was).failures if one.severity)


def failures(run: Run, verdict: Verdict, was: History) -> tuple[Failure, ...]:
    """The rules behind a verdict, as the ledger keeps them: each with how long it is broken."""
    blocks = verdict.word == BLOCK
    return tuple(
        lasting(run, Failure(one.rule.id, BLOCK if blocks and one.blocks else WARN, one.rows), was)
        for one in verdict.broken
    )


def lasting(run: Run, failure: Failure, was: History) -> Failure:
    """A failure with how long it lasts; one that has come to block begins anew."""
    for before in failed_before(was):
        is_worse = failure.severity == BLOCK != before.severity
        if before.rule == failure.rule and not is_worse:
            more = last_page(was).run != run.id  # landing may write several pages in a run
            return replace(failure, runs=before.runs + more, since=before.since)
    return replace(failure, runs=1, since=f"{run.started:%Y-%m-%dT%H:%MZ}")
