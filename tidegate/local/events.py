"""EventBridge's rules that start a state machine or tell a topic, targets that moto refuses."""

import copy
import json
from typing import Any

from moto.events import models
from moto.events.utils import EventTemplateParser

from tidegate.aws import AwsConfig

_OURS = ("sns", "states")


def mend(aws: AwsConfig) -> None:
    """Have rules reach such targets at this endpoint."""
    moto: Any = models.Rule.send_to_targets

    def send(self: models.Rule, original_event: Any, *more: Any, **rest: Any) -> None:
        ours = [one for one in self.targets if one["Arn"].split(":")[2] in _OURS]
        theirs = copy.copy(self)
        theirs.targets = [one for one in self.targets if one not in ours]
        moto(theirs, original_event, *more, **rest)
        if self.event_pattern.matches_event(original_event):
            for target in ours:
                _tell(aws, target, original_event)

    models.Rule.send_to_targets = send  # type: ignore[method-assign]


def _tell(aws: AwsConfig, target: dict[str, Any], event: Any) -> None:
    """Hand an event to a target, as the target asks for it."""
    asked = target.get("InputTransformer", {})
    told: Any = target.get("Input") or EventTemplateParser.parse(
        input_template=asked.get("InputTemplate"),
        input_paths_map=asked.get("InputPathsMap", {}),
        event=event,
    )
    text = told if isinstance(told, str) else json.dumps(told, default=str)
    if ":states:" in target["Arn"]:
        aws.client("stepfunctions").start_execution(stateMachineArn=target["Arn"], input=text)
    else:
        aws.client("sns").publish(TopicArn=target["Arn"], Message=text)
