"""Step Functions: state machines that execute, those that CloudFormation makes too.

moto only keeps them by default. Its interpreter takes a second to load, so it is loaded by the
first request that needs it.
"""

import threading
from typing import Any, ClassVar

from moto.stepfunctions import models, responses
from typing_extensions import override

from tidegate.aws import AwsConfig

_loading = threading.Lock()


class LocalStepFunctionsResponse(responses.StepFunctionResponse):
    """The service's answers."""

    aws: ClassVar[AwsConfig]
    backends: ClassVar[Any] = None

    @property
    @override
    def stepfunction_backend(self) -> models.StepFunctionBackend:
        found: models.StepFunctionBackend = self.loaded()[self.current_account][self.region]
        return found

    @classmethod
    def loaded(cls) -> Any:
        """The interpreter's machines, by account and region."""
        with _loading:
            if cls.backends is None:
                from tidegate.local import interpreter

                cls.backends = models.stepfunctions_backends = interpreter.mend(cls.aws)
        return cls.backends


def mend(aws: AwsConfig) -> None:
    """Put this service in the place of moto's, before it has answered its first request."""
    from moto.stepfunctions import urls

    LocalStepFunctionsResponse.aws = aws
    urls.url_paths["{0}/$"] = LocalStepFunctionsResponse.dispatch
    machine = models.StateMachine
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        moto = getattr(machine, name).__func__
        setattr(machine, name, classmethod(_with_definition(moto, aws)))


def _with_definition(moto: Any, aws: AwsConfig) -> Any:
    """Make a machine from a definition in S3, with what the template substitutes in it."""

    def made(cls: Any, *words: Any, **more: Any) -> Any:
        LocalStepFunctionsResponse.loaded()
        given = next(one for one in [*words, *more.values()] if isinstance(one, dict))
        properties = given["Properties"]
        if place := properties.get("DefinitionS3Location"):
            found = aws.client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"])
            properties["DefinitionString"] = found["Body"].read().decode()
        for name, value in properties.get("DefinitionSubstitutions", {}).items():
            text = properties["DefinitionString"]
            properties["DefinitionString"] = text.replace(f"${{{name}}}", str(value))
        return moto(cls, *words, **more)

    return made
