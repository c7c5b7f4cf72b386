"""A real PostgreSQL, a database of it for each test, and a lake whose mart has figures."""

import atexit
import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pytest

from tests.engines.rows import rows
from tests.local.test_load import Mart
from tests.serve.conftest import PROJECT, make_tables, open_for_writing, schema
from tidegate.figures.database import connect
from tidegate.figures.embedded import embedded_address
from tidegate.figures.load import load
from tidegate.figures.marked import marts
from tidegate.generate.storefront import generate
from tidegate.lake.ledger import KEY, TAG, Entry
from tidegate.settings import Settings, load_settings

QUESTION = """\
-- Which repositories gained the most stars on a day?
-- figures
-- :day date = 2015-01-02
-- :top integer = 20
SELECT
    repository,
    stars,
    share
FROM mart.stars
WHERE event_date = :day
ORDER BY stars DESC, repository ASC
LIMIT :top
"""
FIRST = [("2015-01-01", "ann/sea", 1), ("2015-01-02", "bob/tide", 7), ("2015-01-02", "it's", 2)]

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Settings:
    """A PostgreSQL that runs until the tests end."""
    # Not among pytest's own, which another pytest shuts to the user that PostgreSQL runs as.
    project = Path(mkdtemp(prefix="tidegate-figures-"))
    atexit.register(shutil.rmtree, project, ignore_errors=True)  # once PostgreSQL has ended
    (project / "contracts").mkdir()
    settings = load_settings(project)
    made = connect(settings)
    made.run("ALTER SYSTEM SET fsync = off")
    made.run("SELECT pg_reload_conf()")
    return settings


@pytest.fixture
def database(server: Settings) -> Iterator[str]:
    """The address of a new database."""
    with new_database(server) as address:
        yield address


@contextmanager
def new_database(server: Settings) -> Iterator[str]:
    name = f"figures_{next(_numbers)}"
    address = embedded_address(server)
    assert address.socket
    with closing(connect(server)) as connection:
        connection.run(f"CREATE DATABASE {name}")
    yield f"postgresql://{address.user}@/{name}?host={Path(address.socket).parent}"
    with closing(connect(server)) as connection:  # one that had waited is closed by now
        connection.run(f"DROP DATABASE {name} WITH (FORCE)")


class Figured(Mart):
    """mart.stars, of which a question is answered over HTTP."""

    def __init__(self, project: Path, database: str) -> None:
        super().__init__(project)
        self.settings = load_settings(project, endpoint="local", figures_database=database)
        for language in ("athena", "redshift"):
            (project / "sql" / language).mkdir(parents=True)
            self.save("stars_of_a_day", QUESTION, language)

    def save(self, name: str, text: str, language: str = "redshift") -> None:
        (self.project / "sql" / language / f"{name}.sql").write_text(text)

    def save_slow(self, steps: int) -> None:
        """A question named ``slow``, whose rows cost so many steps of PostgreSQL's first."""
        text = "-- Slow?\n-- figures\n{}SELECT stars FROM mart.stars"
        counting = (
            "WITH RECURSIVE steps (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM steps"
            f" WHERE step < {steps})\n"
        )
        self.save("slow", text.format(""), "athena")
        self.save("slow", f"{text.format(counting)} WHERE (SELECT COUNT(*) FROM steps) > 0")

    def load(self) -> list[str]:
        return [str(one) for one in load(self.settings)]

    def held(self) -> list[tuple[str, str, int]]:
        """The rows in PostgreSQL."""
        rows = self.run("SELECT event_date, repository, stars FROM mart.stars ORDER BY 1, 2")
        return [(str(day), *rest) for day, *rest in rows]

    def run(self, sql: str, **values: Any) -> list[list[Any]]:
        connection = connect(self.settings)
        try:
            return connection.run(sql, **values)
        finally:
            connection.close()


@pytest.fixture
def mart(tmp_path: Path, database: str) -> Figured:
    """A lake whose mart has two days, and an empty database."""
    made = Figured(tmp_path, database)
    made.publish(["2015-01-01", "2015-01-02"], *FIRST)
    return made


@pytest.fixture(scope="session")
def shop(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The project's marts, in a lake and loaded: a shop's, with its truth, and GitHub's by hand."""
    made, folder = tmp_path_factory.mktemp("shop") / "made", tmp_path_factory.mktemp("lake")
    generate(made, start=dt.date(2026, 3, 2), days=21, visitors=60, seed=1)
    said, catalog = rows(PROJECT, made), open_for_writing(folder)
    make_tables(catalog, {})
    for contract in marts(PROJECT):
        columns = schema({one.stored: one.type for one in contract.kept})
        table = catalog.load_table(contract.table)
        page = Entry(run="r", number=1, started="").text()
        frame = pa.Table.from_pylist(said[contract.table], schema=columns)
        table.append(frame, snapshot_properties={KEY: page})
        head = table.current_snapshot()
        assert head
        table.manage_snapshots().create_tag(head.snapshot_id, TAG).commit()
    with new_database(server) as address:
        settings = load_settings(PROJECT, warehouse=str(folder), figures_database=address)
        assert all(": loaded " in str(one) for one in load(settings))
        yield settings
