"""What Athena keeps between queries: workgroups, prepared statements, named queries."""

import json
from collections.abc import Callable
from typing import Any

from tidegate.local.errors import RequestError


class AthenaKept:
    """The answers; a part of the service's response class."""

    _athena: Any
    _get_param: Any
    _listed: Callable[..., str]
    body: Any

    def update_work_group(self) -> str:
        name = self._get_param("WorkGroup")
        if name not in self._athena.work_groups:
            raise RequestError("InvalidRequestException", f"WorkGroup {name} is not found.")
        group = self._athena.work_groups[name]
        group.state = self._get_param("State") or group.state
        group.description = self._get_param("Description") or group.description
        updates = dict(self._get_param("ConfigurationUpdates") or {})
        result = updates.pop("ResultConfigurationUpdates", None)
        if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
            group.configuration.pop("BytesScannedCutoffPerQuery", None)
        group.configuration.update(updates)
        if result is not None:
            kept = dict(group.configuration.get("ResultConfiguration") or {})
            if result.pop("RemoveOutputLocation", False):
                kept.pop("OutputLocation", None)
            group.configuration["ResultConfiguration"] = kept | result
        return "{}"

    def get_work_group(self) -> str:
        name = self._get_param("WorkGroup")
        if name not in self._athena.work_groups:
            raise RequestError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return json.dumps({"WorkGroup": self._athena.get_work_group(name)})

    def create_prepared_statement(self) -> str:
        asked = json.loads(self.body)
        workgroup, name = asked["WorkGroup"], asked["StatementName"]
        if (workgroup, name) in self._athena.prepared:
            raise RequestError(
                "InvalidRequestException", f"Prepared Statement {name} already exists"
            )
        return self._prepare(asked)

    def update_prepared_statement(self) -> str:
        asked = json.loads(self.body)
        self._athena.statement(asked["WorkGroup"], asked["StatementName"])
        return self._prepare(asked)

    def _prepare(self, asked: dict[str, Any]) -> str:
        description = asked.get("Description", "")
        name, text = asked["StatementName"], asked["QueryStatement"]
        self._athena.prepare(asked["WorkGroup"], name, text, description)
        return "{}"

    def get_prepared_statement(self) -> str:
        kept = self._athena.statement(
            self._get_param("WorkGroup"), self._get_param("StatementName")
        )
        return json.dumps({"PreparedStatement": kept})

    def batch_get_prepared_statement(self) -> str:
        workgroup, names = self._get_param("WorkGroup"), self._get_param("PreparedStatementNames")
        kept = self._athena.prepared
        found = [kept[workgroup, one] for one in names if (workgroup, one) in kept]
        missing = [
            {"StatementName": one, "ErrorCode": "STATEMENT_NOT_FOUND"}
            for one in names
            if (workgroup, one) not in kept
        ]
        answer = {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}
        return json.dumps(answer)

    def list_prepared_statements(self) -> str:
        workgroup = self._get_param("WorkGroup")
        self._athena.configuration(workgroup)
        kept = [
            {name: one[name] for name in ("StatementName", "LastModifiedTime")}
            for (group, _), one in self._athena.prepared.items()
            if group == workgroup
        ]
        return self._listed("PreparedStatements", kept)

    def delete_prepared_statement(self) -> str:
        workgroup, name = self._get_param("WorkGroup"), self._get_param("StatementName")
        self._athena.statement(workgroup, name)
        del self._athena.prepared[workgroup, name]
        return "{}"

    def get_named_query(self) -> str:
        kept = self._named(self._get_param("NamedQueryId"))
        return json.dumps({"NamedQuery": _named_query(kept)})

    def batch_get_named_query(self) -> str:
        kept = self._athena.named_queries
        asked = self._get_param("NamedQueryIds")
        missing = [{"NamedQueryId": one} for one in asked if one not in kept]
        found = [_named_query(kept[one]) for one in asked if one in kept]
        return json.dumps({"NamedQueries": found, "UnprocessedNamedQueryIds": missing})

    def update_named_query(self) -> str:
        kept = self._named(self._get_param("NamedQueryId"))
        kept.name = self._get_param("Name")
        kept.query_string = self._get_param("QueryString")
        kept.description = self._get_param("Description") or kept.description
        return "{}"

    def delete_named_query(self) -> str:
        self._named(self._get_param("NamedQueryId"))
        del self._athena.named_queries[self._get_param("NamedQueryId")]
        return "{}"

    def _named(self, identity: str) -> Any:
        if identity not in self._athena.named_queries:
            raise RequestError("InvalidRequestException", f"NamedQuery {identity} is not found.")
        return self._athena.named_queries[identity]


def _named_query(kept: Any) -> dict[str, Any]:
    return {
        "Name": kept.name,
        "Description": kept.description,
        "Database": kept.database,
        "QueryString": kept.query_string,
        "NamedQueryId": kept.id,
        "WorkGroup": kept.workgroup.name,
    }
