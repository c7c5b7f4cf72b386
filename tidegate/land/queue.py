"""The queue that is told of new files, and its dead-letter queue."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.errors import StreamError
from tidegate.land.asking import reaching

# The limit of ReceiveMessage, and of what takes messages in batches.
AT_ONCE = 10
# Seconds to wait for a message: more than none, so that all of SQS' servers are asked.
WAIT = 1
_REASON = 1_000  # characters of a reason
_NOT_THERE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True)
class Message:
    """A message that was received.

    Attributes:
        body: what it says.
        receipt: what it is deleted or put back by.
        sent: when, UTC.
    """

    body: str
    receipt: str
    sent: datetime


@dataclass(frozen=True)
class Queue:
    """An SQS queue that has a dead-letter queue.

    Attributes:
        config: how it is reached.
        name: its name.
        url: its address.
        dead: the dead-letter queue's name.
        dead_url: its address.
    """

    config: AwsConfig
    name: str
    url: str
    dead: str
    dead_url: str

    def take(self, until: datetime) -> tuple[list[Message], bool]:
        """Up to ten messages, and whether more may be there.

        One that was sent later than a time is put back at once, for the next landing.
        """
        with self._asking():
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=AT_ONCE,
                WaitTimeSeconds=WAIT,
                AttributeNames=["SentTimestamp"],
            )
        found = [_message(one) for one in answer.get("Messages", [])]
        in_time = [one for one in found if one.sent <= until]
        self.put_back([one for one in found if one.sent > until])
        return in_time, bool(in_time)

    def put_back(self, messages: Iterable[Message]) -> None:
        """Let others receive messages again."""
        for some in _tens([{"ReceiptHandle": one.receipt} for one in messages]):
            entries = [{**one, "VisibilityTimeout": 0} for one in some]
            with self._asking():
                self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def delete(self, messages: Iterable[Message]) -> None:
        """Take messages out. One that isn't is received again, and found to be done."""
        for some in _tens([{"ReceiptHandle": one.receipt} for one in messages]):
            with self._asking():
                self._client.delete_message_batch(QueueUrl=self.url, Entries=some)

    def tell(self, bodies: Iterable[str]) -> None:
        """Put messages into the queue.

        Raises:
            StreamError: it took not all of them.
        """
        for some in _tens([{"MessageBody": one} for one in bodies]):
            with self._asking():
                answer = self._client.send_message_batch(QueueUrl=self.url, Entries=some)
            for one in answer.get("Failed", []):
                raise StreamError(f'queue "{self.name}" at {self.config}: {one["Code"]}')

    def refuse(self, body: str, reason: str, table: str) -> None:
        """Put a message into the dead-letter queue, with what is wrong as attributes."""
        printable = "".join(one if one.isprintable() else " " for one in reason)[:_REASON]
        attributes = {
            name: {"DataType": "String", "StringValue": text}
            for name, text in {"Reason": printable, "Table": table}.items()
        }
        with self._asking():
            self._client.send_message(
                QueueUrl=self.dead_url, MessageBody=body, MessageAttributes=attributes
            )

    @property
    def _client(self) -> Any:
        return self.config.client("sqs")

    def _asking(self) -> AbstractContextManager[None]:
        return reaching(self.config, f'queue "{self.name}"')


def open_queue(config: AwsConfig, name: str) -> Queue:
    """A queue, by its name.

    Raises:
        StreamError: it isn't there, can't be reached, or has no dead-letter queue.
    """
    client = config.client("sqs")
    gone = f'there is no queue "{name}" at {config}; make it, or see the setting queues'
    with reaching(config, f'queue "{name}"', dict.fromkeys(_NOT_THERE, lambda: gone)):
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        asked = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = asked.get("Attributes", {}).get("RedrivePolicy")
        if not policy:
            raise StreamError(
                f'queue "{name}" at {config} has no dead-letter queue, which a file that is refused'
                " goes to; give it a RedrivePolicy"
            )
        dead = json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]
        dead_url = client.get_queue_url(QueueName=dead)["QueueUrl"]
    return Queue(config, name, url, dead, dead_url)


def _message(found: dict[str, Any]) -> Message:
    sent = int(found["Attributes"]["SentTimestamp"]) / 1000
    return Message(found["Body"], found["ReceiptHandle"], datetime.fromtimestamp(sent, UTC))


def _tens(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Batches, each entry with an id of its own in it."""
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        yield [{"Id": str(place), **one} for place, one in enumerate(some)]
