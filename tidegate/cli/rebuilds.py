"""``tidegate plan``, ``rebuild``, ``backfill``: what would be computed, and computing it anew."""

import datetime as dt
from typing import Annotated, Any

import typer

from tidegate.cli.app import AsJson, OfFlow, app, day_of, load, out, print_json, watch

Slice = Annotated[int, typer.Option("--slice", min=1, help="How many days are published at once.")]
Minutes = Annotated[
    float | None, typer.Option(min=0, help="Begin no further slice after so many minutes.")
]
Gigabytes = Annotated[
    float | None, typer.Option(min=0, help="Begin no further slice after so many GB were read.")
]


@app.command()
def plan(
    context: typer.Context,
    flow: OfFlow,
    as_json: AsJson = False,
) -> None:
    """Say what a run of the flow would do, and which days no longer match their code."""
    from tidegate.contract import load_contracts
    from tidegate.flow.planning import plan as planning
    from tidegate.flow.project import load_flow
    from tidegate.report.documents import plan_document
    from tidegate.report.plans import plan_table, plan_told

    settings = load(context)
    found = planning(settings, load_contracts(settings.project), load_flow(settings.project, flow))
    if as_json:
        print_json(plan_document(flow, found))
        return
    out.print(plan_table(found))
    for line in plan_told(found):
        out.print(line, markup=False)


@app.command()
def rebuild(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table, e.g. mart.daily_activity.")],
    following: Annotated[
        bool, typer.Option("--following", help="And all that is made of it, after each slice.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--every-day", help="Also the days that match their code.")
    ] = False,
    slice_days: Slice = 7,
    minutes: Minutes = None,
    gigabytes: Gigabytes = None,
    as_json: AsJson = False,
) -> None:
    """Make a table anew from what it is made of: the days that no longer match, or else all."""
    from tidegate.flow.owed import Ask
    from tidegate.flow.project import flows, load_flow
    from tidegate.flow.rebuilding import find_stage

    settings = load(context)
    known = [load_flow(settings.project, name) for name in flows(settings.project)]
    flow, stage = find_stage(known, table)
    ask = Ask(
        following=following,
        every=every,
        slice_days=slice_days,
        seconds=_seconds(minutes),
        bytes=_bytes(gigabytes),
    )
    again = f"tidegate rebuild {table}{' --following' if following else ''}"
    _rebuild(settings, [(flow, stage)], ask, again, as_json)


@app.command()
def backfill(
    context: typer.Context,
    flow: OfFlow,
    first: Annotated[dt.date, typer.Option("--from", parser=day_of, help="The first day.")],
    last: Annotated[dt.date, typer.Option("--to", parser=day_of, help="The last day.")],
    slice_days: Slice = 7,
    minutes: Minutes = None,
    gigabytes: Gigabytes = None,
    as_json: AsJson = False,
) -> None:
    """Make some days of a flow anew, from the raw rows to the marts."""
    from tidegate.errors import UserError
    from tidegate.flow.owed import Ask
    from tidegate.flow.project import load_flow
    from tidegate.flow.rebuilding import first_clean

    settings = load(context)
    found = load_flow(settings.project, flow)
    if last < first:
        raise UserError(f"--to {last} is before --from {first}")
    ask = Ask(
        first,
        last,
        following=True,
        slice_days=slice_days,
        seconds=_seconds(minutes),
        bytes=_bytes(gigabytes),
    )
    again = f"tidegate backfill {flow} --from {first} --to {last}"
    _rebuild(settings, [(found, stage) for stage in first_clean(found)], ask, again, as_json)


def _rebuild(settings: Any, stages: Any, ask: Any, again: str, as_json: bool) -> None:
    """Make tables anew and tell what was done; ``again`` is what goes on with what is left."""
    from tidegate.flow.commit import blocked
    from tidegate.flow.open import open_run
    from tidegate.flow.rebuilding import rebuild_all
    from tidegate.report.documents import rebuilt_document
    from tidegate.report.plans import rebuilt_told
    from tidegate.report.tables import run_table

    run = open_run(settings, watch(settings), to_judge=True)
    done = rebuild_all(run, stages, ask)
    if as_json:
        print_json(rebuilt_document(run.id, done))
    else:
        if reports := tuple(one for each in done for one in each.stages.values()):
            out.print(run_table(reports))
        for each in done:
            out.print(rebuilt_told(each), markup=False)
        is_held = any(each.blocked for each in done)
        if not is_held and any(each.left for each in done):
            out.print(f"go on with: {again}", markup=False)
    for each in done:
        if each.failed:
            raise each.failed
        if each.blocked:
            raise blocked(each.blocked, f"run-{run.id}")


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else int(gigabytes * 1e9)
