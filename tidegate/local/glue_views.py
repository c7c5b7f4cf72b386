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

from tidegate.local.glue import LocalGlueResponse
from tidegate.serve.views import installed, views_database
from tidegate.settings import Settings

# Databases are made and dropped as anywhere, that of the views too.
_OF_DATABASES = {"get_databases", "create_database", "update_database", "delete_database"}


class GlueBesideViews(LocalGlueResponse):
    """Glue's answers: ours about the views, moto's about all else."""

    @override
    def get_databases(self) -> ActionResult:
        found: Any = GlueResponse.get_databases(self)
        if installed(self.settings):
            name = views_database(self.settings)
            if name not in {one["Name"] for one in found.result["DatabaseList"]}:
                found.result["DatabaseList"].append({"Name": name, "CreateTime": 0})
        return found  # type: ignore[no-any-return]

    create_database = GlueResponse.create_database
    update_database = GlueResponse.update_database
    delete_database = GlueResponse.delete_database

    @override
    def _database(self, name: str) -> str:
        return name.lower()


def _of_either(action: str) -> Callable[[GlueBesideViews], Any]:
    """An action that is ours for the views' database, once there are views."""

    def answer(self: GlueBesideViews) -> Any:
        database = self.parameters.get("DatabaseName") or self.parameters.get("Name", "")
        is_ours = database.lower() == views_database(self.settings) and installed(self.settings)
        return getattr(LocalGlueResponse if is_ours else GlueResponse, action)(self)

    return answer


def mend(settings: Settings) -> None:
    """Put this class in the place of moto's, before it has answered its first request."""
    for action in {*vars(LocalGlueResponse)} & {*vars(GlueResponse)} - _OF_DATABASES:
        if not action.startswith("_"):
            setattr(GlueBesideViews, action, _of_either(action))
    GlueBesideViews.settings = settings
    for path in url_paths:
        url_paths[path] = GlueBesideViews.dispatch
