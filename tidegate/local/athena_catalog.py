"""What Athena's API says of catalogs, databases and tables: those of the lake."""

import json
from typing import Any
from uuid import uuid4

from tidegate.local.errors import RequestError, page
from tidegate.local.glue import described, named
from tidegate.serve.tables import Table, databases, tables
from tidegate.settings import Settings

NAME = "AwsDataCatalog"


class AthenaCatalog:
    """The answers; a part of the service's response class."""

    _athena: Any
    _get_param: Any

    @property
    def _lake(self) -> Settings:
        found: Settings = self._athena.settings
        return found

    def list_data_catalogs(self) -> str:
        one = {"CatalogName": NAME, "Type": "GLUE", "Status": "CREATE_COMPLETE"}
        return json.dumps({"DataCatalogsSummary": [one]})

    def get_data_catalog(self) -> str:
        self._check(self._get_param("Name"))
        told = {"Name": NAME, "Type": "GLUE", "Description": "the lake", "Parameters": {}}
        return json.dumps({"DataCatalog": told})

    def list_databases(self) -> str:
        self._check(self._get_param("CatalogName"))
        return self._page("DatabaseList", [{"Name": one} for one in databases(self._lake)])

    def get_database(self) -> str:
        self._check(self._get_param("CatalogName"))
        name = self._database()
        return json.dumps({"Database": {"Name": name}})

    def list_table_metadata(self) -> str:
        self._check(self._get_param("CatalogName"))
        pattern = self._get_param("Expression")
        found = named(tables(self._lake, self._database()), pattern)
        return self._page("TableMetadataList", [_metadata(one) for one in found])

    def get_table_metadata(self) -> str:
        self._check(self._get_param("CatalogName"))
        database, name = self._database(), self._get_param("TableName").lower()
        found = [one for one in tables(self._lake, database) if one.name == name]
        if not found:
            raise _not_found(f"Table {database}.{name}")
        return json.dumps({"TableMetadata": _metadata(found[0])})

    def _database(self) -> str:
        name = str(self._get_param("DatabaseName")).lower()
        if name not in databases(self._lake):
            raise _not_found(f"Database {name}")
        return name

    def _check(self, catalog: str) -> None:
        if catalog.lower() != NAME.lower():
            raise RequestError(
                "InvalidRequestException", f"Catalog {catalog} not found; here is {NAME} only"
            )

    def _page(self, name: str, items: list[Any]) -> str:
        found, token = page(items, self._get_param("NextToken"), self._get_param("MaxResults"), 50)
        return json.dumps({name: found} | ({"NextToken": token} if token else {}))


def _not_found(what: str) -> RequestError:
    """What Athena passes on of Glue; clients read its code out of the message's end."""
    of_glue = "Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException"
    told = f"{what} not found. ({of_glue}; Request ID: {uuid4()}; Proxy: null)"
    return RequestError("MetadataException", told)


def _metadata(one: Table) -> dict[str, Any]:
    told = described(one)
    return {
        "Name": one.name,
        "CreateTime": told["CreateTime"],
        "TableType": told["TableType"],
        "Columns": [
            {"Name": column.name, "Type": column.hive, "Comment": column.comment}
            for column in one.columns
        ],
        "PartitionKeys": [],
        "Parameters": told["Parameters"],
    }
