"""The service tested from its own description by schemathesis, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.figures.conftest import Figured
from tests.figures.served import serving
from tests.serve.conftest import PROJECT
from tidegate.figures.marked import figures
from tidegate.figures.openapi import description
from tidegate.settings import Settings

# Every type that a parameter may have; in the SQL that both engines read.
ALL_TYPES = """\
-- Which repositories are what one asks for?
-- figures
-- :name text
-- :least decimal = 0.5
-- :since timestamp = 2016-01-01T00:00:00Z
-- :also boolean = true
-- :more integer = 0
SELECT
    repository,
    stars,
    event_date,
    share
FROM mart.stars
WHERE repository >= :name AND share > :least AND event_date < CAST(:since AS DATE)
    AND (:also OR stars > :more)
ORDER BY event_date, repository
"""


def findings(address: str, examples: int, folder: Path) -> str:
    """What schemathesis finds, in its own words; nothing where it finds nothing."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(examples), "--seed", "1"]
    ended = subprocess.run(
        [*command, "--continue-on-failure", "--no-color", "--warnings", "off"],
        cwd=folder,  # where it keeps what it has seen
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if ended.returncode == 0 and "No issues found" in ended.stdout else ended.stdout


def test_schemathesis_finds_nothing(mart: Figured):
    for language in ("athena", "redshift"):
        mart.save("all_types", ALL_TYPES, language)
    mart.load()
    with serving(mart.project, mart.settings.figures_database.get_secret_value()) as served:
        assert findings(served.address, 10, mart.project) == ""


@pytest.mark.slow
def test_schemathesis_finds_nothing_in_any_question_of_the_project(shop: Settings, tmp_path: Path):
    for folder in ("contracts", "sql"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    with serving(tmp_path, shop.figures_database.get_secret_value()) as served:
        assert findings(served.address, 100, tmp_path) == ""


def test_each_marked_question_of_the_project_is_described():
    paths = description(figures(PROJECT))["paths"]

    for name in figures(PROJECT):
        assert f"/figures/{name}" in paths
