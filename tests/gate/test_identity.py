"""The same event twice, one id with two contents: in a batch, and in a later one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Column
from tidegate.lake.ledger import Counts


@pytest.fixture
def lake(lake: LakeOfATest) -> LakeOfATest:
    """A lake whose clean table has few columns and no rule but those of the payload's own."""
    lake.narrow("event_type", "public")
    return lake


def test_an_event_sent_twice_in_a_batch_counts_once(lake: LakeOfATest) -> None:
    lake.land([payload(id="1"), payload(id="1"), payload(id="2")])

    assert lake.clean().rows == Counts(rows_in=3, published=2, duplicates=1)
    assert lake.rows("clean.github_events", "event_id") == [("1",), ("2",)]


def test_an_event_sent_again_later_counts_once(lake: LakeOfATest) -> None:
    lake.land([payload(id="1")])
    lake.clean()
    lake.land([payload(id="1"), payload(id="2")])

    assert lake.clean().rows == Counts(rows_in=2, published=1, duplicates=1)
    assert lake.rows("clean.github_events", "event_id") == [("1",), ("2",)]


def test_the_order_of_keys_and_the_blanks_between_them_make_no_other_event(
    lake: LakeOfATest,
) -> None:
    told = payload(id="1")
    lake.land([told, told.replace(b'": ', b'":'), payload(id="1", weather="fine")])

    assert lake.clean().rows == Counts(rows_in=3, published=1, duplicates=2)


def test_of_an_id_with_two_contents_the_first_stays_and_the_other_is_refused(
    lake: LakeOfATest,
) -> None:
    first, second = payload(id="1"), payload(id="1", public=False)
    lake.land([first, second, second])

    assert lake.clean().rows == Counts(rows_in=3, published=1, quarantined=2)
    assert lake.rows("clean.github_events", "event_id", "public") == [("1", True)]
    assert lake.quarantined() == [(second, ["conflicting_id"])] * 2


def test_an_id_that_says_something_else_in_a_later_batch_is_refused(lake: LakeOfATest) -> None:
    lake.land([payload(id="1")])
    lake.clean()
    second = payload(id="1", type="WatchEvent")
    lake.land([second])

    assert lake.clean().rows == Counts(rows_in=1, quarantined=1)
    assert lake.rows("clean.github_events", "event_type") == [("PushEvent",)]
    assert lake.quarantined() == [(second, ["conflicting_id"])]


def test_an_id_on_another_day_is_another_event(lake: LakeOfATest) -> None:
    lake.land([payload(id="1"), payload(id="1", created_at="2014-12-31T23:59:59Z")])

    assert lake.clean().rows == Counts(rows_in=2, published=2)


def test_a_refused_event_does_not_take_the_place_of_a_valid_one(lake: LakeOfATest) -> None:
    broken = payload(id="1", public="yes")
    lake.land([broken, payload(id="1")])

    assert lake.clean().rows == Counts(rows_in=2, published=1, quarantined=1)


def with_column(lake: LakeOfATest, column: Column) -> None:
    """Give the clean table one more column."""
    contract = lake.contracts["clean.github_events"]
    lake.change(replace(contract, columns=(*contract.columns, column)))


def test_lists_that_differ_in_a_null_or_in_where_they_end_say_something_else(
    lake: LakeOfATest,
) -> None:
    with_column(lake, Column("tags", "array<string>", json_paths=(("tags",),)))
    said = [["a", None], ["a"], ["a", "a"], ["a"]]
    lake.land([payload(id="1", tags=tags) for tags in said])

    assert lake.clean().rows == Counts(rows_in=4, published=1, quarantined=3)


def test_what_is_computed_of_the_arrival_makes_no_other_event(lake: LakeOfATest) -> None:
    with_column(lake, Column("arrived_on", "date", transform="CAST(Arrived_At AS DATE)"))
    contract = lake.contracts["clean.github_events"]
    arrived = Column("arrived_at", "timestamp", raw_column="arrived_at")
    lake.change(replace(contract, columns=(*contract.columns, arrived)))
    for day in (1, 2):
        lake.land([payload(id="1")], arrived=datetime(2015, 1, day, 12, tzinfo=UTC))
        lake.report = lake.clean()

    assert lake.report.rows == Counts(rows_in=1, duplicates=1)
