"""A reader asks while a day is blocked, mended, run again: before or after, never between."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from jobs.daily_activity import daily_activity
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate import serve

DAYS = {"first_day": "2015-01-01", "last_day": "2015-01-01"}
QUESTIONS = ("busiest_hours", "daily_activity_by_type")  # of the clean table, of a mart


@dataclass
class Reader:
    """What was answered, question by question: each answer once, until another came."""

    lake: LakeOfATest
    asked: int = 0
    answers: dict[str, list[Any]] = field(default_factory=lambda: {one: [] for one in QUESTIONS})
    errors: list[Exception] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        for question in QUESTIONS:
            rows = serve.ask(self.lake.settings, question, DAYS).rows
            if self.answers[question][-1:] != [rows]:
                self.answers[question].append(rows)
        self.asked += 1

    def ask_on(self) -> None:
        while not self.stopped.is_set():
            try:
                self.ask()
            except Exception as error:
                self.errors.append(error)
                return


@contextmanager
def reading(lake: LakeOfATest) -> Iterator[Reader]:
    """A reader that asks in a thread of its own, from before the first line to after the last."""
    reader = Reader(lake)
    reader.ask()
    thread = threading.Thread(target=reader.ask_on)
    thread.start()
    try:
        yield reader
    finally:
        reader.stopped.set()
        thread.join()
    assert reader.errors == []
    reader.ask()


@pytest.mark.slow
def test_a_reader_is_answered_from_before_a_blocked_day_or_from_after_it_and_never_between(
    lake: LakeOfATest,
) -> None:
    lake.land([payload(id="1"), payload(id="2", type="WatchEvent")])
    lake.clean()
    lake.derive(daily_activity)
    mixed_up = [payload(id=f"{n}", payload={"size": 1, "distinct_size": 2}) for n in range(3, 40)]
    stars = [payload(id=f"star {n}", type="WatchEvent") for n in range(10)]

    with reading(lake) as reader:
        lake.land([*mixed_up, *stars])
        assert lake.clean().verdict == "block"
        assert lake.derive(daily_activity).verdict == "nothing new"
        reader_at_the_block = {name: list(seen) for name, seen in reader.answers.items()}

        lake.mend("distinct_size_within_size")
        assert lake.clean().verdict == "pass"
        assert lake.derive(daily_activity).rows.published == 2

    hours_before, hours_after = [(10, 2, 1, 1)], [(10, 49, 38, 1)]
    by_kind = {
        name: [(row[1], row[2]) for row in rows]
        for name, rows in zip(("before", "after"), reader.answers[QUESTIONS[1]], strict=True)
    }
    assert reader.answers[QUESTIONS[0]] == [hours_before, hours_after]
    assert by_kind == {
        "before": [("PushEvent", 1), ("WatchEvent", 1)],
        "after": [("PushEvent", 38), ("WatchEvent", 11)],
    }
    assert {name: len(seen) for name, seen in reader_at_the_block.items()} == dict.fromkeys(
        QUESTIONS, 1
    )
    assert reader.asked > 10
