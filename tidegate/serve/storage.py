"""Where a connection may read: the lake's folder, or its place on S3 with the key to it."""

import boto3

from tidegate.aws import aws_config
from tidegate.errors import LakeError
from tidegate.settings import Settings


def allowed(settings: Settings) -> list[str]:
    """The lake's address, in each form that Spark and pyiceberg write it."""
    if "://" in settings.lake:
        bucket = settings.lake.split("://")[1]
        return [f"{scheme}://{bucket}/" for scheme in ("s3", "s3a", "s3n")]
    return [f"{scheme}{settings.lake}/" for scheme in ("", "file:", "file://")]


def s3_secret(settings: Settings) -> str:
    """The statement that shows DuckDB the way to S3: credentials, region, endpoint.

    Raises:
        LakeError: there are no credentials.
    """
    aws = aws_config(settings)
    held = None if aws.secret else boto3.Session().get_credentials()
    if held is None and aws.secret is None:
        raise LakeError(
            f"{settings.lake}: no AWS credentials found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID"
            " and AWS_SECRET_ACCESS_KEY"
        )
    options = {
        "KEY_ID": held.access_key if held else aws.access_key,
        "SECRET": held.secret_key if held else aws.secret,
        "SESSION_TOKEN": held.token if held else None,
        "REGION": aws.region,
    }
    if aws.endpoint_url:
        scheme, host = aws.endpoint_url.split("://")
        options |= {
            "ENDPOINT": host,
            "URL_STYLE": "path",
            "USE_SSL": str(scheme == "https").lower(),
        }
    words = [f"{name} '{_quoted(value)}'" for name, value in options.items() if value]
    return f"CREATE SECRET lake (TYPE s3, {', '.join(words)})"


def _quoted(value: str) -> str:
    return value.replace("'", "''")
