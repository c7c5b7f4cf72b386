"""Athena's and Redshift's SQL as sqlglot reads them, a function's name as it was called kept."""

import re
from typing import Any

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.dialects.trino import Trino

CALLED = "called"
"""Under which a node's ``meta`` has that name."""


def _decimal(_: Any, literal: exp.Literal, kind: exp.DataType) -> exp.Cast:
    """``DECIMAL '1.50'`` has the digits that are written; what is no number fails as it is cast."""
    found = re.fullmatch(r"[+-]?(\d*)[.]?(\d*)", literal.name)
    whole, part = map(len, found.groups()) if found else (38, 0)
    digits = [exp.DataTypeParam(this=exp.convert(n)) for n in (max(whole + part, 1), part)]
    return exp.Cast(this=literal, to=exp.DataType(this=kind.this, expressions=digits))


class AthenaSql(Trino):
    """Athena's SQL, which is Trino's."""

    ORIGINAL_NAME_META_KEY = CALLED

    class Parser(Trino.Parser):  # type: ignore[misc, valid-type] # noqa: D106
        TYPE_LITERAL_PARSERS = {  # noqa: RUF012 - sqlglot reads it from the class
            **Trino.Parser.TYPE_LITERAL_PARSERS,
            exp.DType.DECIMAL: _decimal,
        }


class RedshiftSql(Redshift):
    """Redshift's SQL, with more of the letters of TO_CHAR than sqlglot has."""

    ORIGINAL_NAME_META_KEY = CALLED
    TIME_MAPPING = {  # noqa: RUF012 - sqlglot reads it from the class
        **Redshift.TIME_MAPPING,
        **{"Mon": "%b", "Dy": "%a", "AM": "%p", "PM": "%p"},
    }


LANGUAGES: dict[str, type[AthenaSql | RedshiftSql]] = {
    "athena": AthenaSql,
    "redshift": RedshiftSql,
}
