"""The digest of what makes a table's rows: the same on each Python, another for other code."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tidegate.flow.code import _module_text

pytestmark = pytest.mark.quick

JOB = '''"""Words."""

from . import amounts
from .rates.table import euro
from jobs.more import thing


def daily(events, *, limit=None):
    """More words."""
    return f"{events!r:>{limit}}" + amounts.of([], euro)
'''


def text(folder: Path, files: Mapping[str, str]) -> str:
    for name, content in files.items():
        file = folder / "jobs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    _module_text.cache_clear()
    from tidegate.flow.code import _tree

    _tree.cache_clear()
    return _module_text(folder / "jobs" / "daily.py")


def test_a_modules_text_is_that_of_no_version_of_python(tmp_path: Path) -> None:
    assert text(tmp_path, {"daily.py": "def f(x):\n    return [None, x]\n"}) == (
        "daily.py Module(body=[FunctionDef(name='f', args=arguments(args=[arg(arg='x')]),"
        " body=[Return(value=List(elts=[Constant(), Name(id='x', ctx=Load())], ctx=Load()))])])"
    )


@pytest.mark.parametrize(
    "other", ["amounts.py", "rates/table.py", "rates/__init__.py", "more/__init__.py"]
)
def test_what_a_job_imports_of_its_project_is_part_of_it(tmp_path: Path, other: str) -> None:
    before = text(tmp_path, {"daily.py": JOB, other: "A = 1"})

    assert text(tmp_path, {other: "A = 2"}) != before
    assert text(tmp_path, {other: "A = 1"}) == before
