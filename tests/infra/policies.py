"""Every policy of the templates, statement by statement."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

from tests.conftest import REPOSITORY
from tests.infra.stacks import flat, resources, text_of

ENGINE = REPOSITORY / "tidegate"
_DOCUMENTS = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "RepositoryPolicyText")
_LIMITS = ("AWS::EC2::VPCEndpoint",)  # such a policy narrows what others allow, and allows nothing


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        place: stack and resource, e.g. ``keys.DataKey``.
        kind: the resource's type.
        roles: who it is for, where it is a role's policy: names of parameters or resources.
        effect, actions, resources, principal, condition: as IAM has them.
    """

    place: str
    kind: str
    roles: tuple[str, ...]
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principal: Any
    condition: dict[str, Any]
    keys: frozenset[str]

    @property
    def only_limits(self) -> bool:
        """Whether nothing is allowed by it that something else doesn't allow."""
        return self.effect == "Deny" or self.kind in _LIMITS


def statements() -> list[Statement]:
    """Each statement of each policy of each template."""
    return [
        _statement(place, one["Type"], roles, said)
        for place, one in resources()
        for roles, document in _documents(one.get("Properties", {}), place)
        for said in flat(document["Statement"])
    ]


def _documents(properties: Any, place: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The policies in a resource's properties, at any depth, with the roles they are for."""
    if isinstance(properties, list):
        for one in properties:
            yield from _documents(one, place)
    if not isinstance(properties, dict):
        return
    roles = tuple(_role(one) for one in properties.get("Roles", [])) or (place.split(".")[1],)
    for name, one in properties.items():
        if name in _DOCUMENTS and isinstance(one, dict) and "Statement" in one:
            yield roles, one
        else:
            yield from _documents(one, place)


def _role(word: Any) -> str:
    """The role that a policy is attached to: a resource of the stack, or a parameter's ARN."""
    while isinstance(word, dict) and "Ref" not in word:
        word = next(iter(word.values()))
        word = (
            next(one for one in word if isinstance(one, dict)) if isinstance(word, list) else word
        )
    return str(word["Ref"])


def _statement(place: str, kind: str, roles: tuple[str, ...], said: dict[str, Any]) -> Statement:
    return Statement(
        place=place,
        kind=kind,
        roles=roles,
        effect=said["Effect"],
        actions=tuple(str(one) for one in flat(said.get("Action", []))),
        resources=tuple(text_of(one) for one in flat(said.get("Resource", []))),
        principal=said.get("Principal"),
        condition=said.get("Condition", {}),
        keys=frozenset(said),
    )


def asked_by_code() -> set[str]:
    """The actions that the engine asks for through boto3, e.g. ``kinesis:get_records``.

    A file that makes a service's client is taken to ask for each request that it names.
    """
    return {
        f"{service}:{name}"
        for file in sorted(ENGINE.rglob("*.py"))
        # Where AWS is played, and what a person does with rights of their own.
        if not {"local", "deploy", "recover"} & set(file.relative_to(ENGINE).parts)
        for services, names in [_asked(ast.parse(file.read_text(encoding="utf-8")))]
        for service in services
        for name in names
    }


def _asked(tree: ast.AST) -> tuple[set[str], set[str]]:
    """The services that a file makes clients of, and the names it mentions."""
    services, names = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)  # of a paginator
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "client"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            services.add(str(node.args[0].value))
    return services, names


def is_asked(action: str, asked: set[str]) -> bool:
    """Whether the engine asks for an action."""
    service, _, request = action.partition(":")
    return f"{service}:{xform_name(request)}" in asked
