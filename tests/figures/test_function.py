"""The service as a function: events of API Gateway, in its format 2.0."""

import json
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidegate.deploy.packages import OF_FIGURES
from tidegate.figures import function
from tidegate.figures.marked import figures


@pytest.fixture
def ask(mart, monkeypatch):
    """Has the function answer an event, as API Gateway makes it of a request."""
    mart.load()
    address = mart.settings.figures_database.get_secret_value()
    monkeypatch.setenv("TIDEGATE_PROJECT", str(mart.project))
    monkeypatch.setenv("TIDEGATE_FIGURES_DATABASE", address)
    function._handler.cache_clear()

    def answer(path="/figures/stars_of_a_day", query="", method="GET", **headers):
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"host": "id.execute-api.us-east-1.amazonaws.com", **headers},
            "requestContext": {"http": http, "stage": "$default"},
            "isBase64Encoded": False,
        }
        return function.answer(event, None)

    yield answer
    function._handler.cache_clear()


def test_an_event_is_answered_as_a_request_is(ask):
    told = ask(query="day=2015-01-01&top=5")

    assert told["statusCode"] == 200
    assert told["headers"]["content-type"] == "application/json"
    assert json.loads(told["body"])["rows"] == [
        {"repository": "ann/sea", "stars": 1, "share": "12.50"}
    ]
    again = ask(query="day=2015-01-01&top=5", **{"If-None-Match": told["headers"]["etag"]})
    assert (again["statusCode"], again["body"]) == (304, "")


def test_what_is_wrong_with_an_event_is_told_as_of_a_request(ask):
    assert ask(query="day=never")["statusCode"] == 400
    assert ask("/figures/stars")["statusCode"] == 404
    assert ask(method="POST")["headers"]["allow"] == "GET, HEAD"
    assert ask(method="HEAD")["body"] == ""


def test_the_project_lies_beside_the_code_where_nothing_else_is_said(ask, mart, monkeypatch):
    monkeypatch.delenv("TIDEGATE_PROJECT")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(mart.project))

    assert ask()["statusCode"] == 200


ALONE = """
import json, sys
sys.path[:0] = sys.argv[1:3]
from tidegate.figures.function import answer
http = {"method": "GET", "path": "/figures"}
told = answer({"rawPath": "/figures", "headers": {}, "requestContext": {"http": http}}, None)
print(len(json.loads(told["body"])["questions"]))
"""


def test_it_needs_no_other_packages_than_those_that_its_archive_has(tmp_path):
    for name in OF_FIGURES:
        for file in distribution(name).files or []:
            top = Path(str(file)).parts[0]
            if top not in ("..", "__pycache__") and not (tmp_path / top).exists():
                (tmp_path / top).symlink_to(Path(str(distribution(name).locate_file(top))))

    words = [sys.executable, "-I", "-S", "-c", ALONE, str(REPOSITORY), str(tmp_path)]
    environment = {"LAMBDA_TASK_ROOT": str(REPOSITORY), "TIDEGATE_ENDPOINT": "aws"}
    ended = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) == len(figures(REPOSITORY))
