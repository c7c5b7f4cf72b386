"""A project's flows, from its ``pipelines/`` folder; the engine imports no project of its own accord."""

import importlib
import sys
from pathlib import Path

from tidegate.errors import ProjectError, did_you_mean
from tidegate.flow.job import Flow

_OF_A_PROJECT = ("jobs", "pipelines")


def load_flow(project: Path, source: str) -> Flow:
    """The flow of a source.

    Raises:
        ProjectError: there is no such flow, or its file defines none.
    """
    known = flows(project)
    if source not in known:
        told = f"it has {', '.join(known)}" if known else "it has none"
        raise ProjectError(
            f'{project}: no flow "{source}" in pipelines/; {told}{did_you_mean(source, known)}'
        )
    _enter(project)
    module = importlib.import_module(f"pipelines.{source}")
    flow = getattr(module, "flow", None)
    if not isinstance(flow, Flow):
        raise ProjectError(
            f"pipelines/{source}.py: defines no flow; expected flow = Flow(source=…, stages=[…])"
        )
    return flow


def flows(project: Path) -> list[str]:
    """The names of a project's flows."""
    return sorted(
        file.stem for file in (project / "pipelines").glob("*.py") if not file.stem.startswith("_")
    )


def _enter(project: Path) -> None:
    """Make ``jobs`` and ``pipelines`` mean this project's."""
    folder = str(project)
    if sys.path[0] != folder:
        sys.path.insert(0, folder)
    for name in list(sys.modules):
        module = sys.modules[name]
        if name.split(".")[0] in _OF_A_PROJECT and not _is_in(module, project):
            del sys.modules[name]
    importlib.invalidate_caches()


def _is_in(module: object, project: Path) -> bool:
    file = getattr(module, "__file__", None)
    places = [file] if file else list(getattr(module, "__path__", []))
    return any(Path(place).resolve().is_relative_to(project) for place in places)
