"""A deployment's templates: which there are, where they are, in what order they go."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

from tidegate.deploy.beside import beside
from tidegate.errors import ProjectError, SettingsError, did_you_mean

ORDER = (
    *("network", "keys", "lake", "stream", "alarms", "sources", "compute", "collector"),
    *("figures", "flow", "serve", "questions", "recovery"),
)
"""The stacks, each after those whose outputs it takes."""
OF_DATA = ("keys", "lake")
"""The stacks without which the data could not be read; they cost next to nothing at rest."""
OWN = {"flow": "tidegate flow render", "questions": "tidegate serve save"}
"""The stacks that are rendered from a project's own flows and questions, and by what."""

MACHINE = "AWS::StepFunctions::StateMachine"


@dataclass(frozen=True)
class Parameter:
    """What one of a template's parameters may be, where that isn't anything.

    Attributes:
        values: its values, where they are listed.
        pattern: what the whole of it matches.
        least: the smallest number.
        most: the largest.
        is_number: whether it is a number.
    """

    values: list[str]
    pattern: str | None
    least: str | None
    most: str | None
    is_number: bool

    def refusal(self, value: str) -> str | None:
        """What it takes instead of a value that it doesn't take."""
        if self.values and value not in self.values:
            return f"takes {' or '.join(self.values)}{did_you_mean(value, self.values)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"takes what matches {self.pattern}"
        if self.is_number and not self._is_within(value):
            limits = {"from": self.least, "up to": self.most}
            return " ".join(
                ["takes a number", *(f"{word} {one}" for word, one in limits.items() if one)]
            )
        return None

    def _is_within(self, value: str) -> bool:
        if not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
            return False
        number, least, most = Decimal(value), Decimal(self.least or value), self.most or value
        return least <= number <= Decimal(most)


@dataclass(frozen=True)
class Template:
    """One stack's template.

    Attributes:
        concern: what the stack is for, e.g. ``lake``.
        path: its file.
        text: what is in it.
    """

    concern: str
    path: Path
    text: str

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What each of its parameters may be, by its name.

        Raises:
            ProjectError: it can't be read.
        """
        return {name: _parameter(_slots(one)) for name, one in self._part("Parameters").items()}

    @cached_property
    def flows(self) -> list[str]:
        """The flows of which it has the state machines.

        Raises:
            ProjectError: it can't be read.
        """
        resources = [_slots(one) for one in self._part("Resources").values()]
        machines = [one for one in resources if getattr(one.get("Type"), "value", "") == MACHINE]
        names = [_slots(one.get("Properties")).get("StateMachineName") for one in machines]
        prefix = stack_name("${Env}", "")
        return sorted(one.value.removeprefix(prefix) for one in names if one)

    def _part(self, name: str) -> dict[str, Any]:
        """What a part of it declares, by names."""
        try:
            read = YAML(typ="base", pure=True).compose(self.text)
        except YAMLError as error:
            reason = " ".join(str(error).split())
            raise ProjectError(f"{self.path}: can't be read as YAML: {reason}") from None
        return _slots(_slots(read).get(name))


def _parameter(said: dict[str, Any]) -> Parameter:
    words = {name: one.value for name, one in said.items()}
    return Parameter(
        values=[one.value for one in words.get("AllowedValues", ())],
        pattern=words.get("AllowedPattern"),
        least=words.get("MinValue"),
        most=words.get("MaxValue"),
        is_number=words.get("Type") == "Number",
    )


def _slots(node: Any) -> dict[str, Any]:
    """What a mapping has, by its keys; nothing where it is something else."""
    return {key.value: one for key, one in node.value} if isinstance(node, MappingNode) else {}


def stack_name(env: str, concern: str) -> str:
    """What a stack is called on AWS."""
    return f"tidegate-{env}-{concern}"


def check_env(env: str) -> None:
    """Make sure that an environment's name can be part of a bucket's and a stack's.

    Raises:
        SettingsError: it can't.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", env):
        raise SettingsError(
            f'--env "{env}": expected up to 16 small letters, digits and hyphens, e.g. dev'
        )


def infra(project: Path) -> Path:
    """The folder of templates: the project's own, where it has stacks of its own; or the engine's.

    Raises:
        ProjectError: there is none.
    """
    for place in (project / "infra", beside("infra")):
        if any((place / f"{concern}.yaml").is_file() for concern in ORDER if concern not in OWN):
            return place
    raise ProjectError(f"{project}: no template in infra/; expected e.g. infra/{ORDER[0]}.yaml")


def templates(project: Path, only: str | None = None) -> list[Template]:
    """The templates there are, in the order of their deployment; or only one.

    Raises:
        ProjectError: there is none, or not the one that is asked for.
    """
    folder = infra(project)
    places = dict.fromkeys(ORDER, folder) | dict.fromkeys(OWN, project / "infra")
    known = [one for one in ORDER if (places[one] / f"{one}.yaml").is_file()]
    if only and only not in known:
        hint = did_you_mean(only, known)
        raise ProjectError(f'{folder}: no stack "{only}"; it has {", ".join(known)}{hint}')
    files = {one: places[one] / f"{one}.yaml" for one in known if only in (None, one)}
    return [Template(concern, path, path.read_text()) for concern, path in files.items()]
