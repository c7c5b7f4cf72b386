"""The sender that is served is what terser makes of its source today."""

import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import SENDER
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.browser


def test_the_sender_that_is_served_is_what_make_sender_makes(fetched: Path, tmp_path: Path) -> None:
    made = tmp_path / "sender.min.js"
    words = ["make", "--dry-run", "--silent", "--old-file", ".browser/.ready", "sender"]
    told = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    command = told.stdout.replace(".browser/", f"{fetched}/")
    command = command.replace("--output tidegate/collect/sender.min.js", f"--output {made}")

    subprocess.run(command, shell=True, cwd=REPOSITORY, check=True)

    assert made.read_text() == SENDER.read_text()
