"""A flow as a Step Functions state machine, in Amazon States Language with JSONata.

Layer by layer, the stages of a layer side by side, each ending for itself: a mart that fails is
alerted, its neighbours end, and nothing that comes after them starts. One execution of a flow
runs at a time; a start meanwhile makes it go round once more, so that none is lost.
"""

from typing import Any

from tidegate.deploy.orchestration import endings
from tidegate.deploy.orchestration.run_table import HELD, ended, entered, held, now_at
from tidegate.deploy.orchestration.stages import TASK, State, branch

FIRST = "layer 1"


def machine(source: str, layered: list[list[str]]) -> dict[str, Any]:
    """The definition, in which ``${…}`` stands for what the stack substitutes.

    Args:
        source: the flow's name.
        layered: the stages, in layers.
    """
    states = entered(source, FIRST)
    for number, stages in enumerate(layered, 1):
        after = f"layer {number + 1}" if number < len(layered) else "leave"
        states |= _layer(source, number, stages, after)
    states |= ended(source, FIRST)
    states["alert"] = _alert(source)
    return {
        "Comment": f"Rendered from pipelines/{source}.py by: tidegate flow render",
        "QueryLanguage": "JSONata",
        "StartAt": HELD,
        "States": states,
    }


def _layer(source: str, number: int, stages: list[str], after: str) -> dict[str, State]:
    """The states of a layer: say what runs, run it, and go on where all of it is well."""
    name, whole = f"layer {number}", f"layer {number} is well"
    broken = "{% $exists($failed[0]) %}"
    return {
        name: now_at(source, stages, f"{name}: run"),
        f"{name}: run": {
            "Type": "Parallel",
            "Branches": [branch(source, stage) for stage in stages],
            "Assign": {"failed": "{% [$states.result[outcome != 'ok'].stage] %}"},
            "Catch": [held("alert")],
            "Next": whole,
        },
        whole: {
            "Type": "Choice",
            "Choices": [{"Condition": broken, "Next": "leave broken"}],
            "Default": after,
        },
    }


def _alert(source: str) -> State:
    """Tell of what goes wrong beside the stages, e.g. the run table can't be written."""
    lines = [
        f"'{source}: the flow stopped: ' & $states.input.Error",
        "'' & $states.input.Cause",
        "'execution: ' & $states.context.Execution.Id",
    ]
    return {
        "Type": "Task",
        "Resource": f"{TASK}sns:publish",
        "Arguments": {
            "TopicArn": "${AlertTopic}",
            "Subject": f"tidegate: {source} stopped",
            "Message": f"{{% $join([{', '.join(lines)}], '\n') %}}",
        },
        "Retry": endings.TELLING,
        "Assign": {"failed": [source]},
        "Next": "leave broken",
    }
