"""What a deployment changes and costs, as tables for a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from tidegate.deploy.changes import Change
from tidegate.deploy.cost import Item
from tidegate.report.tables import table_of

_STYLES = {"add": "green", "modify": "yellow", "remove": "red", "import": "cyan"}


def changes_table(changes: Iterable[Change]) -> Table:
    """One row a resource: its type, what is done to it, whether it is replaced."""
    table = table_of("resource", "type", "action", "replacement")
    for one in changes:
        table.add_row(
            one.resource,
            Text(one.kind),
            Text(one.action, _STYLES.get(one.action, "")),
            Text(one.replacement, "red" if one.loses else ""),
        )
    return table


def cost_table(items: Iterable[Item]) -> Table:
    """One row a type that costs something: how many of what, and dollars a day."""
    table = table_of("type", "units", "of", "$ a day")
    for one in items:
        table.add_row(one.kind, f"{one.units:,.4g}", one.unit, f"{one.dollars:,.2f}")
    return table
