"""Hashed and truncated values, held against Python's own hmac and ipaddress."""

import hashlib
import hmac
import ipaddress
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tidegate.contract import Column, Contract, Treatment, load_contracts
from tidegate.gate.treatment import as_said, as_written, not_addresses, treat

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tidegate.settings import Settings

TEXTS = ["", "ann@example.com", "Änne@exämple.com", "漢字", "\U0001f40b", "a" * 200, "a\0b", None]


@pytest.fixture(scope="module")
def contract(suite_settings: "Settings") -> Contract:
    """A table of an id and three personal columns, one a treatment."""
    columns = (
        Column("id", "long"),
        *(Column(str(one), "string", personal="personal", treatment=one) for one in Treatment),
    )
    clean = load_contracts(suite_settings.project).table("clean.github_events")
    return replace(clean, columns=columns, rules=())


def written(spark: "SparkSession", contract: Contract, texts: list[Any], key: bytes) -> list[Any]:
    """What each text is written as, hashed and truncated."""
    rows = spark.createDataFrame(
        [(place, text, text, text) for place, text in enumerate(texts)],
        "id long, hash string, truncate string, drop string",
    )
    found = as_written(as_said(treat(rows, contract, key), contract), contract)
    assert found.columns == ["id", "hash", "truncate"]
    return [tuple(row)[1:] for row in found.orderBy("id").collect()]


@pytest.mark.parametrize("key", [b"\xff" * 32, b"k" * 64, b"\x00k" * 50], ids=len)
def test_a_hash_is_what_pythons_hmac_says(
    key: bytes, spark: "SparkSession", contract: Contract
) -> None:
    found = [hashed for hashed, _ in written(spark, contract, TEXTS, key)]

    assert found == [
        None if text is None else hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        for text in TEXTS
    ]


def test_the_key_stands_in_no_plan(spark: "SparkSession", contract: Contract) -> None:
    key = b"k" * 32
    rows = spark.createDataFrame(
        [(1, "a", "b", "c")], "id long, hash string, truncate string, drop string"
    )
    frame: DataFrame = as_written(as_said(treat(rows, contract, key), contract), contract)
    frame.collect()

    told = str(frame._jdf.queryExecution().toString())

    assert "sha2" in told
    pads = [bytes(byte ^ pad for byte in key) for pad in (0, 0x36, 0x5C)]
    for one in pads:
        assert one.decode("latin-1")[:8] not in told
        assert one.hex()[:16] not in told.lower()


def network(text: str) -> str | None:
    """The same by Python's ipaddress."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped and "." in text:
        address = mapped
    if text.lower().startswith("2002:"):
        return "2002::"
    length = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, length), strict=False).network_address)


def addresses() -> list[str]:
    """Addresses in many forms, and texts that are nearly some."""
    chance = random.Random(20150101)
    bits = ("", "0", "00", "1", "ffff", "FFFF", ":", "::", "1.2.3.4", ".", "256", "g", "%1", "\n")
    near = ["".join(chance.choices(bits, k=chance.randint(1, 14))) for _ in range(4000)]
    for _ in range(2000):
        groups = chance.choices(("0", "00a", "1", "ffff", "2002"), k=chance.randint(5, 8))
        cut = chance.randint(0, len(groups))
        near.append(":".join(groups[:cut]) + "::" + ":".join(groups[cut:]))
        near.append(":".join([*groups[:6], "1.2.3.4"]))
        number = ipaddress.IPv6Address(chance.getrandbits(128) & chance.getrandbits(128))
        near += [str(number), number.exploded.upper()]
        near.append(str(ipaddress.IPv4Address(chance.getrandbits(32))))
    mapped = ["::ffff:1.2.3.4", "0:0:0:0:0:FFFF:1.2.3.4", "::1.2.3.4", "::ffff:102:304"]
    return [*near, *mapped, "::", "1.2.3.4\n", " 1.2.3.4", "01.2.3.4", "é", "1:2:3:4:5:6:7::"]


def test_an_address_becomes_its_network_and_nothing_else_passes(
    spark: "SparkSession", contract: Contract
) -> None:
    texts = addresses()

    # In parts, each of which Spark hands over as one small answer.
    parts = (texts[first : first + 2_000] for first in range(0, len(texts), 2_000))
    found = [
        truncated for part in parts for _, truncated in written(spark, contract, part, b"k" * 32)
    ]

    wanted = [network(text) for text in texts]
    assert sum(one is not None for one in wanted) > 4000
    assert [
        (text, one, other)
        for text, one, other in zip(texts, found, wanted, strict=True)
        if one != other
    ] == []


def test_what_is_no_address_has_a_reason_of_its_own(
    spark: "SparkSession", contract: Contract
) -> None:
    texts = ["203.0.113.77", "2001:DB8::1", "ann", "", None]
    rows = spark.createDataFrame([(text,) for text in texts], "truncate string")

    found = [row[0] for row in rows.select(not_addresses(contract)).collect()]

    assert found == [[], [], ["truncate_not_an_address"], ["truncate_not_an_address"], []]
