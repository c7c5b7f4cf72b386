"""Why an execution of a flow failed: which stages, what their runs said, where all of it stands."""

import json
from collections.abc import Iterator
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.deploy.failures import one_line

# What EMR Serverless says before a run's own words.
_OF_EMR = "Last few exceptions: "
# The states that a failure goes through, by the ends of their names (deploy/orchestration): each
# run that failed, and, once nothing more is tried, the word to whoever is on call.
_RUN, _STAGE, _FLOW = ": failed", ": alert", "alert"


def unwell(config: AwsConfig, env: str, ended: dict[str, Any]) -> list[str]:
    """The lines that say why an execution failed.

    Args:
        config: how AWS is reached.
        env: the environment.
        ended: the execution, as DescribeExecution tells it.
    """
    runs, lines = dict[str, str](), list[str]()
    for name, given in _entered(config, ended["executionArn"]):
        cause = str(given.get("Cause", ""))
        if name.endswith(_RUN):
            runs[name.removesuffix(_RUN)] = _identity(cause)
        elif name == _FLOW:
            lines += _indented(f"{given.get('Error', '')}: {one_line(cause)}")
        elif name.endswith(_STAGE):
            stage = name.removesuffix(_STAGE)
            said = cause.rpartition(_OF_EMR)[2].strip() or str(given.get("Error", ""))
            lines += _indented(f"{stage}: {said.removeprefix(f'{stage}: ')}")
            lines += [f"  its output: {_output(config, env, runs[stage])}"] if runs[stage] else []
    told = f"{ended.get('error', '')} {ended.get('cause', '')}"
    return lines or [one_line(told) or "no reason given"]


def _entered(config: AwsConfig, execution: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each state that was entered with an object, by its name, in order."""
    pages = config.client("stepfunctions").get_paginator("get_execution_history")
    for page in pages.paginate(executionArn=execution):
        for event in page["events"]:
            entered = event.get("stateEnteredEventDetails", {})
            given = json.loads(entered.get("input") or "{}")
            if isinstance(given, dict) and entered:
                yield entered["name"], given


def _identity(cause: str) -> str:
    """The id of the run that a failure is of; empty where none began."""
    try:
        run = json.loads(cause)
    except ValueError:
        return ""
    return str(run.get("Id") or run.get("JobRunId") or "")


def _output(config: AwsConfig, env: str, run: str) -> str:
    """Where all stands that a run said."""
    if config.endpoint_url:
        return f".tidegate/job-runs/{run}/log, where the endpoint was started"
    if run.startswith("jr_"):
        return f"aws logs tail /tidegate/{env}/jobs --log-stream-name-prefix {run}"
    return f"aws logs tail /tidegate/{env}/emr --since 1d --filter-pattern {run}"


def _indented(said: str) -> list[str]:
    first, *rest = said.splitlines()
    return [first, *(f"  {line.strip()}" for line in rest if line.strip())]
