"""The analyst's tutorial, run as it stands."""

import os
import subprocess
import sys
from pathlib import Path

from tests.serve.conftest import day, make_lake
from tidegate import local
from tidegate.settings import load_settings

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "analyst.py"


def activity(repository: str, stars: int) -> dict[str, object]:
    return {"event_date": day("2015-01-01"), "repository": repository, "stars": stars}


def test_the_tutorial_says_what_it_should(tmp_path):
    rows = [activity("imgix/imgix-emacs", 4), activity("ann/sea", 6), activity("bob/tide", 1)]
    lake = make_lake(tmp_path / "lake", {"mart.repository_activity": rows})
    (tmp_path / "contracts").mkdir()
    settings = load_settings(tmp_path, warehouse=lake.lake)
    endpoint = local.start(settings)
    lines = [line.removeprefix("export ").split() for line in local.exports(settings, endpoint)]
    exported = dict(word.split("=", 1) for line in lines for word in line)
    try:
        ended = subprocess.run(
            [sys.executable, TUTORIAL],
            env=os.environ | exported,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        local.stop(settings)

    assert ended.returncode == 0, ended.stderr
    told = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert "repository_activity" in told[0]
    assert told[1:5] == ["repository stars", "ann/sea 6", "imgix/imgix-emacs 4", "bob/tide 1"]
    assert told[5:7] == ["event_date stars", "2015-01-01 4"]
    assert told[7].startswith("it read ")
    assert told[8:] == ["repositories", "3"]
