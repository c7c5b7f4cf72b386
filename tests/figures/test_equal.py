"""Each marked question of this project: what the service answers is what ask answers."""

import json
from urllib.parse import urlencode

import pytest

from tests.engines.rows import values
from tests.engines.values import plain_type
from tests.serve.conftest import PROJECT
from tidegate.figures.handler import Handler
from tidegate.figures.marked import figures
from tidegate.serve import ask, render
from tidegate.settings import Settings
from tidegate.web.messages import Request

FIGURES = figures(PROJECT)


@pytest.fixture(scope="module")
def answered(shop: Settings) -> Handler:
    """What answers from a database with the project's marts."""
    return Handler(shop)


@pytest.mark.parametrize("name", FIGURES)
def test_rows_order_and_types_are_those_of_ask(name: str, shop: Settings, answered: Handler):
    words = values(name, [each.name for each in FIGURES[name].parameters])
    here = ask(shop, name, words)

    told = answered.answer(Request("GET", f"/figures/{name}", urlencode({**words, "limit": 1000})))

    found = json.loads(told.body)
    assert told.status == 200, found
    assert found["rows"] == json.loads(render(here, "json"))
    assert len(found["rows"]) > 0, f"{name} has no rows to be equal"
    assert [one["name"] for one in found["columns"]] == here.columns
    assert [plain_type(one["type"]) for one in found["columns"]] == [*map(plain_type, here.types)]
