"""A table's metadata with the addresses that its files have now, beside what the replica has.

Nothing that is there is changed. What is written bears a name that follows from what it is made of,
so whoever died on the way does it again and finds the same.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from tidegate.lake.history import History
from tidegate.lake.ledger import TAG
from tidegate.lake.registering import RECOVERED
from tidegate.recover.found import RECOVERIES, Found, State, ancestors, bare
from tidegate.recover.manifests import (
    Named,
    files,
    manifests,
    rewritten_deletes,
    rewritten_list,
    rewritten_manifest,
)
from tidegate.recover.place import at_once
from tidegate.recover.together import Choice

FROM = "tidegate.recovered-from"
"""The property that says where a table was before."""
_ADDRESSES = ("write.data.path", "write.metadata.path", "write.object-storage.path")


def rewrite(choice: Choice, state: State) -> str:
    """Write a table's metadata anew, as it was in a state.

    Returns:
        The address of its metadata file.
    """
    found = choice.found
    rewriting = _Rewriting(found)
    kept = _kept(choice, state)
    if rewriting.is_elsewhere:
        rewriting.write([found.lists[one] for one in kept])
    metadata = _metadata(rewriting, choice, state, kept)
    text = json.dumps(metadata, separators=(",", ":"), sort_keys=True).encode()
    name = f"{found.version + 1:05d}-{RECOVERED}-{sha256(text).hexdigest()[:16]}.metadata.json"
    found.place.write(f"{found.folder}/metadata/{name}", text)
    return f"{rewriting.root}/metadata/{name}"


def _kept(choice: Choice, state: State) -> set[int]:
    """The snapshots that stay: those behind the readers', and what branches and tags hold."""
    found, history = choice.found, state.history
    heads = _heads(choice, state).values()
    found.look({one for head in heads for one in ancestors(history, head)})
    kept = set[int]()
    for head in heads:
        for snapshot in ancestors(history, head):
            if snapshot in kept or found.lacks(snapshot):
                break
            kept.add(snapshot)
    return kept


def _heads(choice: Choice, state: State) -> dict[str, int]:
    """Main, the tag of its newest ledger commit, blocked runs' branches and readers' tags."""
    history = state.history
    pages = (one for one in ancestors(history, state.snapshot) if history.entry_at(one))
    ledger = next(pages, history.ref(TAG) if state.entry.number else None)
    tagged = {} if ledger is None else {TAG: ledger}
    return {"main": state.snapshot, **choice.kept, **_tags(choice, state), **tagged}


def _tags(choice: Choice, state: State) -> dict[str, int]:
    """Readers' tags of what is whole; the ledger's own is set anew."""
    refs = state.metadata.get("refs", {}).items()
    return {
        name: ref["snapshot-id"]
        for name, ref in refs
        if ref["type"] == "tag" and name != TAG and not choice.found.lacks(ref["snapshot-id"])
    }


@dataclass(frozen=True)
class _Rewriting:
    """The files of one table, by what they were called and what they are called now."""

    found: Found

    @property
    def root(self) -> str:
        return f"{self.found.place.root}/{self.found.folder}"

    @property
    def is_elsewhere(self) -> bool:
        return bare(self.found.location) != bare(self.root)

    def moved(self, path: str) -> str:
        """The address of a file that is as it was."""
        within = self.found.within(path)
        return f"{self.root}/{within}" if within and self.is_elsewhere else path

    def made(self, path: str) -> str:
        """The address of a file that is written anew."""
        return f"{self.root}/{self._own(path)}" if self.is_elsewhere else path

    def _own(self, path: str) -> str:
        return f"metadata/{RECOVERED}-{self.found.times}/{path.rsplit('/', 1)[-1]}"

    def write(self, lists: list[str]) -> None:
        """Write some snapshots' manifest lists, and all that they name and that names files."""
        named = at_once(lambda path: manifests(self.found.read(path)), lists)
        sizes = dict(at_once(self._manifest, {one.path for found in named for one in found}))
        at_once(lambda path: self._list(path, sizes), lists)

    def _list(self, path: str, sizes: Mapping[str, int]) -> None:
        self._put(path, rewritten_list(self.found.read(path), self.made, sizes.__getitem__))

    def _manifest(self, path: str) -> tuple[str, int]:
        """Write a manifest, and the deletes that it names; with its bytes."""
        content = self.found.read(path)
        sizes = dict(self._deletes(one) for one in files(content) if one.is_deletes)
        told = rewritten_manifest(content, self.moved, self.made, sizes.__getitem__)
        return self._put(path, told)

    def _deletes(self, file: Named) -> tuple[str, int]:
        return self._put(file.path, rewritten_deletes(self.found.read(file.path), self.moved))

    def _put(self, path: str, content: bytes) -> tuple[str, int]:
        self.found.place.write(f"{self.found.folder}/{self._own(path)}", content)
        return path, len(content)


def _metadata(
    rewriting: _Rewriting, choice: Choice, state: State, kept: set[int]
) -> dict[str, Any]:
    """The table's metadata as of a state, without what isn't there or goes beyond it."""
    was, history = state.metadata, state.history
    snapshots = [dict(one) for one in was["snapshots"] if one["snapshot-id"] in kept]
    for one in snapshots:
        one["manifest-list"] = rewriting.made(one["manifest-list"])
    # Whoever has loaded the table elsewhere, as Redshift has, sees that it isn't that one.
    name = f"{rewriting.root} {rewriting.found.times} {state.snapshot}"
    properties = {
        key: rewriting.moved(told) if key in _ADDRESSES else told
        for key, told in was.get("properties", {}).items()
    }
    statistics = {
        key: list(_statistics(rewriting, was.get(key, ()), kept))
        for key in ("statistics", "partition-statistics")
        if key in was
    }
    return {
        **was,
        **statistics,
        "table-uuid": str(uuid5(UUID(was["table-uuid"]), name)),
        "location": rewriting.root,
        "snapshots": snapshots,
        "current-snapshot-id": state.snapshot,
        "refs": _refs(choice, state, kept),
        "snapshot-log": list(_log(was.get("snapshot-log", ()), history, state, kept)),
        "metadata-log": [],
        "properties": {
            **properties,
            RECOVERIES: str(rewriting.found.times),
            FROM: rewriting.found.location,
        },
    }


def _refs(choice: Choice, state: State, kept: set[int]) -> dict[str, Any]:
    """The heads in the form of Iceberg's metadata."""
    was = state.metadata.get("refs", {})
    return {
        name: {"type": "tag" if name == TAG else "branch", **was.get(name, {}), "snapshot-id": head}
        for name, head in _heads(choice, state).items()
        if head in kept
    }


def _log(log: Any, history: History, state: State, kept: set[int]) -> Iterator[Mapping[str, int]]:
    """What main was, one after the other, up to the state; Iceberg wants that last."""
    until = history.time(state.snapshot)
    for one in log:
        is_before = one["timestamp-ms"] <= until and one["snapshot-id"] != state.snapshot
        if one["snapshot-id"] in kept and is_before:
            yield one
    yield {"snapshot-id": state.snapshot, "timestamp-ms": until}


def _statistics(rewriting: _Rewriting, given: Any, kept: set[int]) -> Iterator[Mapping[str, Any]]:
    """The statistics of what stays, where they are there."""
    for one in given:
        is_there = rewriting.found.within(one["statistics-path"]) in rewriting.found.sizes
        if one["snapshot-id"] in kept and is_there:
            yield {**one, "statistics-path": rewriting.moved(one["statistics-path"])}
