"""What other services put on a stream, in the form that AWS documents, lands by a contract."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.flow.dropping import SOURCES
from tests.lake_of_a_test import LakeOfATest
from tidegate.aws import AwsConfig, Endpoint
from tidegate.lake.ledger import Counts
from tidegate.land.send import send


def at(hour: int, minute: int, micro: int = 0) -> datetime:
    """A moment of the examples' day in UTC, as Spark hands it over."""
    return datetime(2025, 11, 27, hour, minute, 0, micro)


@pytest.mark.parametrize(
    ("source", "columns", "rows"),
    [
        pytest.param(
            "accounts",
            ["changed_at", "change", "account", "owner", "balance"],
            [
                (at(8, 50, 123_000), "INSERT", "a-1", "ann", 0),
                (at(8, 51, 456_000), "MODIFY", "a-1", "ann", 12_345_678_901),
                (at(8, 52, 789_000), "REMOVE", "a-1", "ann", None),
            ],
            id="changes of a DynamoDB table",
        ),
        pytest.param(
            "tickets",
            ["event", "sent_by", "ticket", "priority"],
            [
                ("Ticket Closed", "shop.desk", "t-1", None),
                ("Ticket Opened", "shop.desk", "t-1", 2),
            ],
            id="events of an EventBridge bus",
        ),
        pytest.param(
            "parcels",
            ["scanned_at", "parcel", "place"],
            [(at(9, 0), "p-1", "depot"), (at(9, 1), "p-1", "door")],
            id="messages of an SQS queue by a pipe",
        ),
    ],
)
def test_what_a_service_says_lands_by_a_contract_and_once_though_it_says_it_twice(
    lake: LakeOfATest,
    tmp_path: Path,
    aws: AwsConfig,
    endpoint: Endpoint,
    make_stream: Callable[..., str],
    source: str,
    columns: list[str],
    rows: list[tuple[object, ...]],
) -> None:
    stream = make_stream()
    project = Path(shutil.copytree(SOURCES, tmp_path / "project"))
    update = {
        "project": project, "endpoint": endpoint.address, "streams": {source: stream}
    }  # fmt: skip
    sources = LakeOfATest(lake.spark, lake.settings.model_copy(update=update))
    for _ in range(2):
        send(aws, [SOURCES / f"{source}.ndjson"], stream)

    _, clean = sources.flow(source).stages

    count = len(rows)
    assert clean.rows == Counts(2 * count, count, duplicates=count)
    assert sources.rows(f"clean.{source}", *columns) == rows
