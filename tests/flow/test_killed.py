"""A run that is killed, with Java and its workers: the next one ends as if it had never been."""

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.processes import Dying, dying, points
from tidegate.aws import AwsConfig
from tidegate.lake.ledger import Counts

# Two days, a duplicate, an id that says two things, a row for quarantine.
PAYLOADS = [
    *(payload(id=str(number), actor={"id": number % 7, "login": "ann"}) for number in range(300)),
    payload(id="late", created_at="2014-12-31T10:00:00Z"),
    payload(id="7", actor={"id": 0, "login": "ann"}),
    payload(id="8", type="WatchEvent"),
    b"no JSON",
]
BOOKS = Counts(rows_in=304, published=301, quarantined=2, duplicates=1)


@pytest.fixture(scope="module")
def before(
    make_lake: Callable[[str], LakeOfATest], streams: Callable[..., str], aws: AwsConfig
) -> LakeOfATest:
    """A lake without a table, and the payloads on its stream."""
    lake = make_lake(streams())
    put(aws, lake, PAYLOADS)
    return lake


@pytest.fixture(scope="module")
def landed(before: LakeOfATest) -> LakeOfATest:
    """A lake that has landed the payloads."""
    lake = before.copy()
    lake.land_stream()
    return lake


@pytest.fixture(scope="module")
def cleaned(landed: LakeOfATest) -> LakeOfATest:
    """A lake that has cleaned them, too."""
    lake = landed.copy()
    lake.clean()
    return lake


@pytest.fixture(scope="module")
def never_killed(cleaned: LakeOfATest) -> LakeOfATest:
    """What a run that nobody disturbs makes of the same payloads."""
    lake = cleaned.copy()
    lake.flow()
    return lake


@pytest.fixture(scope="module")
def killed(request: pytest.FixtureRequest) -> Iterator[Dying]:
    """For each point, a lake on which a run of the flow dies there; it is ready up to there."""
    ready = {"raw": "before", "clean": "landed", "quarantine": "landed", "mart": "cleaned"}
    with dying() as lakes:
        for point in points(request):
            lake: LakeOfATest = request.getfixturevalue(ready[point.split(".")[0]])
            lakes.at(point, lake.copy(), "run", "github")
        yield lakes


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("raw.|write", marks=pytest.mark.slow, id="while landing writes"),
        pytest.param(
            "raw.|ledger",
            marks=pytest.mark.slow,
            id="between landing's write and its ledger commit",
        ),
        pytest.param("raw.|publish", marks=pytest.mark.slow, id="before landing publishes"),
        pytest.param("clean.|write", id="while clean writes"),
        pytest.param(
            "clean.|ledger",
            marks=pytest.mark.slow,
            id="between clean's writes and its ledger commit",
        ),
        pytest.param("mart.|write", id="while a mart is written"),
        pytest.param(
            "mart.|ledger",
            marks=pytest.mark.slow,
            id="between a mart's write and its ledger commit",
        ),
    ],
)
def test_after_a_kill_the_next_run_ends_with_the_same_tables(
    killed: Dying, never_killed: LakeOfATest, point: str
) -> None:
    lake = killed.lake(point)

    lake.flow()

    assert lake.contents() == never_killed.contents()
    assert lake.pages()["clean.github_events"] == BOOKS
    assert lake.flow().stages[0].verdict == "nothing new"


@pytest.mark.parametrize("point", ["quarantine.|publish"])
def test_killed_between_two_publishes_quarantine_is_published_by_whoever_comes_next(
    killed: Dying, never_killed: LakeOfATest, point: str
) -> None:
    lake = killed.lake(point)
    assert lake.quarantined() == []
    published = lake.newest("clean.github_events")
    assert published.rows == BOOKS

    lake.flow()

    assert lake.contents() == never_killed.contents()
    assert lake.newest("clean.github_events") == published
