"""The rules about the past, in a stage: the figures they need, and the verdict with their words."""

from dataclasses import dataclass, replace
from datetime import date

from tidegate.contract import Contract
from tidegate.contract.past import FRESHNESS, MOST_DAYS, NULLS, REFUSED, VOLUME
from tidegate.flow.run import Run
from tidegate.gate.past import Figures, Share, judge_past
from tidegate.gate.verdict import PASS, Verdict
from tidegate.lake.figures import Asked, Days, days
from tidegate.lake.ledger import Refusals
from tidegate.lake.table import Table


@dataclass(frozen=True)
class Change:
    """What a stage did to a table.

    Attributes:
        table: the table.
        base: the snapshot it started from.
        snapshot: the snapshot it wrote.
        days: the days whose rows it added or replaced.
    """

    table: Table
    base: int
    snapshot: int
    days: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Arrivals:
    """What a clean stage read and refused.

    Attributes:
        raw: the table it read, with all that it ever read of it.
        raw_at: up to which snapshot.
        raw_before: up to which snapshot it was read before; None where it wasn't, or that is gone.
        quarantine: what it did to the quarantine; its snapshot is the base where nothing was held.
        known: the refusals of the days up to now, from the clean table's ledger.
    """

    raw: Table
    raw_at: int
    raw_before: int | None
    quarantine: Change
    known: Refusals


def with_past(
    run: Run,
    verdict: Verdict,
    change: Change,
    arrivals: Arrivals | None = None,
    *,
    only_warn: bool = False,
) -> tuple[Verdict, Refusals]:
    """The verdict with what the rules about the past say, and the refusals for the ledger.

    Args:
        run: the run.
        verdict: what the gate says of the rows by themselves.
        change: what the stage did.
        arrivals: of a clean stage, what it read and refused.
        only_warn: whether no such rule may block, as in a rebuild or backfill.
    """
    contract = change.table.contract
    kinds = {rule.expectation for rule in contract.past_rules}
    if not kinds:
        return verdict, {}
    found = days(_asked(contract, kinds, change, arrivals if REFUSED in kinds else None))
    refused: dict[date, Share] = {}
    arrived: frozenset[date] = frozenset()
    if arrivals and REFUSED in kinds:
        held, before = found["held"], found.get("raw before", Days()).rows
        refused = _refused(arrivals.known, found["raw"], held, found.get("held before", held))
        rows = found["raw"].rows
        arrived = frozenset(day for day in refused if rows[day] != before.get(day))
    now = found.get("now", Days())
    figures = Figures(
        started=run.started,
        rows=now.rows,
        touched=change.days,
        before=max(found["before"].rows, default=None) if "before" in found else None,
        nulls=now.nulls,
        refused=refused,
        arrived=arrived,
        newest=now.newest,
    )
    told = judge_past(contract, figures, only_warn=only_warn)
    return verdict.joined(*told), {str(day): share for day, share in refused.items()}


def freshness(run: Run, table: Table) -> Verdict:
    """What the rules of freshness say of a table that nothing new came to; they only warn."""
    contract = table.contract
    rules = tuple(rule for rule in contract.past_rules if rule.expectation == FRESHNESS)
    verdict = Verdict(PASS, (), None)
    if not rules:
        return verdict
    contract = replace(contract, rules=rules)
    found = days({"now": _of_table(contract, table, table.history().main)})
    figures = Figures(run.started, newest=found["now"].newest)
    return verdict.joined(*judge_past(contract, figures, only_warn=True))


def _of_table(contract: Contract, table: Table, snapshot: int) -> Asked:
    """What the rules ask of their own table's files."""
    rules = contract.past_rules
    nulls = {rule.arguments["column"] for rule in rules if rule.expectation == NULLS}
    fresh = [rule for rule in rules if rule.expectation == FRESHNESS]
    times = {str(rule.arguments.get("column", contract.time)) for rule in fresh}
    return Asked(table, snapshot, tuple(sorted(nulls)), tuple(sorted(times)))


def _asked(
    contract: Contract, kinds: set[str], change: Change, arrivals: Arrivals | None
) -> dict[str, Asked]:
    """What the rules need of the tables' files."""
    asked = {}
    if kinds - {REFUSED}:
        asked["now"] = _of_table(contract, change.table, change.snapshot)
    if VOLUME in kinds:
        asked["before"] = Asked(change.table, change.base)
    if arrivals:
        held = arrivals.quarantine
        asked["raw"] = Asked(arrivals.raw, arrivals.raw_at)
        if arrivals.raw_before:
            asked["raw before"] = Asked(arrivals.raw, arrivals.raw_before)
        asked["held"] = Asked(held.table, held.snapshot)
        if held.snapshot != held.base:
            asked["held before"] = Asked(held.table, held.base)
    return asked


def _refused(known: Refusals, raw: Days, held: Days, before: Days) -> dict[date, Share]:
    """For each of the last days of arrival, how many of its rows were ever refused, and its rows.

    Of a day that the ledger knows, only what this run adds is counted: a quarantine also has a row
    for each release.
    """
    refused = {}
    for day in sorted(raw.rows)[-MOST_DAYS - 1 :]:
        earlier, _ = known.get(str(day), (before.rows.get(day, 0), 0))
        added = held.rows.get(day, 0) - before.rows.get(day, 0)
        refused[day] = (earlier + added, raw.rows[day])
    return refused
