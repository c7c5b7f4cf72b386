"""Redshift's Data API as moto has it, made to execute: DuckDB runs the SQL over the lake's tables.

Nothing here writes to the lake; Redshift's own tables are in memory. A cluster or workgroup of any
name will do: there is one lake.
"""

import json
import re
from typing import Any, ClassVar

from moto.redshiftdata import models, responses, urls
from typing_extensions import override

from tidegate.local.errors import RequestError, page
from tidegate.local.records import column_metadata, records
from tidegate.local.statements import Batch, One
from tidegate.serve.own_tables import listed
from tidegate.serve.tables import Table, databases, tables
from tidegate.settings import Settings

_ROWS_A_PAGE = 1000
_ID = re.compile(r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d+)?")


class LocalRedshift(models.RedshiftDataAPIServiceBackend):
    """The service: batches of statements that run."""

    __module__ = models.__name__  # moto finds a service's addresses beside its class
    settings: ClassVar[Settings]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.batches: dict[str, Batch] = {}

    def begin(self, asked: dict[str, Any], texts: list[str]) -> Batch:
        """Queue statements that run one after the other."""
        parameters = {one["name"]: one["value"] for one in asked.get("Parameters") or []}
        batch = Batch(
            settings=self.settings,
            statements=[One(text) for text in texts],
            parameters=parameters,
            asked=asked,
        )
        self.batches[batch.id] = batch
        batch.start()
        return batch

    def batch(self, identity: str) -> Batch:
        """A batch by its identity, or that of one of its statements."""
        if not _ID.fullmatch(identity):
            raise RequestError(
                "ValidationException",
                f"id must satisfy regex pattern: ^{_ID.pattern}$",
            )
        found = self.batches.get(identity.partition(":")[0])
        if found is None:
            raise RequestError(
                "ResourceNotFoundException", "Query does not exist.", ResourceId=identity
            )
        return found

    def one(self, identity: str) -> One:
        """One statement: the batch's only one, or that with the number after the colon."""
        batch = self.batch(identity)
        number = int(identity.partition(":")[2] or 1)
        if ":" not in identity and batch.is_batch:
            raise RequestError(
                "ValidationException", f"{identity} is a batch; name one as {identity}:1"
            )
        if not 1 <= number <= len(batch.statements):
            raise RequestError(
                "ResourceNotFoundException", "Query does not exist.", ResourceId=identity
            )
        return batch.statements[number - 1]


class LocalRedshiftResponse(responses.RedshiftDataAPIServiceResponse):
    """The service's answers."""

    @property
    def _redshift(self) -> LocalRedshift:
        backend: Any = self.redshiftdata_backend
        assert isinstance(backend, LocalRedshift)
        return backend

    @property
    def _asked(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @override
    def call_action(self) -> Any:
        try:
            return super().call_action()
        except NotImplementedError:
            message = f"{self._get_action()} is not supported at the local endpoint"
            return 400, {}, RequestError("ValidationException", message).description

    @override
    def execute_statement(self) -> Any:
        return self._begun(self._redshift.begin(self._asked, [self._asked["Sql"]]))

    def batch_execute_statement(self) -> Any:
        batch = self._redshift.begin(self._asked, self._asked["Sqls"])
        batch.is_batch = True
        return self._begun(batch)

    def _begun(self, batch: Batch) -> Any:
        told = {"Id": batch.id, "CreatedAt": batch.submitted, **batch.target()}
        return 200, {}, json.dumps(told)

    @override
    def describe_statement(self) -> Any:
        return 200, {}, json.dumps(self._redshift.batch(self._asked["Id"]).told())

    @override
    def cancel_statement(self) -> Any:
        batch = self._redshift.batch(self._asked["Id"])
        if batch.over.is_set():
            raise RequestError(
                "ValidationException",
                f"Could not cancel a query that is already in {batch.state} state"
                f" with ID: {batch.id}",
            )
        batch.stop()
        return 200, {}, json.dumps({"Status": True})

    def list_statements(self) -> Any:
        newest_first = [
            {
                "Id": one.id,
                "QueryString": one.statements[0].text,
                "Status": one.state,
                "CreatedAt": one.submitted,
                "IsBatchStatement": one.is_batch,
            }
            for one in reversed(self._redshift.batches.values())
        ]
        return self._listed("Statements", newest_first)

    @override
    def get_statement_result(self) -> Any:
        identity = self._asked["Id"]
        one, batch = self._redshift.one(identity), self._redshift.batch(identity)
        if one.found is None:
            raise RequestError(
                "ResourceNotFoundException",
                f"Query does not have result. Please check query status with DescribeStatement:"
                f" it is {batch.state}.",
                ResourceId=identity,
            )
        token = self._asked.get("NextToken")
        if token and not token.isdigit():
            raise RequestError("ValidationException", f"{token!r} is no token of this result")
        first, total = int(token or 0), one.found.table.num_rows
        told: dict[str, Any] = {
            "Records": records(one.found, first, _ROWS_A_PAGE),
            "ColumnMetadata": column_metadata(one.found),
            "TotalNumRows": total,
        }
        if first + _ROWS_A_PAGE < total:
            told["NextToken"] = str(first + _ROWS_A_PAGE)
        return 200, {}, json.dumps(told)

    def list_databases(self) -> Any:
        return self._listed("Databases", [self._asked.get("Database") or "dev"])

    def list_schemas(self) -> Any:
        found = _schemas(self._redshift.settings)
        return self._listed("Schemas", _like(found, self._asked.get("SchemaPattern")))

    def list_tables(self) -> Any:
        lake, asked = self._redshift.settings, self._asked
        found = [
            {"schema": schema, "name": one.name, "type": _type(one)}
            for schema in _like(_schemas(lake), asked.get("SchemaPattern"))
            for one in _tables(lake, schema)
            if _like([one.name], asked.get("TablePattern"))
        ]
        return self._listed("Tables", found)

    def describe_table(self) -> Any:
        lake, asked = self._redshift.settings, self._asked
        schema, name = asked.get("Schema", ""), asked.get("Table", "")
        found = [one for one in _tables(lake, schema) if one.name == name]
        columns = [
            {
                "name": column.name,
                "label": column.name,
                "typeName": column.hive,
                "nullable": int(not column.is_required),
                "schemaName": schema,
                "tableName": name,
            }
            for one in found
            for column in one.columns
        ]
        return 200, {}, json.dumps({"TableName": name, "ColumnList": columns})

    def _listed(self, name: str, items: list[Any]) -> Any:
        asked = self._asked
        found, token = page(items, asked.get("NextToken"), asked.get("MaxResults"), 1000)
        return 200, {}, json.dumps({name: found} | ({"NextToken": token} if token else {}))


def _schemas(settings: Settings) -> list[str]:
    """The lake's databases, then those of Redshift's own tables."""
    own = [one.database for one in listed(settings)]
    return list(dict.fromkeys([*databases(settings, "redshift"), *own]))


def _tables(settings: Settings, schema: str) -> list[Table]:
    """A schema's tables and views."""
    own = [one for one in listed(settings) if one.database == schema]
    return [*tables(settings, schema, "redshift"), *own]


def _type(one: Table) -> str:
    """What Redshift calls a table's kind."""
    if one.select:
        return "VIEW"
    return "EXTERNAL TABLE" if one.metadata else "TABLE"


def _like(names: list[str], pattern: str | None) -> list[str]:
    """The names that meet a LIKE pattern."""
    if not pattern:
        return names
    meant = re.escape(pattern).replace("%", ".*").replace("_", ".")
    return [name for name in names if re.fullmatch(meant, name)]


def mend(settings: Settings) -> None:
    """Put these classes in the place of moto's, before it has answered its first request."""
    LocalRedshift.settings = settings
    models.redshiftdata_backends.backend = LocalRedshift
    urls.url_paths["{0}/$"] = LocalRedshiftResponse.dispatch
