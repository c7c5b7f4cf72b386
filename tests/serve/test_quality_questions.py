"""The saved questions about verdicts, and the reading of them that Data Docs are built from."""

import datetime as dt
from pathlib import Path

import pytest

from tests.serve.conftest import open_for_writing
from tests.serve.test_github_questions import make_lake
from tests.verdicts import verdict
from tidegate.errors import LakeError
from tidegate.serve import ask, kept_verdicts
from tidegate.settings import Settings, load_settings

pytestmark = pytest.mark.quick

CLEAN, MART = "clean.github_events", "mart.daily_activity"


def at(day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(2015, 1, day, hour, tzinfo=dt.UTC)


def holding(day: int, hour: int = 0, **changes: object) -> dict[str, object]:
    return verdict(day, hour, **{"holds": True, "rows_broken": 0, "found": "0 rows, 0 %"} | changes)


FEW = {"table_name": MART, "rule": "few", "severity": "warn", "rows_judged": None}
FEW |= {"rows_broken": None, "share_broken": None, "result": None}

ROWS = [
    verdict(1, rows_judged=100, rows_broken=50),
    holding(2, rows_judged=100),
    verdict(3, rows_judged=200, rows_broken=10),
    verdict(3, 12, rows_judged=200, rows_broken=30, commit_number=4, verdict="block"),
    verdict(3, 12, rows_judged=100, rows_broken=5, commit_number=5, found="5 rows, 5 %"),
    verdict(3, 12, commit_number=5, rule="gone", severity="warn", holds=True),
    verdict(1, **FEW, found="found 2"),
    holding(3, **FEW, found="found 9"),
    # A rule that its contract has no more is not broken now, however it ended.
    verdict(1, **FEW | {"rule": "dropped"}),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_lake(tmp_path_factory.mktemp("quality"), {"quality.verdicts": ROWS})


def test_rules_broken_most(lake: Settings) -> None:
    assert ask(lake, "rules_broken_most", {"since": "2015-01-02"}).rows == [
        (CLEAN, "small", "refuse", 3, 75.0, at(3), at(3, 12), 45, 7.5)
    ]
    assert [row[:4] for row in ask(lake, "rules_broken_most", {}).rows] == [
        (CLEAN, "small", "refuse", 4),
        (MART, "dropped", "warn", 1),
        (MART, "few", "warn", 1),
    ]


def test_rules_broken_now(lake: Settings) -> None:
    assert ask(lake, "rules_broken_now", {}).rows == [
        (CLEAN, "small", "refuse", at(3), "20150103T000000-1f3c", 3, "5 rows, 5 %")
    ]
    assert ask(lake, "rules_broken_now", {"table_like": "mart.%"}).rows == []


def test_refused_share_by_day(lake: Settings) -> None:
    assert ask(lake, "refused_share_by_day", {}).rows == [
        (at(1).date(), CLEAN, "small", 50, 100, 50.0),
        (at(3).date(), CLEAN, "small", 15, 300, 5.0),
    ]


def test_verdicts_are_read_newest_first_those_of_the_last_days_and_of_one_run(
    lake: Settings,
) -> None:
    def read(**asked: object) -> list[tuple[object, ...]]:
        rows = kept_verdicts(lake, now=at(4), **asked)
        return [(row["judged_at"], row["table_name"], row["rule"]) for row in rows]

    last_day = [
        *[(at(3, 12), CLEAN, "gone"), (at(3, 12), CLEAN, "small"), (at(3, 12), CLEAN, "small")],
        *[(at(3), CLEAN, "small"), (at(3), MART, "few")],
    ]
    assert read(days=1) == last_day
    assert read(days=1, run="20150102T000000-1f3c") == [*last_day, (at(2), CLEAN, "small")]


def test_a_lake_without_verdicts_says_what_to_do(tmp_path: Path) -> None:
    open_for_writing(tmp_path)

    with pytest.raises(LakeError, match="no verdict was kept yet; the next tidegate run keeps its"):
        kept_verdicts(load_settings(Path(__file__).parents[2], warehouse=str(tmp_path)), 30)
