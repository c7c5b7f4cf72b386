"""The rendered files of a project's flows, which are committed beside the stacks."""

import json
from pathlib import Path

from tidegate.contract import load_contracts
from tidegate.deploy.orchestration.layers import SERVE, layers
from tidegate.deploy.orchestration.machine import machine
from tidegate.flow.project import flows, load_flow

FOLDER = Path("infra") / "flows"


def rendered(project: Path) -> dict[Path, str]:
    """What each file must hold, by its path within the project.

    Raises:
        ProjectError: a flow can't be loaded, or a stage reads what a later one writes.
        ContractError: a contract is wrong.
    """
    contracts, files = load_contracts(project), dict[Path, str]()
    for source in flows(project):
        layered = [*layers(load_flow(project, source), contracts), [SERVE]]
        definition = json.dumps(machine(source, layered), indent=2)
        files[FOLDER / f"{source}.asl.json"] = f"{definition}\n"
    return files


def render(project: Path) -> list[Path]:
    """Write the files; those of flows that are gone go too.

    Returns:
        The paths of those that changed, within the project.
    """
    files, folder = rendered(project), project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    gone = {path.relative_to(project) for path in folder.iterdir()} - files.keys()
    for path in gone:
        (project / path).unlink()
    changed = [path for path, text in files.items() if _held(project / path) != text]
    for path in changed:
        (project / path).write_text(files[path])
    return sorted([*gone, *changed])


def _held(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None
