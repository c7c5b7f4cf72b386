"""The ledger's page: what fits in it, and what a table's history tells from it."""

from datetime import date, timedelta

import pytest

from tidegate.lake.days import days_of, stretches
from tidegate.lake.history import History
from tidegate.lake.ledger import KEY, LIMIT, Counts, Decision, Entry, Failure, Partner

pytestmark = pytest.mark.quick

NEW_YEAR = date(2015, 1, 1)


def every_other_day(count: int) -> set[date]:
    return {NEW_YEAR + timedelta(days=2 * step) for step in range(count)}


def history(*entries: Entry) -> History:
    """A table's metadata with these entries published one after the other."""
    snapshots = [
        {"snapshot-id": place, "parent-snapshot-id": place - 1, "summary": {KEY: entry.text()}}
        for place, entry in enumerate(entries, start=1)
    ]
    newest = {"snapshot-id": len(entries), "type": "tag"}
    return History({"snapshots": snapshots, "refs": {"ledger": newest}})


def page(number: int, *days: date) -> Entry:
    return Entry(run="r", number=number, started="", days=stretches(set(days)))


def test_a_page_is_read_as_it_was_written() -> None:
    entry = Entry(
        run="20150101T000000-1f3c",
        number=7,
        started="2015-01-01T00:00:00+00:00",
        reads={"raw.github": 3},
        rows=Counts(5, 1, 2, 2),
        totals=Counts(50, 40, 2, 8),
        days=(("2015-01-01", "2015-01-03"),),
        verdict="warn",
        failures=(Failure("rule", "warn", 3),),
        partner=Partner("quarantine.x", "run-1", 1, 2, 3),
        decision=Decision("accepted", "r", "ann", "it is so"),
        refused={"2015-01-01": (2, 5)},
    )

    assert Entry.read(entry.text()) == entry


def test_a_page_about_any_number_of_days_and_rules_fits_in_4_kilobytes() -> None:
    days = every_other_day(2_000)
    failures = tuple(Failure(f"a_rule_with_a_long_name_{place}", "warn", 1) for place in range(500))
    text = Entry("r", 1, "", days=stretches(days), failures=failures).text()

    kept = Entry.read(text)

    assert len(text.encode()) <= LIMIT
    assert days <= days_of(kept.days)
    assert sum(failure.rows for failure in kept.failures) == 500


def test_the_days_since_a_commit_are_those_of_all_later_ones() -> None:
    told = history(page(1, NEW_YEAR), page(2, date(2015, 1, 5)), page(3, date(2015, 1, 9)))

    assert told.days_since(1) == {date(2015, 1, 5), date(2015, 1, 9)}
    assert told.days_since(3) == set()


def test_where_a_later_commit_is_no_longer_kept_nobody_can_tell_the_days() -> None:
    told = history(page(3, NEW_YEAR), page(4, NEW_YEAR))

    assert told.days_since(2) == {NEW_YEAR}
    assert told.days_since(1) is None


def test_rows_in_that_are_in_no_other_figure_are_unaccounted() -> None:
    assert Counts(10, 7, 2, 1).unaccounted == 0
    assert Counts(10, 7, 2, 0).unaccounted == 1


def test_of_the_refusals_of_the_past_the_oldest_give_way_to_the_rest_of_the_page() -> None:
    past = {f"{NEW_YEAR + timedelta(days=step)}": (10**9, 10**10) for step in range(29)}
    entry = Entry(
        run="20150101T000000-1f3c",
        number=10**6,
        started="2015-01-01T00:00:00.000000+00:00",
        days=stretches(every_other_day(1000)),
        failures=tuple(
            Failure(f"a_rule_with_a_long_name_{n}", "block", 10**9, 99, "2015-01-01T00:00Z")
            for n in range(50)
        ),
        partner=Partner("quarantine.storefront_events", "run-20150101T000000-1f3c", 1, 2, 3),
        decision=Decision("accepted", "r", "ann", "for a good reason " * 40),
        refused=past,
    )

    kept = Entry.read(entry.text()).refused

    assert len(entry.text().encode()) <= LIMIT
    assert kept == dict(list(past.items())[-len(kept) :])
    assert 7 < len(kept) < 29


def test_a_failure_written_before_it_said_how_long_it_lasts_can_be_read() -> None:
    text = Entry(run="r", number=1, started="", failures=(Failure("few", "warn", 3),)).text()
    early = text.replace('["few","warn",3,1,""]', '{"rule":"few","severity":"warn","rows":3}')

    assert early != text
    assert Entry.read(early) == Entry.read(text)


def test_a_page_that_was_written_before_refusals_were_kept_can_be_read() -> None:
    text = Entry(run="r", number=1, started="").text().replace(',"refused":{}', "")

    assert "refused" not in text
    assert Entry.read(text).refused == {}


def test_of_a_table_that_was_made_anew_nobody_can_tell_what_is_new() -> None:
    anew = history(page(1, NEW_YEAR), page(2, NEW_YEAR))

    assert anew.days_since(2) == set()
    assert anew.days_since(57) is None
