"""The lander's image: its Dockerfile's steps carried out in an empty environment, and what it does.

There is no Docker here. Each step is carried out as it is written, below a folder that stands for
the image's root; what only a root may do (a user, an owner) is left out. The base is a Python of
the same version.
"""

import fnmatch
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.infra.stacks import resources
from tests.package.on_aws import LANDED, PUSHES, Account

pytestmark = pytest.mark.aws

DOCKERFILE = REPOSITORY / "infra" / "lander" / "Dockerfile"
OF_ROOT = ("useradd", "chown")
PLACES = re.compile(r"(?<![\w./-])/(?=(build|project|usr/local/bin)\b)")
# All that a slim image has of what Spark's scripts call; no Java, and no Python but its own.
COMMANDS = (
    *("sh", "bash", "dirname", "basename", "uname", "cat", "env", "rm", "mkdir", "sed", "sleep"),
    *("touch", "find", "readlink"),
)


@dataclass
class Image:
    """What the steps so far have made.

    Attributes:
        root: the folder that stands for ``/``.
        built: what stands in ``dist/``.
        environment: what the steps have set.
        folder: where the next step works.
        command: what the image runs.
    """

    root: Path
    built: dict[str, Path]
    environment: dict[str, str]
    folder: Path = Path("/")
    command: list[str] = field(default_factory=list)

    def step(self, word: str, rest: str) -> None:
        """Carry out one step."""
        if word == "COPY":
            self._copy(rest.split())
        elif word == "RUN":
            self.run(["sh", "-c", f"set -e; {self._script(rest)}"])
        elif word == "ENV":
            self.environment |= dict([rest.split("=", 1)])
        elif word == "WORKDIR":
            self.folder = Path(self._here(rest))
        elif word == "ENTRYPOINT":
            self.command = [one.strip('"[] ') for one in rest.split(",")]
        else:
            assert word in ("ARG", "FROM", "USER", "VOLUME")

    def run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True)

    def _copy(self, words: list[str]) -> None:
        flags = [one for one in words if one.startswith("--")]
        *sources, target = words[len(flags) :]
        into = Path(self._here(target))
        for source in sources:
            found = self._source(source)
            file = into / found.name if target.endswith("/") else into
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, file)
            for mode in flags:
                file.chmod(int(mode.removeprefix("--chmod="), 8))

    def _source(self, name: str) -> Path:
        if name.startswith("dist/"):
            (name,) = fnmatch.filter(self.built, name.removeprefix("dist/"))
            return self.built[name]
        return REPOSITORY / name

    def _script(self, text: str) -> str:
        """A shell's words, without what is a root's; pip may keep what it fetches."""
        parts = [one.strip() for one in self._here(text).split("&&")]
        kept = [one for one in parts if one.split()[0] not in OF_ROOT]
        return " && ".join(kept).replace("--no-cache-dir ", "") or "true"

    def _here(self, text: str) -> str:
        return PLACES.sub(f"{self.root}/", text)


@pytest.fixture(scope="module")
def image(
    built: dict[str, Path], python_of_aws: Path, tmp_path_factory: pytest.TempPathFactory
) -> Image:
    root = tmp_path_factory.mktemp("image")
    commands = root / "bin"
    commands.mkdir()
    for name in COMMANDS:
        (commands / name).symlink_to(str(shutil.which(name)))
    subprocess.run([python_of_aws, "-m", "venv", root / "venv"], check=True)
    paths = [root / "venv" / "bin", root / "usr" / "local" / "bin", commands]
    told = {"HOME": str(Path.home()), "PATH": os.pathsep.join(map(str, paths)), "TZ": "UTC"}
    told["XDG_CACHE_HOME"] = str(root / "cache")
    made = Image(root, built, told, root)
    for word, rest in steps(DOCKERFILE.read_text()):
        made.step(word, rest)
    return made


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """The steps, each in one line."""
    lines = [one for one in dockerfile.splitlines() if not one.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    parts = [one.partition(" ") for one in whole.splitlines() if one]
    return [(word, rest) for word, _, rest in parts]


def test_the_image_lands_round_after_round_and_ends_when_it_is_told_to(
    image: Image, account: Account, tmp_path: Path
) -> None:
    account.put(*PUSHES)
    beat = tmp_path / "landed"

    lander = subprocess.Popen(
        [shutil.which(image.command[0], path=image.environment["PATH"])],
        cwd=image.folder,
        env=image.environment | told_by_the_task(account) | {"LAND_BEAT": str(beat)},
        stderr=subprocess.PIPE,
        text=True,
    )
    latest = time.monotonic() + 300
    while not beat.exists() and lander.poll() is None and time.monotonic() < latest:
        time.sleep(0.2)
    lander.send_signal(signal.SIGTERM)
    _, said = lander.communicate(timeout=120)

    assert beat.exists(), said
    assert lander.returncode == 0
    assert account.rows()["raw.github"] == LANDED


def told_by_the_task(account: Account) -> dict[str, str]:
    """The environment that the task gives the container, for this account."""
    task = dict(resources("AWS::ECS::TaskDefinition"))["compute.LanderTask"]
    (container,) = task["Properties"]["ContainerDefinitions"]
    names = {one["Name"] for one in container["Environment"]}
    settings = account.of_a_run("all")
    here = {
        "LAND_SOURCES": "github",
        "LAND_SECONDS": "1",
        "TIDEGATE_CATALOG": "glue",
        "TIDEGATE_WAREHOUSE": account.settings.warehouse,
        "TIDEGATE_REGION": account.settings.region,
        "TIDEGATE_ENVIRONMENT": "dev",
        "TIDEGATE_METRICS": "cloudwatch",
        "TIDEGATE_SPARK_MEMORY": "1g",
        "TIDEGATE_ALERT_BUS": "",
        "TIDEGATE_QUEUES": "{}",
        "TIDEGATE_LOCATIONS": "{}",
        **{name[2:]: value for name, value in settings.items() if name.startswith("--TIDEGATE_")},
    }
    assert names <= here.keys()
    return {name: value for name, value in here.items() if name in {*names, "LAND_SECONDS"}} | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
