"""``tidegate flow``: how the project's flows run on AWS."""

import typer

from tidegate.cli.app import app, load, out

flow_app = typer.Typer(help="The project's flows, as AWS runs them.", no_args_is_help=True)
app.add_typer(flow_app, name="flow")


@flow_app.command("render")
def flow_render(context: typer.Context) -> None:
    """Write the stack of the flows and their state machines to infra/."""
    from tidegate.deploy.orchestration import render

    changed = render(load(context).project)
    for path in changed:
        out.print(f"{path}", markup=False)
    if not changed:
        out.print("infra/flow.yaml and infra/flows/ are as the flows say", markup=False)
