"""The repository's artefacts, built once, and Pythons as AWS has them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.package.on_aws import KEY, LAKE, WORKGROUP, Account, Spark
from tidegate import local
from tidegate.aws import Endpoint
from tidegate.deploy.artefacts import build
from tidegate.deploy.packages import PYTHON
from tidegate.errors import UserError
from tidegate.settings import load_settings


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


@pytest.fixture(scope="module")
def endpoint_of_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A local endpoint of a module's own, whose Glue is the catalog itself, as AWS' is."""
    folder = tmp_path_factory.mktemp("endpoint-of-aws")
    settings = load_settings(folder, endpoint="local", **LAKE)
    yield local.start(settings)
    local.stop(settings)


@pytest.fixture(scope="module")
def account(
    built: dict[str, Path], endpoint_of_aws: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Account:
    """The repository deployed to the local endpoint, with a stream and a lake of a module's own."""
    where = {"endpoint": endpoint_of_aws.address, "athena_workgroup": WORKGROUP}
    folder = tmp_path_factory.mktemp("account")
    account = Account(load_settings(REPOSITORY, **LAKE, **where), folder.name, folder)
    s3, secrets = account.aws.client("s3"), account.aws.client("secretsmanager")
    for bucket in ("artefacts", "lake-on-aws", "results"):
        s3.create_bucket(Bucket=bucket)
    for name, path in built.items():
        s3.upload_file(str(path), "artefacts", f"1/{name}")
    secrets.create_secret(Name=KEY, SecretString="5e" * 32)
    results = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    account.aws.client("athena").create_work_group(Name=WORKGROUP, Configuration=results)
    account.make_stream()
    return account


@pytest.fixture(scope="session")
def spark_of_glue(python_of_aws: Path) -> Spark:
    """The Spark that Glue runs, which is the suite's."""
    spec = find_spec("pyspark")
    assert spec
    assert spec.origin
    return Spark(Path(spec.origin).parent, python_of_aws)


@pytest.fixture(scope="session")
def spark_of_emr(python_of_aws: Path) -> Spark:
    """The Spark that emr-spark-8.0.0 runs."""
    home = os.environ.get("SPARK_4_0_HOME")
    if not home:
        pytest.skip("SPARK_4_0_HOME names no Spark 4.0; make test-aws fetches one")
    return Spark(Path(home), python_of_aws)
