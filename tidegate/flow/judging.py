"""Raw rows as a clean table judges them: typed, held against the rules, identified, appended."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.flow.commit import start_branch
from tidegate.flow.pair import Pair, block_pair
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.gate.counting import Counting
from tidegate.gate.identity import CONFLICT, DUPLICATE, OUTCOME, PUBLISHED, identify
from tidegate.gate.judge import Candidates, Watch
from tidegate.gate.one_pass import ROWS
from tidegate.gate.payload import PLACE, RAW, REASONS, parse_payload
from tidegate.gate.personal import withheld
from tidegate.gate.rules import broken_rules, uncomputed_columns, unjudged_rules
from tidegate.gate.treatment import as_said, as_written, not_addresses, treat
from tidegate.gate.verdict import BLOCK, Verdict
from tidegate.lake.branch import Branch, Written

_PLACE = "place of a row"


@dataclass(frozen=True)
class Judged:
    """Rows as the contract judges them.

    Attributes:
        rows: each with the contract's columns, ``_raw`` and ``_reasons``.
        identified: the valid ones as they are to be written, with ``_outcome``.
        days: the days of the valid ones.
        refused: how many break a rule.
        results: Great Expectations' result of each rule that refuses rows, over all of them.
        again: the days that they are to replace; None where they come in addition.
        others: where it is told, all days but these are replaced too.
    """

    rows: DataFrame
    identified: DataFrame
    days: list[date]
    refused: int
    results: list[Any]
    again: frozenset[date] | None = None
    others: frozenset[date] | None = None

    def is_again(self, day: SparkColumn) -> SparkColumn:
        """Whether a day is among those that are replaced."""
        return _is_again(day, self.again or frozenset(), self.others)

    def places(self, *outcomes: str) -> DataFrame:
        """The places of the valid rows that had one of some outcomes."""
        return self.identified.where(F.col(OUTCOME).isin(*outcomes)).select(
            *(F.col(f"{RAW}.{column}").alias(column) for column in PLACE)
        )


@dataclass(frozen=True)
class Appended:
    """The new rows as they were written to a branch.

    Attributes:
        branch: the clean table's branch.
        written: what Iceberg says was added to it.
        duplicates: valid rows that say again what is known.
        conflicts: valid rows that contradict what is known.
        days: the days of the new rows.
        verdict: what the gate says of them.
    """

    branch: Branch
    written: Written
    duplicates: int
    conflicts: int
    days: frozenset[date]
    verdict: Verdict


@contextmanager
def judging(
    run: Run,
    pair: Pair,
    arrived: DataFrame,
    again: frozenset[date] | None = None,
    others: frozenset[date] | None = None,
) -> Iterator[Judged]:
    """Judge raw rows, and hold them against the rows the clean table has for their days.

    The judged rows are kept on disk meanwhile: payloads are read once.

    Args:
        run: the run.
        pair: the tables.
        arrived: rows with the raw table's columns.
        again: only rows of these days, by themselves: they are to replace what the table has. A row
            that says no day, or one of the future, counts to the one it arrived on.
        others: where it is told, rows of all days but these too.
    """
    contract = pair.clean.contract
    rows = _judged(arrived, contract)
    if again is not None:
        # Spark moves no condition below a column that isn't deterministic: it would put the whole
        # parse in the place of each column that the condition names.
        kept = rows.withColumn(_PLACE, F.monotonically_increasing_id())
        asked = _is_again(_filed(contract), again, others)
        rows = kept.where(asked & (F.col(_PLACE) >= 0)).drop(_PLACE)
    rows = rows.persist(StorageLevel.DISK_ONLY)
    try:
        candidates = Candidates(contract, rows)
        days, refused, parts = _survey(rows, contract, candidates)
        results = candidates.results(parts, rows)
        known = days if again is None else []
        identified = _identified(run, rows, pair, known)
        yield Judged(rows, identified, days, refused, results, again, others)
    finally:
        rows.unpersist()


def append_new(run: Run, pair: Pair, judged: Judged) -> Appended:
    """Write the new rows to a branch of the clean table, and judge them together."""
    contract, base, again = pair.clean.contract, pair.clean_was.main, judged.again
    (day,) = contract.partition
    tally = _tally(contract)
    counting = Counting(judged.identified, tally)
    new = counting.rows.where(F.col(OUTCOME) == PUBLISHED)
    watch = Watch(contract, as_said(new, contract))
    branch = start_branch(run, pair.clean, base)
    rows = as_written(watch.rows, contract)
    written = branch.append(rows) if again is None else branch.replace(day, judged.is_again, rows)
    outcomes: Mapping[str, Any] = counting.values
    if outcomes[PUBLISHED] != written.rows:  # Spark ran a stage again, and counted it twice
        outcomes = judged.identified.agg(*tally).collect()[0].asDict()
    verdict = watch.verdict(written.rows, lambda: _again(pair, judged, written), judged.results)
    days = frozenset(outcomes["days"]) | (again or frozenset())
    return Appended(branch, written, outcomes[DUPLICATE], outcomes[CONFLICT], days, verdict)


def _filed(contract: Contract) -> SparkColumn:
    """The one day that a row counts to, whether it is valid or not."""
    (day,) = contract.partition
    arrived = F.to_date(f"{RAW}.arrived_at")
    own = F.coalesce(F.col(day), arrived)
    time = contract.properties.get("eventTime")
    if not time:
        return own
    is_past = F.col(time) <= F.col(f"{RAW}.arrived_at") + _skew(contract)
    return F.when(is_past, own).otherwise(arrived)


def _is_again(
    day: SparkColumn, again: frozenset[date], others: frozenset[date] | None
) -> SparkColumn:
    if others is None:
        return day.isin(sorted(again))
    rest = sorted(others - again)  # said once, as Iceberg can't read what Spark makes of both
    return ~day.isin(rest) if rest else F.lit(True)


def _again(pair: Pair, judged: Judged, written: Written) -> DataFrame:
    """The rows just written, for rules that counting can't decide; as the payload says them."""
    contract = pair.clean.contract
    if not contract.treated:
        if judged.again is None:
            return pair.clean.added(pair.clean_was.main, written.snapshot)
        (day,) = contract.partition
        return pair.clean.rows(written.snapshot).where(judged.is_again(F.col(day)))
    new = judged.identified.where(F.col(OUTCOME) == PUBLISHED)
    return as_said(new, contract).select(*(column.name for column in contract.columns))


def block_unjudged(
    run: Run, pair: Pair, arrived: DataFrame, error: PySparkException
) -> StageReport:
    """Block where rules can't be judged on these rows, or columns not be computed of them.

    Raises:
        Exception: neither is what fails; the error, without its words where they may tell.
    """
    contract = pair.clean.contract
    parsed = parse_payload(arrived, contract)
    unjudged = (*uncomputed_columns(parsed, contract), *unjudged_rules(parsed, contract))
    if not unjudged:
        raise withheld(error, contract) from None
    return block_pair(run, pair, Verdict(BLOCK, unjudged, None))


def _tally(contract: Contract) -> list[SparkColumn]:
    """What became of the valid rows, and the days of those that are published."""
    (day,) = contract.partition
    outcome = F.col(OUTCOME)
    counts = [F.count_if(outcome == one).alias(one) for one in (PUBLISHED, DUPLICATE, CONFLICT)]
    days = F.collect_set(F.when(outcome == PUBLISHED, F.col(day)))
    return [*counts, days.alias("days")]


def _judged(arrived: DataFrame, contract: Contract) -> DataFrame:
    """Each raw row as the contract's columns, with its reasons; refused ones keep their payload."""
    parsed = parse_payload(arrived, contract)
    broken = broken_rules(arrived.sparkSession, contract)
    reasons = F.concat(F.col(REASONS), broken, _in_future(contract), not_addresses(contract))
    payload = F.when(F.size(REASONS) > 0, F.col(f"{RAW}.payload"))
    judged = parsed.withColumn(REASONS, reasons)
    return judged.withColumn(RAW, F.col(RAW).withField("payload", payload))


def _in_future(contract: Contract) -> SparkColumn:
    """The reason of an event that says it happened after it arrived, beyond the clocks' skew.

    Where the sender says when it received an event, that counts only as far as it is earlier than
    the stream's own time, which no sender can write.
    """
    time_column = contract.properties.get("eventTime")
    if not time_column:
        return F.array().cast("array<string>")
    arrived = F.col(f"{RAW}.arrived_at")
    if received := contract.properties.get("receivedTime"):
        arrived = F.least(F.col(received), arrived)  # which passes over nulls
    later = F.col(time_column) > arrived + _skew(contract)
    told = F.array(F.lit(f"{time_column}_in_future"))
    return F.when(later, told).otherwise(F.array().cast("array<string>"))


def _skew(contract: Contract) -> SparkColumn:
    return F.make_dt_interval(secs=F.lit(int(contract.clock_skew.total_seconds())))


def _survey(
    judged: DataFrame, contract: Contract, candidates: Candidates
) -> tuple[list[date], int, list[dict[str, Any]]]:
    """The valid rows' days, how many are refused, and the rules' counts for each part."""
    (day,) = contract.partition
    is_valid = F.size(REASONS) == 0
    by_day = judged.groupBy(F.when(is_valid, F.col(day)).alias("_day"))
    parts = [row.asDict() for row in by_day.agg(*candidates.columns).collect()]
    days = sorted(part["_day"] for part in parts if part["_day"])
    return days, sum(part[ROWS] for part in parts if part["_day"] is None), parts


def _identified(run: Run, judged: DataFrame, pair: Pair, days: list[date]) -> DataFrame:
    """The valid rows with their outcome, held against the rows the table has for their days.

    Both as they are written: of what the table has, nobody knows what the payload said.
    """
    contract = pair.clean.contract
    key = run.key(contract)
    (day,) = contract.partition
    known = pair.clean.rows(pair.clean_was.main).where(F.col(day).isin(days))
    valid = treat(judged.where(F.size(REASONS) == 0), contract, key.secret if key else None)
    return identify(valid, known, contract, pair.clean.shape.older())
