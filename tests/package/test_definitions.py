"""The definitions of Glue's and EMR's jobs: what AWS takes, and what is built."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from ruamel.yaml import YAML

from tests.conftest import REPOSITORY
from tests.infra.stacks import template
from tidegate.deploy.artefacts import SCRIPTS
from tidegate.lake.session import EXTENSIONS

pytestmark = pytest.mark.quick

DEFINITIONS = {
    "glue/job.json": ("glue", "CreateJob"),
    "emr/serverless.json": ("emr-serverless", "StartJobRun"),
    "emr/cluster.json": ("emr", "RunJobFlow"),
    "emr/eks.json": ("emr-containers", "StartJobRun"),
}
PLACEHOLDERS = {
    "AlertTopic": "arn:aws:sns:eu-central-1:123456789012:tidegate-dev-alerts",
    "Artefacts": "s3://artefacts/1",
    "DatabasePrefix": "tidegate_dev_",
    "EmrApplication": "00application",
    "EmrInstanceProfile": "tidegate-dev-emr",
    "EmrRole": "arn:aws:iam::123456789012:role/tidegate-dev-transformer",
    "EmrSecurity": "tidegate-dev",
    "EmrServiceRole": "tidegate-dev-emr-service",
    "Env": "dev",
    "FiguresDatabase": "none",
    "Logs": "s3://logs/emr",
    "PersonalKey": "tidegate-dev-personal",
    "PrivateSubnet": "subnet-1",
    "Region": "eu-central-1",
    "Source": "storefront",
    "TransformerRole": "arn:aws:iam::123456789012:role/tidegate-dev-transformer",
    "VirtualCluster": "virtual1",
    "Warehouse": "s3://lake/lake",
}
PACKED = {"glue": "glue/packages.gluewheels.zip", "emr": "emr/packages.zip"}
BUILT = {*SCRIPTS, *PACKED.values(), "project.zip"}
OF_EMR = [name for name in DEFINITIONS if name.startswith("emr/")]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_is_what_the_services_api_takes(name: str) -> None:
    service, operation = DEFINITIONS[name]
    # What boto3 makes up where it is left out, and the API wants.
    given = {"clientToken": "one"} if service.startswith("emr-") else {}

    shape = get_session().get_service_model(service).operation_model(operation).input_shape

    assert ParamValidator().validate(given | read(name), shape).generate_report() == ""
    assert list(amiss(given | read(name), shape)) == []


def test_a_value_that_an_api_doesnt_know_is_found() -> None:
    shape = get_session().get_service_model("emr").operation_model("RunJobFlow").input_shape
    cluster = read("emr/cluster.json")
    cluster["Instances"]["InstanceFleets"][0]["InstanceFleetType"] = "HEAD"
    cluster["Name"] = "x" * 257

    assert list(amiss(cluster, shape)) == [
        f"Name: {'x' * 257} is of 257 letters",
        "Instances.InstanceFleets.0.InstanceFleetType: HEAD is none of MASTER, CORE, TASK",
    ]


@pytest.mark.parametrize("name", OF_EMR)
def test_emr_is_told_all_that_a_flows_machine_tells_and_shows_what_it_made(name: str) -> None:
    told = arguments_of(read(name))
    machine = json.loads((REPOSITORY / "infra" / "flows" / "storefront.asl.json").read_text())
    asked = [set(one) for one in entry_arguments(machine)]

    assert len(asked) > 4
    assert set().union(*asked) <= told.keys()
    assert told["--stage"] == "all,serve"
    assert told["--TIDEGATE_STREAMS"] == '{"storefront": "tidegate-dev-storefront"}'


def test_a_clusters_one_step_starts_spark_without_which_yarn_takes_it_for_failed() -> None:
    (step,) = read("emr/cluster.json")["Steps"]

    words = step["HadoopJarStep"]["Args"]
    assert words[:3] == ["spark-submit", "--deploy-mode", "cluster"]
    assert arguments_of(read("emr/cluster.json"))["--stage"].split(",")[0] == "all"


def test_emrs_own_policy_lets_its_role_start_the_clusters_machines() -> None:
    policies = template("compute")["Resources"]["EmrServiceRole"]["Properties"]["ManagedPolicyArns"]

    assert "AmazonEMRServicePolicy_v2" in str(policies)
    needed = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
    assert needed in read("emr/cluster.json")["Tags"]
    assert needed in template("compute")["Resources"]["Cluster"]["Properties"]["Tags"]
    subnets = [
        one["Properties"]
        for name, one in template("network")["Resources"].items()
        if one["Type"] == "AWS::EC2::Subnet" and name.startswith("Private")
    ]
    assert len(subnets) == 3
    assert all(needed in one["Tags"] for one in subnets)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_names_only_artefacts_that_are_built(name: str) -> None:
    service = name.split("/")[0]
    named = artefacts_in(REPOSITORY / name)

    assert named <= BUILT
    assert {PACKED[service], f"{service}/entry.py", "project.zip"} <= named


def test_the_stacks_and_the_flows_name_only_artefacts_that_are_built() -> None:
    files = [*(REPOSITORY / "infra").glob("*.yaml"), *(REPOSITORY / "infra/flows").iterdir()]

    assert set().union(*map(artefacts_in, files)) <= BUILT


def test_the_flows_start_emr_as_its_definition_says() -> None:
    driver = json.loads((REPOSITORY / "emr" / "serverless.json").read_text())["jobDriver"]

    for machine in (REPOSITORY / "infra" / "flows").iterdir():
        assert driver["sparkSubmit"]["sparkSubmitParameters"] in machine.read_text()


def test_the_stacks_glue_job_is_the_one_of_the_definition() -> None:
    job = plain(template("compute")["Resources"]["StageJob"]["Properties"])
    defined = json.loads((REPOSITORY / "glue" / "job.json").read_text())

    arguments = defined.pop("DefaultArguments")
    # What follows from a deployment's size, and what is said of the job.
    by_size = {"NumberOfWorkers", "WorkerType", "Description"}

    assert arguments.items() <= job["DefaultArguments"].items()
    assert {name: job[name] for name in defined.keys() - by_size} == {
        name: value for name, value in defined.items() if name not in by_size
    }


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_starts_spark_with_icebergs_extensions_and_the_services_own_library(
    name: str,
) -> None:
    text = (REPOSITORY / name).read_text()

    assert f"spark.sql.extensions={EXTENSIONS}" in text
    library = "spark.jars=(local://)?/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar"
    wanted = library if name in OF_EMR else '"--datalake-formats": "iceberg"'
    assert re.search(wanted, text)
    assert "spark.jars.packages" not in text


@pytest.mark.parametrize("name", OF_EMR)
def test_emrs_drivers_and_executors_find_the_packages_and_the_python_they_are_made_for(
    name: str,
) -> None:
    text = (REPOSITORY / name).read_text()

    assert "spark.archives=${Artefacts}/emr/packages.zip#packages" in text
    assert len(re.findall(r"\S+Env\.PYTHONPATH=\./packages", text)) == 2
    assert len(re.findall(r"(PYSPARK_PYTHON|PYSPARK_DRIVER_PYTHON|pyspark.*?python)=\w+", text)) > 1
    assert not re.search(r"ython=python(?!3\.13)", text, re.IGNORECASE)


def test_a_cluster_keeps_data_on_machines_that_stay_and_computes_on_spot_as_well() -> None:
    fleets = {
        one["InstanceFleetType"]: one
        for one in read("emr/cluster.json")["Instances"]["InstanceFleets"]
    }

    assert "TargetSpotCapacity" not in fleets["CORE"]
    assert fleets["TASK"]["TargetSpotCapacity"] > 0
    spot = fleets["TASK"]["LaunchSpecifications"]["SpotSpecification"]
    assert spot["TimeoutAction"] == "SWITCH_TO_ON_DEMAND"
    assert len(fleets["TASK"]["InstanceTypeConfigs"]) >= 4


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_a_pods_template_names_the_container_that_emr_runs_spark_in(role: str) -> None:
    pod = YAML(typ="safe").load(REPOSITORY / "emr" / f"{role}-pod.yaml")

    assert pod["kind"] == "Pod"
    assert [one["name"] for one in pod["spec"]["containers"]] == [f"spark-kubernetes-{role}"]


def test_the_bootstrap_leaves_a_machine_alone_that_has_the_python(tmp_path: Path) -> None:
    python = tmp_path / "python3.13"
    python.write_text("#!/bin/sh\necho Python 3.13.0\n")
    python.chmod(0o755)

    ended = subprocess.run(
        ["/bin/sh", REPOSITORY / "emr" / "bootstrap.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Python 3.13.0\n", "")


def amiss(value: Any, shape: Any, place: str = "") -> Iterator[str]:
    """What a request's description says of values, and boto3 leaves to the service."""
    inner = {"structure": "members", "list": "member", "map": "value"}.get(shape.type_name)
    if inner:
        of = getattr(shape, inner)
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from amiss(one, of[key] if inner == "members" else of, f"{place}.{key}")
        return
    known, told = shape.metadata, f"{place[1:]}: {value}"
    if "enum" in known and value not in known["enum"]:
        yield f"{told} is none of {', '.join(known['enum'])}"
    if shape.type_name == "string" and len(value) > known.get("max", len(value)):
        yield f"{told} is of {len(value)} letters"
    # Java's way to write all letters that two units are needed for.
    pattern = known.get("pattern", "").replace(_SURROGATES, r"\U00010000-\U0010FFFF")
    if pattern and not re.fullmatch(pattern, value):
        yield f"{told} isn't like {pattern}"


_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"


def arguments_of(definition: dict[str, Any]) -> dict[str, str]:
    """What a definition of EMR's tells the script."""
    if "Steps" in definition:
        words = definition["Steps"][0]["HadoopJarStep"]["Args"]
        words = words[words.index("s3://artefacts/1/emr/entry.py") + 1 :]
    else:
        (driver,) = definition["jobDriver"].values()
        words = driver["entryPointArguments"]
    return dict(zip(words[::2], words[1::2], strict=True))


def entry_arguments(state: Any) -> Iterator[list[str]]:
    """The names of what each of a machine's runs on EMR Serverless tells the script."""
    if isinstance(state, dict):
        if "EntryPointArguments" in state:
            yield state["EntryPointArguments"][::2]
        for one in state.values():
            yield from entry_arguments(one)
    elif isinstance(state, list):
        for one in state:
            yield from entry_arguments(one)


def artefacts_in(file: Path) -> set[str]:
    """The artefacts that a definition or a template names."""
    return set(re.findall(r"\$\{Artefacts\}/([\w./-]+)", file.read_text()))


def plain(value: Any) -> Any:
    """A part of a template, its references and substitutions written as in a definition."""
    if isinstance(value, dict):
        if value.keys() == {"Ref"}:
            return f"${{{value['Ref'].removeprefix('AWS::')}}}"
        return value.get("Fn::Sub") or {name: plain(one) for name, one in value.items()}
    return value


def read(name: str) -> dict[str, Any]:
    """A definition with its placeholders filled."""
    text = Template((REPOSITORY / name).read_text()).substitute(PLACEHOLDERS)
    found: dict[str, Any] = json.loads(text)
    return found
