"""The catalog, read without Spark."""

import re
import sqlite3

import pytest

from tidegate.errors import LakeError
from tidegate.lake.catalog import comments, metadata, open_catalog, tables
from tidegate.settings import load_settings

from .conftest import STARS, open_for_writing, schema

pytestmark = pytest.mark.quick


@pytest.fixture
def elsewhere(tmp_path):
    """Settings for a lake in a folder that isn't there yet."""
    (tmp_path / "contracts").mkdir()
    return load_settings(tmp_path, warehouse=str(tmp_path / "lake"))


def test_every_table_is_named_with_its_newest_metadata_file(lake):
    found = tables(lake)

    assert list(found) == ["clean.events", "mart.nothing", "mart.stars"]
    newest = open_catalog(lake).load_table("mart.stars").metadata_location
    assert found["mart.stars"] == newest


def test_a_tables_metadata_has_the_names_of_icebergs_spec(lake):
    found = metadata(lake, "mart.stars")

    assert sorted(found["refs"]) == ["main", "run-2"]
    assert found["current-snapshot-id"] == found["refs"]["main"]["snapshot-id"]


def test_a_table_that_isnt_there_is_refused_with_the_nearest_name(lake):
    with pytest.raises(LakeError) as error:
        metadata(lake, "mart.star")

    assert str(error.value) == (
        f'the lake at {lake.lake} has no table "mart.star"\n  did you mean "mart.stars"?'
    )


def test_a_prefix_is_taken_off_and_hides_what_has_none(elsewhere):
    catalog = open_for_writing(elsewhere.project / "lake")
    for database in ("mart", "dev_mart"):
        catalog.create_namespace(database)
        catalog.create_table(f"{database}.stars", schema(STARS))

    of_dev = elsewhere.model_copy(update={"database_prefix": "dev_"})

    assert list(tables(of_dev)) == ["mart.stars"]
    assert "/dev_mart/" in tables(of_dev)["mart.stars"]
    assert comments(of_dev, "mart.stars") == {}


def test_where_no_lake_is_the_message_says_how_to_get_one_and_nothing_is_made(elsewhere):
    for open_it in (tables, open_catalog):
        with pytest.raises(LakeError) as error:
            open_it(elsewhere)

        assert str(error.value) == (
            f"no lake at {elsewhere.lake}: run `tidegate run` first, or name one with --warehouse"
            " or TIDEGATE_WAREHOUSE"
        )
    assert not (elsewhere.project / "lake").exists()


def test_a_file_is_not_a_lake(elsewhere):
    (elsewhere.project / "lake").write_text("no")

    with pytest.raises(LakeError, match=r"lake: not a lake, but a file; name a lake's folder with"):
        tables(elsewhere)


def test_a_catalog_that_sqlite_cant_read_is_not_a_lake(elsewhere):
    (elsewhere.project / "lake").mkdir()
    (elsewhere.project / "lake" / "catalog.db").write_text("no" * 1000)

    with pytest.raises(
        LakeError, match=r"its catalog\.db is not an Iceberg catalog \(file is not a database\)"
    ):
        tables(elsewhere)


def test_a_database_of_something_else_is_not_a_lake_and_stays_as_it_was(elsewhere):
    (elsewhere.project / "lake").mkdir()
    file = elsewhere.project / "lake" / "catalog.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()

    with pytest.raises(LakeError, match=re.escape("(no such table: iceberg_tables)")):
        open_catalog(elsewhere)

    assert file.read_bytes() == before


def test_the_sqlite_catalog_cant_be_on_s3(elsewhere):
    on_s3 = elsewhere.model_copy(update={"warehouse": "s3://bucket/lake"})

    with pytest.raises(LakeError, match=r"^s3://bucket/lake: the sqlite catalog needs a folder"):
        tables(on_s3)
