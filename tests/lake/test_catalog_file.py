"""A laptop's catalog: who makes it, and that nobody keeps it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest, payload
from tests.local_endpoint import CATALOG
from tidegate.errors import LakeError
from tidegate.lake.catalog_file import FILE, find_tables, make_catalog
from tidegate.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a lake that isn't there yet."""
    return load_settings(REPOSITORY, warehouse=str(tmp_path / "lake"))


@pytest.mark.skipif(CATALOG == "glue", reason="of a laptop's own catalog")
def test_a_session_that_has_read_and_written_leaves_the_catalog_to_others(
    lake: LakeOfATest,
) -> None:
    lake.land([payload()])
    file = Path(lake.settings.lake) / FILE

    with closing(sqlite3.connect(file, timeout=5)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.rollback()


@pytest.mark.quick
def test_one_that_is_there_stays_and_one_half_made_is_made_whole(settings: Settings) -> None:
    file = Path(settings.lake) / FILE
    file.parent.mkdir()
    file.touch()  # all that whoever died in making it has made

    make_catalog(settings)
    made = file.read_bytes()
    make_catalog(settings)

    assert find_tables(settings) == {}
    assert file.read_bytes() == made


@pytest.mark.quick
def test_a_database_of_something_else_is_refused_and_stays_as_it_was(settings: Settings) -> None:
    file = Path(settings.lake) / FILE
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()

    with pytest.raises(LakeError, match=re.escape("is not an Iceberg catalog (no such table: ")):
        make_catalog(settings)

    assert file.read_bytes() == before


@pytest.mark.quick
def test_a_place_where_no_lake_can_be_made_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    under_a_file = settings.model_copy(update={"warehouse": str(tmp_path / "notes" / "lake")})

    with pytest.raises(LakeError, match=r"notes/lake: no lake can be made there \(Not a directory"):
        make_catalog(under_a_file)
