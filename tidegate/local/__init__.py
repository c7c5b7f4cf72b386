"""AWS on this machine, at one endpoint: Kinesis, S3, Glue's catalog, Athena, Redshift."""

from tidegate.aws import Endpoint
from tidegate.aws import local_endpoint as status
from tidegate.local.process import exports, start, stop

__all__ = ["Endpoint", "exports", "start", "status", "stop"]
