"""Alerts: one message for what is newly broken, one when it holds again, none in between."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.aws import AwsConfig, Endpoint
from tidegate.contract import Rule, Severity
from tidegate.errors import BooksError, LakeError
from tidegate.flow.books import books
from tidegate.flow.decide import accept, discard
from tidegate.flow.reports import StageReport
from tidegate.lake.ledger import Counts

TABLE = "clean.github_events"
Received = Callable[[], list[Any]]


@pytest.fixture
def alerting(lake: LakeOfATest, endpoint: Endpoint, aws: AwsConfig) -> LakeOfATest:
    """A lake whose alerts go to a topic, and its verdicts to a bus, of the test's own."""
    name = lake.settings.database_prefix
    topic = aws.client("sns").create_topic(Name=f"{name}alerts")["TopicArn"]
    aws.client("events").create_event_bus(Name=f"{name}bus")
    told = {"endpoint": endpoint.address, "alert_topic": topic, "alert_bus": f"{name}bus"}
    alerting = LakeOfATest(lake.spark, lake.settings.model_copy(update=told))
    alerting.narrow()
    return alerting


def queue(aws: AwsConfig, name: str) -> tuple[str, Received]:
    """A queue's ARN, and what it has received since it was last asked."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    def received() -> list[Any]:
        told = []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            told += [json.loads(one["Body"]) for one in found]
            for one in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return told

    return arn["Attributes"]["QueueArn"], received


@pytest.fixture
def messages(alerting: LakeOfATest, aws: AwsConfig) -> Received:
    arn, received = queue(aws, f"{alerting.settings.database_prefix}messages")
    topic = alerting.settings.alert_topic
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return received


@pytest.fixture
def events(alerting: LakeOfATest, aws: AwsConfig) -> Received:
    arn, received = queue(aws, f"{alerting.settings.database_prefix}events")
    bus, client = alerting.settings.alert_bus, aws.client("events")
    pattern = json.dumps({"source": ["tidegate"]})
    client.put_rule(Name="all", EventBusName=bus, EventPattern=pattern)
    client.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return received


def with_rule(lake: LakeOfATest, expectation: str, severity: Severity, **arguments: Any) -> None:
    """Give the clean table one rule, past rules included where its name says so."""
    contract = lake.contracts.table(TABLE)
    past = not expectation.startswith("expect_")
    rule = Rule("the_rule", "Pushes are small.", severity, "", expectation, arguments, past=past)
    lake.change(replace(contract, rules=(rule,)))


def largest_push(lake: LakeOfATest, severity: Severity = Severity.WARN, most: int = 5) -> None:
    name = "expect_column_max_to_be_between"
    with_rule(lake, name, severity, column="push_size", max_value=most)


def cleaned(lake: LakeOfATest, event: str, size: int) -> StageReport:
    lake.land([payload(id=event, payload={"size": size, "distinct_size": 1})])
    return lake.clean()


def test_a_rule_that_breaks_is_told_once_and_once_more_when_it_holds_again(
    alerting: LakeOfATest, messages: Received
) -> None:
    largest_push(alerting)

    first = cleaned(alerting, "1", 9)
    (told,) = messages()
    cleaned(alerting, "2", 9)
    folded = messages()
    mended = cleaned(alerting, "3", 2)
    (recovered,) = messages()
    cleaned(alerting, "4", 2)

    assert told["Subject"] == f"Tidegate: {TABLE}: 1 rule broken"
    assert told["Message"] == (
        f"{TABLE}: warn (run {first.run})\n"
        "  warn: Pushes are small.\n"
        "    rule the_rule: found 9\n"
        f"  see: tidegate docs --run {first.run} --table {TABLE}"
    )
    assert folded == []
    assert any("the_rule is still broken, 2 runs in a row" in line for line in alerting.said)
    assert recovered["Subject"] == f"Tidegate: {TABLE}: recovered"
    since = first.failures[0].since[:16].replace("T", " ")
    assert recovered["Message"] == (
        f"{TABLE}: all is well again (run {mended.run})\n"
        "  recovered: Pushes are small.\n"
        f"    rule the_rule: was broken in 2 runs, since {since} UTC"
    )
    assert messages() == []


def test_a_block_says_what_to_type_and_is_folded_until_it_is_mended(
    alerting: LakeOfATest, messages: Received
) -> None:
    name = "expect_column_values_to_be_between"
    with_rule(alerting, name, Severity.BLOCK, column="push_size", max_value=5)

    blocked = cleaned(alerting, "1", 9)
    (told,) = messages()
    cleaned(alerting, "2", 9)
    folded = messages()
    largest_push(alerting, most=9)
    alerting.clean()

    assert told["Subject"] == f"Tidegate: {TABLE}: BLOCKED, 1 rule broken"
    assert told["Message"].splitlines()[1:] == [
        "  block: Pushes are small.",
        "    rule the_rule: 1 row, 100 %",
        "    e.g. event_date=2015-01-01, event_id=1",
        f"  see: tidegate docs --run {blocked.run} --table {TABLE}",
        f'  publish it as it is: tidegate accept {blocked.run} --because "..."',
        f'  drop it: tidegate discard {blocked.run} --because "..."',
    ]
    assert folded == []
    assert [one["Subject"] for one in messages()] == [f"Tidegate: {TABLE}: recovered"]


def test_a_warning_that_comes_to_block_is_told_anew(
    alerting: LakeOfATest, messages: Received
) -> None:
    largest_push(alerting)
    cleaned(alerting, "1", 9)
    largest_push(alerting, Severity.BLOCK)
    cleaned(alerting, "2", 9)

    assert [one["Subject"] for one in messages()] == [
        f"Tidegate: {TABLE}: 1 rule broken",
        f"Tidegate: {TABLE}: BLOCKED, 1 rule broken",
    ]


def test_what_is_dropped_is_not_well_again(alerting: LakeOfATest, messages: Received) -> None:
    largest_push(alerting, Severity.BLOCK)
    blocked = cleaned(alerting, "1", 9)
    discard(alerting.run(), blocked.run, "ann", "a mix-up")

    again = alerting.clean()

    assert (again.verdict, again.failures[0].runs) == ("block", 2)
    assert len(messages()) == 1


def test_every_verdict_is_an_event_with_all_its_figures(
    alerting: LakeOfATest, events: Received
) -> None:
    largest_push(alerting)
    cleaned(alerting, "1", 2)
    report = cleaned(alerting, "2", 9)

    passed, warned = (one["detail"] for one in events())

    assert (passed["verdict"], passed["failures"]) == ("pass", [])
    assert warned == {
        "table": TABLE,
        "run": report.run,
        "commit": 2,
        "verdict": "warn",
        "contract": "1.0.0",
        "rows": {"rows_in": 1, "published": 1, "quarantined": 0, "duplicates": 0, "erased": 0},
        "recovered": [],
        "notes": [],
        "left_out": 0,
        "failures": [
            {
                "rule": "the_rule",
                "severity": "warn",
                "rows": 0,
                "runs": 1,
                "since": report.failures[0].since,
                "description": "Pushes are small.",
                "found": "found 9",
                "examples": [],
            }
        ],
    }


def test_a_personal_key_is_never_shown(alerting: LakeOfATest, messages: Received) -> None:
    name = "expect_column_values_to_be_between"
    with_rule(alerting, name, Severity.WARN, column="push_size", max_value=5)
    contract = alerting.contracts.table(TABLE)
    columns = [
        replace(one, personal="restricted") if one.name == "event_id" else one
        for one in contract.columns
    ]
    alerting.change(replace(contract, columns=tuple(columns)))

    cleaned(alerting, "ann@example.org", 9)

    (told,) = messages()
    assert "    e.g. event_date=2015-01-01\n" in told["Message"]
    assert "ann@example.org" not in told["Message"]


def test_a_promise_that_is_broken_while_nothing_comes_is_told_once_and_kept_in_one_page(
    alerting: LakeOfATest, messages: Received
) -> None:
    alerting.land([payload(id="1")])
    alerting.clean()
    with_rule(alerting, "freshness_within_promise", Severity.WARN, latency=2, unit="h")

    first, page = alerting.clean(), alerting.newest(TABLE)
    second, same = alerting.clean(), alerting.newest(TABLE)
    (told,) = messages()
    fresh = datetime.now().astimezone() - timedelta(minutes=5)
    alerting.land([payload(id="2", created_at=fresh.isoformat("T", "seconds"))], arrived=fresh)
    alerting.clean()

    assert (first.verdict, first.number, second.verdict) == ("nothing new", 0, "nothing new")
    assert "    rule the_rule: the newest event_time is 2015-01-01 10:00 UTC" in told["Message"]
    assert (page.number, page.verdict, page.rows, same) == (2, "warn", Counts(), page)
    assert [one["Subject"] for one in messages()] == [f"Tidegate: {TABLE}: recovered"]


def test_books_that_do_not_balance_block_are_told_and_can_not_be_accepted(
    alerting: LakeOfATest, messages: Received
) -> None:
    alerting.land([payload(id="1"), payload(id="2")])
    prefix = alerting.settings.database_prefix
    lost = "sequence_number LIKE '%1' AND payload IS NOT NULL"
    alerting.spark.sql(f"DELETE FROM lake.{prefix}raw.github WHERE {lost}")

    with pytest.raises(BooksError, match="2 rows in, but 1 published"):
        alerting.clean()
    with pytest.raises(BooksError):
        alerting.clean()

    (branch,) = alerting.branches(TABLE)
    run = branch.removeprefix("run-")
    (told,) = messages()
    (page,) = books(alerting.settings, alerting.contracts, run)
    assert (page.table, page.rows.unaccounted, page.blocked) == (TABLE, 1, True)
    assert told["Subject"] == f"Tidegate: {TABLE}: BLOCKED, 1 rule broken"
    assert "    rule books_balance: 1 row in no figure\n" in told["Message"]
    assert re.search(r"run (\S+)\)\n(?s:.*)\n  see: tidegate books --run \1\n", told["Message"])
    assert "tidegate accept" not in told["Message"]
    with pytest.raises(LakeError, match="can't be accepted"):
        accept(alerting.run(), run, "ann", "never mind")
    discard(alerting.run(), run, "ann", "never mind")
    assert alerting.branches(TABLE) == []


def test_of_a_blocked_run_nothing_is_said_to_be_in_quarantine(
    alerting: LakeOfATest, messages: Received
) -> None:
    largest_push(alerting, Severity.BLOCK)
    alerting.land([payload(id="1", payload={"size": 9, "distinct_size": 1}), b"no JSON"])

    report = alerting.clean()

    (told,) = messages()
    assert (report.verdict, report.rows.quarantined) == ("block", 1)
    assert "tidegate quarantine" not in told["Message"]


def test_a_topic_that_is_not_there_fails_no_run(alerting: LakeOfATest) -> None:
    nowhere = {"alert_topic": alerting.settings.alert_topic + "-none", "alert_bus": "none"}
    settings = alerting.settings.model_copy(update=nowhere)
    lake = LakeOfATest(alerting.spark, settings)
    largest_push(lake)

    assert cleaned(lake, "1", 9).verdict == "warn"
    assert any("alert not delivered (alert_topic): NotFound" in line for line in lake.said)
