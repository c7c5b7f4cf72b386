"""What the entries of Glue and EMR do with their arguments, on this repository as the project."""

import os
import sys
from pathlib import Path

from tidegate.flow.job import Flow
from tidegate.logs import in_words
from tidegate.settings import load_settings

told = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
given = {name: value for name, value in told.items() if name.startswith("--TIDEGATE_")}
os.environ |= {name.removeprefix("--"): value for name, value in given.items()}
settings = load_settings(Path(told["--project"]))
try:
    if told["--stage"] == "serve":
        from tidegate.serve.install import install

        install(settings, "athena", print)
        sys.exit(0)
    from tidegate.flow.open import open_run
    from tidegate.flow.project import load_flow
    from tidegate.flow.run_flow import run_flow

    flow = load_flow(settings.project, told["--source"])
    chosen = [one for one in flow.stages if one.writes == told["--stage"]]
    done = run_flow(open_run(settings, print, to_judge=True), Flow(flow.source, chosen))
    if done.blocked:
        raise done.blocked
except Exception as error:
    words = in_words(error)
    print(f"{type(words).__name__}: {words}", file=sys.stderr)
    sys.exit(words.exit_code)
