"""Glue as moto makes it, mended where publishing relies on it.

An update of a table names the version it was made from, and AWS refuses it where the table has
moved on since: that is what makes Iceberg's commits one after the other. moto 5.2 takes them all.
"""

import threading
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse

# One lock for all updates: the server answers each request in a thread of its own.
_updating = threading.Lock()
_update: Any = GlueResponse.update_table


def mend() -> None:
    """Have an update refused where it isn't made from the table's newest version."""
    GlueResponse.update_table = _checked  # type: ignore[method-assign]


def _checked(self: GlueResponse) -> ActionResult:
    given, name = self.parameters.get("VersionId"), self.parameters["TableInput"]["Name"]
    with _updating:
        table = self.glue_backend.get_table(self.parameters["DatabaseName"], name)
        newest = table.as_dict()["VersionId"]
        if given is not None and given != newest:
            told = f"{name}: made from version {given}, and the newest is {newest}"
            raise JsonRESTError("ConcurrentModificationException", told)
        updated: ActionResult = _update(self)
        return updated
