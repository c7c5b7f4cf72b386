"""Which days an increment computes anew: enough of them, and in parts as well as at once."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.flow import whole_days, whole_weeks
from tidegate.flow.increment import Dated

pytestmark = pytest.mark.quick

DAYS = st.sets(st.dates(date(2024, 12, 20), date(2025, 1, 20)), max_size=8)
AROUND = st.integers(0, 3)
INCREMENTS = st.one_of(
    st.builds(lambda before, after: whole_days("day", before=before, after=after), AROUND, AROUND),
    st.just(whole_weeks("day", writes="week")),
)


@settings(max_examples=100, deadline=None)
@given(INCREMENTS, DAYS)
def test_each_day_that_depends_on_a_changed_one_is_computed_anew(
    increment: Dated, changed: set[date]
) -> None:
    touched = increment.touched(changed)

    near = {day + timedelta(step) for day in changed for step in range(-10, 11)}
    for target in increment.touched(near) | near:
        depends = increment.read({target}) & changed
        assert not depends or target in touched or not increment.touched({target}) & {target}


@settings(max_examples=100, deadline=None)
@given(INCREMENTS, DAYS)
def test_what_is_computed_anew_is_given_all_it_depends_on(
    increment: Dated, changed: set[date]
) -> None:
    read = increment.read(increment.touched(changed))

    assert changed <= read


@settings(max_examples=100, deadline=None)
@given(INCREMENTS, st.lists(DAYS, max_size=5))
def test_days_that_change_in_parts_touch_what_they_touch_at_once(
    increment: Dated, parts: list[set[date]]
) -> None:
    at_once = increment.touched(set[date]().union(*parts))

    assert set[date]().union(*map(increment.touched, parts)) == at_once


def test_a_week_is_that_of_its_monday_across_the_turn_of_the_year() -> None:
    weeks = whole_weeks("day", writes="week")

    assert weeks.touched({date(2025, 1, 1), date(2024, 12, 31)}) == {date(2024, 12, 30)}
    assert max(weeks.read({date(2024, 12, 30)})) == date(2025, 1, 5)


def test_a_week_that_was_made_anew_leaves_no_day_of_it_stale() -> None:
    weeks = whole_weeks("event_date", writes="week")

    assert weeks.covers({date(2014, 12, 29)}) >= {date(2014, 12, 29), date(2015, 1, 4)}
    assert whole_days("event_date", before=1).covers({date(2015, 1, 1)}) == {date(2015, 1, 1)}
