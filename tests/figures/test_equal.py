"""Each marked question of this project: what the service answers is what ask answers."""

import datetime as dt
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pyarrow as pa
import pytest

from tests.engines.rows import rows, values
from tests.engines.values import plain_type
from tests.figures.conftest import new_database
from tests.serve.conftest import PROJECT, make_tables, open_for_writing, schema
from tidegate.figures.handler import Handler
from tidegate.figures.load import load
from tidegate.figures.marked import figures, marts
from tidegate.figures.messages import Request
from tidegate.generate.storefront import generate
from tidegate.lake.ledger import KEY, TAG, Entry
from tidegate.serve import ask, render
from tidegate.settings import Settings, load_settings

FIGURES = figures(PROJECT)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The project's marts: a shop's, with its truth, and GitHub's by hand."""
    shop = tmp_path_factory.mktemp("shop") / "made"
    generate(shop, start=dt.date(2026, 3, 2), days=21, visitors=60, seed=1)
    said, folder = rows(PROJECT, shop), tmp_path_factory.mktemp("lake")
    catalog = open_for_writing(folder)
    make_tables(catalog, {})
    for contract in marts(PROJECT):
        columns = schema({one.stored: one.type for one in contract.kept})
        table = catalog.load_table(contract.table)
        entry = Entry(run="r", number=1, started="")
        frame = pa.Table.from_pylist(said[contract.table], schema=columns)
        table.append(frame, snapshot_properties={KEY: entry.text()})
        head = table.current_snapshot()
        assert head
        table.manage_snapshots().create_tag(head.snapshot_id, TAG).commit()
    return load_settings(PROJECT, warehouse=str(folder))


@pytest.fixture(scope="module")
def answered(lake: Settings, server: Settings) -> Iterator[Handler]:
    """What answers from a database with these marts."""
    with new_database(server) as address:
        settings = load_settings(PROJECT, warehouse=lake.lake, figures_database=address)
        said = [str(one) for one in load(settings)]
        assert len(said) == len(marts(PROJECT))
        assert all(": loaded " in one for one in said), said
        yield Handler(settings)


@pytest.mark.parametrize("name", FIGURES)
def test_rows_order_and_types_are_those_of_ask(name: str, lake: Settings, answered: Handler):
    words = values(name, [each.name for each in FIGURES[name].parameters])
    here = ask(lake, name, words)

    told = answered.answer(Request("GET", f"/figures/{name}", urlencode({**words, "limit": 1000})))

    found = json.loads(told.body)
    assert told.status == 200, found
    assert found["rows"] == json.loads(render(here, "json"))
    assert len(found["rows"]) > 0, f"{name} has no rows to be equal"
    assert [one["name"] for one in found["columns"]] == here.columns
    assert [plain_type(one["type"]) for one in found["columns"]] == [*map(plain_type, here.types)]
