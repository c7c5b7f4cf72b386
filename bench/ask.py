"""What a question costs before it reads a row, over a short and a long history.

``make bench-ask``. A table of 1, 10 and 100 days, five data files a day, a commit a day; each
round asks for one day and for all of them. Seconds are of the processor, all threads together,
the least of the rounds: what else runs on the machine counts in seconds of a clock.
"""

import argparse
import datetime as dt
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.transforms import IdentityTransform
from rich.console import Console
from rich.table import Table as RichTable

from tests.serve.conftest import open_for_writing, schema
from tidegate.serve import sql
from tidegate.settings import Settings, load_settings

HISTORIES = (1, 10, 100)
FILES = 5
ROWS = 200
FIRST = dt.date(2026, 1, 1)
COLUMNS = {"event_date": "date", "repository": "string", "stars": "long"}
ARROW = pa.schema([("event_date", pa.date32()), ("repository", pa.string()), ("stars", pa.int64())])
QUESTIONS = {
    "one day": f"SELECT SUM(stars) FROM mart.stars WHERE event_date = DATE '{FIRST}'",
    "all days": "SELECT SUM(stars) FROM mart.stars",
}


def lake(folder: Path, days: int) -> Settings:
    """A lake whose table has so many days."""
    (folder / "contracts").mkdir(parents=True)
    catalog = open_for_writing(folder / ".tidegate" / "lake")
    catalog.create_namespace("mart")
    table = catalog.create_table("mart.stars", schema(COLUMNS))
    with table.update_spec() as spec:
        spec.add_field("event_date", IdentityTransform(), "event_date")
    data = Path(table.location().removeprefix("file://")) / "data"
    data.mkdir(parents=True)
    for number in range(days):
        day = FIRST + dt.timedelta(number)
        rows = [[day] * ROWS, [f"r{n}" for n in range(ROWS)], list(range(ROWS))]
        files = [str(data / f"{day}-{one}.parquet") for one in range(FILES)]
        for file in files:
            pq.write_table(pa.table(rows, schema=ARROW), file)
        table.add_files(files)
    return load_settings(folder)


def seconds(settings: Settings, text: str, rounds: int) -> float:
    """The least processor seconds that a question takes."""
    found = []
    for _ in range(rounds + 1):
        started = time.process_time()
        sql(settings, text)
        found.append(time.process_time() - started)
    return min(found[1:])  # the first opens DuckDB


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    table = RichTable("days", "data files", *QUESTIONS)
    with tempfile.TemporaryDirectory() as folder:
        for days in HISTORIES:
            settings = lake(Path(folder) / str(days), days)
            took = [f"{seconds(settings, text, rounds):.3f}" for text in QUESTIONS.values()]
            table.add_row(str(days), str(days * FILES), *took)
    Console().print(table)


if __name__ == "__main__":
    main()
