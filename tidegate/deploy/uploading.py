"""The bucket of a deployment's artefacts, and their way there."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.artefacts import Artefact
from tidegate.deploy.failures import told
from tidegate.deploy.stacks import Say
from tidegate.errors import DeployError


def bucket_of(env: str, account: str, region: str) -> str:
    """What the bucket is called where no stack makes it."""
    return f"tidegate-{env}-artefacts-{account}-{region}"


def make_bucket(config: AwsConfig, bucket: str, say: Say) -> None:
    """Make the bucket where it isn't there: encrypted, closed to the public, by TLS only.

    Raises:
        DeployError: its name is another account's.
    """
    client = config.client("s3")
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("403", "AccessDenied"):
            raise DeployError(
                f'bucket "{bucket}" is another account\'s, or may not be looked at; let the role'
                " that deploys do s3:ListBucket there, or take another --env"
            ) from None
        if code not in ("404", "NoSuchBucket"):
            raise
    else:
        return
    home = {"LocationConstraint": config.region}
    is_default = config.region == "us-east-1"
    client.create_bucket(
        Bucket=bucket, **({} if is_default else {"CreateBucketConfiguration": home})
    )
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    client.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
    )
    policy = _TLS_ONLY.replace("BUCKET", f"arn:{_partition(config.region)}:s3:::{bucket}")
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    say(f"made bucket {bucket} for the artefacts")


_TLS_ONLY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",'
    ' "Resource": ["BUCKET", "BUCKET/*"],'
    ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
)


def _partition(region: str) -> str:
    """The part of AWS that a region is of, as ARNs name it."""
    parts = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    return next((one for start, one in parts.items() if region.startswith(f"{start}-")), "aws")


def built_in(folder: Path, under: str = "") -> list[Artefact]:
    """What was built into a folder before, each file by its path there.

    Args:
        folder: the folder; one that isn't there holds nothing.
        under: what goes before each name, e.g. ``flows/``.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [Artefact(f"{under}{path.relative_to(folder).as_posix()}", path) for path in files]


def release_of(artefacts: list[Artefact]) -> str:
    """The name that a set of artefacts has by its bytes alone."""
    listed = "\n".join(sorted(f"{one.sha256} {one.name}" for one in artefacts))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def upload(config: AwsConfig, bucket: str, artefacts: list[Artefact], say: Say) -> str:
    """Put artefacts into the bucket, under their release's name; what is there stays.

    Returns:
        The address of the release, ``s3://bucket/release``.

    Raises:
        DeployError: what is there under an artefact's name are other bytes.
    """
    client, release = config.client("s3"), release_of(artefacts)
    address = f"s3://{bucket}/{release}"
    with told(f"uploading to {address}"):
        missing = [
            one for one in artefacts if not _is_there(client, bucket, f"{release}/{one.name}", one)
        ]
        for one in missing:
            client.put_object(
                Bucket=bucket,
                Key=f"{release}/{one.name}",
                Body=one.path.read_bytes(),
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=_checksum(one),
            )
    there = len(artefacts) - len(missing)
    say(f"artefacts: {len(missing)} uploaded, {there} there already, in {address}")
    return address


def _is_there(client: Any, bucket: str, key: str, artefact: Artefact) -> bool:
    """Whether an artefact is in the bucket, byte for byte."""
    try:
        found = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    if found.get("ChecksumSHA256") != _checksum(artefact):
        raise DeployError(
            f"s3://{bucket}/{key} isn't what was built here (sha256 {artefact.sha256[:16]}…):"
            " somebody has overwritten it; look who, then"
            f" aws s3 rm s3://{bucket}/{key} and deploy again"
        )
    return True


def _checksum(artefact: Artefact) -> str:
    """The hash as S3 tells it."""
    return base64.b64encode(bytes.fromhex(artefact.sha256)).decode()
