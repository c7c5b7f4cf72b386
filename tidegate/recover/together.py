"""The newest states that go together: no table has read what another one hasn't got."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.contract import Contracts
from tidegate.errors import counted
from tidegate.gate.verdict import BLOCK
from tidegate.lake.ledger import Entry
from tidegate.recover.found import Found, State, ancestors


@dataclass(frozen=True)
class Choice:
    """What a table is brought back as.

    Attributes:
        found: the table as the replica has it.
        state: what its readers will see; None where nothing of it can be brought back.
        because: why it is no newer one; empty where it is the newest that is known.
        kept: the branches of blocked runs that stay, with their heads.
        dropped: what becomes of the others, a line each.
    """

    found: Found
    state: State | None
    because: str = ""
    kept: Mapping[str, int] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Of its newest ledger commit."""
        return self.state.entry.number if self.state else 0

    @property
    def behind(self) -> int:
        """How many ledger commits, known here, are not brought back."""
        return max(0, self.found.known.number - self.number)

    @property
    def rows_behind(self) -> int:
        """How many rows in those commits tell of."""
        had = self.state.entry.totals.rows_in if self.state else 0
        return max(0, self.found.known.totals.rows_in - had)


def choose(tables: Mapping[str, Found], contracts: Contracts) -> list[Choice]:
    """For each table the newest whole state whose inputs, and whose partner, are there too.

    A state lost to one table may cost others theirs, so it is asked again until nothing changes;
    each time a table can only go back, which ends it at the newest that go together.

    Args:
        tables: the tables of the replica, by name.
        contracts: the project's contracts.
    """
    choosing = _Choosing(tables, contracts)
    while choosing.is_changed():
        pass
    return [choosing.choice(name) for name in tables]


class _Choosing:
    """What is chosen so far.

    Attributes:
        at: each table's state.
        because: why it is not a newer one.
    """

    def __init__(self, tables: Mapping[str, Found], contracts: Contracts) -> None:
        self.tables = tables
        self.raw_of: dict[str, str] = {}  # a clean table's raw table
        self.quarantine_of: dict[str, str] = {}
        for name in tables:
            properties = contracts.table(name).properties
            if "quarantine" in properties:
                self.raw_of[name] = properties["reads"]
                self.quarantine_of[name] = properties["quarantine"]
        self.clean_of = {held: clean for clean, held in self.quarantine_of.items()}
        self.because: dict[str, str] = {}
        # As if each table were alone.
        self.at: dict[str, State | None] = {
            name: next((one for one in found.states if found.is_whole(one)), None)
            for name, found in tables.items()
        }

    def is_changed(self) -> bool:
        """Choose again, given what is chosen of the others."""
        before = dict(self.at)
        for name, found in self.tables.items():
            self.at[name] = self._first(name, found)
        return self.at != before

    def choice(self, name: str) -> Choice:
        """What a table is brought back as, with the branches that stay."""
        found, state = self.tables[name], self.at[name]
        kept, dropped = self._branches(found, state)
        return Choice(found, state, self.because[name], kept, dropped)

    def _first(self, name: str, found: Found) -> State | None:
        """The newest state that can be; why the newest of all can't is kept."""
        reasons: list[str] = []
        for state in found.states:
            reason = self._against(name, state) or _lacking(found, state.snapshot)
            if not reason:
                self.because[name] = reasons[0] if reasons else ""
                return state
            if state.is_published:
                reasons.append(reason)
        self.because[name] = reasons[0] if reasons else "no metadata of it is there"
        return None

    def _against(self, name: str, state: State) -> str:
        """Why a table can't be brought back as that, given the others; empty where it can."""
        if name in self.clean_of:
            return self._against_quarantine(name, state)
        if not state.is_published:
            return "it was never published"
        return self._unread(name, state.entry) or self._without_partner(name, state.entry)

    def _unread(self, name: str, entry: Entry) -> str:
        """What of an entry's inputs isn't there."""
        for source, number in entry.reads.items():
            other = self.at.get(source)
            has = other.entry.number if other else 0
            if has < number:
                return f"it has read {source} up to commit {number}, which has {has}"
            # A lost race may have left a commit of the same number, with other records.
            states = self.tables[source].states if source == self.raw_of.get(name) else ()
            pages = [one.entry for one in states if one.entry.number == number]
            if pages and pages[0].totals.published != entry.totals.rows_in:
                return f"it has read another commit {number} of {source}"
        return ""

    def _without_partner(self, name: str, entry: Entry) -> str:
        """Why the quarantine can't be what a clean table's entry says it is."""
        quarantine = self.quarantine_of.get(name)
        if not quarantine or not entry.partner:
            return ""
        found, wanted = self.tables.get(quarantine), entry.partner
        states = found.states if found else ()
        same = [one for one in states if _is_partner(one, wanted.number, wanted.snapshot)]
        if any(found.is_whole(one) for one in same if found):
            return ""
        return f"commit {wanted.number} of {quarantine} isn't there"

    def _against_quarantine(self, name: str, state: State) -> str:
        clean = self.at.get(self.clean_of[name])
        partner = clean.entry.partner if clean else None
        number, snapshot = (partner.number, partner.snapshot) if partner else (0, 0)
        if _is_partner(state, number, snapshot):
            return ""
        return f"{self.clean_of[name]} goes with commit {number} of it"

    def _branches(
        self, found: Found, state: State | None
    ) -> tuple[dict[str, int], tuple[str, ...]]:
        """The blocked runs' branches that stay, and a line for each that doesn't."""
        kept: dict[str, int] = {}
        dropped: list[str] = []
        if state is None:
            return kept, ()
        history = state.history
        for branch, entry in history.unpublished():
            head = history.branches()[branch]
            if entry.verdict != BLOCK or entry.number <= state.entry.number:
                continue
            why = self._against_branch(found, state, head, entry)
            if why:
                dropped.append(f"blocked run {entry.run} is dropped, and judged again: {why}")
            else:
                kept[branch] = head
        return kept, tuple(dropped)

    def _against_branch(self, found: Found, state: State, head: int, entry: Entry) -> str:
        """Why a blocked run's branch can't stay."""
        if state.snapshot not in ancestors(state.history, head):
            return "it was made of a later commit"
        if lacking := _lacking(found, head):
            return lacking
        if found.name in self.clean_of:
            return ""  # it stays or goes with its clean table's
        if unread := self._unread(found.name, entry):
            return unread
        partner = entry.partner
        quarantine = self.quarantine_of.get(found.name)
        if not partner or not quarantine or partner == state.entry.partner:
            return ""
        held, other = self.tables.get(quarantine), self.at.get(quarantine)
        heads = other.history.branches() if other else {}
        is_there = held and other and heads.get(partner.branch) == partner.snapshot
        if held and other and is_there and not held.lacks(partner.snapshot):
            return ""
        return f"its branch of {quarantine} hasn't arrived"


def _lacking(found: Found, snapshot: int) -> str:
    path = found.lacks(snapshot)
    return f"{path.rsplit('/', 1)[-1]} hasn't arrived" if path else ""


def _is_partner(state: State, number: int, snapshot: int) -> bool:
    """Whether a quarantine's state is the commit that its clean table's page names."""
    return state.entry.number == number and (state.is_published or state.snapshot == snapshot)


def told_of(choice: Choice) -> str:
    """How far behind a table is, in words."""
    if choice.state is None:
        return f"made anew by the next run: {choice.because}"
    if not choice.because:
        return "the newest that is known"
    behind = f"{counted(choice.behind, 'commit')} behind" if choice.behind else "an older snapshot"
    return f"{behind}: {choice.because}"
