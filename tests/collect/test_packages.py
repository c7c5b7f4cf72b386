"""The collector is small: both homes import what their list says, and the engine's light parts."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.conftest import REPOSITORY
from tests.infra.stacks import INFRA
from tidegate.deploy.packages import LOCK, OF_COLLECTOR

# What boto3 needs, which is in Lambda's Python as it is.
OF_BOTO3 = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
# botocore takes certifi where it is there; setuptools is in an environment from its start.
BESIDE = {"certifi", "setuptools"}
LISTED = INFRA / "collector" / "requirements.txt"


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def imported(module: str) -> tuple[set[str], set[str]]:
    """The packages and the parts of the engine that a module imports, as it answers too."""
    command = (
        f"import sys, {module}; import boto3; boto3.Session('a', 'b', region_name='us-east-1')"
        ".client('kinesis'); print('\\n'.join(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", command], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    names, packages = ended.stdout.split(), packages_distributions()
    tops = {name.partition(".")[0] for name in names}
    found = {dist for top in tops for dist in packages.get(top, [])}
    parts = {name.split(".")[1] for name in names if name.startswith("tidegate.")}
    return {re.sub(r"[-_.]+", "-", one).lower() for one in found} - {"tidegate"} - BESIDE, parts


def test_the_function_imports_what_its_archive_has_and_lambda_brings() -> None:
    packages, parts = imported("tidegate.collect.lambda_function")

    assert packages - OF_BOTO3 - OF_COLLECTOR == set()
    assert parts == {"aws", "collect", "embedded", "errors", "land", "logs", "settings", "web"}


def test_the_process_imports_what_its_image_has() -> None:
    packages, parts = imported("tidegate.collect.server")

    assert packages - pins(LISTED.read_text()).keys() == set()
    assert parts == {"aws", "collect", "embedded", "errors", "land", "logs", "settings", "web"}


def test_the_image_and_the_archive_have_what_the_lock_pins() -> None:
    """uvicorn and what it needs are in the image alone."""
    image, lock = pins(LISTED.read_text()), pins(LOCK.read_text())

    assert {x: v for x, v in image.items() if x in lock and lock[x] != v} == {}
    assert lock.keys() >= OF_COLLECTOR


def test_the_image_starts_what_is_there_as_nobody_special() -> None:
    built = (INFRA / "collector" / "Dockerfile").read_text()

    assert 'ENTRYPOINT ["python", "-m", "tidegate.collect", "0.0.0.0", "8080"]' in built
    assert "USER 10001" in built
    assert "COPY infra/collector/requirements.txt" in built
