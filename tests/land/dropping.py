"""A bucket whose new files a queue is told of, as S3 does it, at the local endpoint."""

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from tidegate.aws import AwsConfig

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Drops:
    """The bucket, under whose ``in/`` files are dropped, and the two queues, by one name."""

    config: AwsConfig
    name: str
    url: str
    dead_url: str

    def put(self, key: str, content: bytes) -> str:
        """Drop a file; back comes its entity tag."""
        answer = self.s3.put_object(Bucket=self.name, Key=f"in/{key}", Body=content)
        return str(answer["ETag"].strip('"'))

    def take(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.name, Key=f"in/{key}")

    def waiting(self) -> int:
        """How many messages the queue has, those in flight too."""
        return self._count(self.url)

    def dead(self) -> list[tuple[str, str]]:
        """The dead letters: each one's key and reason; they stay."""
        found = self.sqs.receive_message(
            QueueUrl=self.dead_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        return sorted(
            (_key(one["Body"]), one.get("MessageAttributes", {})["Reason"]["StringValue"])
            for one in found
        )

    def redrive(self) -> None:
        """Move dead letters back, as ``aws sqs start-message-move-task`` does."""
        while self._count(self.dead_url):
            for one in self.sqs.receive_message(QueueUrl=self.dead_url)["Messages"]:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=one["Body"])
                receipt = one["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=self.dead_url, ReceiptHandle=receipt)

    def say(self, body: Any) -> None:
        """Put any message into the queue."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def lose(self) -> None:
        """Lose every message."""
        while found := self.sqs.receive_message(QueueUrl=self.url).get("Messages"):
            for one in found:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])

    def bodies(self) -> list[str]:
        """The messages that are there, which stay."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [one["Body"] for one in answer.get("Messages", [])]

    @property
    def s3(self) -> Any:
        return self.config.client("s3")

    @property
    def sqs(self) -> Any:
        return self.config.client("sqs")

    def _count(self, url: str) -> int:
        kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)
        return sum(int(found["Attributes"][kind]) for kind in kinds)


def make_drops(config: AwsConfig, seconds: int = 30, receives: int = 20) -> Drops:
    """A bucket of its own; a message that was received is hidden for so many seconds."""
    name = f"drops-{next(_numbers)}"
    sqs, s3 = config.client("sqs"), config.client("s3")
    dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead = _arn(sqs, dead_url)
    url = sqs.create_queue(
        QueueName=name,
        Attributes={
            "VisibilityTimeout": str(seconds),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": receives}),
        },
    )["QueueUrl"]
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": _arn(sqs, url),
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
                }
            ]
        },
    )
    drops = Drops(config, name, url, dead_url)
    drops.lose()  # what S3 says to try the queue
    return drops


def soon() -> datetime:
    """A moment later than anything said so far."""
    return datetime.now(UTC) + timedelta(seconds=1)


def _arn(sqs: Any, url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _key(body: str) -> str:
    try:
        key = json.loads(body)["Records"][0]["s3"]["object"]["key"]
        return unquote_plus(key).removeprefix("in/")
    except (ValueError, KeyError, TypeError):
        return body
