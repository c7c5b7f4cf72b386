"""Glue's catalog as a view of the lake's: it is read here and changed by Tidegate's runs only.

moto keeps the rest of Glue: jobs, crawlers, workflows. The tables that CREATE TABLE AS left in S3
are shown beside the lake's until somebody drops them.
"""

import json
import re
from base64 import b64encode
from typing import Any, ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.glue import responses, urls
from typing_extensions import override

from tidegate.local.errors import RequestError, page
from tidegate.local.temporary import TemporaryTable, temporary
from tidegate.serve.tables import Column, Table, databases, hive_of, table, tables
from tidegate.serve.views import keep_comments
from tidegate.settings import Settings


class LocalGlueResponse(responses.GlueResponse):
    """Glue's answers about databases and tables."""

    settings: ClassVar[Settings]

    @override
    def get_databases(self) -> ActionResult:
        found = [{"Name": one, "CreateTime": 0} for one in databases(self.settings)]
        return self._page("DatabaseList", found)

    @override
    def get_database(self) -> ActionResult:
        name = self._database(self.parameters["Name"])
        return ActionResult({"Database": {"Name": name, "CreateTime": 0}})

    @override
    def get_tables(self) -> ActionResult:
        database = self._database(self.parameters["DatabaseName"])
        found = named(tables(self.settings, database), self.parameters.get("Expression"))
        return self._page("TableList", [described(one) for one in found])

    @override
    def get_table(self) -> ActionResult:
        database = self.parameters["DatabaseName"].lower()
        name = self.parameters["Name"].lower()
        found = table(self.settings, database, name)
        if found:
            return ActionResult({"Table": described(found)})
        if made := temporary.find(database, name):
            return ActionResult({"Table": _described_temporary(made)})
        raise RequestError("EntityNotFoundException", f"Table {name} not found.")

    @override
    def get_partitions(self) -> ActionResult:
        self.get_table_named(self.parameters["TableName"])
        return ActionResult({"Partitions": []})  # Iceberg keeps them in the table's own metadata

    @override
    def delete_table(self) -> ActionResult:
        database = self.parameters["DatabaseName"].lower()
        if temporary.drop(database, self.parameters["Name"].lower()):
            return EmptyResult()
        self.get_table_named(self.parameters["Name"])
        return self._refuse()

    @override
    def update_table(self) -> ActionResult:
        """Of a view the columns' comments; all else of it says its SQL."""
        database, given = self.parameters["DatabaseName"].lower(), self.parameters["TableInput"]
        found = table(self.settings, database, given["Name"].lower())
        if found is None or not found.select:
            return self._refuse()
        columns = given.get("StorageDescriptor", {}).get("Columns", [])
        said = {one["Name"]: one.get("Comment", "") for one in columns}
        keep_comments(self.settings, found.name, said)
        return EmptyResult()

    def get_table_named(self, name: str) -> None:
        """Make sure that there is a table."""
        database = self.parameters["DatabaseName"].lower()
        if not table(self.settings, database, name.lower()):
            raise RequestError("EntityNotFoundException", f"Table {name} not found.")

    def _refuse(self) -> ActionResult:
        raise RequestError(
            "AccessDeniedException",
            f"{self._get_action()}: the local endpoint's Glue catalog shows the lake's tables and"
            " changes none; contracts and runs do",
        )

    create_database = update_database = _refuse
    delete_database = _refuse  # type: ignore[assignment]
    create_table = batch_delete_table = _refuse
    create_partition = batch_create_partition = update_partition = batch_update_partition = _refuse
    delete_partition = batch_delete_partition = delete_table_version = _refuse

    def _database(self, name: str) -> str:
        if name.lower() not in databases(self.settings):
            raise RequestError("EntityNotFoundException", f"Database {name} not found.")
        return name.lower()

    def _page(self, name: str, items: list[Any]) -> ActionResult:
        asked = self.parameters
        found, token = page(items, asked.get("NextToken"), asked.get("MaxResults"), 100)
        return ActionResult({name: found} | ({"NextToken": token} if token else {}))


def named(found: list[Table], pattern: str | None) -> list[Table]:
    """The tables whose names meet a regular expression, as Java's ``matches`` would."""
    if not pattern:
        return found
    try:
        meant = re.compile(
            pattern.replace("*", ".*") if re.fullmatch(r"[\w*]+", pattern) else pattern
        )
    except re.error as error:
        raise RequestError("InvalidInputException", f"{pattern!r}: {error}") from None
    return [one for one in found if meant.fullmatch(one.name)]


def described(one: Table) -> dict[str, Any]:
    """A table as Iceberg's own Glue catalog describes it; a view as Athena does."""
    told = {
        "Name": one.name,
        "DatabaseName": one.database,
        "CatalogId": "123456789012",
        "Retention": 0,
        "PartitionKeys": [],
        "VersionId": "0",
    }
    return told | (_as_view(one) if one.select else _as_table(one))


def _as_table(one: Table) -> dict[str, Any]:
    columns = [
        _column(column)
        | {
            "Parameters": {
                "iceberg.field.current": "true",
                "iceberg.field.id": str(column.id),
                "iceberg.field.optional": json.dumps(not column.is_required),
            },
        }
        for column in one.columns
    ]
    moment = one.updated_ms / 1000
    return {
        "CreateTime": moment,
        "UpdateTime": moment,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "table_type": "ICEBERG",
            "metadata_location": one.metadata,
        },
        "StorageDescriptor": {"Columns": columns, "Location": one.location},
    }


def _as_view(one: Table) -> dict[str, Any]:
    original = json.dumps({"originalSql": one.select, "catalog": "awsdatacatalog"})
    return {
        "CreateTime": 0,
        "UpdateTime": 0,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"comment": "Presto View", "presto_view": "true"},
        "ViewOriginalText": f"/* Presto View: {b64encode(original.encode()).decode()} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": [_column(each) for each in one.columns], "Location": ""},
    }


def _column(column: Column) -> dict[str, Any]:
    """A column's name and type, and what is said of it where something is."""
    told = {"Name": column.name, "Type": column.hive}
    return told | ({"Comment": column.comment} if column.comment else {})


def _described_temporary(one: TemporaryTable) -> dict[str, Any]:
    columns = [{"Name": name, "Type": hive_of(kind)} for name, kind in one.columns]
    return {
        "Name": one.name,
        "DatabaseName": one.database,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "StorageDescriptor": {"Columns": columns, "Location": one.folder},
    }


def mend(settings: Settings) -> None:
    """Put this class in the place of moto's, before it has answered its first request."""
    LocalGlueResponse.settings = settings
    for path in urls.url_paths:
        urls.url_paths[path] = LocalGlueResponse.dispatch
