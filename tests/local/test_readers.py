"""Readers ask on and on while hours are published, blocked, compacted, rebuilt and expired."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jobs.daily_activity import daily_activity
from tests.lake_of_a_test import LakeOfATest, payload
from tests.local_endpoint import CATALOG
from tidegate import local, serve
from tidegate.aws import Endpoint, aws_config
from tidegate.flow import Flow, clean
from tidegate.flow.decide import accept
from tidegate.flow.rebuilding import Ask, rebuild
from tidegate.lake import catalog
from tidegate.settings import load_settings

CLEAN, MART = "clean.github_events", "mart.daily_activity"
# Each answer of theirs is one state of its table; a torn one has numbers that don't go together.
OF = {
    CLEAN: "COUNT(*) AS rows_of_it, COUNT(DISTINCT event_id) AS events, SUM(number) AS numbers",
    MART: "COUNT(*) AS rows_of_it, SUM(events) AS events, SUM(people) AS people",
}
TWICE = "SELECT one.n, other.n AS m FROM ({0}) AS one CROSS JOIN ({0}) AS other"
GRACE = 5  # seconds that expired files are kept for those who read them

Answer = tuple[int, ...]


def questions(prefix: str) -> dict[str, str]:
    """What is asked, by its name."""
    count = f"SELECT COUNT(*) AS n FROM {prefix}{CLEAN}"
    events = f"SELECT SUM(events) AS m FROM {prefix}{MART}"
    return {
        **{name: f"SELECT {said} FROM {prefix}{name}" for name, said in OF.items()},
        "itself": TWICE.format(count),
        "two tables": f"SELECT n, m FROM ({count}) AS one CROSS JOIN ({events}) AS other",
    }


@dataclass
class Readers:
    """Who asks, and what was answered.

    Attributes:
        ways: how a statement is asked, by the reader's name.
        answers: each answer to each question, with how often it was given.
        errors: what failed instead.
        pause: seconds between two questions of a reader, which are the writer's.
    """

    ways: dict[str, Callable[[str], Answer]]
    questions: dict[str, str]
    answers: dict[str, Counter[Answer]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    by_way: Counter[str] = field(default_factory=Counter)
    pause: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def asked(self) -> int:
        return self.by_way.total()

    def _ask_on(self, way: str) -> None:
        for name in itertools.cycle(self.questions):
            if self._stopped.wait(self.pause):
                return
            try:
                found = self.ways[way](self.questions[name])
            except Exception as error:
                self.errors.append(f"{way}, {name}: {type(error).__name__}: {error}")
                return
            self.answers[name][found] += 1
            self.by_way[way] += 1

    @contextmanager
    def asking(self) -> Iterator[None]:
        """All ask, a thread each, while what is in the block happens."""
        self.answers = {name: Counter() for name in self.questions}
        threads = [threading.Thread(target=self._ask_on, args=[way]) for way in self.ways]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()


@dataclass
class Writer:
    """Changes a lake in every way, and notes each state it has published."""

    lake: LakeOfATest
    states: dict[str, dict[int, Answer]] = field(default_factory=lambda: {CLEAN: {}, MART: {}})
    blocks: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def hour(self, day: str = "2015-01-01") -> None:
        self.lake.land(self._pushes(10 + next(self._ids) % 7, day))
        assert self.lake.clean().verdict in ("pass", "warn")
        self.lake.derive(daily_activity)
        self.note()

    def block(self) -> None:
        """An hour that is held back, looked at, and published all the same."""
        before = self.lake.newest(CLEAN).number
        self.lake.land(self._pushes(40, "2015-01-01", {"size": 1, "distinct_size": 2}))
        report = self.lake.clean()
        assert report.verdict == "block"
        assert self.lake.newest(CLEAN).number == before
        assert self.lake.derive(daily_activity).verdict == "nothing new"
        self.note()
        ((_, entry),) = self.lake.run().table(CLEAN).history().unpublished()
        accept(self.lake.run(), entry.run, "ann", "they are right")
        self.lake.derive(daily_activity)
        self.blocks += 1
        self.note()

    def compact(self) -> None:
        for name in OF:
            self._call(name, "rewrite_data_files", "options => map('rewrite-all', 'true')")
        self.note()

    def rebuild(self) -> None:
        flow = Flow("github", [clean(CLEAN), daily_activity])
        done = rebuild(self.lake.run(), flow, daily_activity, Ask(every=True, slice_days=1))
        assert not done.failed
        self.note()

    def expire(self) -> None:
        until = time.strftime("%F %T", time.gmtime(time.time() - GRACE))
        for name in OF:
            self._call(name, "expire_snapshots", f"older_than => TIMESTAMP '{until}'")

    def note(self) -> None:
        """Keep what each snapshot says that readers of a table have seen since the last note."""
        for name, said in OF.items():
            log = catalog.metadata(self.lake.settings, name)["snapshot-log"]
            for snapshot in {one["snapshot-id"] for one in log} - {*self.states[name]}:
                full = f"lake.{self.lake.settings.database_prefix}{name}"
                text = f"SELECT {said} FROM {full} VERSION AS OF {snapshot}"
                (row,) = self.lake.spark.sql(text).collect()
                self.states[name][snapshot] = tuple(row)

    def _pushes(self, count: int, day: str, sizes: dict[str, int] | None = None) -> list[bytes]:
        made = [(next(self._ids), place) for place in range(count)]
        return [
            payload(
                id=str(number),
                created_at=f"{day}T10:00:00Z",
                payload={**(sizes or {"size": 2, "distinct_size": 1}), "number": number},
                actor={"id": place, "login": f"actor {place}"},
            )
            for number, place in made
        ]

    def _call(self, name: str, procedure: str, arguments: str) -> None:
        full = f"{self.lake.settings.database_prefix}{name}"
        self.lake.spark.sql(f"CALL lake.system.{procedure}(table => '{full}', {arguments})")


@pytest.fixture
def address(lake: LakeOfATest, endpoint: Endpoint, tmp_path: Path) -> Iterator[str]:
    """An endpoint that reads the lake: the suite's own where it holds it, else one of its own."""
    if CATALOG == "glue":
        yield endpoint.address
        return
    (tmp_path / "contracts").mkdir()
    of_lake = {"warehouse": lake.settings.lake, "database_prefix": lake.settings.database_prefix}
    settings = load_settings(tmp_path, endpoint="local", **of_lake)
    yield local.start(settings).address
    local.stop(settings)


@pytest.fixture
def readers(lake: LakeOfATest, address: str) -> Readers:
    """Athena by boto3, Redshift by its Data API, and DuckDB in this process, twice."""
    settings = load_settings(lake.settings.project, endpoint=address)
    athena, redshift = (aws_config(settings).client(one) for one in ("athena", "redshift-data"))
    prefix = lake.settings.database_prefix if CATALOG == "glue" else ""

    def by_athena(text: str) -> Answer:
        started = athena.start_query_execution(QueryString=text)["QueryExecutionId"]
        while True:
            told = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
            if told["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.01)
        assert told["State"] == "SUCCEEDED", told
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        return tuple(int(cell["VarCharValue"]) for cell in rows[1]["Data"])

    def by_redshift(text: str) -> Answer:
        started = redshift.execute_statement(Sql=text, Database="dev", WorkgroupName="any")["Id"]
        while True:
            told = redshift.describe_statement(Id=started)
            if told["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                break
            time.sleep(0.01)
        assert told["Status"] == "FINISHED", json.dumps(told.get("Error"))
        (row,) = redshift.get_statement_result(Id=started)["Records"]
        return tuple(int(next(iter(cell.values()))) for cell in row)

    def here(text: str) -> Answer:
        (row,) = serve.sql(lake.settings, text.replace(f" {prefix}", " ") if prefix else text).rows
        return tuple(map(int, row))

    ways = {"athena": by_athena, "redshift": by_redshift, "here": here}
    return Readers(ways, questions(prefix))


@pytest.mark.parametrize(
    ("queries", "pause"),
    [(100, 0.3), pytest.param(1000, 0.0, marks=pytest.mark.slow)],
    ids=["100", "1000"],
)
def test_every_answer_is_one_of_the_published_states(
    lake: LakeOfATest, readers: Readers, queries: int, pause: float
) -> None:
    readers.pause = pause
    writer = Writer(lake)
    writer.hour()
    changes = [writer.hour, writer.block, lambda: writer.hour("2014-12-31"), writer.compact]
    changes += [writer.rebuild, writer.hour, writer.expire]

    with readers.asking():
        while readers.asked < queries or not writer.blocks:
            for change in changes:
                change()
                if readers.errors:
                    break
    writer.note()

    assert readers.errors == []
    published = {name: {*states.values()} for name, states in writer.states.items()}
    for name in OF:
        assert {*readers.answers[name]} <= published[name]
        assert len(readers.answers[name]) > 1
    assert all(one == other for one, other in readers.answers["itself"])
    # Two tables of one statement: each as published, at one moment of the catalog.
    seen = readers.answers["two tables"]
    assert {clean_rows for clean_rows, _ in seen} <= {state[0] for state in published[CLEAN]}
    assert {events for _, events in seen} <= {state[1] for state in published[MART]}
    if CATALOG == "sqlite":
        assert all(events <= clean_rows for clean_rows, events in seen)
    told = ", ".join(f"{count} {way}" for way, count in readers.by_way.items())
    states = {name: len(found) for name, found in writer.states.items()}
    print(f"\n{readers.asked} queries ({told}) over {states} states, {writer.blocks} blocks")
