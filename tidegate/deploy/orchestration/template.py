"""The stack of a project's flows, as a CloudFormation template: both ways to run them, one chosen.

A parameter says which: every resource of the one has the condition that the other's haven't.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from tidegate.deploy.orchestration.layers import SERVE
from tidegate.deploy.orchestration.stages import WORKGROUP

# What EMR needs to run the entry on Spark with Iceberg; emr/serverless.json says the same.
_PYTHON = "python3.13"
SPARK = {
    "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.archives": "${Artefacts}/emr/packages.zip#packages",
    "spark.emr-serverless.driverEnv.PYTHONPATH": "./packages",
    "spark.executorEnv.PYTHONPATH": "./packages",
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": _PYTHON,
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": _PYTHON,
    "spark.executorEnv.PYSPARK_PYTHON": _PYTHON,
    "spark.driver.cores": "2",
    "spark.driver.memory": "6g",
    "spark.executor.cores": "2",
    "spark.executor.memory": "6g",
    "spark.dynamicAllocation.maxExecutors": "8",
}


def template(layered: Mapping[str, list[list[str]]]) -> str:
    """The template's text.

    Args:
        layered: by each flow's name, its stages in layers.
    """
    text = files("tidegate.deploy.orchestration").joinpath("flow.yaml.j2").read_text()
    frame = Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text)
    spark = " ".join(f"--conf {name}={value}" for name, value in SPARK.items())
    flows = [_flow(*one) for one in layered.items()]
    return frame.render(flows=flows, spark=spark, serve=SERVE, workgroup=WORKGROUP)


def _flow(source: str, layered: list[list[str]]) -> dict[str, Any]:
    return {
        "id": _id(source),
        "source": source,
        "raw": next((one for one in layered[0] if one.startswith("raw.")), f"raw.{source}"),
        "layers": [
            [{"id": _id(f"{source}_{stage}"), "name": stage} for stage in stages]
            for stages in layered
        ],
    }


def _id(name: str) -> str:
    """A logical id: letters and digits, e.g. ``StorefrontMartVisitors``."""
    return "".join(word.capitalize() for word in name.replace(".", "_").split("_"))
