"""The views of ``analytics`` beside a Glue catalog that holds the lake itself.

Athena keeps its views in Glue. Here they are installed beside the lake's other state, and shown in
this Glue as a database of its own; every other database is moto's, to read and to change.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse
from moto.glue.urls import url_paths
from typing_extensions import override

from tidegate.local.errors import RequestError
from tidegate.local.glue import LocalGlueResponse
from tidegate.serve.views import DATABASE, installed
from tidegate.settings import Settings


class GlueBesideViews(LocalGlueResponse):
    """Glue's answers: ours about the views, moto's about all else."""

    @override
    def get_databases(self) -> ActionResult:
        found: Any = GlueResponse.get_databases(self)
        if installed(self.settings):
            found.result["DatabaseList"].append({"Name": DATABASE, "CreateTime": 0})
        return found  # type: ignore[no-any-return]

    @override
    def _database(self, name: str) -> str:
        if not installed(self.settings):
            raise RequestError("EntityNotFoundException", f"Database {name} not found.")
        return DATABASE


def _of_either(action: str) -> Callable[[GlueBesideViews], Any]:
    """An action that is ours for the views' database."""

    def answer(self: GlueBesideViews) -> Any:
        database = self.parameters.get("DatabaseName") or self.parameters.get("Name", "")
        one = LocalGlueResponse if database.lower() == DATABASE else GlueResponse
        return getattr(one, action)(self)

    return answer


def mend(settings: Settings) -> None:
    """Put this class in the place of moto's, before it has answered its first request."""
    for action in {*vars(LocalGlueResponse)} & {*vars(GlueResponse)} - {"get_databases"}:
        if not action.startswith("_"):
            setattr(GlueBesideViews, action, _of_either(action))
    GlueBesideViews.settings = settings
    for path in url_paths:
        url_paths[path] = GlueBesideViews.dispatch
