"""Athena's and Redshift's SQL as sqlglot reads them, a function's name as it was called kept."""

from sqlglot.dialects.redshift import Redshift
from sqlglot.dialects.trino import Trino

CALLED = "called"
"""Under which a node's ``meta`` has that name."""


class AthenaSql(Trino):
    """Athena's SQL, which is Trino's."""

    ORIGINAL_NAME_META_KEY = CALLED


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
