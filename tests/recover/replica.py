"""A lake of a test copied under another name, as replication would copy it, and the lake gone."""

import re
from collections.abc import Callable
from typing import Any

from tests.lake_of_a_test import LakeOfATest, with_own_prefix
from tidegate.contract import load_contracts
from tidegate.recover.place import place_of
from tidegate.recover.recovering import Recovery, carry_out, plan

Arrived = Callable[[str, str], bool]
"""Whether a file has arrived, by its table and its place in the table's folder."""


class Replicated:
    """What a lake's folders held at some time.

    Attributes:
        lake: the lake.
        files: its files by table and place.
    """

    def __init__(self, lake: LakeOfATest) -> None:
        self.lake = lake
        place = place_of(lake.settings)
        self.files: dict[tuple[str, str], bytes] = {}
        for name in lake.contracts:
            folder = self.folder(lake, name)
            for file in place.sizes(folder):
                self.files[name, file] = place.read(f"{folder}/{file}")

    def folder(self, lake: LakeOfATest, name: str) -> str:
        """Where a lake has a table, as Iceberg names it."""
        database, table = name.split(".")
        behind = ".db" if lake.settings.catalog == "glue" else ""
        return f"{lake.settings.database_prefix}{database}{behind}/{table}"

    def copied(self, arrived: Arrived = lambda table, file: True) -> LakeOfATest:
        """A lake that is only files: those that have arrived, under names of its own."""
        copy = LakeOfATest(self.lake.spark, with_own_prefix(self.lake.settings))
        copy.contracts = self.lake.contracts
        place = place_of(copy.settings)
        for (name, file), content in self.files.items():
            if arrived(name, file):
                place.write(f"{self.folder(copy, name)}/{file}", content)
        return copy

    def newest(self, name: str, pattern: str = r"\.metadata\.json$") -> str:
        """The newest metadata file of a table."""
        return max(file for of, file in self.files if of == name and re.search(pattern, file))


def gone(lake: LakeOfATest) -> None:
    """Take a lake away: its files, and its names in the catalog."""
    for name in lake.contracts:
        full = f"lake.{lake.settings.database_prefix}{name}"
        if lake.spark.catalog.tableExists(full):
            lake.spark.sql(f"DROP TABLE {full} PURGE")


def recovered(lake: LakeOfATest) -> Recovery:
    """Bring back what there is of a copy."""
    found = plan(lake.settings, lake.contracts)
    carry_out(lake.settings, found, lake.said.append)
    return found


def commits(found: Recovery) -> dict[str, int]:
    """The commit that each table with a ledger is brought back as."""
    return {
        one.found.name: one.number for one in found.choices if one.found.name != "quality.verdicts"
    }


def because(found: Recovery, name: str) -> str:
    """Why a table is brought back as no newer commit."""
    return next(one.because for one in found.choices if one.found.name == name)


def settings_of(lake: LakeOfATest, **changes: Any) -> LakeOfATest:
    """The same lake with other settings."""
    copy = LakeOfATest(lake.spark, lake.settings.model_copy(update=changes))
    copy.contracts = load_contracts(copy.settings.project)
    return copy
