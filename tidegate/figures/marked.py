"""The questions that are answered over HTTP: those of ``sql/redshift/`` marked ``-- figures``.

Redshift's SQL is kept to what PostgreSQL runs too, so that its text is run as it stands. The types
of the answer are those of Athena's question of the same name, which ``tidegate ask`` answers.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from tidegate.contract import load_contracts
from tidegate.contract.model import Contract, Stage
from tidegate.errors import QuestionError
from tidegate.serve import dialect
from tidegate.serve.loads import digest
from tidegate.serve.parameters import Parameter
from tidegate.serve.questions import Question, find_question, questions

OWN = ("limit", "cursor")
"""The parameters that every question has over HTTP, for its pages."""

_Contracts = Mapping[str, Contract]

# DuckDB's words for the contract's types, and Athena's for those of an answer.
_DUCKDB = {
    **{"string": "VARCHAR", "integer": "INTEGER", "long": "BIGINT", "float": "FLOAT"},
    **{"double": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE"},
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
_ATHENA = {
    **{"TINYINT": "tinyint", "SMALLINT": "smallint", "INT": "integer", "BIGINT": "bigint"},
    **{"FLOAT": "real", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date"},
    **{"VARCHAR": "varchar", "TEXT": "varchar", "CHAR": "varchar"},
    **{"TIMESTAMP": "timestamp(6)", "TIMESTAMPTZ": "timestamp(6) with time zone"},
}


@dataclass(frozen=True)
class Figure:
    """A question that is answered over HTTP.

    Attributes:
        question: the question, in the SQL that PostgreSQL runs.
        columns: the columns of its answer and their types, as Athena names them.
        tables: the marts it reads, by their full names.
        counts: its parameters that limit rows, and so aren't negative.
        digest: of its text and its answer's columns: another one answers otherwise.
    """

    question: Question
    columns: dict[str, str]
    tables: tuple[str, ...]
    counts: frozenset[str]
    digest: str

    @property
    def name(self) -> str:
        """The question's name."""
        return self.question.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The question's parameters."""
        return self.question.parameters


def figures(project: Path) -> dict[str, Figure]:
    """The marked questions of a project, by name.

    Raises:
        ContractError: a contract is wrong.
        QuestionError: a marked question isn't in form, has no like in ``sql/athena/``, reads what
            is no mart, or an answer's type can't be told.
    """
    marked = [one for one in questions(project, "redshift") if one.is_figure]
    contracts: _Contracts = load_contracts(project) if marked else {}
    return {one.name: _figure(project, one, contracts) for one in marked}


def marts(project: Path) -> list[Contract]:
    """The contracts of the marts that marked questions read, by name.

    Raises:
        ContractError, QuestionError: as ``figures``.
    """
    read = sorted({table for one in figures(project).values() for table in one.tables})
    contracts = load_contracts(project)
    return [contracts.table(name) for name in read]


def _figure(project: Path, question: Question, contracts: _Contracts) -> Figure:
    source = str(question.path)
    tree = dialect.parse(question.sql, source, "redshift")
    tables = dialect.table_names(tree, question.sql, source, [*contracts])
    for name in tables:
        if contracts[name].stage is not Stage.DERIVE:
            raise QuestionError(
                f"{source}: is marked -- figures and reads {name}, which is no mart"
            )
    for parameter in question.parameters:
        if parameter.name in OWN:
            raise QuestionError(
                f'{source}: over HTTP "{parameter.name}" is for pages; call the parameter otherwise'
            )
    columns = _columns(project, question, contracts)
    limits = [one.expression for one in tree.find_all(exp.Limit)]
    counts = {one.name for one in limits if isinstance(one, exp.Placeholder)}
    told = digest(question.sql, *columns, *columns.values())
    return Figure(question, columns, tuple(tables), frozenset(counts), told)


def _columns(project: Path, question: Question, contracts: _Contracts) -> dict[str, str]:
    """The columns and types of the answer, as Athena has them."""
    like = find_question(project, question.name)
    if like.parameters != question.parameters:
        raise QuestionError(f"{question.path}: its parameters aren't those of {like.path}")
    source = str(like.path)
    tree = dialect.parse(like.sql, source)
    tables = dialect.table_names(tree, like.sql, source, [*contracts])
    known = {
        name: {one.stored: _DUCKDB.get(one.type, one.type.upper()) for one in contracts[name].kept}
        for name in tables
    }
    day = dt.date(2015, 1, 1)
    values = {one.name: one.value(one.default or one.example, day) for one in like.parameters}
    types = dialect.result_types(tree, known, values, source)
    return {name: _athena(kind, f'{source}: column "{name}"') for name, kind in types.items()}


def _athena(kind: exp.DataType, place: str) -> str:
    """Athena's name for a type of an answer."""
    if kind.is_type("decimal"):
        return kind.sql("duckdb").lower().replace(" ", "")
    found = _ATHENA.get(kind.this.value)
    if found is None:
        raise QuestionError(f"{place} is {kind.sql('athena').lower()}, which isn't told over HTTP")
    return found
