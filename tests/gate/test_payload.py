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
