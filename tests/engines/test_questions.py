"""Each saved question, here and on the engines it is meant for: equal rows."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from tests.engines.rows import values
from tests.engines.trino import Trino
from tests.engines.values import numbers_alike, of_answer, of_trino, plain_type, same
from tests.serve.conftest import PROJECT
from tidegate.serve import ask, questions
from tidegate.serve.answers import answer
from tidegate.serve.parameters import bind
from tidegate.serve.positional import positional
from tidegate.serve.questions import Question
from tidegate.settings import Settings

pytestmark = pytest.mark.engines

TODAY = dt.date(2026, 3, 23)
ATHENA = {each.name: each for each in questions(PROJECT)}
REDSHIFT = {each.name: each for each in questions(PROJECT, "redshift")}


@pytest.fixture(scope="module")
def asked() -> Iterator[Callable[..., None]]:
    """Notes a question's rows on two engines; all are printed at the end."""
    table = Table("question", "engines", "rows", "equal")

    def note(name: str, engines: str, found: int, equal: bool) -> None:
        table.add_row(name, engines, str(found), "yes" if equal else "NO")

    yield note
    Console(width=100).print(table)


@pytest.mark.parametrize("name", ATHENA)
def test_a_question_has_the_rows_and_types_of_trino(
    name: str, lake: Settings, trino: Trino, asked: Callable[..., None]
) -> None:
    question = ATHENA[name]
    words = values(name, [each.name for each in question.parameters])

    here = ask(lake, name, words, today=TODAY)
    kinds, there = _on_trino(trino, question, words)

    equal = same(of_answer(here), there)
    asked(name, "DuckDB, Trino", len(there), equal)
    assert [*map(plain_type, here.types)] == [*map(plain_type, kinds)]
    assert of_answer(here) == there or equal
    assert there, f"{name} has no rows to be equal"


def _on_trino(
    trino: Trino, question: Question, words: dict[str, str]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """A question's types and rows on Trino, its parameters bound as Athena binds them."""
    bound = bind(question.name, question.parameters, words, TODAY)
    text, given = positional(question.sql, bound)
    quoted = text.replace("'", "''")
    using = f" USING {', '.join(given)}" if given else ""
    _, kinds, rows = trino.run(f"EXECUTE IMMEDIATE '{quoted}'{using}")
    return kinds, of_trino(kinds, rows)


@pytest.mark.parametrize("name", REDSHIFT)
def test_a_question_for_redshift_has_the_rows_of_postgresql(
    name: str, lake: Settings, postgres: Any, asked: Callable[..., None]
) -> None:
    question = REDSHIFT[name]
    words = values(name, [each.name for each in question.parameters])
    bound = bind(question.name, question.parameters, words, TODAY)

    here = answer(lake, question.sql, str(question.path), bound, "redshift").rows
    there = postgres.run(question.sql, **bound)

    equal = same(numbers_alike(here), numbers_alike(there))
    asked(name, "DuckDB, PostgreSQL", len(there), equal)
    assert numbers_alike(here) == numbers_alike(there) or equal
    assert there, f"{name} has no rows to be equal"


@pytest.mark.parametrize("name", REDSHIFT)
def test_a_question_for_redshift_has_the_rows_of_athenas(name: str, lake: Settings) -> None:
    question = REDSHIFT[name]
    words = values(name, [each.name for each in question.parameters])
    bound = bind(question.name, question.parameters, words, TODAY)

    redshifts = answer(lake, question.sql, str(question.path), bound, "redshift")

    athenas = ask(lake, name, words, today=TODAY)
    assert redshifts.columns == athenas.columns
    assert same(numbers_alike(redshifts.rows), numbers_alike(athenas.rows))
