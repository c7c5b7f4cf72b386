"""A table that moves on while a statement reads it, and whose older files expire under it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.transforms import IdentityTransform

from tests.serve.conftest import STARS, open_for_writing, schema, stars
from tidegate import serve
from tidegate.errors import FilesGone
from tidegate.lake import catalog
from tidegate.local.queries import Query
from tidegate.local.statements import Batch, One
from tidegate.settings import Settings, load_settings

SUM = "SELECT SUM(stars) AS s FROM mart.stars"
SUM_THEN = f"{SUM} FOR TIMESTAMP AS OF current_timestamp"


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """mart.stars: one row, of 1 star."""
    (tmp_path / "contracts").mkdir()
    opened = open_for_writing(tmp_path / ".tidegate" / "lake")
    opened.create_namespace("mart")
    table = opened.create_table("mart.stars", schema(STARS))
    with table.update_spec() as spec:
        spec.add_field("event_date", IdentityTransform(), "event_date")
    table.append(stars(("2015-01-01", "ann/sea", 1)))
    return load_settings(tmp_path)


def files(settings: Settings) -> dict[str, list[Path]]:
    """The files that the table's readers read now, kind by kind."""
    table = catalog.open_catalog(settings).load_table("mart.stars")
    snapshot = table.current_snapshot()
    assert snapshot
    manifests = [one.manifest_path for one in snapshot.manifests(table.io)]
    found = {
        "metadata": [table.metadata_location],
        "manifest list": [snapshot.manifest_list],
        "manifest": manifests,
        "data": [task.file.file_path for task in table.scan().plan_files()],
    }
    return {kind: [Path(one.removeprefix("file://")) for one in found[kind]] for kind in found}


def publish_and_expire(settings: Settings, kind: str) -> None:
    """Put 7 stars in the place of 1, and take away files of what was there."""
    old = files(settings)[kind]
    table = open_for_writing(settings.project / ".tidegate" / "lake").load_table("mart.stars")
    table.overwrite(stars(("2015-01-01", "ann/sea", 7)))
    for file in old:
        file.unlink()


@pytest.fixture
def at_the_start(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something happen between a statement's look into the catalog and its reading."""

    def arrange(happens: Callable[[], None]) -> None:
        look, left = catalog.tables, [happens]

        def looked(settings: Settings) -> dict[str, str]:
            found = look(settings)
            if left:
                left.pop()()
            return found

        monkeypatch.setattr(catalog, "tables", looked)

    return arrange


def by_ask(settings: Settings, text: str) -> Any:
    return serve.sql(settings, text).rows[0][0]


def by_athena(settings: Settings, text: str) -> Any:
    query = Query(
        settings=settings,
        account="123456789012",
        text=text,
        sql=text,
        arguments=None,
        database="",
        output="",
        workgroup="primary",
    )
    query.start()
    assert query.over.wait(30)
    return query.found.table["s"][0].as_py() if query.found else query.reason


def by_redshift(settings: Settings, *texts: str) -> Any:
    statements = [One(text) for text in texts]
    batch = Batch(settings=settings, statements=statements, parameters={}, asked={})
    batch.start()
    assert batch.over.wait(30)
    found = statements[-1].found
    return found.table["s"][0].as_py() if found else batch.error


def by_its_own_table(settings: Settings, text: str) -> Any:
    made = by_redshift(settings, "CREATE SCHEMA hot", f"CREATE TABLE hot.sums AS {text}")
    return made or by_redshift(settings, "SELECT s FROM hot.sums")


@pytest.mark.parametrize("read", [by_ask, by_athena, by_redshift, by_its_own_table])
@pytest.mark.parametrize("kind", ["metadata", "manifest list", "manifest", "data"])
def test_a_statement_whose_files_expire_under_it_reads_what_came_after(
    lake: Settings, at_the_start: Any, kind: str, read: Callable[[Settings, str], Any]
) -> None:
    at_the_start(lambda: publish_and_expire(lake, kind))

    assert read(lake, SUM) == 7


def test_time_travel_is_no_exception(lake: Settings, at_the_start: Any) -> None:
    at_the_start(lambda: publish_and_expire(lake, "metadata"))

    assert by_athena(lake, SUM_THEN) == 7


def test_a_statement_reads_the_state_it_began_with_though_the_table_moves_on(
    lake: Settings, at_the_start: Any
) -> None:
    table = open_for_writing(lake.project / ".tidegate" / "lake").load_table("mart.stars")
    at_the_start(lambda: table.append(stars(("2015-01-02", "bob/tide", 2))))
    text = f"SELECT one.s + other.s AS s FROM ({SUM}) AS one CROSS JOIN ({SUM}) AS other"

    assert by_ask(lake, text) == 2
    assert by_ask(lake, text) == 6
    assert serve.sql(lake, "SELECT * FROM mart.stars").scanned


@pytest.mark.parametrize("kind", ["metadata", "manifest list", "manifest", "data"])
def test_files_that_are_gone_for_good_are_said_in_one_line(lake: Settings, kind: str) -> None:
    for file in files(lake)[kind]:
        file.unlink()

    with pytest.raises(FilesGone) as error:
        by_ask(lake, SUM)

    assert re.search("No such file|No files found", str(error.value))
    assert "\n" not in str(error.value)
    assert by_athena(lake, SUM).startswith("ICEBERG_CANNOT_OPEN_SPLIT: ")
    for read in (by_redshift, by_its_own_table):
        assert read(lake, SUM).startswith("ERROR: ")
