"""Job runs of Glue and EMR Serverless as processes of this machine: the entry, with its arguments.

The script, and the Python files beside it, come from S3 at this endpoint, as on AWS; the packages
are this machine's. Each run has a folder of its own below ``.tidegate/job-runs/``, where its output
stays in ``log``.
"""

import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from moto.core.utils import utcnow
from moto.emrserverless import models as emr_models
from moto.glue import models as glue_models
from typing_extensions import override

from tidegate.aws import NO_SECRET, AwsConfig

_ENDPOINT = "--TIDEGATE_ENDPOINT"
# Glue's own arguments, which its runtime takes and the script never sees.
_OF_GLUE = ("--extra-py-files", "--additional-python-modules", "--datalake-formats", "--conf")
_LAST_WORDS = 1000  # letters
# An error's name and the module that Python prints before it; no log level, e.g. WARNING.
_ERROR = re.compile(r"^(?:\w+\.)*([A-Z]\w*[a-z]\w*: )", re.MULTILINE)
_BESIDE_GLUE = Path(__file__).with_name("beside_glue")
# The server answers each request in a thread of its own.
_starting = threading.Lock()


class JobProcess:
    """A script that runs, or has run, by itself.

    Args:
        name: its folder's name.
        script: where it is: ``s3://bucket/key``.
        arguments: what it is told.
        python_files: modules and wheels that it imports, in S3 too.
    """

    folder: ClassVar[Path]
    aws: ClassVar[AwsConfig]
    running: ClassVar[list["JobProcess"]] = []

    def __init__(
        self, name: str, script: str, arguments: list[str], python_files: list[str]
    ) -> None:
        self._place = self.folder / name
        self._place.mkdir(parents=True, exist_ok=True)
        self._log = self._place / "log"
        self._stopped = False
        self._ended: datetime | None = None
        self._process: subprocess.Popen[bytes] | None = None
        try:
            path, *beside = (self._fetch(one) for one in [script, *python_files])
        except Exception as error:  # as AWS: such a run begins, and fails
            self._log.write_text(f"LAUNCH ERROR: {script} can't be read: {error}\n")
            return
        with self._log.open("wb") as sink:
            self._process = subprocess.Popen(
                [sys.executable, str(path), *_here(arguments, self.aws)],
                cwd=self._place,
                env=self._environment(beside),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(self)

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return 1 if self._process is None else self._process.poll()

    @property
    def ended(self) -> datetime | None:
        """When it was first seen to have ended; None while it runs."""
        if self._ended is None and self.code is not None:
            self._ended = utcnow()
        return self._ended

    @property
    def is_stopped(self) -> bool:
        """Whether it ended because it was told to."""
        return self._stopped and self.code is not None

    @property
    def last_words(self) -> str:
        """The last error that it told of, as Python prints one; else the last that it said."""
        said = self._log.read_text(errors="replace").strip()
        errors = list(_ERROR.finditer(said))
        told = errors[-1][1] + said[errors[-1].end() :] if errors else said[said.rfind("\n") + 1 :]
        return told[:_LAST_WORDS]

    def stop(self) -> None:
        """Have it end, and all that it started."""
        if self._process and self.code is None:
            self._stopped = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)

    def _fetch(self, address: str) -> Path:
        parts = urlsplit(address)
        path = self._place / Path(parts.path).name
        self.aws.client("s3").download_file(parts.netloc, parts.path.lstrip("/"), str(path))
        return path

    def _environment(self, beside: list[Path]) -> dict[str, str]:
        """This process' own, in which AWS is this endpoint."""
        paths = [*map(str, [*beside, _BESIDE_GLUE]), os.environ.get("PYTHONPATH", "")]
        return os.environ | {
            "AWS_ENDPOINT_URL": str(self.aws.endpoint_url),
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_ACCESS_KEY_ID": NO_SECRET,
            "AWS_SECRET_ACCESS_KEY": NO_SECRET,
            "PYTHONPATH": os.pathsep.join(one for one in paths if one),
        }


class GlueRun(glue_models.FakeJobRun):
    """A run of a Glue job."""

    process: JobProcess | None = None

    def begin(self, script: str) -> None:
        """Start the job's script with the run's arguments, but for those of Glue's runtime."""
        given = dict(self.arguments or {})
        files = [one for one in given.get("--extra-py-files", "").split(",") if one]
        own = {name: value for name, value in given.items() if name not in _OF_GLUE}
        words = ["--JOB_NAME", self.job_name, *(word for pair in own.items() for word in pair)]
        self.process = JobProcess(self.job_run_id, script, words, files)

    @property  # type: ignore[misc]
    def status(self) -> str:
        """Glue's word for how it stands."""
        if self.process is None:
            return "STARTING"
        if self.process.code is None:
            return "RUNNING"
        return "FAILED" if self.process.code else "SUCCEEDED"

    @override
    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = super().as_dict()
        ended = self.process and self.process.ended
        if ended:
            told["CompletedOn"] = told["LastModifiedOn"] = ended
        else:
            del told["CompletedOn"]
        told["ExecutionTime"] = int(((ended or utcnow()) - self.started_on).total_seconds())
        if self.process and self.status == "FAILED":
            told["ErrorMessage"] = self.process.last_words
        return told


class GlueJob(glue_models.FakeJob):
    """A Glue job whose runs are processes."""

    @override
    def start_job_run(self, *words: Any, **more: Any) -> str:
        with _starting:  # moto counts the runs, then adds one
            identity: str = super().start_job_run(*words, **more)
            run, command = self.get_job_run(identity), cast("dict[str, str]", self.command)
            assert isinstance(run, GlueRun)
            run.begin(command["ScriptLocation"])
        return identity


class EmrRun(emr_models.JobRun):
    """A job run of EMR Serverless."""

    @override
    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        submit: dict[str, Any] = (self.job_driver or {}).get("sparkSubmit") or {}
        options = shlex.split(submit.get("sparkSubmitParameters") or "")
        files = [
            one
            for name, value in itertools.pairwise(options)
            if name == "--py-files"
            for one in value.split(",")
        ]
        arguments = submit.get("entryPointArguments") or []
        self.process = JobProcess(self.id, submit.get("entryPoint", ""), arguments, files)

    @property
    def state(self) -> str:
        """EMR Serverless' word for how it stands."""
        process = getattr(self, "process", None)
        if process is None or process.code is None:
            return "RUNNING"
        if process.is_stopped:
            return "CANCELLED"
        return "FAILED" if process.code else "SUCCESS"

    @state.setter
    def state(self, value: str) -> None:
        """Have it end where it is cancelled; all else the process itself says."""
        if value == "CANCELLED":
            self.process.stop()

    @property
    def state_details(self) -> str:
        """Why it failed, in the words that EMR Serverless puts around what a script said."""
        if self.state != "FAILED":
            return ""
        return (
            "Job failed, please check complete logs in configured logging destination."
            f" ExitCode: {self.process.code}. Last few exceptions: {self.process.last_words}"
        )

    @state_details.setter
    def state_details(self, value: str | None) -> None:
        """What moto would say."""


def mend(folder: Path, aws: AwsConfig) -> None:
    """Have job runs be processes.

    Args:
        folder: where each run gets a folder.
        aws: this endpoint, where scripts are and which a run takes for AWS.
    """
    JobProcess.folder, JobProcess.aws = folder, aws
    for module, name, ours in (
        (glue_models, "FakeJob", GlueJob),
        (glue_models, "FakeJobRun", GlueRun),
        (emr_models, "JobRun", EmrRun),
    ):
        setattr(module, name, ours)


def stop_all() -> None:
    """End what still runs."""
    for one in JobProcess.running:
        one.stop()


def _here(arguments: list[str], aws: AwsConfig) -> list[str]:
    """The arguments of a run, in which AWS is this endpoint."""
    return [
        str(aws.endpoint_url) if (before, word) == (_ENDPOINT, "aws") else word
        for before, word in zip(["", *arguments], arguments, strict=False)
    ]
