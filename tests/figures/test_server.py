"""The service as a process: started, asked, stopped, killed, and with a database of its own."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from tests.figures.conftest import Figured
from tests.figures.served import COMMAND, serving


def get(address, path="/figures/stars_of_a_day", **headers):
    request = urllib.request.Request(address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as told:
            return told.status, told.headers, told.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_it_answers_over_http_with_headers_and_304(mart):
    mart.load()
    with serving(mart.project, mart.settings.figures_database.get_secret_value()) as served:
        status, headers, body = get(served.address)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert [row["repository"] for row in json.loads(body)["rows"]] == ["bob/tide", "it's"]
        again = get(served.address, **{"If-None-Match": headers["etag"]})
        assert (again[0], again[2], again[1]["etag"]) == (304, b"", headers["etag"])
        assert get(served.address, "/figures/nothing")[0] == 404
        request = urllib.request.Request(f"{served.address}/figures", method="HEAD")
        with urllib.request.urlopen(request, timeout=30) as told:
            assert int(told.headers["content-length"]) > 100
            assert told.read() == b""
    assert served.process.returncode == 0


def test_told_to_stop_it_answers_what_it_was_asked_and_ends(mart):
    mart.save_slow(steps=3_000_000)
    mart.load()
    told = []
    with serving(mart.project, mart.settings.figures_database.get_secret_value()) as served:
        asking = threading.Thread(target=lambda: told.append(get(served.address, "/figures/slow")))
        asking.start()
        time.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        asking.join()
        assert served.process.wait(30) == 0

    assert told[0][0] == 200
    assert len(json.loads(told[0][2])["rows"]) == 3


def statuses_at_once(address, number):
    """What as many requests get that come at once."""
    told = []
    crowd = [threading.Thread(target=lambda: told.append(get(address)[0])) for _ in range(number)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return told


def test_many_at_once_are_all_answered(mart):
    mart.load()
    with serving(mart.project, mart.settings.figures_database.get_secret_value()) as served:
        assert statuses_at_once(served.address, 40) == [200] * 40


def test_a_port_that_is_taken_is_one_line(mart):
    address = mart.settings.figures_database.get_secret_value()
    with serving(mart.project, address) as served:
        port = served.address.rpartition(":")[2]
        words = ("--project", str(mart.project), "figures", "serve", "--port", port)
        ended = subprocess.run(
            [*COMMAND, *words],
            env={**os.environ, "TIDEGATE_FIGURES_DATABASE": address},
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr == (
        f"SettingsError: nothing can listen at 127.0.0.1, port {port}: Address already in use;"
        " name another --port\n"
    )


def test_two_commands_are_enough_as_a_database_of_this_machine_is_started(tmp_path):
    """No address is given: the rows are in ``.tidegate/figures`` and outlive the commands."""
    mart = Figured(tmp_path, "")
    mart.publish(["2015-01-02"], ("2015-01-02", "bob/tide", 7))
    words = ("--project", str(tmp_path), "figures", "load")
    loaded = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert loaded.stdout == "mart.stars: loaded all days, 1 row, up to commit 1\n"

    with serving(tmp_path) as served:
        assert statuses_at_once(served.address, 20) == [200] * 20
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
    with serving(tmp_path) as served:
        assert get(served.address)[0] == 200
    assert not is_running(tmp_path), "the one that is told to stop last stops the database"


def is_running(project) -> bool:
    return (project / ".tidegate" / "figures" / "postmaster.pid").exists()


def test_its_description_is_printed_without_a_database(mart):
    words = ("--project", str(mart.project), "figures", "describe")
    ended = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)

    assert json.loads(ended.stdout)["openapi"] == "3.1.0"
