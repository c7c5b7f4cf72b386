"""A page in real Chromium sends while the collector comes and goes: nothing it made is lost."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.collector import Collector
from tests.browser.page import Page
from tidegate.aws import AwsConfig

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def test_a_page_sends_in_batches_and_each_event_comes_once(
    visit: Visit, collector: Collector
) -> None:
    page = visit()

    made = page.send(500)
    page.wait_until_sent()

    assert sorted(collector.ids) == sorted(made)
    assert len(made) == 500
    assert len(page.answers) < 20


def test_a_page_that_makes_events_all_the_time_sends_them_together(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=500)

    page.send_every(10)
    time.sleep(3)
    page.stop()
    page.wait_until_sent()

    assert sorted(collector.ids) == sorted(page.made)
    assert len(page.answers) <= 8


def test_what_is_asked_to_be_sent_at_once_is_sent_though_another_batch_is_under_way(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=60_000)

    page.tab.evaluate(
        """async () => {
            send(1);
            const first = sender.flush();
            await new Promise((begun) => setTimeout(begun, 2));
            send(1);
            await sender.flush();
            await first;
        }"""
    )

    assert page.told("queued") == 0
    assert sorted(collector.ids) == sorted(page.made)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_lost_while_the_collector_is_stopped_or_killed_and_started_again(
    how: str, visit: Visit, collector: Collector
) -> None:
    page = visit(most=10_000)
    page.send_every(10)

    for _ in range(3):
        time.sleep(0.7)
        getattr(collector, how)()
        time.sleep(0.7)
        collector.start()
        assert collector.has(page.made, 60)
    page.stop()
    page.wait_until_sent()

    assert set(collector.ids) == page.made
    assert page.told("dropped") == 0


def test_a_page_that_is_closed_at_once_has_sent_its_events(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=60_000)
    made = page.send(20)

    page.tab.close(run_before_unload=True)

    assert collector.has(made)


def test_a_page_that_goes_on_to_another_has_sent_what_waits(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=60_000)
    made = page.send(20)

    page.tab.goto("about:blank")

    assert collector.has(made)


def test_a_page_that_goes_sends_what_browsers_allow_and_the_next_page_the_rest(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=60_000)
    made = page.send(300, text="x" * 1_000)
    page.tab.goto("about:blank")
    time.sleep(2)
    assert 10 < len(collector.ids) < 65

    visit().wait_until_sent()

    assert set(collector.ids) == made


def test_events_queued_when_a_page_is_closed_are_sent_by_the_next_page(
    visit: Visit, collector: Collector
) -> None:
    page = visit()
    collector.kill()
    made = page.send(50)
    page.tab.close(run_before_unload=True)
    collector.start()
    assert collector.ids == []

    visit().wait_until_sent()

    assert set(collector.ids) == made


def test_events_queued_when_the_browser_is_closed_are_sent_when_it_is_opened_again(
    open_profile: Callable[[], Any], visit: Visit, collector: Collector
) -> None:
    collector.stop()
    with open_profile() as profile:
        made = visit(profile).send(50)
    collector.start()

    with open_profile() as profile:
        visit(profile).wait_until_sent()

    assert set(collector.ids) == made


def test_a_page_loaded_again_while_the_collector_is_away_sends_what_it_had(
    visit: Visit, collector: Collector
) -> None:
    page = visit()
    collector.kill()
    made = page.send(30)
    page.reload()
    made |= page.send(30)
    page.reload()
    collector.start()

    page.wait_until_sent()

    assert set(collector.ids) == made
    assert len(made) == 60


def test_a_page_without_a_network_sends_as_soon_as_there_is_one(
    visit: Visit, collector: Collector
) -> None:
    page = visit()
    visit.context.set_offline(True)
    made = page.send(30)
    time.sleep(3)
    assert page.told("queued") == 30

    visit.context.set_offline(False)
    page.wait_until_sent(2)

    assert set(collector.ids) == made


def test_tabs_lose_nothing_of_each_other(visit: Visit, collector: Collector) -> None:
    pages = [visit() for _ in range(3)]
    for page in pages:
        page.send_every(20)
    time.sleep(1)
    collector.kill()
    time.sleep(1)
    pages[0].stop()
    made = pages[0].made
    pages[0].tab.close()
    collector.start()
    time.sleep(1)
    for page in pages[1:]:
        page.stop()
    pages[1].wait_until_sent()

    assert set(collector.ids) == made.union(*(page.made for page in pages[1:]))


def test_a_page_that_is_told_to_wait_waits_and_loses_nothing(
    visit: Visit, collector: Collector
) -> None:
    collector.stop()
    collector.start(rate=100)
    page = visit()

    made = page.send(600)
    page.wait_until_sent(60)

    assert set(collector.ids) == made
    put_off = 0
    for (_, told, status, headers), (begun, *_) in itertools.pairwise(page.answers):
        if status == 429:
            assert begun - told >= int(headers["retry-after"])
            put_off += 1
    assert put_off >= 2


def test_an_origin_that_is_not_allowed_keeps_its_events_until_it_is(
    visit: Visit, collector: Collector, shop: str
) -> None:
    collector.stop()
    collector.start(origin="https://shop.example.com")
    page = visit()
    made = page.send(10)
    time.sleep(1)
    assert collector.ids == []
    assert page.told("queued") == 10

    collector.stop()
    collector.start(origin=shop)
    page.wait_until_sent()

    assert set(collector.ids) == made


def test_a_wrong_key_keeps_events_for_a_page_with_the_right_one(
    visit: Visit, collector: Collector
) -> None:
    wrong = visit(key="last-years")
    made = wrong.send(10)
    time.sleep(1)
    assert wrong.told("queued") == 10

    visit().wait_until_sent()

    assert set(collector.ids) == made
    assert wrong.refused == []


def test_a_stream_that_is_not_there_yet_gets_the_events_once_it_is(
    visit: Visit, collector: Collector, aws: AwsConfig
) -> None:
    kinesis = aws.client("kinesis")
    kinesis.delete_stream(StreamName=collector.stream)
    page = visit()
    made = page.send(10)
    time.sleep(1)
    assert page.told("queued") == 10

    kinesis.create_stream(StreamName=collector.stream, ShardCount=1)
    page.wait_until_sent()

    assert set(collector.ids) == made


def test_an_event_that_makes_a_batch_fail_holds_up_no_other(
    visit: Visit, collector: Collector
) -> None:
    page = visit()

    page.tab.evaluate("send(1, {text: JSON.parse('['.repeat(3000) + ']'.repeat(3000))})")
    made = page.send(100)
    page.wait_until_sent(60)

    assert len(made) == 101
    assert len(set(collector.ids)) == 100
    assert page.refused == [[0, "too_deep"]]


@pytest.mark.parametrize(
    "said",
    [
        {"status": 200, "body": "<html>Sign in</html>"},
        {"status": 200, "json": {"records": 5}},
        {"status": 200, "json": {"records": [None, {"index": 0}, "accepted"]}},
        {"status": 200, "json": None},
        {"status": 204},
        {"status": 502, "body": "Bad gateway"},
    ],
)
def test_an_answer_that_says_of_no_event_that_it_was_accepted_is_none(
    said: dict[str, Any], visit: Visit, collector: Collector
) -> None:
    page = visit()
    # As a proxy or a portal between page and collector answers.
    headers = {"access-control-allow-origin": "*"}
    page.tab.route("**/events/**", lambda route: route.fulfill(headers=headers, **said))
    made = page.send(10)
    time.sleep(1)
    assert page.told("queued") == 10

    page.tab.unroute("**/events/**")
    page.wait_until_sent()

    assert sorted(collector.ids) == sorted(made)


def test_a_tab_that_is_hidden_sends_what_waits(visit: Visit, collector: Collector) -> None:
    page = visit(wait=60_000)
    made = page.send(20)

    # A Chromium without a window hides no tab by itself.
    page.tab.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", {value: "hidden"});
            document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
        }"""
    )
    page.wait_until_sent()

    assert sorted(collector.ids) == sorted(made)


def test_a_full_storage_keeps_events_in_memory_and_what_was_stored_as_it_was(
    visit: Visit, collector: Collector
) -> None:
    page = visit()
    page.tab.evaluate(
        """() => {
            for (let size = 1 << 20; size; size >>= 1)
                try {
                    for (let n = 0; ; n++) localStorage[`basket ${size} ${n}`] = "x".repeat(size);
                } catch {}
        }"""
    )
    before = page.tab.evaluate("({...localStorage})")

    made = page.send(100)
    assert page.tab.evaluate("({...localStorage})") == before
    page.wait_until_sent()

    assert set(collector.ids) == made


def test_a_frame_without_storage_and_locks_sends_all_the_same(
    visit: Visit, collector: Collector
) -> None:
    page = visit()
    frame = page.sandboxed()

    frame.evaluate("send(20)")

    assert collector.has(set(frame.evaluate("made")))


def test_a_page_without_https_has_ids_too(visit: Visit, collector: Collector, shop: str) -> None:
    page = visit(origin=shop.replace("127.0.0.1", "shop.test"))
    assert not page.tab.evaluate("isSecureContext")

    made = page.send(20)
    page.wait_until_sent()

    assert set(collector.ids) == made
    assert {len(one) for one in made} == {36}


def test_a_page_is_told_of_what_is_refused_and_the_rest_arrives(
    visit: Visit, collector: Collector
) -> None:
    page = visit(wait=60_000)
    page.tab.evaluate("sender.flush()")  # what each page begins with
    page.send(1)
    page.tab.evaluate("send(1, {text: 'x'.repeat(2e6)})")
    page.tab.evaluate("send(1, {text: 1n})")
    page.tab.evaluate("send(1, {text: '世'.repeat(500_000)})")
    page.tab.evaluate("localStorage[Object.keys(localStorage).sort()[1] + '1'] = 'torn'")
    page.send(1)
    page.tab.evaluate("sender.flush()")
    page.wait_until_sent()

    assert sorted(one["number"] for one in collector.events) == [0, 4]
    assert page.refused[:2] == [[1, "too_large"], [2, "not_json"]]
    assert sorted(page.refused[2:], key=str) == [[3, "too_large"], [None, "not_json"]]
    assert page.told("dropped") == 4


def test_a_full_queue_takes_no_more_and_counts_it(visit: Visit, collector: Collector) -> None:
    collector.kill()
    page = visit(most=100)

    made = page.send(130)

    assert len(made) == 100
    assert page.told("dropped") == 30
    assert page.refused == [[number, "queue_full"] for number in range(100, 130)]
    collector.start()
    page.wait_until_sent()
    assert set(collector.ids) == made


def test_an_event_keeps_the_id_that_the_page_gave_it(visit: Visit, collector: Collector) -> None:
    page = visit()

    assert page.send(1, event_id="order-1") == {"order-1"}
    page.wait_until_sent()

    assert collector.ids == ["order-1"]


def test_the_field_of_the_id_is_the_contracts(visit: Visit, collector: Collector) -> None:
    page = visit(id="id")

    made = page.send(1)
    page.wait_until_sent()

    assert {one["id"] for one in collector.events} == made
