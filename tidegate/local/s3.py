"""S3 as moto makes it, mended where a bucket's policy speaks of conditions.

What holds under a condition only (no TLS, another key) doesn't hold here: moto 5.2 knows no
conditions of S3, and takes each such statement for a denial of all.
"""

import json

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def mend() -> None:
    """Have a bucket judged by the statements without a condition."""
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
