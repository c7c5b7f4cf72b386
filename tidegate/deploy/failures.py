"""What AWS refuses, in one line: the resource, AWS' own reason, the next step."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound
from botocore.parsers import ResponseParserError

from tidegate.errors import DeployError

_AGAIN = "mend it and deploy again: it goes on from there"
# What a reason has in it, and what to do then; the first that fits counts.
_STEPS = {
    r"scheduled for deletion|the secret \S+ already exists": (
        "an environment of that name was destroyed with its data, so nothing needs that secret: aws"
        " secretsmanager delete-secret --force-delete-without-recovery --secret-id …; then deploy"
        " again"
    ),
    r"dependenc(y|ies)|is in use|DeletionConflict|delete it first": (
        "something outside of the stacks uses it: delete that, and deploy again"
    ),
    r"not empty|NotEmpty": "empty it (aws s3 rm --recursive), or keep it, and deploy again",
    r"lake ?formation": (
        "make the role that deploys an administrator of Lake Formation (docs/aws.md, step 2), or"
        " do without: --parameter LakeFormation=no; then deploy again"
    ),
    r"OptInRequired|subscription": (
        "the account hasn't this service there: have it opened, or take another --region, and"
        " deploy again"
    ),
    r"not authorized|access ?denied|unauthorized|forbidden": (
        "let the role that deploys do that (docs/aws.md, step 2) and deploy again"
    ),
    r"bucket.*(not available|already ?exists|taken)|already ?exists.*bucket|BucketAlready": (
        "bucket names are the whole world's: where the bucket is another account's, choose another"
        " name with --parameter BucketPrefix=…; where it is yours, see what is in it first"
    ),
    r"already ?exists|already in use|ResourceInUse": (
        "it is there and no stack's: delete or rename it, then deploy again"
    ),
    r"limit ?exceeded|quota|too many|insufficient.*capacity": (
        "ask AWS for a higher quota (Service Quotas), or another region, and deploy again"
    ),
    r"change ?set.*(does not exist|not ?found|can ?not be executed)|_IN_PROGRESS state": (
        "another deployment was first: wait for its end, and deploy again"
    ),
    r"expired|security token|InvalidClientTokenId|SignatureDoesNotMatch": (
        "log in to AWS again and repeat the command"
    ),
    r"does not exist|not ?found|no such": (
        "what it names isn't there: correct the name, or deploy all stacks, without --only"
    ),
}


def next_step(reason: str, then: str = "deploy") -> str:
    """What to do about a reason, and that the command ``then`` goes on."""
    found = (
        step
        for pattern, step in _STEPS.items()
        if re.search(pattern, reason, re.IGNORECASE | re.DOTALL)
    )
    return next(found, _AGAIN).replace("deploy again", f"{then} again")


def one_line(reason: str) -> str:
    """A reason without what only AWS' support can use, in one line that doesn't end in a stop."""
    plain = re.sub(r"\s*\((Service|RequestToken|Request ID)[^)]*(\([^)]*\)[^)]*)*\)", "", reason)
    return " ".join(plain.split()).rstrip(". ")


@contextmanager
def told(what: str, then: str = "deploy") -> Iterator[None]:
    """Say what AWS refuses of something.

    Args:
        what: what is asked for, e.g. ``stack tidegate-dev-lake``.
        then: the command that goes on.

    Raises:
        DeployError: AWS refuses it or can't be reached.
    """
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]
        reason = one_line(found.get("Message") or found["Code"])
        step = next_step(f"{found['Code']} {reason}", then)
        raise DeployError(f"{what}: {reason} ({found['Code']}); {step}") from None
    except (NoCredentialsError, ProfileNotFound) as error:
        raise DeployError(
            f"{what}: {one_line(str(error))}; log in to AWS (aws sso login), or name a profile"
            " (AWS_PROFILE)"
        ) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise DeployError(
            f"{what}: AWS can't be reached: {one_line(str(error))}; {then} again: it goes on"
            " from there"
        ) from None
