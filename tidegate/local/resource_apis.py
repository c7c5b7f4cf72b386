"""How resources are made that moto's services know and its CloudFormation doesn't."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from moto.emrserverless.models import emrserverless_backends

from tidegate.aws import AwsConfig

Properties = dict[str, Any]


@dataclass(frozen=True)
class _Api:
    """How a type's resources are made and deleted by its service."""

    create: Callable[[AwsConfig, Properties], tuple[str, dict[str, str]]]
    delete: Callable[[AwsConfig, str], object]


def _by(service: str, create: str, delete: str, argument: str, named: str = "Name") -> _Api:
    """A type whose properties are what its service takes.

    Args:
        service: the service.
        create: its request that makes one.
        delete: its request that deletes one.
        argument: what that request calls the name; [] where it takes a list.
        named: the property that names one.
    """

    def made(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
        name = given.pop("Name")
        getattr(place.client(service), create)(**given | {named: name})
        return name, {}

    def deleted(place: AwsConfig, name: str) -> None:
        value = [name] if argument.endswith("[]") else name
        getattr(place.client(service), delete)(**{argument.removesuffix("[]"): value})

    return _Api(made, deleted)


def _application(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    # moto 5.2 takes the labels of EMR 7 and before only.
    asked = _camel(given) | {"releaseLabel": "emr-7.0.0"}
    made = place.client("emr-serverless").create_application(**asked)
    identity, (region, account) = made["applicationId"], made["arn"].split(":")[3:5]
    application = emrserverless_backends[account][region].applications[identity]
    application.release_label = given["ReleaseLabel"]
    return identity, {"ApplicationId": identity, "Arn": made["arn"]}


def _workgroup(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    place.client("athena").create_work_group(
        Name=given["Name"], Configuration=given.get("WorkGroupConfiguration", {})
    )
    return given["Name"], {}


def _query(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    made = place.client("athena").create_named_query(**given)
    return made["NamedQueryId"], {}


def _database(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    described = given["DatabaseInput"]
    place.client("glue").create_database(DatabaseInput=described)
    return described["Name"], {}


def _connection(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    described = {"ConnectionProperties": {}} | given["ConnectionInput"]
    place.client("glue").create_connection(ConnectionInput=described)
    return described["Name"], {}


def _subscription(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    asked = {name: given[name] for name in ("TopicArn", "Protocol", "Endpoint")}
    arn = place.client("sns").subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return arn, {}


def _secret(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    client, wanted = place.client("secretsmanager"), given.get("GenerateSecretString")
    text = given.get("SecretString") or _generated(client, wanted or {})
    made = client.create_secret(Name=given["Name"], SecretString=text)
    return made["ARN"], {"Id": made["ARN"]}


def _generated(client: Any, wanted: Properties) -> str:
    """A secret's text as CloudFormation generates it, in a JSON document where that is asked."""
    words = {name: one for name, one in wanted.items() if name not in _OF_DOCUMENT}
    password: str = client.get_random_password(**words)["RandomPassword"]
    key = wanted.get("GenerateStringKey")
    document = json.loads(wanted.get("SecretStringTemplate", "{}"))
    return json.dumps(document | {key: password}) if key else password


_OF_DOCUMENT = ("GenerateStringKey", "SecretStringTemplate")


def _policy(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    bucket, text = given["Bucket"], json.dumps(given["PolicyDocument"])
    place.client("s3").put_bucket_policy(Bucket=bucket, Policy=text)
    return bucket, {}


_APIS = {
    "AWS::Athena::NamedQuery": _Api(
        _query, lambda at, name: at.client("athena").delete_named_query(NamedQueryId=name)
    ),
    "AWS::Athena::WorkGroup": _Api(
        _workgroup, lambda at, name: at.client("athena").delete_work_group(WorkGroup=name)
    ),
    "AWS::CloudWatch::Alarm": _by(
        "cloudwatch", "put_metric_alarm", "delete_alarms", "AlarmNames[]", "AlarmName"
    ),
    "AWS::EMRServerless::Application": _Api(
        _application,
        lambda at, name: at.client("emr-serverless").delete_application(applicationId=name),
    ),
    "AWS::Glue::Connection": _Api(
        _connection, lambda at, name: at.client("glue").delete_connection(ConnectionName=name)
    ),
    "AWS::Glue::Database": _Api(
        _database, lambda at, name: at.client("glue").delete_database(Name=name)
    ),
    "AWS::Glue::Job": _by("glue", "create_job", "delete_job", "JobName"),
    "AWS::Glue::Trigger": _by("glue", "create_trigger", "delete_trigger", "Name"),
    "AWS::Glue::Workflow": _by("glue", "create_workflow", "delete_workflow", "Name"),
    "AWS::KinesisFirehose::DeliveryStream": _by(
        "firehose",
        "create_delivery_stream",
        "delete_delivery_stream",
        "DeliveryStreamName",
        "DeliveryStreamName",
    ),
    "AWS::S3::BucketPolicy": _Api(
        _policy, lambda at, name: at.client("s3").delete_bucket_policy(Bucket=name)
    ),
    "AWS::SNS::Subscription": _Api(
        _subscription, lambda at, name: at.client("sns").unsubscribe(SubscriptionArn=name)
    ),
    "AWS::Scheduler::Schedule": _by("scheduler", "create_schedule", "delete_schedule", "Name"),
    "AWS::SecretsManager::Secret": _Api(
        _secret,
        lambda at, name: at.client("secretsmanager").delete_secret(
            SecretId=name, ForceDeleteWithoutRecovery=True
        ),
    ),
}


def create(place: AwsConfig, kind: str, given: Properties) -> tuple[str, dict[str, str]] | None:
    """Make a resource by its service; None where there is no way to, as this is no AWS.

    Returns:
        Its name or id, and what templates may ask of it.
    """
    if kind not in _APIS:
        return None
    try:
        return _APIS[kind].create(place, given)
    except ParamValidationError:  # CloudFormation's properties aren't the request's
        return None
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":  # the lake's own catalog
            return None
        raise


def delete(place: AwsConfig, kind: str, name: str) -> None:
    """Delete a resource by its service, where it was made by it."""
    if kind in _APIS:
        with contextlib.suppress(ClientError):  # it was never made, or is gone
            _APIS[kind].delete(place, name)


def _camel(given: Any) -> Any:
    """Properties as services in lower camel case take them."""
    if isinstance(given, dict):
        return {name[:1].lower() + name[1:]: _camel(one) for name, one in given.items()}
    return [_camel(one) for one in given] if isinstance(given, list) else given
