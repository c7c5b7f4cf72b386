"""The command line's frame: its options, its two outputs, and what every command starts with."""

import datetime as dt
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tidegate.logs import keep_log, log
from tidegate.settings import Settings, load_settings

app = typer.Typer(
    help="Events from a Kinesis stream to tables that analysts can trust.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# In a pipe or a file a line is as long as it is; a terminal's width is the terminal's.
out = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)

OfFlow = Annotated[str, typer.Argument(help="The flow: a file of pipelines/, without .py.")]


def day_of(word: str | dt.date) -> dt.date:
    """The day that an option names, or that it has where it isn't named."""
    if isinstance(word, dt.date):
        return word
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        raise typer.BadParameter(f'"{word}" is no day, such as 2026-03-01')
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise typer.BadParameter(f'"{word}" is in no calendar') from None


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (docs/json.md).")]


@app.callback()
def _flags(
    context: typer.Context,
    project: Annotated[Path | None, typer.Option(help="The project's folder.")] = None,
    warehouse: Annotated[str | None, typer.Option(help="The lake: a folder or s3://…")] = None,
    endpoint: Annotated[str | None, typer.Option(help="local, aws, or an address.")] = None,
) -> None:
    """Events from a Kinesis stream to tables that analysts can trust."""
    context.obj = {"project": project, "warehouse": warehouse, "endpoint": endpoint}


def load(context: typer.Context) -> Settings:
    """The settings, flags first."""
    return load_settings(**context.obj)


def watch(settings: Settings) -> Callable[[str], None]:
    """Tell whoever watches, a line at a time; the log keeps each line too."""
    keep_log(settings)

    def say(line: str) -> None:
        err.print(line, style="dim", markup=False)
        log.info(line)

    return say


def print_json(document: dict[str, Any]) -> None:
    """Print a document of ``--json``."""
    print(json.dumps(document, indent=2))  # noqa: T201
