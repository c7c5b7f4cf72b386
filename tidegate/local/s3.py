"""S3 as moto makes it, mended where a stack's buckets rely on it.

A bucket that isn't empty can't be deleted; moto 5.2 says nothing where a stack asks for that. What
a policy says under a condition only (no TLS, another key) doesn't hold here: moto knows no
conditions of S3, and takes each such statement for a denial of all.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import BucketNotEmpty
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition


def mend() -> None:
    """Put these in the place of moto's."""
    FakeBucket.delete_from_cloudformation_json = _deleted  # type: ignore[method-assign, assignment]
    FakeBucket.get_permission = _permission  # type: ignore[method-assign]


def _permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    found = policy["Statement"]
    statements = found if isinstance(found, list) else [found]
    policy["Statement"] = [one for one in statements if not one.get("Condition")]
    judged: PermissionResult = IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)
    return judged


def _deleted(resource_name: str, given: Any, account_id: str, region_name: str) -> None:  # noqa: ARG001
    """Delete a stack's bucket, unless something is in it."""
    backend = s3_backends[account_id][get_partition(region_name)]
    if backend.get_bucket(resource_name).keys:
        raise BucketNotEmpty(resource_name)
    backend.delete_bucket(resource_name)
