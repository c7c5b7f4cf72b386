"""Where a column stands in a payload, whatever the sender calls it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tidegate.contract import Column, Contract
from tidegate.gate.payload import parse_payload

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize("key", ["x-y", "@type", "back`tick", "back\\slash", "größe", "per%s{}"])
def test_a_key_may_hold_what_sql_would_read_otherwise(spark: "SparkSession", key: str) -> None:
    path = (key, key)
    columns = (
        Column("size", "long", json_paths=(path,)),
        Column("name", "string", json_paths=(("names", key),)),
    )
    contract = Contract(Path("clean.odd.yaml"), "clean.odd", "1.0.0", "", columns)
    right = {key: {key: 7}, "names": {key: "ann"}}
    wrong = {key: {key: "seven"}, "names": {key: "ann"}}
    sent = [(bytearray(json.dumps(one).encode()),) for one in (right, wrong)]

    read = parse_payload(spark.createDataFrame(sent, "payload binary"), contract)

    assert sorted(map(tuple, read.select("name", "size", "_reasons").collect()), key=str) == [
        ("ann", 7, []),
        ("ann", None, ["size_wrong_type"]),
    ]


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("1.25", "1.25"),
        ("1.2", "1.20"),
        ("1.500", "1.50"),
        ("-7", "-7.00"),
        ("1.25e1", "12.50"),
        ("12.5e6", "12500000.00"),
        ("1.005", None),
        ("0.001", None),
        ("1e-3", None),
        ("12.345e6", "12345000.00"),
        ("1.2345678905e7", None),
        ("1234567890123.00", None),
        ("1e12", None),
    ],
)
def test_a_decimal_takes_a_number_only_whole(
    spark: "SparkSession", number: str, read: str | None
) -> None:
    columns = (Column("price", "decimal(12,2)", json_paths=(("price",),)),)
    contract = Contract(Path("clean.odd.yaml"), "clean.odd", "1.0.0", "", columns)
    sent = [(bytearray(f'{{"price": {number}}}'.encode()),)]

    row = parse_payload(spark.createDataFrame(sent, "payload binary"), contract).first()

    assert row is not None
    assert (None if row["price"] is None else str(row["price"])) == read
    assert row["_reasons"] == ([] if read else ["price_wrong_type"])
