"""Glue where it is the catalog itself: the views that Athena made here are in it too."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.responses import GlueResponse

from tidegate.local.glue import described
from tidegate.serve.tables import Table, table
from tidegate.serve.views import keep_comments
from tidegate.settings import Settings

DATABASE = "analytics"
"""The database of views."""


def mend(settings: Settings) -> None:
    """Answer about views and take their columns' comments; all else is moto's.

    Args:
        settings: the lake, as it is reached at this endpoint.
    """
    get: Any = GlueResponse.get_table
    update: Any = GlueResponse.update_table

    def get_table(self: GlueResponse) -> ActionResult:
        found = _view(settings, self, self.parameters["Name"])
        answer: ActionResult = ActionResult({"Table": described(found)}) if found else get(self)
        return answer

    def update_table(self: GlueResponse) -> ActionResult:
        given = self.parameters["TableInput"]
        found = _view(settings, self, given["Name"])
        if found is None:
            updated: ActionResult = update(self)
            return updated
        columns = given.get("StorageDescriptor", {}).get("Columns", [])
        keep_comments(
            settings, found.name, {one["Name"]: one.get("Comment", "") for one in columns}
        )
        return EmptyResult()

    GlueResponse.get_table = get_table  # type: ignore[method-assign]
    GlueResponse.update_table = update_table  # type: ignore[method-assign]


def _view(settings: Settings, asked: GlueResponse, name: str) -> Table | None:
    """The view that a request is about; None where it is about a table."""
    asked_for = asked.parameters["DatabaseName"].lower()
    if asked_for.removeprefix(settings.database_prefix) != DATABASE:
        return None
    return table(settings, DATABASE, name.lower())
