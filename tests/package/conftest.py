"""The repository's artefacts, built once, and Pythons as AWS has them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidegate.deploy.artefacts import build
from tidegate.deploy.packages import PYTHON
from tidegate.errors import UserError


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The repository's artefacts, by name."""
    try:
        made = build(REPOSITORY, tmp_path_factory.mktemp("dist"))
    except UserError as error:
        pytest.skip(f"the packages for AWS aren't in the cache yet, and {error}")
    return {one.name: one.path for one in made}


@pytest.fixture(scope="session")
def python_of_aws() -> Path:
    """A Python of the version that AWS runs, with nothing installed but what it comes with."""
    version = ".".join(map(str, sys.version_info[:2]))
    here = [sys.executable] if version == PYTHON else []
    on_path = [found for found in [shutil.which(f"python{PYTHON}")] if found]
    of_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{PYTHON}.*/bin/python"))
    asks = "import sys; print(sys.base_prefix)"
    for python in [*here, *on_path, *map(str, of_pyenv)]:
        ended = subprocess.run([python, "-c", asks], capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return Path(ended.stdout.strip()) / "bin" / f"python{PYTHON}"
    pytest.skip(f"there is no Python {PYTHON} here, which the packages for AWS are made for")
