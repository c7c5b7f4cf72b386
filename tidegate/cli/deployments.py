"""``tidegate deploy`` and ``destroy``: a project on AWS, and away from it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tidegate.cli.app import app, err, out, watch
from tidegate.errors import DeployError
from tidegate.settings import Settings, load_settings

Env = Annotated[str, typer.Option("--env", help="The environment, e.g. dev or prod.")]
Region = Annotated[str | None, typer.Option(help="The AWS region.")]
Where = Annotated[str | None, typer.Option("--endpoint", help="local, aws, or an address.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask before each change.")]


def _settings(context: typer.Context, region: str | None, endpoint: str | None) -> Settings:
    """The settings; an endpoint may be named before the command or after it."""
    given = {"region": region, "endpoint": endpoint}
    return load_settings(**context.obj | {name: one for name, one in given.items() if one})


def _is_asked(is_sure: bool, command: str) -> bool:
    """Whether a person is asked.

    Raises:
        DeployError: nobody is there to be asked, and nobody said yes.
    """
    if not is_sure and not sys.stdin.isatty():
        raise DeployError(
            f"this isn't a terminal, so nobody can be asked; {command} --yes goes without asking"
        )
    return not is_sure


@dataclass
class Agreement:
    """Shows each change set, and asks: once, and again where something could be lost.

    Attributes:
        is_asked: whether a person is asked at all.
        is_given: whether she has said yes to what is only added or changed.
    """

    is_asked: bool
    is_given: bool = False

    def __call__(self, change_set: Any) -> bool:
        """Whether a change set is carried out."""
        from tidegate.report.deployments import changes_table

        out.print(f"\n{change_set.stack}", style="bold", markup=False)
        out.print(changes_table(change_set.changes))
        if not self.is_asked or (self.is_given and not change_set.loses):
            return True
        if self.is_given:
            return typer.confirm("that removes or replaces something: carry it out?", err=True)
        self.is_given = typer.confirm(
            "carry that out, and what is added or changed in the stacks after it?", err=True
        )
        return self.is_given


@app.command()
def deploy(
    context: typer.Context,
    env: Env,
    region: Region = None,
    endpoint: Where = None,
    only: Annotated[str | None, typer.Option(help="One stack, e.g. compute.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE of a template; may be repeated.")
    ] = None,
    artefacts: Annotated[
        Path | None, typer.Option(help="What tidegate package built; by default it is built.")
    ] = None,
    is_smoked: Annotated[
        bool, typer.Option("--smoke/--no-smoke", help="Run a flow afterwards.")
    ] = True,
    smoked: Annotated[
        str | None, typer.Option("--flow", help="Which flow that is; by default the first.")
    ] = None,
    is_sure: Yes = False,
) -> None:
    """Put the project on AWS, or bring what is there up to date: one stack after the other."""
    from tidegate.aws import aws_config
    from tidegate.deploy.deploying import Ask, Deployment, account
    from tidegate.deploy.smoke import check_flow, check_lake, smoke
    from tidegate.deploy.templates import check_env

    check_env(env)
    settings = _settings(context, region, endpoint)
    if smoked:
        check_flow(settings.project, smoked)
    is_asked = _is_asked(is_sure, f"tidegate deploy --env {env}")
    where = account(aws_config(settings))
    say = watch(settings)
    say(f"environment {env} on {where.config}, account {where.number}, as {where.who}")

    ask = Ask(env, Agreement(is_asked), say, only, _given(parameter or []), artefacts)
    deployment = Deployment(settings, where, ask)
    deployment.run()
    _finish(where.config, env, say)
    if is_smoked and not only:
        check_lake(settings, deployment.outputs)
        out.print(smoke(where.config, env, smoked, say), markup=False)


def _finish(config: Any, env: str, say: Any) -> None:
    """Say what is there, where that can be doubted, and what it costs."""
    from tidegate.deploy.cost import ASSUMED, a_day, unpriced
    from tidegate.deploy.deploying import everything
    from tidegate.deploy.existing import missing
    from tidegate.report.deployments import cost_table

    found = everything(config, env)
    if config.endpoint_url:
        for line in missing(config, found):
            say(line)
    items = a_day(config, found)
    out.print(f"\nat rest about ${sum(one.dollars for one in items):.2f} a day", style="bold")
    if items:
        out.print(cost_table(items))
    out.print(f"({ASSUMED})", style="dim", markup=False)
    if unknown := unpriced(found):
        out.print(f"not priced: {', '.join(unknown)}", style="yellow", markup=False)


@app.command()
def destroy(
    context: typer.Context,
    env: Env,
    region: Region = None,
    endpoint: Where = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Also the lake, for good; asks for the name.")
    ] = False,
    is_sure: Yes = False,
) -> None:
    """Take an environment's stacks away, the last first; its data stays."""
    from tidegate.aws import aws_config
    from tidegate.deploy import destroying
    from tidegate.deploy.deploying import account
    from tidegate.deploy.templates import check_env

    check_env(env)
    settings = _settings(context, region, endpoint)
    is_asked = _is_asked(is_sure or with_data, f"tidegate destroy --env {env}")
    where, say = account(aws_config(settings)), watch(settings)
    plan = destroying.plan(where.config, env, with_data)
    say(f"environment {env} on {where.config}, account {where.number}")
    for stack, status in plan.gone.items():
        also = ", with what hasn't been landed" if stack.endswith("-stream") else ""
        out.print(f"{stack}  {status}  is deleted{also}", markup=False)
    for stack in plan.kept:
        out.print(f"{stack}  stays, with the data; --with-data deletes it too", markup=False)
    if with_data:
        _ask_back(env)
    elif is_asked and plan.gone and not typer.confirm("delete them?", err=True):
        raise DeployError("declined: all stacks are as they were")
    destroying.destroy(where.config, list(plan.gone), say)
    if with_data:
        destroying.delete_data(where.config, destroying.data_of(where, env), say)
    out.print(f"environment {env}: {len(plan.gone)} stacks deleted, {len(plan.kept)} kept")


def _ask_back(env: str) -> None:
    """Have the environment's name typed, as what follows can't be undone.

    Raises:
        DeployError: it isn't typed, or another one is.
    """
    err.print(f"this deletes the data of {env} for good: tables, streams, results")
    try:
        typed = typer.prompt("type the environment's name", err=True)
    except typer.Abort:
        typed = ""
    if typed.strip() != env:
        raise DeployError(f'"{typed}" isn\'t the environment\'s name, "{env}": nothing is deleted')


def _given(words: list[str]) -> dict[str, str]:
    """The parameters of ``NAME=VALUE`` words.

    Raises:
        DeployError: a word isn't one.
    """
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise DeployError(f'--parameter "{name}": expected NAME=VALUE')
    return {name: value for name, _, value in pairs}
