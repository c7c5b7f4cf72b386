"""What a deployment's data is kept in, and how each kind of it is deleted for good."""

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.aws import AwsConfig

DAYS = 30
"""Days in which a key or secret can still be taken back."""


@dataclass(frozen=True)
class Kept:
    """A resource that outlived its stack.

    Attributes:
        kind: its type, e.g. ``AWS::S3::Bucket``.
        name: its name, id or ARN.
    """

    kind: str
    name: str

    @property
    def order(self) -> int:
        """Keys come last: what they encrypt goes before them."""
        return 1 if self.kind == "AWS::KMS::Key" else 0

    def __str__(self) -> str:
        """What a message calls it."""
        return f"{self.kind} {self.name}"


def is_known(one: Kept) -> bool:
    """Whether this kind can be deleted here."""
    return one.kind in _DELETED


def delete(config: AwsConfig, one: Kept) -> str:
    """Delete it, and say what that means."""
    return _DELETED[one.kind](config, one.name)


def _bucket(config: AwsConfig, name: str) -> str:
    """Empty a bucket of all versions of all objects, and delete it."""
    client, count = config.client("s3"), 0
    for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if keys:
            told = client.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
            count += len(keys) - len(told.get("Errors", []))
    client.delete_bucket(Bucket=name)
    return f"deleted, with {count:,} versions of objects"


def _key(config: AwsConfig, name: str) -> str:
    client = config.client("kms")
    state = client.describe_key(KeyId=name)["KeyMetadata"]["KeyState"]
    if state != "PendingDeletion":
        client.schedule_key_deletion(KeyId=name, PendingWindowInDays=DAYS)
    return f"deleted in {DAYS} days; until then aws kms cancel-key-deletion --key-id {name}"


def _secret(config: AwsConfig, name: str) -> str:
    client = config.client("secretsmanager")
    client.delete_secret(SecretId=name, RecoveryWindowInDays=DAYS)
    undo = f"aws secretsmanager restore-secret --secret-id {name}"
    return f"deleted in {DAYS} days; until then {undo}"


def _simply(service: str, operation: str, argument: str) -> Callable[[AwsConfig, str], str]:
    def deleted(config: AwsConfig, name: str) -> str:
        getattr(config.client(service), operation)(**{argument: name})
        return "deleted"

    return deleted


_DELETED: dict[str, Callable[[AwsConfig, str], str]] = {
    "AWS::S3::Bucket": _bucket,
    "AWS::KMS::Key": _key,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::DynamoDB::Table": _simply("dynamodb", "delete_table", "TableName"),
    "AWS::Backup::BackupVault": _simply("backup", "delete_backup_vault", "BackupVaultName"),
    "AWS::Glue::Database": _simply("glue", "delete_database", "Name"),
    "AWS::Kinesis::Stream": _simply("kinesis", "delete_stream", "StreamName"),
    "AWS::Logs::LogGroup": _simply("logs", "delete_log_group", "logGroupName"),
}
