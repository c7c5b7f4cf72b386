"""Answer questions over the lake in Athena's SQL: saved ones, and what an analyst types.

DuckDB answers on a laptop and isn't on AWS, where views are installed: it is imported by what asks.
"""

import datetime as dt
import re

from tidegate.contract.views import DATABASE
from tidegate.errors import QuestionError, did_you_mean
from tidegate.lake import catalog
from tidegate.serve import dialect
from tidegate.serve.answers import Answer, answer
from tidegate.serve.parameters import Parameter, bind
from tidegate.serve.questions import Question, find_question, questions
from tidegate.serve.show import FORMATS, check_format, render, show, told_scanned
from tidegate.serve.verdicts import kept_verdicts
from tidegate.serve.views import installed
from tidegate.settings import Settings

__all__ = [
    "ENGINES",
    "FORMATS",
    "Answer",
    "Parameter",
    "Question",
    "ask",
    "check_engine",
    "check_format",
    "kept_verdicts",
    "language_of",
    "questions",
    "render",
    "show",
    "sql",
    "told_scanned",
]

_SHOW = re.compile(
    r"\s*show\s+tables(?:\s+(?:in|from)\s+[\"`]?(\w+)[\"`]?)?\s*;?\s*", re.IGNORECASE
)
_DESCRIBE = re.compile(
    r"\s*(?:describe|desc|show\s+columns\s+(?:in|from))\s+([\w.\"`]+)\s*;?\s*", re.IGNORECASE
)


ENGINES = ("duckdb", "athena", "redshift")
"""Who answers a saved question: DuckDB here, or AWS by its API."""


def ask(
    settings: Settings,
    name: str,
    values: dict[str, str],
    today: dt.date | None = None,
    on: str = "duckdb",
) -> Answer:
    """Ask a saved question.

    Args:
        settings: which project and lake.
        name: the question's name, its file's without ``.sql``.
        values: words for its parameters; those with a default may be left out.
        today: the UTC day ``today`` and ``yesterday`` count from; by default, the current one.
        on: one of ``ENGINES``; Redshift's questions are files of their own, in ``sql/redshift/``.

    Raises:
        QuestionError: the engine, the question or a parameter is unknown, missing or of a wrong
            type, or its SQL can't be run.
        SettingsError: Redshift is asked and none is set.
        LakeError: there is no lake, or files of it can't be read.
    """
    check_engine(on)
    language = language_of(on)
    question = find_question(settings.project, name, language)
    day = today or dt.datetime.now(dt.UTC).date()
    bound = bind(question.name, question.parameters, values, day)
    _check_parameters(question, language)
    if on != "duckdb":
        from tidegate.serve.remote import ask_athena, ask_redshift

        remote = ask_athena if on == "athena" else ask_redshift
        return remote(settings, question.sql, str(question.path), bound)
    return answer(settings, question.sql, str(question.path), bound)


def sql(settings: Settings, text: str) -> Answer:
    """Run one statement that reads: SELECT, WITH, SHOW TABLES or DESCRIBE, in Athena's SQL.

    Raises:
        QuestionError: it does more than read, takes parameters, doesn't parse, names what isn't
            there, or fails.
        LakeError: there is no lake, or files of it can't be read.
    """
    if found := _SHOW.fullmatch(text):
        return _tables(settings, found[1])
    if found := _DESCRIBE.fullmatch(text):
        return _describe(settings, re.sub(r"[\"`]", "", found[1]).lower())
    if used := dialect.placeholders(dialect.parse(text, "SQL")):
        named = f" :{used[0]}" if used[0] else "s"
        raise QuestionError(
            f"SQL: takes no parameter{named}; write the value, or save the question in sql/athena/"
        )
    return answer(settings, text, "SQL", {})


def check_engine(on: str) -> None:
    """Say that an engine is unknown before anything is read.

    Raises:
        QuestionError: it is.
    """
    if on not in ENGINES:
        hint = did_you_mean(on, list(ENGINES))
        raise QuestionError(f'unknown engine "{on}"; expected one of {", ".join(ENGINES)}{hint}')


def language_of(on: str) -> str:
    """Whose SQL an engine is asked in."""
    return "redshift" if on == "redshift" else "athena"


def _check_parameters(question: Question, language: str) -> None:
    """What the SQL uses is what the file's first lines declare."""
    used = dialect.placeholders(dialect.parse(question.sql, str(question.path), language))
    declared = [parameter.name for parameter in question.parameters]
    for name in used:
        if name not in declared:
            hint = did_you_mean(name, declared)
            raise QuestionError(
                f'{question.path}: the SQL uses parameter ":{name}", which no line'
                f' "-- :{name} type" declares{hint}'
            )
    for name in declared:
        if name not in used:
            raise QuestionError(
                f'{question.path}: declares parameter ":{name}", which the SQL never uses'
            )


def _tables(settings: Settings, database: str | None) -> Answer:
    """SHOW TABLES: every table, or one database's."""
    names = [*catalog.tables(settings), *(f"{DATABASE}.{one}" for one in installed(settings))]
    if database:
        names = [name for name in names if name.split(".")[0] == database.lower()]
    return Answer(["table"], ["varchar"], [(name,) for name in names])


def _describe(settings: Settings, table: str) -> Answer:
    """DESCRIBE: a table's columns, their types, and what its contract says of each."""
    views = installed(settings)
    known = [*catalog.tables(settings), *(f"{DATABASE}.{one}" for one in views)]
    if table not in known:
        there = (
            did_you_mean(table, known) or f"\n  there are: {', '.join(known) or 'no tables yet'}"
        )
        raise QuestionError(f'SQL: no table "{table}" in the lake{there}')
    if table.split(".")[0] == DATABASE:
        told = [
            (name, kind, said or None) for name, kind, said in views[table.split(".")[1]].columns
        ]
        return Answer(["column", "type", "comment"], ["varchar"] * 3, [*told])
    empty = answer(settings, f"SELECT * FROM {table} WHERE false", "SQL", {})
    said = catalog.comments(settings, table)
    rows = [
        (name, kind, said.get(name)) for name, kind in zip(empty.columns, empty.types, strict=True)
    ]
    return Answer(["column", "type", "comment"], ["varchar"] * 3, rows)
