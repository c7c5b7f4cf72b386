"""Files dropped into S3 land once, whole or not at all, whatever the queue says how often."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.dropping import Shop, copy_project, line, make_shop, orders
from tests.lake_of_a_test import ARRIVED, LakeOfATest
from tests.land.dropping import make_drops
from tests.processes import killed_at, two_at_once
from tidegate.aws import AwsConfig, Endpoint
from tidegate.errors import ContractError
from tidegate.flow import dropping
from tidegate.lake.ledger import Counts
from tidegate.land.events import Created
from tidegate.land.files import SHARD

MakeShop = Callable[..., Shop]


@pytest.fixture
def make(lake: LakeOfATest, tmp_path: Path, aws: AwsConfig, endpoint: Endpoint) -> MakeShop:
    """Makes the shop: ``make(form="jsonl", seconds=2, land_file_bytes=100)``."""

    def shop(form: str = "csv", seconds: int = 30, **settings: object) -> Shop:
        drops, project = make_drops(aws, seconds), copy_project(tmp_path / "project", form)
        return make_shop(lake, drops, project, endpoint.address, **settings)

    return shop


def landed(shop: Shop) -> list[tuple[str, int, bytes]]:
    """Of each raw row: the file's key, its record's place there, the payload."""
    rows = shop.rows("raw.orders", "partition_key", "sub_sequence_number", "payload")
    return [(name.split("#")[0].removeprefix("in/"), sub, bytes(text)) for name, sub, text in rows]


def test_a_file_lands_once_by_key_and_entity_tag(make: MakeShop) -> None:
    shop = make()
    drops = shop.drops
    tag = drops.put("one.csv", orders("1", "2"))
    drops.put("two.csv.gz", gzip.compress(orders("3")))

    raw, clean = shop.run_flow()

    assert (raw.rows, clean.rows) == (Counts(3, 3), Counts(3, 3))
    assert shop.cleaned() == [("1", 100), ("2", 100), ("3", 100)]
    assert drops.waiting() == 0
    (first, *_, last) = shop.rows(
        "raw.orders",
        *("sequence_number", "sub_sequence_number", "stream", "shard", "partition_key", "landing"),
    )
    assert first == (
        "1000000000".zfill(129),
        0,
        f"s3://{drops.name}",
        SHARD,
        f"in/one.csv#{tag}",
        1,
    )
    assert last[:2] == ("1000000001".zfill(129), 0)
    raw_table = shop.run().table("raw.orders")
    bounds = raw_table.files(raw_table.history().main).selectExpr(
        "readable_metrics.partition_key.lower_bound"
    )
    assert {name for (name,) in bounds.collect()} <= {
        row[0] for row in shop.rows("raw.orders", "partition_key")
    }  # whole, so that files without the name are passed over

    drops.put("one.csv", orders("1", "2"))  # the same content once more, and its event
    drops.put("one.csv", orders("1", "4", cents=100))  # another content, another file
    raw, clean = shop.run_flow()

    assert (raw.rows, clean.rows) == (Counts(2, 2), Counts(2, 1, duplicates=1))
    assert len({name for name, *_ in shop.rows("raw.orders", "partition_key")}) == 3
    drops.put("one.csv", orders("1", "2"))
    assert [one.verdict for one in shop.run_flow()] == ["nothing new", "nothing new"]
    assert drops.waiting() == 0
    assert shop.unproven() == []


def test_a_bad_file_is_in_the_dead_letter_queue_with_the_reason_and_no_row_of_it_lands(
    make: MakeShop,
) -> None:
    shop = make(land_file_bytes=2_000)
    drops = shop.drops
    drops.put("good.csv", orders("1"))
    drops.put("cut.csv.gz", gzip.compress(orders(*map(str, range(90))))[:-20])
    drops.put("short.csv", orders("1", "2")[:-20])
    drops.put("empty.csv", b"")
    drops.put("large.csv", orders(*map(str, range(90))))
    drops.put("bomb.csv.gz", gzip.compress(orders(*"1" * 90)))
    drops.put("gone.csv", orders("5"))
    drops.take("gone.csv")
    drops.say("not an event")
    drops.s3.put_object(Bucket=drops.name, Key="in/folder/", Body=b"")
    drops.s3.put_object(Bucket=drops.name, Key="out.csv", Body=orders("6"))
    drops.say(Created(drops.name, "out.csv", None, ARRIVED).event())

    (raw, clean) = shop.run_flow()

    assert landed(shop) == [("good.csv", 0, landed(shop)[0][2])]
    assert (raw.rows, raw.verdict, clean.rows) == (Counts(1, 1), "warn", Counts(1, 1))
    told = dict(drops.dead())
    assert {key: reason.split(":")[0] for key, reason in told.items()} == {
        "cut.csv.gz": "its gzip is broken or cut",
        "short.csv": "line 3 has 2 cells, and its header 4",
        "empty.csv": "it is empty",
        "large.csv": "it has 2,894 bytes, more than 2,000 (land_file_bytes)",
        "bomb.csv.gz": "unpacked it is larger than 2,000 bytes (land_file_bytes)",
        "gone.csv": "it isn't there any more",
        "not an event": "it is no event of S3 (JSONDecodeError",
        "out.csv": "it isn't in s3",
    }
    assert drops.waiting() == 0
    (failure,) = shop.newest("raw.orders").failures
    assert (failure.rule, failure.severity, failure.rows) == ("dropped_file_whole", "warn", 8)
    said = [one for one in shop.said if "refused s3" in one]
    assert len(said) == 7
    assert f"raw.orders: refused s3://{drops.name}/in/empty.csv: it is empty: there is no" in str(
        said
    )
    assert shop.branches("raw.orders") == []

    # What is mended and moved back lands, and is well again.
    drops.put("short.csv", orders("1", "2"))
    drops.put("empty.csv", orders("7"))
    drops.redrive()
    raw, clean = shop.run_flow()

    assert (raw.rows, clean.rows) == (Counts(3, 3), Counts(3, 2, duplicates=1))
    assert set(dict(drops.dead())) == set(told) - {"short.csv", "empty.csv"}


def test_where_every_file_is_bad_the_ledger_says_so_and_has_no_row(make: MakeShop) -> None:
    shop = make()
    shop.drops.put("good.csv", orders("1"))
    shop.run_flow()
    shop.drops.put("bad.csv", b"")

    raw, clean = shop.run_flow()

    assert (raw.verdict, raw.rows, raw.number) == ("warn", Counts(), 2)
    assert clean.verdict == "nothing new"
    assert [one.rule for one in shop.newest("raw.orders").failures] == ["dropped_file_whole"]
    assert shop.run_flow()[0].verdict == "nothing new"
    shop.drops.put("good.csv", orders("2"))
    raw, clean = shop.run_flow()
    assert (raw.verdict, raw.rows, clean.rows) == ("pass", Counts(1, 1), Counts(1, 1))
    assert [one.rule for one in raw.recovered] == ["dropped_file_whole"]


def test_a_bad_line_of_a_good_file_is_the_gates_business(make: MakeShop) -> None:
    shop = make("jsonl")
    shop.drops.put("some.json", line("1") + b"no JSON\n" + line("2", cents="many") + line("3"))

    _, clean = shop.run_flow()

    assert clean.rows == Counts(4, 2, quarantined=2)
    assert shop.rows("quarantine.orders", "sub_sequence_number", "reasons") == [
        (1, ["payload_not_json"]),
        (2, ["cents_wrong_type"]),
    ]


def test_what_firehose_delivers_twice_counts_once(make: MakeShop) -> None:
    shop = make("jsonl")
    first, again = line("1") + line("2"), line("2") + line("3")
    shop.drops.put("day=2015-01-01/orders-1-10-00-00-a.gz", gzip.compress(first))
    shop.drops.put("day=2015-01-01/orders-1-10-05-00-b.gz", gzip.compress(again))

    raw, clean = shop.run_flow()

    assert (raw.rows, clean.rows) == (Counts(4, 4), Counts(4, 3, duplicates=1))
    assert shop.cleaned() == [("1", 100), ("2", 100), ("3", 100)]


def test_a_file_whose_event_was_lost_is_found_by_looking(make: MakeShop) -> None:
    shop = make()
    for key in ("told.csv", "lost.csv"):
        shop.drops.put(key, orders(key[:4]))
    shop.drops.lose()
    assert shop.land_files().verdict == "nothing new"
    shop.drops.put("told.csv", orders("told"))
    shop.land_files()

    run = dropping.rescan(shop.run(), "raw.orders")

    assert run.id in shop.said[-1]
    assert f"1 file of s3://{shop.drops.name}/in told of again" in shop.said[-1]
    assert shop.land_files().rows == Counts(1, 1)
    dropping.rescan(shop.run(), "raw.orders")
    assert "0 files" in shop.said[-1]
    assert [key for key, *_ in landed(shop)] == ["lost.csv", "told.csv"]


def test_looking_for_files_of_a_stream_is_told(make: MakeShop) -> None:
    shop = make()

    with pytest.raises(ContractError) as error:
        dropping.rescan(shop.run(), "raw.tickets")
    assert str(error.value) == (
        "raw.tickets lands a stream, and --scan looks for files; leave it out"
    )


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("raw.|delete", id="between publishing and taking the message out"),
        pytest.param("raw.|publish", marks=pytest.mark.slow, id="before publishing"),
        pytest.param("raw.|write", marks=pytest.mark.slow, id="while it writes"),
    ],
)
def test_a_file_lands_once_though_its_lander_is_killed(make: MakeShop, point: str) -> None:
    shop = make(seconds=2)
    shop.drops.put("one.csv", orders("1", "2"))
    shop.drops.put("bad.csv", b"")
    words = ["--project", str(shop.settings.project), "land", "orders"]
    killed_at(shop, point, *words)
    assert shop.drops.waiting() == 2
    time.sleep(2)

    shop.run_flow()

    assert [(key, sub) for key, sub, _ in landed(shop)] == [("one.csv", 0), ("one.csv", 1)]
    assert shop.cleaned() == [("1", 100), ("2", 100)]
    assert shop.drops.waiting() == 0
    assert {key for key, _ in shop.drops.dead()} == {"bad.csv"}
    assert shop.unproven() == []


def test_two_landers_that_know_of_one_file_land_it_once(make: MakeShop, tmp_path: Path) -> None:
    shop = make(seconds=2)
    shop.drops.put("one.csv", orders("1", "2"))
    words = ["--project", str(shop.settings.project), "land", "orders"]
    (tmp_path / "meeting").mkdir()

    said = two_at_once(shop, "raw.orders", tmp_path / "meeting", words, shop.land_files)

    assert any("another run published first; starting again" in one for one in said)
    assert [(key, sub) for key, sub, _ in landed(shop)] == [("one.csv", 0), ("one.csv", 1)]
    time.sleep(2)
    assert shop.land_files().verdict == "nothing new"
    assert shop.drops.waiting() == 0
