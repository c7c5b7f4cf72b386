"""A table as a replica has it: its commits, and which of them have every file they name."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import LakeError
from tidegate.gate.verdict import BLOCK
from tidegate.lake.history import History
from tidegate.lake.ledger import TAG, Entry
from tidegate.lake.registering import RECOVERED
from tidegate.recover.manifests import Named, files, manifests
from tidegate.recover.place import Place, at_once

RECOVERIES = "tidegate.recoveries"
"""The property that counts how often a table was brought back from a replica."""
_METADATA = re.compile(r"metadata/(\d+)-[^/]*\.metadata\.json$")
_NONE = Entry(run="", number=0, started="")


@dataclass(frozen=True)
class State:
    """A commit that a table's readers can be shown.

    Attributes:
        snapshot: its id.
        sequence: its place in the order of the table's commits.
        entry: the newest page of the ledger in it; numbered 0 where there is none.
        metadata: the newest metadata that has it.
        is_published: whether readers have seen it; else it is the second half of a publish.
    """

    snapshot: int
    sequence: int
    entry: Entry
    metadata: Mapping[str, Any]
    is_published: bool = True

    @property
    def history(self) -> History:
        """The table's commits as that metadata has them."""
        return History(self.metadata)


Metadata = Mapping[str, Mapping[str, Any]]
"""A table's metadata files that are whole, by their place in its folder."""


class Found:
    """A table of the replica.

    Attributes:
        name: its name, without the deployment's prefix.
        folder: its place in the lake.
        sizes: its files, by their place in that folder, with their bytes.
        times: how often it will have been brought back.
        newest: its newest metadata that is sure to have been the table's.
        location: where the table was.
        lists: the address of each snapshot's manifest list.
        states: what its readers could be shown, newest first, whole or not.
        known: the newest page that its readers had seen, as far as is told here.
    """

    def __init__(
        self,
        place: Place,
        named: tuple[str, str],
        sizes: Mapping[str, int],
        there: Metadata,
        times: int,
    ) -> None:
        """Take what ``find`` has read.

        Raises:
            LakeError: its format is one that can't be recovered.
        """
        self.place, self.sizes, self.times = place, sizes, times
        self.name, self.folder = named
        self._manifests: dict[str, str] = {}
        self._snapshots: dict[int, str] = {}
        line = _line(there)
        self.newest: Mapping[str, Any] = line[0] if line else {}
        if int(self.newest.get("format-version", 2)) > 2:
            raise LakeError(f"{self.name}: it is of Iceberg's format v3, which can't be recovered")
        self.location: str = self.newest.get("location", "").rstrip("/")
        self.lists = {
            one["snapshot-id"]: one["manifest-list"]
            for metadata in line
            for one in metadata.get("snapshots", ())
        }
        self.states = sorted(_states(line), key=lambda state: state.sequence, reverse=True)
        published = (state.entry for state in self.states if state.is_published)
        self.known = max(published, key=lambda entry: entry.number, default=_NONE)
        self.version = max((_version(file) for file in there), default=0)

    def within(self, path: str) -> str | None:
        """The place of a file in the table's folder, by its address; None where it isn't in it."""
        at, top = bare(path), bare(self.location) + "/"
        return at.removeprefix(top) if at.startswith(top) else None

    def read(self, path: str) -> bytes:
        """A file's content, by the address that metadata has for it."""
        return self.place.read(f"{self.folder}/{self.within(path)}")

    def lacks(self, snapshot: int) -> str:
        """The first file of a snapshot that isn't there or isn't whole; empty where all are."""
        if snapshot not in self._snapshots:
            self.look([snapshot])
        return self._snapshots[snapshot]

    def is_whole(self, state: State) -> bool:
        """Whether every file of a state is there."""
        return not self.lacks(state.snapshot)

    def look(self, snapshots: Iterable[int]) -> None:
        """Look at some snapshots' files side by side, of which ``lacks`` then knows."""
        new = [one for one in snapshots if one not in self._snapshots]
        named = dict(zip(new, at_once(self._named, new), strict=True))
        every = {one.path: one for found in named.values() for one in found or ()}
        unseen = [one for path, one in every.items() if path not in self._manifests]
        for one, lacking in zip(unseen, at_once(self._lacks_manifest, unseen), strict=True):
            self._manifests[one.path] = lacking
        for snapshot, found in named.items():
            lacking_of = (self._manifests[one.path] for one in found or ())
            lost = self.lists[snapshot] if found is None else ""
            self._snapshots[snapshot] = lost or next(filter(None, lacking_of), "")

    def _named(self, snapshot: int) -> list[Named] | None:
        """The manifests of a snapshot; None where their list isn't there or isn't whole."""
        path = self.lists[snapshot]
        if self.within(path) not in self.sizes:
            return None
        try:
            return manifests(self.read(path))
        except (OSError, ValueError):
            return None

    def _lacks_manifest(self, manifest: Named) -> str:
        """The first file of a manifest that isn't there: itself, or one that it names."""
        if not self._is_there(manifest):
            return manifest.path
        try:
            named = list(files(self.read(manifest.path)))
        except (OSError, ValueError):
            return manifest.path
        return next((file.path for file in named if not self._is_there(file)), "")

    def _is_there(self, file: Named) -> bool:
        return self.sizes.get(self.within(file.path) or "", -1) == int(file.size)


def find(place: Place, folders: Mapping[str, str]) -> dict[str, Found]:
    """The tables that have metadata in a replica.

    Where it was brought back from a replica before and then written to, what was before that is
    history. What a recovery has left that nobody wrote to counts for nothing.

    Args:
        place: the replica.
        folders: where a table's files may be, by its name.

    Raises:
        LakeError: the replica can't be read, or holds what can't be recovered.
    """
    sizes = {name: place.sizes(folder) for name, folder in folders.items()}
    there = {name: _metadata(place, folders[name], sizes[name]) for name in folders}
    used = [
        (_recoveries(one), root_of(one["location"]))
        for files_of in there.values()
        for file, one in files_of.items()
        if f"-{RECOVERED}-" not in file
    ]
    if not used:
        return {}
    times, root = max(used)
    return {
        name: Found(place, (name, folders[name]), sizes[name], of_now, times + 1)
        for name, files_of in there.items()
        if (of_now := _of_now(files_of, times, root))
    }


def root_of(location: str) -> str:
    """The lake that a table is in, by the table's address: its database and name are the rest."""
    return bare(location).rstrip("/").rsplit("/", 2)[0]


def _of_now(there: Metadata, times: int, root: str) -> Metadata:
    """The metadata files of a table as it was after so many recoveries of a lake at some place."""
    mine = {
        file: one
        for file, one in there.items()
        if _recoveries(one) <= times and root_of(one["location"]) == root
    }
    latest = max(map(_recoveries, mine.values()), default=0)
    return {file: one for file, one in mine.items() if _recoveries(one) == latest}


def _metadata(place: Place, folder: str, sizes: Mapping[str, int]) -> Metadata:
    """The metadata files that are whole."""

    def read(file: str) -> Any:
        try:
            content = place.read(f"{folder}/{file}")
            text = gzip.decompress(content) if file.endswith(".gz.metadata.json") else content
            return json.loads(text)
        except (OSError, EOFError, ValueError):
            return None

    named = [file for file in sizes if _METADATA.search(file)]
    found = zip(named, at_once(read, named), strict=True)
    return {file: one for file, one in found if one and "location" in one}


def _line(there: Metadata) -> list[Mapping[str, Any]]:
    """The table's metadata, newest first, each the one that came before the last.

    A run that lost the race for a commit may leave a metadata file that never was the table's: of
    two with one number neither is sure, until a later one names it as what was before.
    """
    numbers = [_version(file) for file in there]
    sure = (file for file in there if numbers.count(_version(file)) == 1)
    newest = max(sure, key=_version, default=None)
    if newest is None:
        return []
    logged = [one["metadata-file"] for one in there[newest].get("metadata-log", ())]
    before = [f"metadata/{path.rsplit('/', 1)[-1]}" for path in reversed(logged)]
    return [there[newest], *(there[file] for file in before if file in there)]


def _version(file: str) -> int:
    match = _METADATA.search(file)
    return int(match[1]) if match else 0


def _states(line: list[Mapping[str, Any]]) -> Iterator[State]:
    """What a table's readers could be shown, by each metadata, newest first."""
    seen: set[int] = set()
    for metadata in line:
        history = History(metadata)
        for snapshot in ancestors(history, history.head):
            if snapshot in seen:
                continue
            seen.add(snapshot)
            page = _page(history, snapshot)
            if page is not None:
                yield State(snapshot, history.sequence(snapshot), page, metadata)
        for branch, entry in history.unpublished():
            head = history.branches()[branch]
            if entry.verdict != BLOCK and head not in seen:
                seen.add(head)
                yield State(head, history.sequence(head), entry, metadata, is_published=False)


def _page(history: History, snapshot: int) -> Entry | None:
    """The page in a commit of main; None where a run was not done with it yet.

    A run writes rows, then its page; what compaction adds to that changes no row.
    """
    if history.ref(TAG) is None:  # a table without a ledger
        return _NONE
    for each in ancestors(history, snapshot):
        if entry := history.entry_at(each):
            return entry
        if history.summary(each).get("operation") != "replace":
            is_new = history.parent(each) is None
            return _NONE if is_new and not int(_rows(history, each)) else None
    # What it was made of has expired but for the commit that the tag keeps.
    return history.newest() if snapshot == history.head else None


def _rows(history: History, snapshot: int) -> str:
    return history.summary(snapshot).get("total-records", "0")


def ancestors(history: History, snapshot: int | None) -> Iterator[int]:
    """A snapshot and those that it was made of, as far as they are kept."""
    while snapshot is not None and history.has(snapshot):
        yield snapshot
        snapshot = history.parent(snapshot)


def _recoveries(metadata: Mapping[str, Any]) -> int:
    return int(metadata.get("properties", {}).get(RECOVERIES, 0))


def bare(path: str) -> str:
    """An address without its scheme, which Spark and others write in several forms."""
    scheme, colon, rest = path.partition(":")
    if not colon or "/" in scheme:
        return path
    return "/" + rest.lstrip("/") if scheme == "file" else rest.lstrip("/")
