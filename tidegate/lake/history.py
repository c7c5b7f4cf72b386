"""A table's history: the pages of its ledger, and the commits and branches they are on."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tidegate.errors import LakeError
from tidegate.lake.days import days_of
from tidegate.lake.ledger import KEY, TAG, Entry


class History:
    """A table's ledger as its metadata holds it: a view on the dict of Iceberg's JSON."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._refs: Mapping[str, Mapping[str, Any]] = metadata.get("refs", {})
        self._location = metadata.get("location", "")
        self._snapshots = {
            snapshot["snapshot-id"]: snapshot for snapshot in metadata.get("snapshots", [])
        }

    @property
    def head(self) -> int | None:
        """The id of the snapshot that readers see."""
        return self.ref("main")

    @property
    def main(self) -> int:
        """The id of the snapshot that readers see, of a table that has one.

        Raises:
            LakeError: nobody has committed to the table yet.
        """
        if self.head is None:
            raise LakeError("the table has no snapshot yet")
        return self.head

    @property
    def has_rows(self) -> bool:
        """Whether the table has a row, for its readers or on a branch."""
        heads = {ref["snapshot-id"] for ref in self._refs.values()} & self._snapshots.keys()
        return any(int(self.summary(head).get("total-records", 0)) for head in heads)

    def ref(self, name: str) -> int | None:
        """The id of the snapshot a branch or tag points to, or None where there is no such name."""
        return self._refs[name]["snapshot-id"] if name in self._refs else None

    def branches(self) -> dict[str, int]:
        """The branches beside main, with their heads."""
        return {
            name: ref["snapshot-id"]
            for name, ref in self._refs.items()
            if ref["type"] == "branch" and name != "main"
        }

    def has(self, snapshot: int) -> bool:
        """Whether a snapshot is kept."""
        return snapshot in self._snapshots

    def summary(self, snapshot: int) -> Mapping[str, str]:
        """A snapshot's summary."""
        held: Mapping[str, str] = self._snapshots[snapshot].get("summary", {})
        return held

    def parent(self, snapshot: int) -> int | None:
        """The snapshot that another one was made of; None where it was made of none."""
        found: int | None = self._snapshots[snapshot].get("parent-snapshot-id")
        return found

    def time(self, snapshot: int) -> int:
        """When a snapshot was made, in milliseconds since 1970."""
        return int(self._snapshots[snapshot]["timestamp-ms"])

    def sequence(self, snapshot: int) -> int:
        """A snapshot's place in the order of the table's commits."""
        return int(self._snapshots[snapshot].get("sequence-number", 0))

    def entry_at(self, snapshot: int | None) -> Entry | None:
        """The entry a snapshot holds, or None where it holds none."""
        if snapshot is None or snapshot not in self._snapshots:
            return None
        text = self.summary(snapshot).get(KEY)
        return Entry.read(text) if text else None

    def newest(self) -> Entry:
        """The newest published entry; one numbered 0 where nothing was published yet."""
        tagged = self.ref(TAG)
        if tagged is None:
            return Entry(run="", number=0, started="")
        entry = self.entry_at(tagged)
        if entry is None:
            raise LakeError(
                f"the tag {TAG} of the table at {self._location} marks snapshot {tagged}, which is"
                " no ledger commit: someone else writes to this table; put the tag back on the"
                " newest commit that has tidegate.ledger in its summary"
            )
        return entry

    def entries(self) -> Iterator[Entry]:
        """The published entries that are still kept, newest first."""
        return (entry for _, entry in self._published())

    def _published(self) -> Iterator[tuple[int, Entry]]:
        snapshot = self.ref(TAG)
        while snapshot is not None and snapshot in self._snapshots:
            entry = self.entry_at(snapshot)
            if entry:
                yield snapshot, entry
            snapshot = self.parent(snapshot)

    def snapshot_of(self, number: int) -> int | None:
        """The snapshot of the published entry with a number; None where it isn't kept."""
        found = (snapshot for snapshot, entry in self._published() if entry.number == number)
        return next(found, None)

    def days_since(self, number: int) -> set[date] | None:
        """The days that entries after a number touched; None where some of them are gone.

        Also where there is none of that number yet: the table was made anew.
        """
        days: set[date] = set()
        expected = self.newest().number
        if expected < number:
            return None
        for entry in self.entries():
            if entry.number <= number:
                break
            if entry.number != expected:
                return None
            days |= days_of(entry.days)
            expected -= 1
        return days if expected <= number else None

    def added_bytes_since(self, number: int) -> int:
        """The bytes of the files that commits after a published entry's have added."""
        snapshot, until, size = self.head, self.snapshot_of(number), 0
        while snapshot is not None and snapshot != until and snapshot in self._snapshots:
            size += int(self.summary(snapshot).get("added-files-size", 0))
            snapshot = self.parent(snapshot)
        return size

    def unpublished(self) -> Iterator[tuple[str, Entry]]:
        """The branches whose run has written its page but not published, with that page."""
        for branch, snapshot in self.branches().items():
            entry = self.entry_at(snapshot)
            if entry:
                yield branch, entry
