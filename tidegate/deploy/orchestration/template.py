"""The stack of a project's flows, as a CloudFormation template: both ways to run them, one chosen.

A parameter says which: every resource of the one has the condition that the other's haven't.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from tidegate.deploy.entry import SERVE
from tidegate.deploy.orchestration.stages import WORKGROUP


def template(layered: Mapping[str, list[list[str]]]) -> str:
    """The template's text.

    Args:
        layered: by each flow's name, its stages in layers.
    """
    text = files("tidegate.deploy.orchestration").joinpath("flow.yaml.j2").read_text()
    frame = Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
    flows = [_flow(*one) for one in layered.items()]
    return frame.render(flows=flows, serve=SERVE, workgroup=WORKGROUP)


def _flow(source: str, layered: list[list[str]]) -> dict[str, Any]:
    return {
        "id": _id(source),
        "source": source,
        "raw": next((one for one in layered[0] if one.startswith("raw.")), f"raw.{source}"),
        "layers": [
            [{"id": _id(f"{source}_{stage}"), "name": stage} for stage in stages]
            for stages in layered
        ],
    }


def _id(name: str) -> str:
    """A logical id: letters and digits, e.g. ``StorefrontMartVisitors``."""
    return "".join(word.capitalize() for word in name.replace(".", "_").split("_"))
