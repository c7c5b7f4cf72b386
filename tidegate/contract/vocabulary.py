"""The words a contract may use beyond the standard's: types, custom properties, engine columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.contract.model import Stage

API_VERSIONS = ("v3.1.0", "v3.2.0")
ENGINE = "greatExpectations"
FILE_FORMATS = ("jsonl", "csv", "parquet")
"""What files that are dropped into S3 may be, each of them plain or packed with gzip."""

TYPES = (
    "string",
    "integer",
    "long",
    "float",
    "double",
    "decimal(p,s)",
    "boolean",
    "date",
    "timestamp",
    "binary",
    "array<string>",
)

# What people write when they think of another system, where the nearest spelling would mislead.
TYPES_ELSEWHERE = {
    "array": "array<string>",
    "bigint": "long",
    "bool": "boolean",
    "bytes": "binary",
    "datetime": "timestamp",
    "decimal": "decimal(18,2)",
    "float32": "float",
    "float64": "double",
    "int": "integer",
    "int32": "integer",
    "int64": "long",
    "list": "array<string>",
    "money": "long",
    "number": "double",
    "numeric": "decimal(18,2)",
    "real": "float",
    "str": "string",
    "text": "string",
    "timestamptz": "timestamp",
    "varchar": "string",
}

# ODCS' logicalType: the type it stands for where physicalType is absent, and those it agrees with.
LOGICAL_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("string", "binary"),
    "integer": ("long", "integer"),
    "number": ("double", "float", "decimal"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "array": ("array<string>",),
}

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def is_type(name: str) -> bool:
    """Whether a column may have this type; a decimal has at most 38 digits, scale among them."""
    if decimal := _DECIMAL.fullmatch(name):
        digits, scale = int(decimal[1]), int(decimal[2])
        return 1 <= digits <= 38 and scale <= digits
    return name in TYPES and name != "decimal(p,s)"


@dataclass(frozen=True)
class Property:
    """One custom property: what it means, what its value must be, and where it may stand."""

    description: str
    kind: type
    default: Any = None
    stages: tuple[Stage, ...] = tuple(Stage)


PROPERTIES: Mapping[str, Property] = {
    "reads": Property("the raw table a clean table is made of", str, stages=(Stage.CLEAN,)),
    "quarantine": Property("the table of the rows it refuses", str, stages=(Stage.CLEAN,)),
    "eventTime": Property("the column that says when it happened", str, stages=(Stage.CLEAN,)),
    "maxPayloadBytes": Property(
        "the longest payload that is not refused", int, 1_048_576, (Stage.CLEAN,)
    ),
    "clockSkewSeconds": Property(
        "how much later than its arrival an event may say it happened", int, 300, (Stage.CLEAN,)
    ),
    "receivedTime": Property(
        "the column that says when it arrived; the stream's own time counts where that is earlier",
        str,
        stages=(Stage.CLEAN,),
    ),
    "file": Property(
        "the CSV file a reference table is kept in, in the settings' folder reference",
        str,
        stages=(Stage.CLEAN,),
    ),
    "validFrom": Property(
        "a reference table's column of the first day a row is valid", str, stages=(Stage.CLEAN,)
    ),
    "validTo": Property("its column of the last such day", str, stages=(Stage.CLEAN,)),
    "redshiftTable": Property(
        "hot: Redshift keeps the mart in a table of its own", str, stages=(Stage.DERIVE,)
    ),
    "redshiftDistKey": Property(
        "the column that table is distributed by", str, stages=(Stage.DERIVE,)
    ),
    "redshiftSortKey": Property(
        "the columns it is sorted by, in order (its day)", list, stages=(Stage.DERIVE,)
    ),
}

COLUMN_PROPERTIES: Mapping[str, Property] = {
    "jsonPath": Property("where in the payload: $.a.b, or a list whose first value counts", object),
    "rawColumn": Property("the raw table's column it is copied from", str),
    "personalData": Property("what becomes of it before it is written: hash, truncate, drop", str),
}

RAW_COLUMNS: Mapping[str, str] = {
    "stream": "string",
    "shard": "string",
    "sequence_number": "string",
    "sub_sequence_number": "integer",
    "partition_key": "string",
    "arrived_at": "timestamp",
    "payload": "binary",
    "landing": "long",
}

QUARANTINE_COLUMNS: Mapping[str, str] = {
    "status": "string",
    "reasons": "array<string>",
    **RAW_COLUMNS,
    "recorded_at": "timestamp",
    "run": "string",
}

VERDICT_COLUMNS: Mapping[str, str] = {
    "run": "string",
    "table_name": "string",
    "commit_number": "long",
    "judged_at": "timestamp",
    "contract_version": "string",
    "verdict": "string",
    "rule": "string",
    "description": "string",
    "severity": "string",
    "dimension": "string",
    "expectation": "string",
    "holds": "boolean",
    "could_be_judged": "boolean",
    "rows_judged": "long",
    "rows_broken": "long",
    "share_broken": "double",
    "found": "string",
    "computed": "string",
    "result": "string",
}

# Raw is partitioned by shard before day, so that no file, compacted or not, spans two shards: a
# shard's position is read from its files' bounds.
ENGINE_PARTITIONS: Mapping[Stage, tuple[str, ...]] = {
    Stage.LAND: ("stream", "shard", "arrived_at"),
    Stage.QUARANTINE: ("arrived_at",),
    Stage.QUALITY: ("judged_at",),
}

ENGINE_COLUMNS: Mapping[Stage, Mapping[str, str]] = {
    Stage.LAND: RAW_COLUMNS,
    Stage.QUARANTINE: QUARANTINE_COLUMNS,
    Stage.QUALITY: VERDICT_COLUMNS,
}
