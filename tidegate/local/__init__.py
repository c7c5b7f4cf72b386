"""AWS on this machine, at one endpoint: Kinesis and S3."""

from tidegate.aws import Endpoint
from tidegate.aws import local_endpoint as status
from tidegate.local.process import start, stop

__all__ = ["Endpoint", "start", "status", "stop"]
