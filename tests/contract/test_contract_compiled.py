"""A contract, compiled to Spark's types and to the statement that creates its Iceberg table."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import types as t

from tidegate.contract import Column, Contract, Treatment, load_contracts
from tidegate.contract.iceberg import create_table, table_properties
from tidegate.contract.spark import spark_schema, spark_type
from tidegate.contract.views import view_of

pytestmark = pytest.mark.quick


def test_a_schema_has_the_contract_s_columns_in_order_and_all_may_be_null(clicks):
    schema = spark_schema(load_contracts(clicks)["clean.clicks"])

    assert schema == t.StructType(
        [
            t.StructField("click_id", t.StringType()),
            t.StructField("clicked_at", t.TimestampType()),
            t.StructField("day", t.DateType()),
            t.StructField("price", t.DecimalType(9, 2)),
        ]
    )


def test_a_description_is_the_column_s_comment(clicks):
    schema = spark_schema(load_contracts(clicks)["raw.clicks"])

    assert schema["shard"].metadata == {"comment": "The shard that held the record."}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("string", t.StringType()),
        ("integer", t.IntegerType()),
        ("long", t.LongType()),
        ("float", t.FloatType()),
        ("double", t.DoubleType()),
        ("decimal(38,0)", t.DecimalType(38, 0)),
        ("boolean", t.BooleanType()),
        ("date", t.DateType()),
        ("timestamp", t.TimestampType()),
        ("binary", t.BinaryType()),
        ("array<string>", t.ArrayType(t.StringType())),
    ],
)
def test_each_type_has_its_spark_type(name, kind):
    assert spark_type(name) == kind


def test_a_table_is_created_as_its_contract_says(clicks):
    assert create_table(load_contracts(clicks)["clean.clicks"], "lake.dev_clean.clicks") == (
        """\
CREATE TABLE IF NOT EXISTS lake.dev_clean.clicks (
  `click_id` STRING,
  `clicked_at` TIMESTAMP,
  `day` DATE,
  `price` DECIMAL(9,2)
)
USING iceberg
PARTITIONED BY (`day`)
TBLPROPERTIES (
  'format-version' = '2',
  'write.parquet.compression-codec' = 'zstd',
  'write.distribution-mode' = 'none',
  'write.spark.fanout.enabled' = 'true',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20',
  'tidegate.contract-version' = '1.0.0',
  'tidegate.columns' = '{"click_id":{"required":true,"treatment":""},\
"clicked_at":{"required":true,"treatment":""},\
"day":{"required":true,"treatment":""},"price":{"treatment":""}}',
  'tidegate.key' = 'click_id,day'
)"""
    )


def test_a_table_has_the_names_that_its_columns_are_stored_under(clicks):
    contract = load_contracts(clicks)["clean.clicks"]
    columns = tuple(replace(one, physical=f"old_{one.name}") for one in contract.columns)

    made = create_table(replace(contract, columns=columns), "lake.clean.clicks")

    assert "`old_click_id` STRING,\n" in made
    assert "PARTITIONED BY (`old_day`)\n" in made
    assert "'tidegate.key' = 'old_click_id,old_day'" in made


def test_a_timestamp_partitions_by_its_day(clicks):
    sql = create_table(load_contracts(clicks)["raw.clicks"], "lake.raw.clicks")

    assert "PARTITIONED BY (`stream`, `shard`, days(`arrived_at`))" in sql


def test_bounds_of_a_shard_s_position_are_kept_whole(clicks):
    properties = table_properties(load_contracts(clicks)["raw.clicks"])

    assert {name: value for name, value in properties.items() if ".metrics." in name} == {
        "write.metadata.metrics.column.stream": "full",
        "write.metadata.metrics.column.shard": "full",
        "write.metadata.metrics.column.sequence_number": "full",
        "write.metadata.metrics.column.partition_key": "full",
    }


def test_a_description_with_quotes_and_backslashes_stays_one_text(clicks):
    file = clicks / "contracts" / "clean.clicks.yaml"
    text = file.read_text()
    file.write_text(
        text.replace("name: price\n", "name: price\n        description: the seller's \\ price\n")
    )

    sql = create_table(load_contracts(clicks)["clean.clicks"], "lake.clean.clicks")

    assert r"`price` DECIMAL(9,2) COMMENT 'the seller\'s \\ price'" in sql


def test_a_view_shows_neither_personal_columns_nor_the_engine_s() -> None:
    columns = (
        Column("email", "string", personal="personal", treatment=Treatment.HASH),
        Column("name", "string", personal="personal"),
        Column("query", "string", personal="personal", treatment=Treatment.DROP),
        Column("arrived_at", "timestamp", raw_column="arrived_at", description="When it came."),
        Column("shard", "string", raw_column="shard"),
        Column("total", "long", physical="amount"),
    )
    path = Path("clean.orders.yaml")

    view = view_of(Contract(path, "clean.orders", "1.0.0", "Orders.", columns))

    assert view.full == "analytics.orders"
    assert view.select == (
        'SELECT\n    "email",\n    "arrived_at",\n    "amount" AS "total"\nFROM clean.orders'
    )
    assert view.comments["arrived_at"] == "When it came."
