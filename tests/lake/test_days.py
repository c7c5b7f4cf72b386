"""Days as stretches and in slices."""

from datetime import date

import pytest

from tidegate.lake.days import days_of, slices, stretches

pytestmark = pytest.mark.quick


def test_unbroken_days_are_one_stretch() -> None:
    days = {date(2015, 1, day) for day in (1, 2, 4)}

    assert stretches(days) == (("2015-01-01", "2015-01-02"), ("2015-01-04", "2015-01-04"))
    assert days_of(stretches(days)) == days


def test_slices_span_no_more_days_than_asked_and_skip_what_is_not_there() -> None:
    days = {date(2015, 1, day) for day in (1, 2, 3, 9, 10, 30)}

    parts = [sorted(day.day for day in part) for part in slices(days, 3)]

    assert parts == [[1, 2, 3], [9, 10], [30]]
