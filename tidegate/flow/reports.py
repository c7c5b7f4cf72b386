"""What was done: by a stage of a run, by a replay, by a rebuild."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tidegate.flow.increment import Days
from tidegate.gate.verdict import BLOCK, PASS, WARN, Broken, Verdict
from tidegate.lake.ledger import Counts, Failure


@dataclass(frozen=True)
class StageReport:
    """What one stage of a run did.

    Attributes:
        run: the run's id.
        table: the table it writes.
        rows: the rows, by what became of them.
        verdict: pass, warn, block, or ``nothing new``.
        broken: the rules that didn't hold.
        seconds: how long it took.
        number: the table's ledger commit that it made.
        notes: what else the gate says, e.g. that a rule has too few days to compare.
        judged: the gate's whole verdict; None where nothing was judged.
        failures: the rules that didn't hold, as the ledger has them.
        recovered: the rules that didn't hold when the table was last judged, and do now.
        earlier: what the stage did before in the same run, e.g. its first landings.
    """

    run: str
    table: str
    rows: Counts = Counts()
    verdict: str = "nothing new"
    broken: tuple[Broken, ...] = field(default=())
    seconds: float = 0.0
    number: int = 0
    notes: tuple[str, ...] = ()
    judged: Verdict | None = None
    failures: tuple[Failure, ...] = ()
    recovered: tuple[Failure, ...] = ()
    earlier: "tuple[StageReport, ...]" = ()

    @property
    def parts(self) -> "tuple[StageReport, ...]":
        """One report a ledger commit, in order."""
        return (*self.earlier, self)

    def after(self, earlier: "StageReport | None") -> "StageReport":
        """This report with an earlier one of the same stage and run added to it."""
        if earlier is None or earlier.verdict == "nothing new":
            return self
        if self.verdict == "nothing new":
            return replace(earlier, seconds=earlier.seconds + self.seconds)
        fails = {one.rule for one in self.failures}
        failed = (*self.failures, *(one for one in earlier.failures if one.rule not in fails))
        told = {one.rule.id for one in self.broken}
        every = {one.rule for one in failed}
        again = (*self.recovered, *earlier.recovered)
        return replace(
            self,
            rows=self.rows + earlier.rows,
            verdict=max(self.verdict, earlier.verdict, key=(PASS, WARN, BLOCK).index),
            broken=(*self.broken, *(one for one in earlier.broken if one.rule.id not in told)),
            seconds=earlier.seconds + self.seconds,
            failures=failed,
            recovered=tuple(one for one in again if one.rule not in every),
            earlier=earlier.parts,
        )


@dataclass(frozen=True)
class ReplayReport:
    """What a replay did with the held records of one table.

    Attributes:
        stage: what it published to the clean table; ``nothing new`` where it released nothing.
        judged: how many held records it judged.
        still_held: how many of them each reason of today's contract still holds back.
    """

    stage: StageReport
    judged: int = 0
    still_held: Mapping[str, int] = field(default_factory=dict)

    @property
    def released(self) -> int:
        """How many of them are held no more."""
        if self.stage.verdict == BLOCK:
            return 0
        return self.stage.rows.published + self.stage.rows.duplicates


@dataclass
class Rebuilt:
    """What a rebuild did.

    Attributes:
        run: the run's id.
        table: the table.
        done: the days that were made anew.
        left: the days that were not, as the budget was spent or a gate blocked.
        slices: how many publishes it took.
        bytes: of the inputs' files.
        seconds: in all.
        stages: one report a table, the table's own first.
        blocked: the report of the slice that a gate kept back, where one did.
        failed: what stopped a slice otherwise; those before it are published.
        is_whole: whether all of a table that has no days was made anew.
        published: the tables that the last slice published to, or had nothing new for.
    """

    run: str
    table: str
    done: Days = field(default_factory=set)
    left: Days = field(default_factory=set)
    slices: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stages: dict[str, StageReport] = field(default_factory=dict)
    blocked: StageReport | None = None
    failed: Exception | None = None
    is_whole: bool = False
    published: set[str] = field(default_factory=set)
