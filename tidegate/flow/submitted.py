"""A single job under ``spark-submit``: ``jobs/<job>.py`` calls this through ``<job>.main()``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.logs import in_words, keep_log, log
from tidegate.settings import load_settings

if TYPE_CHECKING:
    from tidegate.flow.job import Job


def main(job: "Job", project: Path) -> None:
    """Run the job over what is new; exit as the command line does."""
    try:
        sys.exit(_run(job, project))
    except Exception as error:
        told = in_words(error)
        print(f"{type(told).__name__}: {told}", file=sys.stderr)  # noqa: T201
        sys.exit(told.exit_code)


def _run(job: "Job", project: Path) -> int:
    from tidegate.flow.commit import blocked
    from tidegate.flow.history import record
    from tidegate.flow.open import open_run
    from tidegate.flow.run_flow import check_ready, run_stage
    from tidegate.gate.verdict import BLOCK

    settings = load_settings(project)
    keep_log(settings)

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201
        log.info(line)

    run = open_run(settings, say, to_judge=True)
    check_ready(run, [job])
    report = run_stage(run, job)
    record(run, [report])
    if report.verdict == BLOCK:
        raise blocked(report, f"run-{report.run}")
    return 0
