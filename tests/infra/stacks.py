"""The templates of infra/, read as CloudFormation reads them, and what their parameters may be."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cfnlint.decode import decode

from tests.conftest import REPOSITORY

INFRA = REPOSITORY / "infra"
ORDER = (
    "network", "keys", "lake", "stream", "alarms", "sources", "compute", "flow", "serve",
    "questions",
)  # fmt: skip
STACKS = tuple(name for name in ORDER if (INFRA / f"{name}.yaml").is_file())
COMMON = {"Env", "Artefacts", "ArtefactsBucket", "Release"}
"""The parameters that a deployment gives by itself."""

ACCOUNT = "123456789012"
_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0f0f0f0f-0000-4000-8000-000000000000"
_STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/tidegate-dev"
GIVEN: dict[str, Any] = {
    "Artefacts": "s3://tidegate-dev-artefacts/0123456789abcdef",
    "ArtefactsBucket": "tidegate-dev-artefacts",
    "Release": "0123456789abcdef",
    "VpcId": "vpc-0123456789abcdef0",
    "PrivateSubnets": [f"subnet-0123456789abcdef{zone}" for zone in (1, 2, 3)],
    "EndpointSecurityGroup": "sg-0123456789abcdef0",
    "DataKey": _KEY,
    "AlertKey": _KEY,
    "PersonalKey": "tidegate-dev-personal-key",
    **{
        f"{name}Role": f"arn:aws:iam::{ACCOUNT}:role/tidegate-dev-{name.lower()}"
        for name in ("Lander", "Transformer", "Analyst", "OnCall", "Emr")
    },
    "LakeBucket": "tidegate-dev-lake",
    "LogsBucket": "tidegate-dev-access-logs",
    "ResultsBucket": "tidegate-dev-results",
    "Warehouse": "s3://tidegate-dev-lake/lake",
    "DatabasePrefix": "tidegate_dev_",
    "LakeFormation": "yes",
    "GithubStream": "tidegate-dev-github",
    "StorefrontStream": "tidegate-dev-storefront",
    "GithubStreamArn": f"{_STREAM}-github",
    "StorefrontStreamArn": f"{_STREAM}-storefront",
    "Streams": '{"github": "tidegate-dev-github"}',
    "Queues": '{"orders": "tidegate-dev-dropped"}',
    "Locations": '{"orders": "s3://tidegate-dev-drops"}',
    "AlertTopic": f"arn:aws:sns:us-east-1:{ACCOUNT}:tidegate-dev-alerts",
    "GlueJob": "tidegate-dev-stage",
    "EmrApplication": "00f1abcdefgh0001",
    "AthenaWorkgroup": "tidegate-dev",
    "OnCallWorkgroup": "tidegate-dev-on-call",
}
"""Values of the parameters that have no default, as earlier stacks put them out."""
ALL_ON = {
    "Nat": "yes",
    "Endpoints": "yes",
    "Private": "yes",
    "EmrCluster": "yes",
    "EksCluster": "shared",
    "LanderImage": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/tidegate-dev-lander:1",
    "Lander": "firehose",
    "DroppedSource": "orders",
    "BusSources": "shop.desk",
    "Pipe": "yes",
    "Redshift": "yes",
    "Email": "on-call@example.org",
}
"""Everything that is left out by default, asked for."""


@functools.cache
def template(name: str) -> dict[str, Any]:
    """A template, its functions in their long form."""
    found, problems = decode(str(INFRA / f"{name}.yaml"))
    assert not problems, problems
    return dict(found)


def resources(*kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource of some types, or each there is, with its stack's and its own name."""
    for stack in STACKS:
        for name, one in template(stack)["Resources"].items():
            if not kinds or one["Type"] in kinds:
                yield f"{stack}.{name}", one


def values(stack: str, **chosen: str) -> dict[str, Any]:
    """The values of a stack's parameters: chosen, an earlier stack's, else the default."""
    return {
        name: _typed(one, chosen.get(name, one["Default"] if "Default" in one else GIVEN[name]))
        for name, one in template(stack)["Parameters"].items()
    }


def _typed(declared: dict[str, Any], value: Any) -> Any:
    """A value as a parameter of its type has it."""
    is_list = declared["Type"] == "CommaDelimitedList"
    return value.split(",") if is_list and isinstance(value, str) else value


def made(stack: str, **chosen: str) -> list[str]:
    """The names of the resources that a stack has under some values of its parameters."""
    conditions = template(stack).get("Conditions", {})
    given = values(stack, **chosen)
    return [
        name
        for name, one in template(stack)["Resources"].items()
        if "Condition" not in one or _holds(conditions[one["Condition"]], conditions, given)
    ]


def _holds(word: Any, conditions: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether a condition holds."""
    ((function, operands),) = word.items()
    if function == "Condition":
        return _holds(conditions[operands], conditions, given)
    if function == "Fn::Equals":
        first, second = (_value(one, given) for one in operands)
        return bool(first == second)
    inner = [_holds(one, conditions, given) for one in operands]
    return {"Fn::And": all(inner), "Fn::Or": any(inner), "Fn::Not": not inner[0]}[function]


def _value(word: Any, given: dict[str, Any]) -> Any:
    """What a condition compares."""
    if isinstance(word, dict) and "Ref" in word:
        return given[word["Ref"]]
    if isinstance(word, dict) and "Fn::Join" in word:
        return "".join(_value(word["Fn::Join"][1], given))
    return word


def flat(word: Any) -> Iterator[Any]:
    """What may stand in a list: either way of each condition, without what is left out."""
    for one in word if isinstance(word, list) else [word]:
        if isinstance(one, dict) and "Fn::If" in one:
            yield from flat(one["Fn::If"][1:])
        elif one != {"Ref": "AWS::NoValue"}:
            yield one


def text_of(word: Any) -> str:
    """A value as text, its functions left as they are."""
    if isinstance(word, dict) and len(word) == 1:
        ((function, operand),) = word.items()
        if function == "Fn::Sub":
            return operand if isinstance(operand, str) else str(operand[0])
        if function == "Ref":
            return f"${{{operand}}}"
        if function == "Fn::GetAtt":
            return f"${{{'.'.join(operand)}}}"
    return str(word)


def path_of(stack: str) -> Path:
    """A template's file."""
    return INFRA / f"{stack}.yaml"
