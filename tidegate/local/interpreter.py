"""moto's interpreter of state machines, mended where a flow's needs it.

It executes most of the language, but for JSONata, which it hands to a Java library that isn't
there, and EMR Serverless, which it refuses. What job runs then do is in ``job_runs``.
"""

import copy
import importlib
import json
import sys
import types
import uuid
from typing import Any

from jsonata import Jsonata
from moto.stepfunctions import responses
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from tidegate.aws import AwsConfig
from tidegate.local.sync_runs import EmrServerlessTask

_TASKS = "moto.stepfunctions.parser.asl.component.state.exec.state_task"
_POLL = 0.2  # seconds between two looks at a job run


def mend(aws: AwsConfig) -> Any:
    """Have what a state machine asks reach this endpoint, and its JSONata be evaluated.

    Returns:
        moto's backends, by account and region.
    """
    # A moment within an output would else fail to be told.
    told = types.SimpleNamespace(dumps=to_json_str, loads=json.loads)
    setattr(responses, "json", told)  # noqa: B010
    models.StepFunctionsParserBackend.start_execution = _started  # type: ignore[assignment, method-assign]
    _mend_jsonata()
    _mend_tasks(aws)
    return models.stepfunctions_parser_backends


_start: Any = models.StepFunctionsParserBackend.start_execution


def _started(self: Any, machine: str, name: str | None = None, *more: Any, **rest: Any) -> Any:
    """Give an execution that isn't named a name of its own, as AWS does."""
    return _start(self, machine, name or str(uuid.uuid4()), *more, **rest)


def _mend_jsonata() -> None:
    """Evaluate JSONata in Python, and write texts with quotes in them as JSON."""
    _replace("eval_jsonata_expression", _evaluate)
    _replace(
        "encode_jsonata_variable_declarations",
        lambda bindings: "".join(f"{name}:={to_json_str(one)};" for name, one in bindings.items()),
    )


def _evaluate(expression: str) -> Any:
    try:
        found = Jsonata(expression).evaluate(None)
    except Exception as error:
        raise JSONataException("States.QueryEvaluationError", str(error)) from error
    return json.loads(to_json_str(found))


def _mend_tasks(aws: AwsConfig) -> None:
    """Let tasks reach this endpoint at its own address, and wait for job runs."""
    _replace("boto_client_for", lambda service, **_: aws.client(service))
    glue = importlib.import_module(f"{_TASKS}.service.state_task_service_glue")
    callback = importlib.import_module(f"{_TASKS}.service.state_task_service_callback")
    sdk = importlib.import_module(f"{_TASKS}.service.state_task_service_aws_sdk")
    # Without a task token moto's own waiting has nothing to let go of.
    glue._SUPPORTED_INTEGRATION_PATTERNS.add("waitForTaskToken")
    setattr(callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", _POLL)  # noqa: B010
    sdk.StateTaskServiceAwsSdk._eval_service_task = _ask
    EmrServerlessTask.aws = aws
    ours = {"emr-serverless": EmrServerlessTask}
    moto = importlib.import_module(f"{_TASKS}.service.state_task_service_factory")
    theirs = moto.state_task_service_for
    _replace(
        "state_task_service_for",
        lambda service_name: ours.get(service_name, lambda: theirs(service_name))(),
    )


def _ask(self: Any, env: Any, normalised_parameters: Any, **_: Any) -> None:
    """A request of ``aws-sdk:…``: names begin with a capital there, whatever the service's do."""
    client = EmrServerlessTask.aws.client(self._get_boto_service_name())
    action = self._get_boto_service_action()
    shapes = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[action])
    asked = copy.deepcopy(normalised_parameters)
    if shapes.input_shape is not None:
        self._to_boto_request(asked, shapes.input_shape)
    answer = getattr(client, action)(**asked)
    answer.pop("ResponseMetadata", None)
    if shapes.output_shape is not None:
        self._from_boto_response(answer, shapes.output_shape)
    env.stack.append(json.loads(to_json_str(answer)))


def _replace(name: str, ours: Any) -> None:
    """Put a function in the place of moto's in each module that has imported it."""
    for module in [one for key, one in sys.modules.items() if key.startswith("moto.stepfunctions")]:
        if hasattr(module, name):
            setattr(module, name, ours)
