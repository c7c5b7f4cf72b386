"""Personal data: raw and quarantine hold what came; no other file, page, message or log does."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr
from pyiceberg.avro.file import AvroFile
from pyiceberg.io.pyarrow import PyArrowFileIO

from tests.conftest import put
from tests.flow.test_alerts import queue
from tests.visits import ADDRESS, AGENT, EMAIL, TABLE, Visits, visit
from tidegate.aws import AwsConfig
from tidegate.errors import LakeError, SettingsError
from tidegate.lake.ledger import Counts
from tidegate.lake.session import spark_log
from tidegate.logs import keep_log, log

# Iceberg cuts the bounds of a column at 16 characters, so the beginnings are looked for.
TRACES = [EMAIL[:10], ADDRESS, AGENT[:8]]
CAST = "CAST(substring_index(email, '@', 1) AS INT)"


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[None]:
    """The engine's log in the project's state folder, as a command keeps it."""
    before = list(log.handlers)
    yield
    for handler in [one for one in log.handlers if one not in before]:
        log.removeHandler(handler)
        handler.close()


def hashed(visits: Visits, text: str) -> str:
    key = bytes.fromhex((visits.settings.state / "personal.key").read_text())
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_personal_columns_are_hashed_truncated_or_dropped_once_their_rules_are_judged(
    visits: Visits, aws: AwsConfig
) -> None:
    plain, nameless = visit("3", email="no-at"), visit("4", ip="her house")
    put(aws, visits, [visit("1"), visit("2", ip="2001:DB8:7:8::1"), plain, nameless])
    put(aws, visits, [visit("5", agent="x" * 41), visit("6", email=None, ip=None, agent=None)])

    report = visits.run_flow().stages[1]

    assert report.rows == Counts(rows_in=6, published=3, quarantined=3)
    assert visits.rows(TABLE, "visit", "email", "address", "mail_host") == [
        ("1", hashed(visits, EMAIL), "203.0.113.0", "example.org"),
        ("2", hashed(visits, EMAIL), "2001:db8:7::", "example.org"),
        ("6", None, None, None),
    ]
    assert "agent" not in visits.table(TABLE).columns
    assert visits.rows("quarantine.visits", "reasons") == [
        (["address_not_an_address"],),
        (["agent_not_long"],),
        (["email_has_an_at"],),
    ]
    assert [one.told for one in report.broken if one.rule.id == "someone_else_wrote"] == [
        "2 rows, 100 %"
    ]


def test_records_say_the_same_where_what_is_written_of_them_is_the_same(
    visits: Visits, aws: AwsConfig
) -> None:
    again = [visit("1", ip="203.0.113.78"), visit("1", agent="another"), visit("1")]
    put(aws, visits, [visit("1"), *again[:1], visit("1", email="ann@example.org")])
    first = visits.run_flow().stages[1]
    put(aws, visits, [*again, visit("1", email="ann@example.org"), visit("1", ip="203.0.114.1")])

    second = visits.run_flow().stages[1]

    assert first.rows == Counts(rows_in=3, published=1, quarantined=1, duplicates=1)
    assert second.rows == Counts(rows_in=5, quarantined=2, duplicates=3)


def test_a_replay_writes_what_a_run_would_have(visits: Visits, aws: AwsConfig) -> None:
    put(aws, visits, [visit("1"), visit("2", email="no-at"), visit("2", email="no-at")])
    visits.run_flow()
    visits.change_contract('{regex: "@"}', '{regex: "."}')

    report = visits.replay_visits()

    assert report.stage.rows == Counts(published=1, quarantined=-2, duplicates=1)
    assert visits.rows(TABLE, "visit", "email", "address") == [
        ("1", hashed(visits, EMAIL), "203.0.113.0"),
        ("2", hashed(visits, "no-at"), "203.0.113.0"),
    ]


def test_rows_that_were_hashed_with_another_key_are_refused_company(
    visits: Visits, aws: AwsConfig
) -> None:
    put(aws, visits, [visit("1")])
    visits.run_flow()
    put(aws, visits, [visit("2")])
    file = visits.settings.state / "personal.key"
    kept = file.read_text()
    file.write_text("00" * 32)

    with pytest.raises(LakeError) as refused:
        visits.run_flow()

    assert "clean.visits: its personal columns are hashed with another key" in str(refused.value)
    assert "DROP TABLE clean.visits PURGE and DROP TABLE quarantine.visits PURGE" in str(
        refused.value
    )
    assert "00" * 8 not in str(refused.value)
    file.write_text(kept)
    assert visits.run_flow().stages[1].rows == Counts(rows_in=1, published=1)


def test_without_a_key_records_land_and_go_no_further(visits: Visits, aws: AwsConfig) -> None:
    put(aws, visits, [visit("1")])
    short = visits.settings.model_copy(update={"personal_key": SecretStr("5e5a" * 8)})

    with pytest.raises(SettingsError, match="TIDEGATE_PERSONAL_KEY is a key of 16 bytes"):
        Visits(visits.spark, short).run_flow()

    prefix = f"lake.{visits.settings.database_prefix}"
    assert visits.newest("raw.visits").totals == Counts(rows_in=1, published=1)
    assert not visits.spark.catalog.tableExists(f"{prefix}clean.visits")


def test_only_raw_and_quarantine_hold_what_a_person_sent(
    visits: Visits, aws: AwsConfig, logged: None, capfd: pytest.CaptureFixture[str]
) -> None:
    arn, received = queue(aws, f"{visits.settings.database_prefix}told")
    topic = aws.client("sns").create_topic(Name=f"{visits.settings.database_prefix}told")
    aws.client("sns").subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn)
    told = visits.settings.model_copy(update={"alert_topic": topic["TopicArn"]})
    visits = Visits(visits.spark, told)
    spark_says = spark_log(visits.settings.model_copy(update={"project": Path.cwd()}))
    before = spark_says.stat().st_size
    keep_log(visits.settings)

    # A column that can't be computed, and rules that fail: Spark's errors name the value.
    visits.change_contract("substring_index(email, '@', -1)", CAST)
    put(aws, visits, [visit("1"), visit("2", pages=-1), visit("3", ip=f"{ADDRESS}.1")])
    unjudged = visits.run_flow()
    visits.change_contract(CAST, "substring_index(email, '@', -1)")
    cleaned = visits.run_flow()
    other = visit("1", ip="198.51.100.1")
    put(aws, visits, [other, visit("4", agent=AGENT * 9), b"{" + visit("5")])
    visits.run_flow()
    visits.change_contract("max_value: 40", "max_value: 400")
    replayed = visits.replay_visits()
    pages = docs(visits)

    assert unjudged.blocked is not None
    assert cleaned.stages[1].verdict == "warn"
    assert replayed.stage.rows.published == 1
    assert pages > 4
    assert len(received()) > 1
    texts = dict(written(visits))
    texts["what was said"] = "\n".join([*visits.said, str(unjudged), str(cleaned), str(replayed)])
    texts["the terminal"] = "".join(capfd.readouterr())
    texts["Spark's log"] = spark_says.read_bytes()[before:].decode(errors="replace")
    assert "CAST_INVALID_INPUT" in texts["Spark's log"]
    traces = [*TRACES, *of_key((visits.settings.state / "personal.key").read_text().strip())]
    assert [(place, one) for place, text in texts.items() for one in traces if one in text] == []
    # What is looked for would have been found: where it may be, it is.
    may = "".join(text for database in ("raw", "quarantine") for _, text in files(visits, database))
    assert [trace for trace in TRACES if trace not in may] == []


def of_key(key: str) -> Iterator[str]:
    """A key and its pads (RFC 2104), as they may be written."""
    for pad in (0, 0x36, 0x5C):
        padded = bytes(byte ^ pad for byte in bytes.fromhex(key))
        yield from (padded.hex(), padded.hex().upper(), padded.decode("latin-1"))
        yield " ".join(f"{byte:02X}" for byte in padded)


def docs(visits: Visits) -> int:
    """Build the project's Data Docs; how many pages there are."""
    from tidegate.gate.data_docs import build_data_docs
    from tidegate.gate.kept import verdicts
    from tidegate.serve import kept_verdicts

    folder = visits.settings.state / "docs"
    build_data_docs(folder, visits.contracts, verdicts(kept_verdicts(visits.settings, 30)))
    return len(list(folder.rglob("*.html")))


def written(visits: Visits) -> Iterator[tuple[str, str]]:
    """Every file of the lake but raw's and quarantine's, and of the project, as text."""
    prefix, lake = visits.settings.database_prefix, Path(visits.settings.lake)
    databases = {one.name.removeprefix(prefix) for one in lake.glob(f"{prefix}*")}
    assert databases == {"raw", "clean", "quarantine", "quality"}
    for database in databases - {"raw", "quarantine"}:
        yield from files(visits, database)
    yield "the catalog", (lake / "catalog.db").read_bytes().decode("latin-1")
    for file in visits.settings.state.rglob("*"):
        if file.is_file() and file.name != "personal.key":
            yield str(file), file.read_text(errors="replace")


def files(visits: Visits, database: str) -> Iterator[tuple[str, str]]:
    """The files of a database, with what is compressed in them."""
    folder = Path(visits.settings.lake) / f"{visits.settings.database_prefix}{database}"
    for file in folder.rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes().decode("latin-1") + unpacked(file)


def unpacked(file: Path) -> str:
    """What a Parquet or Avro file holds, statistics and bounds too."""
    if file.suffix == ".parquet":
        held = pq.ParquetFile(file)  # type: ignore[no-untyped-call]
        return f"{held.metadata.to_dict()} {held.read().to_pydict()}"
    if file.suffix == ".avro":
        with AvroFile(PyArrowFileIO().new_input(str(file))) as records:
            return " ".join(map(repr, records))
    return ""


def test_raw_and_quarantine_lie_in_folders_of_their_own(visits: Visits, aws: AwsConfig) -> None:
    put(aws, visits, [visit("1"), visit("2", email="no-at")])
    visits.run_flow()

    lake, prefix = visits.settings.lake, visits.settings.database_prefix
    for table in ("raw.visits", "clean.visits", "quarantine.visits"):
        place = f"{lake}/{prefix}{table.replace('.', '/')}/"
        paths = [row[0] for row in visits.table(f"{table}.files").select("file_path").collect()]
        assert paths
        assert all(path.removeprefix("file:").startswith(place) for path in paths)
