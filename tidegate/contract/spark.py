"""A contract's columns as Spark types."""

from pyspark.sql import types as t

from tidegate.contract.model import Contract

_TYPES: dict[str, t.DataType] = {
    "string": t.StringType(),
    "integer": t.IntegerType(),
    "long": t.LongType(),
    "float": t.FloatType(),
    "double": t.DoubleType(),
    "boolean": t.BooleanType(),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),  # an instant; sessions are in UTC
    "binary": t.BinaryType(),
    "array<string>": t.ArrayType(t.StringType()),
}


def spark_type(name: str) -> t.DataType:
    """The Spark type of a contract's type, e.g. ``long`` or ``decimal(18,2)``."""
    if name.startswith("decimal("):
        precision, scale = name.removeprefix("decimal(").removesuffix(")").split(",")
        return t.DecimalType(int(precision), int(scale))
    return _TYPES[name]


def spark_schema(contract: Contract) -> t.StructType:
    """The table's columns, in order, with their descriptions as comments.

    Every field is nullable, required or not: Spark takes "not nullable" as a promise to optimise on
    and never checks it, so a null in a payload would go unseen. The gate sees to required columns.
    """
    return t.StructType(
        [
            t.StructField(
                column.name,
                spark_type(column.type),
                nullable=True,
                metadata={"comment": column.description} if column.description else None,
            )
            for column in contract.columns
        ]
    )
