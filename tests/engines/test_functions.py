"""Every example of a function and of a kind of statement, here and on a real engine: equal."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from tests.engines.trino import Trino
from tests.engines.values import numbers_alike, of_answer, of_trino, plain_type, same
from tests.serve.conftest import open_for_writing
from tidegate.serve import sql
from tidegate.serve.answers import answer
from tidegate.serve.proven import PROOFS, Proof
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
    for name, text, whole, _ in PROOFS["athena"].examples():
        _, kinds, rows = trino.run(whole)
        found = sql(nothing, whole)
        here, there = [*map(plain_type, found.types)], [*map(plain_type, kinds)]
        if here != there:
            unequal.append(f"{text}: {here} here, {there} there")
        elif not same(of_answer(found), of_trino(kinds, rows)):
            unequal.append(f"{text}: {of_answer(found)} here, {of_trino(kinds, rows)} there")
        else:
            proven[name] += 1

    _print(PROOFS["athena"], proven)
    assert unequal == []


def test_every_example_of_redshift_gives_postgresqls_rows(postgres: Any, nothing: Settings) -> None:
    proven, unequal = defaultdict[str, int](int), list[str]()
    for name, text, whole, in_its_words in PROOFS["redshift"].examples():
        here = numbers_alike(answer(nothing, whole, "SQL", {}, "redshift").rows)
        there = numbers_alike(postgres.run(in_its_words))
        if same(here, there):
            proven[name] += 1
        else:
            unequal.append(f"{text}: {here} here, {there} there")

    _print(PROOFS["redshift"], proven)
    assert unequal == []


def _print(proof: Proof, proven: dict[str, int]) -> None:
    title = f"{proof.language}: functions proven"
    table = Table(title, "examples", title_justify="left")
    count = sum(proven[name] for name in proof.functions)
    table.add_row(", ".join(proof.functions), str(count))
    table.add_section()
    for kind in proof.statements:
        table.add_row(kind, str(proven[kind]))
    table.caption = (
        f"{len(proof.functions)} functions and {len(proof.statements)} kinds of statement"
    )
    Console(width=100).print(table)
