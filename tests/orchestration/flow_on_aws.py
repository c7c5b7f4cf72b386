"""A flow's state machine at a local endpoint, with all around it that a stack makes on AWS."""

import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tidegate.aws import AwsConfig

ROLE = "arn:aws:iam::123456789012:role/tidegate"
BUCKET = "artefacts"
ENTRIES = ("glue/entry.py", "emr/entry.py")
SCRIPTED = MappingProxyType(dict.fromkeys(ENTRIES, Path(__file__).with_name("scripted.py")))


class FlowOnAws:
    """One flow's machine, its topic with a queue to read it from, its table, its jobs.

    Args:
        aws: the endpoint.
        definition: the machine's, as rendered.
        project: a folder, which scripted job runs get as their warehouse.
        engine: ``glue`` or ``emr``.
        artefacts: what is uploaded, by name.
        settings: more of the Glue job's arguments.
        more: what is substituted beside.
    """

    def __init__(
        self,
        aws: AwsConfig,
        definition: dict[str, Any],
        project: Path,
        engine: str = "glue",
        artefacts: Mapping[str, Path] = SCRIPTED,
        settings: Mapping[str, str] = MappingProxyType({}),
        **more: str,
    ) -> None:
        self.aws, self.project, self.name = aws, project, project.name
        self.topic, self.queue = self._topic()
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for name, path in artefacts.items():
            s3.upload_file(str(path), BUCKET, f"{self.name}/{name}")
        self.artefacts = f"s3://{BUCKET}/{self.name}"
        self._table()
        values = {
            "Engine": engine,
            "GlueJob": self._glue(settings),
            "EmrApplication": self._emr(),
            "EmrRole": ROLE,
            "Artefacts": self.artefacts,
            "RunsTable": self.name,
            "AlertTopic": self.topic,
            "Lands": "yes",
            "Warehouse": str(project),
            "DatabasePrefix": "dev_",
            "Env": "dev",
            "FiguresDatabase": "none",
            "PersonalKey": "personal",
            **more,
        }
        text = json.dumps(definition)
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        assert "${" not in text
        self.arn = aws.client("stepfunctions").create_state_machine(
            name=self.name, definition=at_once(text), roleArn=ROLE
        )["stateMachineArn"]

    def plan(self, run: str, code: int, last: str = "") -> None:
        """Have a run of a stage, e.g. ``mart.a.1``, end with a code and last words."""
        (self.project / run).write_text(f"{code}\n{last}\n")

    def together(self, stage: str, other: str) -> None:
        """Have two stages wait for each other's begin."""
        for one, two in ((stage, other), (other, stage)):
            (self.project / f"{one}.with").write_text(f"{two}.begun")

    def start(self) -> str:
        """Start an execution."""
        started = self.aws.client("stepfunctions").start_execution(stateMachineArn=self.arn)
        return str(started["executionArn"])

    def run(self) -> dict[str, Any]:
        """Start an execution and wait for its end."""
        return self.ended(self.start())

    def ended(self, execution: str, seconds: float = 60) -> dict[str, Any]:
        """An execution, once it has ended."""
        latest = time.monotonic() + seconds
        while time.monotonic() < latest:
            client = self.aws.client("stepfunctions")
            told: dict[str, Any] = client.describe_execution(executionArn=execution)
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.1)
        raise AssertionError(f"still running: {self.states(execution)}")

    def states(self, execution: str) -> list[str]:
        """The states that were entered, in order."""
        client = self.aws.client("stepfunctions")
        events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return [
            one["stateEnteredEventDetails"]["name"]
            for one in events
            if "stateEnteredEventDetails" in one
        ]

    def ran(self) -> Counter[str]:
        """How often each stage ran."""
        return Counter((self.project / "runs").read_text().split())

    def alerts(self) -> list[dict[str, str]]:
        """The messages that came out of the topic."""
        client, found = self.aws.client("sqs"), list[dict[str, str]]()
        while got := client.receive_message(QueueUrl=self.queue).get("Messages"):
            for one in got:
                found.append(json.loads(one["Body"]))
                client.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The table's rows, ``now`` first."""
        items = self.aws.client("dynamodb").scan(TableName=self.name)["Items"]
        return sorted(items, key=lambda one: str(one["run"]["S"] != "now") + one["run"]["S"])

    def _topic(self) -> tuple[str, str]:
        topic = self.aws.client("sns").create_topic(Name=self.name)["TopicArn"]
        queue = self.aws.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        arn = f"arn:aws:sqs:{self.aws.region}:123456789012:{self.name}"
        self.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, queue

    def _table(self) -> None:
        keys = {"flow": "HASH", "run": "RANGE"}
        self.aws.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in keys],
            KeySchema=[{"AttributeName": one, "KeyType": kind} for one, kind in keys.items()],
        )

    def _glue(self, settings: Mapping[str, str]) -> str:
        self.aws.client("glue").create_job(
            Name=self.name,
            Role=ROLE,
            Command={"Name": "glueetl", "ScriptLocation": f"{self.artefacts}/glue/entry.py"},
            DefaultArguments={
                "--project": f"{self.artefacts}/project.zip",
                "--TIDEGATE_WAREHOUSE": str(self.project),
                **settings,
            },
            ExecutionProperty={"MaxConcurrentRuns": 20},
        )
        return self.name

    def _emr(self) -> str:
        made = self.aws.client("emr-serverless").create_application(
            name=self.name, releaseLabel="emr-7.0.0", type="SPARK", clientToken=self.name
        )
        return str(made["applicationId"])


def at_once(definition: str) -> str:
    """A definition that waits a second where it would wait for longer."""
    quick = re.sub(r'"IntervalSeconds": \d+', '"IntervalSeconds": 1', definition)
    return quick.replace('"BackoffRate": 2', '"BackoffRate": 1.0')
