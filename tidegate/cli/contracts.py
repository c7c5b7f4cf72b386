"""``tidegate contract``: are the contracts well?"""

import typer

from tidegate.cli.app import app, err, load, out
from tidegate.errors import counted

contract_app = typer.Typer(help="The contracts of the project's tables.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")


@contract_app.command("changes")
def contract_changes(context: typer.Context) -> None:
    """Say what the next runs change of the lake's tables; exit 2 where they would refuse to."""
    from tidegate.contract import load_contracts
    from tidegate.lake.evolving import planned

    settings = load(context)
    plans = planned(settings, load_contracts(settings.project).values())
    made = [f"{one.table}: {each.told}" for one in plans for each in one.changes if not one.refused]
    refused = [one.refused for one in plans if one.refused]
    for line in made:
        out.print(line, markup=False)
    for line in refused:
        err.print(f"ContractError: {line}", style="red", markup=False)
    if refused:
        raise typer.Exit(2)
    if not made:
        are = "is as its contract says" if len(plans) == 1 else "are as their contracts say"
        out.print(f"{counted(len(plans), 'table')} {are}", markup=False)


@contract_app.command("check")
def contract_check(context: typer.Context) -> None:
    """Check every contract: keys, types, rules, and what the tables name of each other."""
    from tidegate.contract import Stage, check_contracts, load_contracts

    settings = load(context)
    errors = check_contracts(settings.project)
    for error in errors:
        err.print(f"ContractError: {error}", style="red", markup=False)
    if errors:
        raise typer.Exit(2)
    from tidegate.gate.rules import check_rules

    contracts = load_contracts(settings.project)
    told = [line for contract in contracts.values() for line in check_rules(contract)]
    for line in told:
        err.print(f"ContractError: {line}", style="red", markup=False)
    if told:
        raise typer.Exit(2)
    for table, contract in contracts.items():
        if not contract.rules and contract.stage not in (Stage.QUALITY, Stage.QUARANTINE):
            place = f"contracts/{contract.path.name}:{contract.line}"
            what = f'{place}: table "{table}" has no rule: whatever comes is published'
            err.print(f"warning: {what}", style="yellow", markup=False)
    rules = sum(len(contract.rules) for contract in contracts.values())
    out.print(f"{counted(len(contracts), 'contract')}, {counted(rules, 'rule')}: all well")
