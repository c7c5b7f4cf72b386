"""A flow, or one step of it, on Glue or EMR: what their scripts hand over, and how it ends.

The scripts (``glue/entry.py``, ``emr/entry.py``) are a few lines each; all else is here, so that
the two services differ in where the arguments come from and in how they hear of a failure.
"""

import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tidegate.aws import aws_config, code_of
from tidegate.errors import ProjectError, SettingsError, TidegateError, did_you_mean
from tidegate.flow.job import Flow
from tidegate.logs import in_words, log, tell_log
from tidegate.settings import NONE, Settings, load_settings

NEEDED = ("source", "stage", "project")
ALL = "all"
"""The stage that stands for the whole flow."""
SERVE = "serve"
"""The step after the last stage, which shows analysts what there is; no table is called so."""
PREFIX = "TIDEGATE_"
# What a setting is on AWS where no argument says otherwise.
_ON_AWS = {"ENDPOINT": "aws", "CATALOG": "glue"}


def names(words: Sequence[str]) -> list[str]:
    """The arguments that a command line may be asked for: the needed ones and its settings."""
    return [*NEEDED, *(word[2:] for word in words if word.startswith(f"--{PREFIX}"))]


def arguments(words: Sequence[str]) -> dict[str, str]:
    """A command line of ``--name value`` pairs.

    Raises:
        SettingsError: it is something else, or lacks what is needed.
    """
    known = names(words)
    given = dict(zip(words[::2], words[1::2], strict=False))
    for name in given:
        if name.removeprefix("--") not in known or not name.startswith("--"):
            hint = did_you_mean(name, [f"--{one}" for one in known])
            raise SettingsError(f'unknown argument "{name}"; expected {_expected()}{hint}')
    missing = [name for name in NEEDED if f"--{name}" not in given]
    if missing or len(words) % 2:
        what = f"--{missing[0]} is missing" if missing else f"{words[-1]} has no value"
        raise SettingsError(f"{what}; expected {_expected()}")
    return {name[2:]: value for name, value in given.items()}


def main(words: Sequence[str]) -> int:
    """Run what a command line says; an error is one clear line and its exit code.

    Returns:
        The exit code, as the command line's.
    """
    try:
        run(arguments(words))
    except TidegateError as told:
        print(f"{type(told).__name__}: {told}", file=sys.stderr)  # noqa: T201
        return told.exit_code
    return 0


def run(given: Mapping[str, str]) -> None:
    """Run what the arguments say, on the session that is there.

    Args:
        given: ``source``, ``stage`` (the table it writes, ``all`` or ``serve``; several with
            commas between them, ``all,serve``), ``project`` (its archive, ``s3://…/project.zip``
            or a file) and settings by the names of their variables. One that is empty counts as
            not given.

    Raises:
        TidegateError: what went wrong, in words; its class says which kind it is.
    """
    tell_log()
    try:
        _run(given)
    except Exception as error:
        told = in_words(error)
        log.error("%s: %s", type(told).__name__, told)
        raise told from None


def _run(given: Mapping[str, str]) -> None:
    _set(given)
    with tempfile.TemporaryDirectory(prefix="tidegate-") as place:
        folder = Path(place) / "project"
        folder.mkdir()
        archive = _fetch(given["project"], load_settings(folder))
        _unpack(archive, given["project"], folder)
        settings = load_settings(folder)
        asked = given["stage"].split(",")
        flow = _chosen(settings, given["source"], asked)
        if flow.stages:
            _run_stages(settings, flow, archive)
        if SERVE in asked:
            _serve(settings)


def _run_stages(settings: Settings, flow: Flow, archive: Path) -> None:
    from tidegate.flow.open import open_run
    from tidegate.flow.run_flow import run_flow

    run = open_run(settings, log.info, to_judge=True)
    # A function that a job hands to Spark is found by its module's name where rows are.
    run.spark.sparkContext.addPyFile(str(archive))
    done = run_flow(run, flow)
    if done.blocked:
        raise done.blocked


def _serve(settings: Settings) -> None:
    """Install the views on Athena, and load figures; Spark has no part in it."""
    from tidegate.serve.install import install

    found = install(settings, "athena", log.info)
    log.info("%d views are installed in analytics (athena)", len(found))
    if settings.figures_database.get_secret_value() not in ("", NONE):
        from tidegate.figures.load import load

        for one in load(settings):
            log.info("%s", one)


def _set(given: Mapping[str, str]) -> None:
    """Have the arguments mean what the environment's variables of their names mean."""
    settings = {name.removeprefix(PREFIX): name for name in given if name.startswith(PREFIX)}
    known = [name.upper() for name in Settings.model_fields]
    for name, argument in settings.items():
        if name not in known:
            hint = did_you_mean(f"--{PREFIX}{name}", [f"--{PREFIX}{one}" for one in known])
            raise SettingsError(f"--{argument}: there is no such setting{hint}")
    values = {name: given[argument] for name, argument in settings.items() if given[argument]}
    for name, value in (_ON_AWS | _region() | values).items():
        os.environ[PREFIX + name] = value


def _region() -> dict[str, str]:
    """The region that Glue and EMR tell a job that it runs in."""
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return {"REGION": found} if found else {}


def _fetch(address: str, settings: Settings) -> Path:
    """The project's archive as a file.

    Raises:
        ProjectError: it can't be read; the message has AWS' own word for why.
    """
    if not address.startswith("s3://"):
        return Path(address)
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = address.removeprefix("s3://").partition("/")
    file = settings.project.parent / "project.zip"
    config = aws_config(settings)
    try:
        config.client("s3").download_file(bucket, key, str(file))
    except (BotoCoreError, ClientError) as error:
        raise ProjectError(
            f"{address} can't be read from {config}: {code_of(error)}; put it there (tidegate"
            " deploy), or let this role read it (s3:GetObject, and kms:Decrypt for its key)"
        ) from None
    return file


def _unpack(archive: Path, address: str, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as project:
            project.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise ProjectError(
            f"{address} is no project's archive: {error}; tidegate package makes one"
        ) from None


def _chosen(settings: Settings, source: str, asked: list[str]) -> Flow:
    """A flow, or those of its stages that are asked for; none of them to serve.

    Raises:
        ProjectError: there is no such flow, or no such stage in it.
    """
    from tidegate.flow.project import load_flow

    flow = load_flow(settings.project, source)
    known = [ALL, *(one.writes for one in flow.stages), SERVE]
    for stage in asked:
        if stage not in known:
            raise ProjectError(
                f'flow {source} has no stage "{stage}"; it has {", ".join(known)}'
                f"{did_you_mean(stage, known)}"
            )
    return Flow(source, [one for one in flow.stages if ALL in asked or one.writes in asked])


def _expected() -> str:
    return f"{' '.join(f'--{name} …' for name in NEEDED)} --{PREFIX}<SETTING> …"
