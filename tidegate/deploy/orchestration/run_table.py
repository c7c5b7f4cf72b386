"""The table of runs, "what runs now?", as states that write it.

A row has a flow and a run. Run ``now`` is there while an execution of the flow is: whoever puts
it first runs, and whoever comes meanwhile leaves word there. When an execution ends, it leaves a
row of its own, by the moment it started, which DynamoDB deletes after ``KEPT_DAYS`` days. None of
it is read to decide what is published: that lock is the catalog's.
"""

from typing import Any

from tidegate.deploy.orchestration import endings
from tidegate.deploy.orchestration.stages import TASK, State

KEPT_DAYS = 90
HELD = "hold"
_TAKEN = "DynamoDB.ConditionalCheckFailedException"
_ME, _SINCE = "$states.context.Execution.Id", "$states.context.Execution.StartTime"


def entered(source: str, first: str) -> dict[str, State]:
    """The states that let one execution of a flow run, and have another leave word."""
    hold = {
        "Item": _key(source) | {"execution": _text(_ME), "since": _text(_SINCE)},
        "ConditionExpression": "attribute_not_exists(#flow) OR #execution = :me",
        "ExpressionAttributeNames": {"#flow": "flow", "#execution": "execution"},
        "ExpressionAttributeValues": {":me": _text(_ME)},
    }
    who = {"Key": _key(source), "ConsistentRead": True}
    holder = "{% '' & $states.result.Item.execution.S %}"
    runs = {"Condition": "{% $holding = 'RUNNING' %}", "Next": "leave word"}
    return {
        HELD: _task("putItem", hold, taken="who holds", then=first),
        "who holds": _task("getItem", who, then="does it run") | {"Assign": {"holder": holder}},
        "does it run": _asked_of_the_holder(),
        "it runs": {"Type": "Choice", "Choices": [runs], "Default": "take over"},
        **_of_the_holder(source),
    }


def _asked_of_the_holder() -> State:
    """Whether the execution that holds the row is one that still runs."""
    gone = {"ErrorEquals": ["States.ALL"], "Assign": {"holding": "GONE"}, "Next": "it runs"}
    return {
        "Type": "Task",
        "Resource": f"{TASK}aws-sdk:sfn:describeExecution",
        "Arguments": {"ExecutionArn": "{% $holder %}"},
        "Retry": endings.TELLING,
        "Assign": {"holding": "{% $states.result.Status %}"},
        "Catch": [gone],
        "Next": "it runs",
    }


def _of_the_holder(source: str) -> dict[str, State]:
    """The states that change the row of another execution, as long as it is that one's."""
    its = {
        "Key": _key(source),
        "ConditionExpression": "#execution = :holder",
        "ExpressionAttributeNames": {"#execution": "execution"},
        "ExpressionAttributeValues": {":holder": _text("$holder")},
    }
    word = its | {
        "UpdateExpression": "SET #again = :yes",
        "ExpressionAttributeNames": {"#again": "again", "#execution": "execution"},
        "ExpressionAttributeValues": {":yes": {"BOOL": True}, ":holder": _text("$holder")},
    }
    return {
        "leave word": _task("updateItem", word, taken=HELD, then="left word"),
        "left word": {"Type": "Succeed", "Output": {"flow": source, "outcome": "left word"}},
        # One that was stopped by hand, or ran into the service's own limits, left its row behind.
        "take over": _task("deleteItem", its, taken=HELD, then=HELD),
    }


def now_at(source: str, stages: list[str], after: str) -> State:
    """The state that says which stages run now."""
    return _task(
        "updateItem",
        {
            "Key": _key(source),
            "UpdateExpression": "SET #stages = :stages",
            "ExpressionAttributeNames": {"#stages": "stages"},
            "ExpressionAttributeValues": {":stages": {"L": [{"S": one} for one in stages]}},
        },
        then=after,
    )


def ended(source: str, first: str) -> dict[str, State]:
    """The states after the last stage, and after a failed one."""
    mine = {
        "Key": _key(source),
        "ConditionExpression": "#execution = :me",
        "ExpressionAttributeNames": {"#execution": "execution"},
        "ExpressionAttributeValues": {":me": _text(_ME)},
    }
    unasked = {
        "ConditionExpression": "#execution = :me AND attribute_not_exists(#again)",
        "ExpressionAttributeNames": {"#execution": "execution", "#again": "again"},
    }
    again = {
        "UpdateExpression": "REMOVE #again",
        "ExpressionAttributeNames": {"#execution": "execution", "#again": "again"},
    }
    broken = {"Type": "Fail", "Error": "FlowFailed", "Cause": "{% $join($failed, ', ') %}"}
    return {
        "leave": _task("deleteItem", mine | unasked, taken="once more", then="keep"),
        "once more": _task("updateItem", mine | again, taken="keep", then=first),
        "keep": _kept(source, "succeeded", "[]", "done"),
        "done": {"Type": "Succeed", "Output": {"flow": source, "outcome": "succeeded"}},
        "leave broken": _task("deleteItem", mine, then="keep broken", otherwise="keep broken"),
        "keep broken": _kept(source, "failed", "$failed", "broken", otherwise="broken"),
        "broken": broken,
    }


def held(then: str) -> dict[str, Any]:
    """What catches whatever goes wrong, and keeps what that was for the state that tells it."""
    return {"ErrorEquals": ["States.ALL"], "Next": then}


def _kept(
    source: str,
    outcome: str,
    failed: str,
    then: str,
    otherwise: str = "alert",
) -> State:
    expires = f"$string($floor($millis() / 1000) + {KEPT_DAYS} * 86400)"
    item = {
        "flow": {"S": source},
        "run": _text(f"{_SINCE} & ' ' & $states.context.Execution.Name"),
        "execution": _text(_ME),
        "outcome": {"S": outcome},
        "failed": {"L": f"{{% [$map({failed}, function($one) {{ {{'S': $one}} }})] %}}"},
        "ended": _text("$now()"),
        "expires": {"N": f"{{% {expires} %}}"},
    }
    return _task("putItem", {"Item": item}, then=then, otherwise=otherwise)


def _task(
    action: str,
    arguments: dict[str, Any],
    *,
    then: str,
    taken: str | None = None,
    otherwise: str = "alert",
) -> State:
    """A request to the table; ``taken`` comes next where its condition doesn't hold."""
    catches = [{"ErrorEquals": [_TAKEN], "Next": taken}] if taken else []
    # A condition that doesn't hold now won't hold a second later: no retry.
    no_retry = [{"ErrorEquals": [_TAKEN], "MaxAttempts": 0}] if taken else []
    return {
        "Type": "Task",
        "Resource": f"{TASK}dynamodb:{action}",
        "Arguments": {"TableName": "${RunsTable}", **arguments},
        "Retry": [*no_retry, *endings.TELLING],
        "Catch": [*catches, held(otherwise)],
        "Next": then,
    }


def _key(source: str) -> dict[str, Any]:
    return {"flow": {"S": source}, "run": {"S": "now"}}


def _text(value: str) -> dict[str, str]:
    """An attribute of DynamoDB that JSONata computes."""
    return {"S": f"{{% {value} %}}"}
