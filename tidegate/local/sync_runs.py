"""EMR Serverless in a state machine: ``emr-serverless:startJobRun.sync``, which moto refuses."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from typing_extensions import override

from tidegate.aws import AwsConfig

_ENDED = {"SUCCESS", "FAILED", "CANCELLED"}


class EmrServerlessTask(state_task_service_callback.StateTaskServiceCallback):
    """A task that starts a job run and waits for its end."""

    aws: AwsConfig

    def __init__(self) -> None:
        # Without a task token moto's own waiting has nothing to let go of.
        patterns: Any = {ResourceCondition.Sync, ResourceCondition.WaitForTaskToken}
        super().__init__(patterns)

    @override
    def _get_supported_parameters(self) -> set[str] | None:
        return None

    @override
    def _validate_service_integration_is_supported(self) -> None:
        """The request itself says what it can't do."""

    @override
    def _eval_service_task(
        self,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> None:
        asked = _cased(normalised_parameters, str.lower)
        started = self.aws.client("emr-serverless").start_job_run(**asked)
        started.pop("ResponseMetadata")
        env.stack.append(_cased(started, str.upper))

    @override
    def _build_sync_resolver(
        self,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> Callable[[], Any]:
        started = env.stack.pop()
        asked = {"applicationId": started["ApplicationId"], "jobRunId": started["JobRunId"]}

        def look() -> Any:
            run = self.aws.client("emr-serverless").get_job_run(**asked)["jobRun"]
            if run["state"] not in _ENDED:
                return None
            told = _cased(run, str.upper)
            if run["state"] == "SUCCESS":
                return told
            raise FailureEventException(self._failed(env, "States.TaskFailed", to_json_str(told)))

        return look

    @override
    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            told = ex.response["Error"]
            return self._failed(env, f"EMRServerless.{told['Code']}", told.get("Message", ""))
        return super()._from_error(env=env, ex=ex)

    def _failed(self, env: Any, error: str, cause: str) -> FailureEvent:
        details = TaskFailedEventDetails(
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
            error=error,
            cause=cause,
        )
        return FailureEvent(
            env=env,
            error_name=ErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),  # type: ignore[typeddict-item]
        )


def _cased(value: Any, case: Callable[[str], str]) -> Any:
    """A request or an answer with its names' first letters as EMR's API, or as a machine has them.

    What has names of its own, tags and a configuration's properties, comes in no such request.
    """
    if isinstance(value, dict):
        return {f"{case(name[0])}{name[1:]}": _cased(one, case) for name, one in value.items()}
    return [_cased(one, case) for one in value] if isinstance(value, list) else value
