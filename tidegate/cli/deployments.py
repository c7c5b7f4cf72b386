"""``tidegate deploy`` and ``destroy``: a project on AWS, and away from it."""

import sys
from typing import Annotated, Any

import typer

from tidegate.cli.app import app, out, watch
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
    is_sure: Yes = False,
) -> None:
    """Put the project on AWS, or bring what is there up to date: one stack after the other."""
    from tidegate.aws import aws_config
    from tidegate.deploy.deploying import Ask, Deployment, account

    settings = _settings(context, region, endpoint)
    is_asked = _is_asked(is_sure, f"tidegate deploy --env {env}")
    where = account(aws_config(settings))
    say = watch(settings)
    say(f"environment {env} on {where.config}, account {where.number}, as {where.who}")

    def agree(change_set: Any) -> bool:
        from tidegate.report.deployments import changes_table

        out.print(f"\n{change_set.stack}", style="bold", markup=False)
        out.print(changes_table(change_set.changes))
        return not is_asked or typer.confirm("carry that out?", err=True)

    ask = Ask(env, agree, say, only, _given(parameter or []))
    Deployment(settings, where, ask).run()


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
