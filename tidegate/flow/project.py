"""A project's flows, from its ``pipelines/`` folder; the engine imports none by itself."""

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType

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
    try:
        module = importlib.import_module(f"pipelines.{source}")
    except Exception as error:
        raise ProjectError(_unloaded(project, source, error)) from error
    flow = getattr(module, "flow", None)
    if not isinstance(flow, Flow):
        raise ProjectError(
            f"pipelines/{source}.py: defines no flow; expected flow = Flow(source=…, stages=[…])"
        )
    return flow


def _unloaded(project: Path, source: str, error: Exception) -> str:
    """Where in the project loading a flow failed, and why, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(project)]
    place = f"pipelines/{source}.py"
    if isinstance(error, SyntaxError):
        place = f"{Path(error.filename or place).name}:{error.lineno}"
    elif own:
        place = f"{Path(own[-1].filename).relative_to(project)}:{own[-1].lineno}"
    return f"{place}: can't be loaded: {type(error).__name__}: {error}"


def flows(project: Path) -> list[str]:
    """The names of a project's flows."""
    return sorted(
        file.stem for file in (project / "pipelines").glob("*.py") if not file.stem.startswith("_")
    )


def _enter(project: Path) -> None:
    """Make ``jobs`` and ``pipelines`` mean this project's, whatever else is called so."""
    for package in _OF_A_PROJECT:
        folder = [str(project / package)]
        if package in sys.modules and list(sys.modules[package].__path__) == folder:
            continue
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = folder
    importlib.invalidate_caches()
