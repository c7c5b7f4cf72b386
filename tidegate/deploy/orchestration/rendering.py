"""The rendered files of a project's flows, which are committed beside the stacks."""

import json
from pathlib import Path

from tidegate.contract import load_contracts
from tidegate.deploy.entry import SERVE
from tidegate.deploy.orchestration.layers import layers
from tidegate.deploy.orchestration.machine import machine
from tidegate.deploy.orchestration.template import template
from tidegate.flow.project import flows, load_flow

STACK = Path("infra") / "flow.yaml"
MACHINES = Path("infra") / "flows"


def rendered(project: Path) -> dict[Path, str]:
    """What each file must hold, by its path within the project: the stack, a machine a flow.

    Raises:
        ProjectError: a flow can't be loaded, or a stage reads what a later one writes.
        ContractError: a contract is wrong.
    """
    contracts = load_contracts(project)
    layered = {
        source: [*layers(load_flow(project, source), contracts), [SERVE]]
        for source in flows(project)
    }
    machines = {
        MACHINES / f"{source}.asl.json": json.dumps(machine(source, stages), indent=2) + "\n"
        for source, stages in layered.items()
    }
    return {STACK: template(layered), **machines}


def render(project: Path) -> list[Path]:
    """Write the files; the machines of flows that are gone go too.

    Returns:
        The paths of those that changed, within the project.
    """
    files, folder = rendered(project), project / MACHINES
    folder.mkdir(parents=True, exist_ok=True)
    gone = {path.relative_to(project) for path in folder.glob("*.asl.json")} - files.keys()
    for path in gone:
        (project / path).unlink()
    changed = [path for path, text in files.items() if _held(project / path) != text]
    for path in changed:
        (project / path).write_text(files[path])
    return sorted([*gone, *changed])


def _held(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None
