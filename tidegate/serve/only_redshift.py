"""Only Redshift executes these: the rest of what is sent to it runs at the local endpoint too.

There the lake's databases are schemas already, everyone reads everything, and batches that write
come one after the other; distribution and sort keys are left out of a CREATE TABLE.
"""

import re

from tidegate.settings import Settings

ONLY_REDSHIFT = re.compile(r"\s*(CREATE\s+EXTERNAL\s+SCHEMA|GRANT|REVOKE|LOCK)\b", re.IGNORECASE)
"""What the local endpoint takes as done, and does nothing for."""


def external_schema(settings: Settings, database: str) -> str:
    """A database of the Glue catalog as a schema; read with the cluster's default IAM role."""
    name = settings.database_prefix + database
    return (
        f"CREATE EXTERNAL SCHEMA IF NOT EXISTS {name}"
        f" FROM DATA CATALOG DATABASE '{name}' IAM_ROLE default"
    )


def lock(table: str) -> str:
    """Keep other loads waiting until this one's transaction has ended."""
    return f"LOCK {table}"


def grants(settings: Settings, schema: str) -> list[str]:
    """Let the analysts' role read what is in a schema; none where no role is set."""
    role = settings.redshift_readers.replace('"', '""')
    if not role:
        return []
    name = settings.database_prefix + schema
    return [
        f'GRANT USAGE ON SCHEMA {name} TO ROLE "{role}"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO ROLE "{role}"',
    ]
