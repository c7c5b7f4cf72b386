"""One stage of a flow as states: run it on Glue or EMR Serverless, again where that may help."""

import json
from typing import Any

from tidegate.deploy.beside import beside
from tidegate.deploy.entry import SERVE
from tidegate.deploy.orchestration import endings

State = dict[str, Any]
TASK = "arn:aws:states:::"

SECONDS = 4 * 60 * 60
"""How long a stage may take, on its first run over a long history too."""
WORKGROUP = "tidegate-${Env}-jobs"
"""The workgroup of Athena that jobs ask in."""
_OF_SERVING = {
    "--TIDEGATE_ATHENA_WORKGROUP": WORKGROUP,
    "--TIDEGATE_FIGURES_DATABASE": "${FiguresDatabase}",
}
# What the Glue job has among its own arguments, and EMR Serverless has no place for.
_ON_EMR = {
    "--project": "${Artefacts}/project.zip",
    "--TIDEGATE_ENDPOINT": "aws",
    "--TIDEGATE_WAREHOUSE": "${Warehouse}",
    "--TIDEGATE_DATABASE_PREFIX": "${DatabasePrefix}",
    "--TIDEGATE_PERSONAL_KEY": "secretsmanager:${PersonalKey}",
    "--TIDEGATE_ALERT_TOPIC": "${AlertTopic}",
}


def asked(source: str, stage: str) -> dict[str, str]:
    """What a run is told beside the job's own arguments."""
    given = {"--source": source, "--stage": stage}
    return given | (_OF_SERVING if stage == SERVE else {})


def branch(source: str, stage: str) -> State:
    """The states of a stage: it ends with the stage's name and how that ended.

    A failure gets its name inside of a Parallel state of one branch, so that the retries around
    it go by that name: a lost publish and a failed job run again, a blocked gate doesn't.
    """
    run = {
        "Type": "Parallel",
        "Branches": [_once(source, stage)],
        "Retry": endings.ENDING,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"{stage}: alert"}],
        "Output": {"stage": stage, "outcome": "ok"},
        "End": True,
    }
    return {"StartAt": stage, "States": {stage: run, f"{stage}: alert": _alert(source, stage)}}


def _once(source: str, stage: str) -> State:
    """One job run; a failure is named by what the run said last."""
    failed, on = f"{stage}: failed", {"glue": f"{stage}: Glue", "emr": f"{stage}: EMR Serverless"}
    run = {
        "Type": "Task",
        "TimeoutSeconds": SECONDS,
        "Retry": endings.STARTING,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": failed}],
        "End": True,
    }
    lander = _by_the_lander(stage) if stage.startswith("raw.") else {}
    choice = {
        "Type": "Choice",
        "Choices": [
            *({"Condition": "{% '${Lands}' = 'no' %}", "Next": name} for name in lander),
            {"Condition": "{% '${Engine}' = 'emr' %}", "Next": on["emr"]},
        ],
        "Default": on["glue"],
    }
    return {
        "StartAt": f"{stage}: where",
        "States": {
            f"{stage}: where": choice,
            **lander,
            on["glue"]: run | _on_glue(source, stage),
            on["emr"]: run | _on_emr(source, stage),
            failed: {"Type": "Fail", "Error": endings.name(), "Cause": endings.cause()},
        },
    }


def _by_the_lander(stage: str) -> dict[str, State]:
    """The state in the place of a landing, where what a lander publishes starts the flow."""
    return {f"{stage}: by the lander": {"Type": "Pass", "End": True}}


def _on_glue(source: str, stage: str) -> State:
    return {
        "Resource": f"{TASK}glue:startJobRun.sync",
        "Arguments": {
            "JobName": "${GlueJob}",
            "Arguments": asked(source, stage),
        },
    }


def _on_emr(source: str, stage: str) -> State:
    given = asked(source, stage) | _ON_EMR
    return {
        "Resource": f"{TASK}emr-serverless:startJobRun.sync",
        "Arguments": {
            "ApplicationId": "${EmrApplication}",
            "ExecutionRoleArn": "${EmrRole}",
            "Name": f"{source} {stage}",
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": "${Artefacts}/emr/entry.py",
                    "EntryPointArguments": [word for pair in given.items() for word in pair],
                    "SparkSubmitParameters": _spark(),
                }
            },
        },
    }


def _spark() -> str:
    """What EMR needs to run the entry on Spark with Iceberg."""
    driver = json.loads(beside("emr/serverless.json").read_text())["jobDriver"]["sparkSubmit"]
    return str(driver["sparkSubmitParameters"])


def _alert(source: str, stage: str) -> State:
    """Tell whoever is on call; what the run said says what to do."""
    subject = f"'tidegate: {source}, {stage}: ' & $states.input.Error"
    again = (
        "'what was published stays, and nothing half done is visible; once that is mended:"
        " aws stepfunctions start-execution --state-machine-arn '"
        " & $states.context.StateMachine.Id"
    )
    lines = [
        f"'{source}: {stage}: ' & $states.input.Error",
        "'' & $states.input.Cause",
        "'execution: ' & $states.context.Execution.Id",
        again,
    ]
    return {
        "Type": "Task",
        "Resource": f"{TASK}sns:publish",
        "Arguments": {
            "TopicArn": "${AlertTopic}",
            "Subject": f"{{% $substring({subject}, 0, 100) %}}",
            "Message": f"{{% $join([{', '.join(lines)}], '\n') %}}",
        },
        "Retry": endings.TELLING,
        "Output": {"stage": stage, "outcome": "{% $states.input.Error %}"},
        "End": True,
    }
