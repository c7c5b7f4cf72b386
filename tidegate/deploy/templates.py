"""A deployment's templates: which there are, where they are, in what order they go."""

import re
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

from tidegate.errors import ProjectError, SettingsError, did_you_mean

ORDER = (
    *("network", "keys", "lake", "stream", "alarms", "sources"),
    *("compute", "flow", "serve", "questions"),
)
"""The stacks, each after those whose outputs it takes."""
OF_DATA = ("keys", "lake")
"""The stacks without which the data could not be read; they cost next to nothing at rest."""
OWN = {"flow": "tidegate flow render", "questions": "tidegate serve save"}
"""The stacks that are rendered from a project's own flows and questions, and by what."""
# The engine's own: in a wheel beside the modules, in a clone at the repository's root.
_ENGINE = Path(__file__).resolve().parent.parent


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

    @property
    def parameters(self) -> set[str]:
        """The names of its parameters.

        Raises:
            ProjectError: it can't be read.
        """
        try:
            read = YAML(typ="base", pure=True).compose(self.text)
        except YAMLError as error:
            reason = " ".join(str(error).split())
            raise ProjectError(f"{self.path}: can't be read as YAML: {reason}") from None
        slots = read.value if isinstance(read, MappingNode) else []
        found = [slot.value for key, slot in slots if key.value == "Parameters"]
        return {name.value for slot in found for name, _ in slot}


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
    own = project / "infra"
    places = [_ENGINE / "infra", _ENGINE.parent / "infra"]
    for place in [own, *places]:
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
