"""Every example of a function and of a kind of statement, here and on real Trino: equal."""

from collections import defaultdict
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.engines.trino import Trino
from tests.engines.values import of_answer, of_trino, plain_type, same
from tests.serve.conftest import open_for_writing
from tidegate.serve import sql
from tidegate.serve.proven import FUNCTIONS, examples
from tidegate.serve.statements import STATEMENTS
from tidegate.settings import Settings, load_settings

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake without tables; the examples bring their rows."""
    project = tmp_path_factory.mktemp("project")
    (project / "contracts").mkdir()
    open_for_writing(Path(project) / ".tidegate" / "lake").create_namespace("mart")
    return load_settings(project)


def test_every_example_gives_trinos_rows_and_types(trino: Trino, nothing: Settings) -> None:
    proven, unequal = defaultdict[str, int](int), list[str]()
    for name, text, whole in examples():
        _, kinds, rows = trino.run(whole)
        answer = sql(nothing, whole)
        here, there = [*map(plain_type, answer.types)], [*map(plain_type, kinds)]
        if here != there:
            unequal.append(f"{text}: {here} here, {there} there")
        elif not same(of_answer(answer), of_trino(kinds, rows)):
            unequal.append(f"{text}: {of_answer(answer)} here, {of_trino(kinds, rows)} there")
        else:
            proven[name] += 1

    _print(proven)
    assert unequal == []


def _print(proven: dict[str, int]) -> None:
    table = Table("functions proven", "examples", title_justify="left")
    table.add_row(", ".join(FUNCTIONS), str(sum(proven[name] for name in FUNCTIONS)))
    table.add_section()
    for kind in STATEMENTS:
        table.add_row(kind, str(proven[kind]))
    table.caption = f"{len(FUNCTIONS)} functions and {len(STATEMENTS)} kinds of statement"
    Console(width=100).print(table)
