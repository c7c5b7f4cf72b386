"""Events, queue and objects: what a landing of files knows before Spark reads one."""

import io
import json
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler

import pytest

from tests.land.dropping import Drops, make_drops, soon
from tests.rude import Rude
from tidegate.aws import AwsConfig
from tidegate.errors import PublishLost, StreamError
from tidegate.land import files as reading
from tidegate.land import objects
from tidegate.land.containers import BadFile
from tidegate.land.events import Created, NoEvent, created
from tidegate.land.files import shares
from tidegate.land.objects import Bytes, Closed, File, list_files, look
from tidegate.land.queue import open_queue


@pytest.fixture
def drops(aws: AwsConfig) -> Drops:
    return make_drops(aws)


AT = datetime(2015, 1, 1, 10, tzinfo=UTC)


def test_an_event_of_s3_names_key_version_and_time_as_they_are():
    told = Created("drops", "in/a b+é=1.json", "3HL4kqt", AT)

    assert created(told.event()) == [told]
    assert (
        json.loads(told.event())["Records"][0]["s3"]["object"]["key"]
        == "in%2Fa+b%2B%C3%A9%3D1.json"
    )


def test_an_event_of_eventbridge_says_the_same():
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": "2015-01-01T10:00:00Z",
        "detail": {"bucket": {"name": "drops"}, "object": {"key": "in/a b+.json", "etag": "x"}},
    }

    assert created(json.dumps(event)) == [Created("drops", "in/a b+.json", None, AT)]
    assert created(json.dumps(event | {"detail-type": "Object Deleted"})) == []


def test_a_message_may_tell_of_several_objects_or_of_none():
    one, other = (json.loads(Created("drops", key, None, AT).event()) for key in ("a", "b"))
    removed = {**one["Records"][0], "eventName": "ObjectRemoved:Delete"}
    both = {"Records": [*one["Records"], removed, *other["Records"]]}

    assert [told.key for told in created(json.dumps(both))] == ["a", "b"]
    assert created('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "drops"}') == []


@pytest.mark.parametrize(
    "body",
    [
        *("", "no JSON", "[]", "7", "{}", '{"Records": 1}', "[" * 5_000),
        json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {}}]}),
        Created("drops", "", None, AT).event(),
        Created("drops", "without a time").event(),
    ],
)
def test_a_message_that_is_no_event_of_s3_is_told(body):
    with pytest.raises(NoEvent, match=r"^it is no event of S3 \("):
        created(body)


def test_the_queue_hands_over_what_was_sent_before_a_time_and_puts_back_the_rest(aws, drops):
    before = datetime.now(UTC)
    drops.say("later")
    queue = open_queue(aws, drops.name)

    assert queue.take(before) == ([], False)
    taken, more = queue.take(soon())
    assert ([one.body for one in taken], more) == (["later"], True)
    assert queue.take(soon()) == ([], False)  # it is in flight
    queue.put_back(taken)
    taken, _ = queue.take(soon())
    queue.delete(taken)
    assert drops.waiting() == 0


def test_a_queue_takes_more_messages_than_one_request_holds(aws, drops):
    queue = open_queue(aws, drops.name)
    queue.tell(f"message {number}" for number in range(23))

    taken = [queue.take(soon())[0] for _ in range(3)]
    queue.delete(one for some in taken for one in some)

    assert [len(some) for some in taken] == [10, 10, 3]
    assert drops.waiting() == 0


def test_a_dead_letter_has_the_reason_in_words_that_sqs_takes(aws, drops):
    queue = open_queue(aws, drops.name)

    queue.refuse("body", "it is\n\x00 cut: é" + "x" * 5_000, "raw.orders")

    ((body, reason),) = drops.dead()
    assert (body, reason[:14], len(reason)) == ("body", "it is   cut: é", 1_000)


def test_a_queue_that_is_not_there_or_has_no_dead_letters_is_told(aws, drops):
    with pytest.raises(StreamError) as error:
        open_queue(aws, "nowhere")
    assert str(error.value) == (
        f'there is no queue "nowhere" at {aws}; make it, or see the setting queues'
    )
    with pytest.raises(StreamError) as error:
        open_queue(aws, f"{drops.name}-dead")
    assert str(error.value) == (
        f'queue "{drops.name}-dead" at {aws} has no dead-letter queue, which a file that is refused'
        " goes to; give it a RedrivePolicy"
    )
    nowhere = AwsConfig("http://127.0.0.1:1", "us-east-1", "local", "local")
    with pytest.raises(StreamError, match=r"can't be reached \(EndpointConnectionError\)"):
        open_queue(nowhere, "orders")


def test_a_file_is_known_by_key_and_entity_tag_and_came_when_s3_had_it_whole(aws, drops):
    tag = drops.put("a b.json", b"{}")
    (body,) = drops.bodies()
    (told,) = created(body)

    file = look(aws, told)

    assert (file.name, file.size) == (f"in/a b.json#{tag}", 2)
    assert file.address == f"s3://{drops.name}/in/a b.json"
    assert file.arrived == told.at or file.arrived.microsecond == 0
    early = look(aws, Created(told.bucket, told.key, None, AT))
    assert early.arrived > AT  # an event of what was there before
    late = datetime(2040, 1, 1, tzinfo=UTC)
    assert look(aws, Created(told.bucket, told.key, None, late)).arrived == late


def test_a_version_is_read_though_another_has_taken_its_place(aws, drops):
    drops.s3.put_bucket_versioning(Bucket=drops.name, VersioningConfiguration={"Status": "Enabled"})
    first = drops.s3.put_object(Bucket=drops.name, Key="in/a", Body=b"one")["VersionId"]
    drops.put("a", b"other")

    file = look(aws, Created(drops.name, "in/a", first, AT))

    with Bytes(aws, file) as source:
        assert source.read() == b"one"


def test_a_file_that_eventbridge_tells_of_is_looked_at(aws, drops):
    config = {"EventBridgeConfiguration": {}}
    drops.s3.put_bucket_notification_configuration(
        Bucket=drops.name, NotificationConfiguration=config
    )
    events, queue = aws.client("events"), f"arn:aws:sqs:us-east-1:123456789012:{drops.name}"
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [drops.name]}}}
    events.put_rule(Name=drops.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=drops.name, Targets=[{"Id": "queue", "Arn": queue}])

    tag = drops.put("a b.json", b"{}")

    (told,) = {one for body in drops.bodies() for one in created(body)}
    assert look(aws, told).name == f"in/a b.json#{tag}"
    events.remove_targets(Rule=drops.name, Ids=["queue"])
    events.delete_rule(Name=drops.name)


def test_a_file_that_is_gone_is_told(aws, drops):
    with pytest.raises(BadFile, match=r"^it isn't there any more: deleted before it was landed$"):
        look(aws, Created(drops.name, "in/gone", None, AT))


def test_files_are_listed_below_the_prefix_only(aws, drops):
    for number in range(5):
        drops.put(f"{number}", b"{}")
    drops.s3.put_object(Bucket=drops.name, Key="other/1", Body=b"{}")

    pages = list(list_files(aws, drops.name, "in/"))

    assert [file.key for page in pages for file in page] == [f"in/{number}" for number in range(5)]
    with pytest.raises(StreamError, match=r"^bucket nowhere at .*: NoSuchBucket: "):
        list(list_files(aws, "nowhere", ""))


def test_a_file_that_changes_while_it_is_read_is_begun_again(aws, drops):
    drops.put("a", b"one")
    file = look(aws, Created(drops.name, "in/a", None, AT))
    drops.put("a", b"other")

    with Bytes(aws, file) as source, pytest.raises(PublishLost) as error:
        source.read()
    assert str(error.value) == f"s3://{drops.name}/in/a changed while it was read"


class Breaking:
    """A body that breaks off after some bytes, as a connection does."""

    def __init__(self, body, after):
        self._body, self._left = body, after

    def read(self, size):
        if not self._left:
            raise ConnectionResetError
        data = self._body.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self):
        self._body.close()


def test_reading_goes_on_where_a_connection_broke(aws, drops, monkeypatch):
    content = bytes(range(256)) * 40
    drops.put("a", content)
    file = look(aws, Created(drops.name, "in/a", None, AT))
    opened, whole = [], Bytes._open
    monkeypatch.setattr(
        Bytes, "_open", lambda self: opened.append(self) or Breaking(whole(self), 3_000)
    )

    with Bytes(aws, file) as source:
        assert io.BufferedReader(source).read() == content
    assert len(opened) == 4


def test_a_connection_that_only_breaks_is_told(aws, drops, monkeypatch):
    drops.put("a", b"x" * 100)
    file = look(aws, Created(drops.name, "in/a", None, AT))
    whole = Bytes._open
    monkeypatch.setattr(Bytes, "_open", lambda self: Breaking(whole(self), 0))
    monkeypatch.setattr(objects, "TRIES", 2)

    with Bytes(aws, file) as source, pytest.raises(StreamError) as error:
        source.read()
    assert str(error.value) == (
        f"s3://{drops.name}/in/a at {aws}: reading broke off after 0 bytes (ConnectionResetError)"
    )


@pytest.mark.parametrize(
    ("sizes", "cores", "parts"),
    [
        ([1, 1, 1, 1], 2, [2, 2]),
        ([1] * 5, 1, [3, 2]),
        ([500, 1, 1], 1, [1, 2]),
        ([1, 500, 1], 1, [1, 1, 1]),
        ([0], 4, [1]),
        ([9], 4, [1]),
    ],
)
def test_neighbours_are_read_by_one_task_up_to_a_size_and_number(sizes, cores, parts, monkeypatch):
    monkeypatch.setattr(reading, "TASK_BYTES", 100)
    monkeypatch.setattr(reading, "TASK_FILES", 3)
    files = [File("b", str(place), None, "t", size, AT) for place, size in enumerate(sizes)]

    assert [len(part) for part in shares(files, cores)] == parts
    assert [place for part in shares(files, cores) for place in part] == list(range(len(sizes)))


class Refusing(Rude):
    """The endpoint, behind something that refuses some requests for objects as S3 does."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.refused: dict[str, int] = {}  # by method

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        behind = HTTPConnection(self.behind)
        behind.request(call.command, call.path, headers=dict(call.headers))
        response = behind.getresponse()
        body = response.read()
        call.send_response(self.refused.get(call.command, response.status))
        for name in ("ETag", "Last-Modified", "Content-Length"):
            if call.command == "HEAD" and name in response.headers:
                call.send_header(name, response.headers[name])
        if call.command == "GET":
            call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        if call.command == "GET":
            call.wfile.write(body)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_file_that_is_closed_to_the_role_is_told(aws, drops, method):
    drops.put("a", b"{}")
    told = Created(drops.name, "in/a", None, AT)
    with Refusing(str(aws)) as between:
        between.refused[method] = 403
        with pytest.raises(Closed, match=r"^it can't be read: forbidden to this role"):
            Bytes(between.config, look(between.config, told)).read()
