"""Athena as moto has it, made to execute: DuckDB runs the SQL over the lake's tables.

moto keeps workgroups, named queries and tags; what concerns a query, a prepared statement or the
catalog is answered here. Nothing here writes to the lake.
"""

import json
import re
import time
from typing import Any, ClassVar

from moto.athena import models, responses, urls
from typing_extensions import override

from tidegate.local import results
from tidegate.local.athena_catalog import AthenaCatalog
from tidegate.local.athena_kept import AthenaKept
from tidegate.local.athena_told import ENGINE, cell, page_of, statistics, told
from tidegate.local.errors import RequestError, page
from tidegate.local.queries import Query
from tidegate.settings import Settings

# The output location of the workgroup that every account has.
RESULTS = "s3://tidegate-athena-results/"
# A workgroup whose results Athena keeps, for clients that can't be shown the way to this S3.
MANAGED = "managed"
_EXECUTE = re.compile(r"\s*EXECUTE\s+[`\"]?(\w+)[`\"]?(?:\s+USING\s+(.*?))?\s*;?\s*", re.I | re.S)
_PREPARE = re.compile(r"\s*PREPARE\s+[`\"]?(\w+)[`\"]?\s+FROM\s+(.*?)\s*;?\s*", re.I | re.S)
_DEALLOCATE = re.compile(r"\s*DEALLOCATE\s+PREPARE\s+[`\"]?(\w+)[`\"]?\s*;?\s*", re.I)


class LocalAthena(models.AthenaBackend):
    """The service: executions that run, and prepared statements by workgroup."""

    __module__ = models.__name__  # moto finds a service's addresses beside its class
    settings: ClassVar[Settings]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.queries: dict[str, Query] = {}
        self.tokens: dict[str, str] = {}
        self.prepared: dict[tuple[str, str], dict[str, Any]] = {}
        primary = self.work_groups["primary"].configuration
        primary["ResultConfiguration"] = {"OutputLocation": RESULTS}
        kept = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
        self.create_work_group(MANAGED, kept, "Athena keeps the results: no S3 is needed", [])

    def begin(self, asked: dict[str, Any]) -> str:
        """StartQueryExecution: queue a query; its identity, for one token always the same."""
        token = asked.get("ClientRequestToken")
        if token in self.tokens:
            return self.tokens[token]
        text = asked["QueryString"]
        workgroup = asked.get("WorkGroup") or "primary"
        context = asked.get("QueryExecutionContext") or {}
        arguments = asked.get("ExecutionParameters")
        configuration = self.configuration(workgroup)
        sql, own = self._meant(workgroup, text)
        query = Query(
            settings=self.settings,
            account=self.account_id,
            text=text,
            sql=sql,
            arguments=arguments or own,
            database=str(context.get("Database", "")).strip('`"'),
            output=_output(asked.get("ResultConfiguration") or {}, configuration),
            workgroup=workgroup,
            cutoff=configuration.get("BytesScannedCutoffPerQuery"),
            context=context,
            given=arguments,
        )
        self.queries[query.id] = query
        if token:
            self.tokens[token] = query.id
        query.start()
        return query.id

    def configuration(self, workgroup: str) -> dict[str, Any]:
        """A workgroup's configuration."""
        found = self.work_groups.get(workgroup)
        if found is None:
            raise RequestError("InvalidRequestException", f"WorkGroup {workgroup} is not found.")
        if found.state == "DISABLED":
            raise RequestError("InvalidRequestException", f"WorkGroup {workgroup} is disabled.")
        kept: dict[str, Any] = found.configuration
        return kept

    def query(self, identity: str) -> Query:
        """An execution by its identity."""
        if identity not in self.queries:
            raise RequestError(
                "InvalidRequestException",
                f"QueryExecution {identity} was not found",
                AthenaErrorCode="INVALID_INPUT",
            )
        return self.queries[identity]

    def statement(self, workgroup: str, name: str) -> dict[str, Any]:
        """A prepared statement."""
        self.configuration(workgroup)
        if (workgroup, name) not in self.prepared:
            message = f"Prepared Statement {name} was not found in workgroup {workgroup}"
            raise RequestError("ResourceNotFoundException", message, ResourceName=name)
        return self.prepared[workgroup, name]

    def prepare(self, workgroup: str, name: str, text: str, description: str = "") -> None:
        """Keep a prepared statement."""
        self.configuration(workgroup)
        self.prepared[workgroup, name] = {
            "StatementName": name,
            "QueryStatement": text,
            "WorkGroupName": workgroup,
            "Description": description,
            "LastModifiedTime": time.time(),
        }

    def _meant(self, workgroup: str, text: str) -> tuple[str, list[str]]:
        """The SQL that a text stands for, and the literals of its own that go with it."""
        if execute := _EXECUTE.fullmatch(text):
            kept = self.statement(workgroup, execute[1])
            return kept["QueryStatement"], _literals(execute[2] or "")
        if prepare := _PREPARE.fullmatch(text):
            self.prepare(workgroup, prepare[1], prepare[2])
            return "SHOW VIEWS", []
        if dropped := _DEALLOCATE.fullmatch(text):
            self.statement(workgroup, dropped[1])
            del self.prepared[workgroup, dropped[1]]
            return "SHOW VIEWS", []
        return text, []


class LocalAthenaResponse(AthenaCatalog, AthenaKept, responses.AthenaResponse):
    """The service's answers."""

    @property
    def _athena(self) -> LocalAthena:
        backend: Any = self.athena_backend
        assert isinstance(backend, LocalAthena)
        return backend

    @override
    def call_action(self) -> Any:
        try:
            return super().call_action()
        except NotImplementedError:
            action = self._get_action()
            message = f"{action} is not supported at the local endpoint"
            return 400, {}, RequestError("InvalidRequestException", message).description

    @override
    def start_query_execution(self) -> str:
        identity = self._athena.begin(json.loads(self.body))
        return json.dumps({"QueryExecutionId": identity})

    @override
    def get_query_execution(self) -> str:
        query = self._athena.query(self._get_param("QueryExecutionId"))
        return json.dumps({"QueryExecution": told(query)})

    def batch_get_query_execution(self) -> str:
        asked = self._get_param("QueryExecutionIds")
        found = [told(self._athena.queries[one]) for one in asked if one in self._athena.queries]
        missing = [
            {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
            for one in asked
            if one not in self._athena.queries
        ]
        return json.dumps({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})

    @override
    def list_query_executions(self) -> str:
        workgroup = self._get_param("WorkGroup") or "primary"
        newest_first = [
            one.id for one in reversed(self._athena.queries.values()) if one.workgroup == workgroup
        ]
        return self._listed("QueryExecutionIds", newest_first)

    @override
    def stop_query_execution(self) -> str:
        self._athena.query(self._get_param("QueryExecutionId")).stop()
        return "{}"

    @override
    def get_query_results(self) -> str:
        query = self._athena.query(self._get_param("QueryExecutionId"))
        if query.state in ("QUEUED", "RUNNING"):
            raise RequestError(
                "InvalidRequestException",
                f"Query has not yet finished. Current state: {query.state}",
            )
        if query.found is None or query.state != "SUCCEEDED":
            raise RequestError(
                "InvalidRequestException",
                f"Query did not finish successfully. Final query state: {query.state}",
            )
        rows, token = page_of(query, self._get_param("NextToken"), self._get_param("MaxResults"))
        answer: dict[str, Any] = {
            "UpdateCount": (query.made and query.made.word == "UNLOAD" and 1) or 0,
            "ResultSet": {
                "Rows": [{"Data": [cell(value) for value in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": results.column_info(query.found)},
            },
        }
        return json.dumps(answer | ({"NextToken": token} if token else {}))

    @override
    def get_query_runtime_statistics(self) -> str:
        query = self._athena.query(self._get_param("QueryExecutionId"))
        rows = query.found.table.num_rows if query.found else 0
        counted = {
            "Timeline": {
                name: took for name, took in statistics(query).items() if name.endswith("InMillis")
            },
            "Rows": {"InputBytes": query.scanned, "OutputRows": rows},
        }
        return json.dumps({"QueryRuntimeStatistics": counted})

    def list_engine_versions(self) -> str:
        return json.dumps({"EngineVersions": [ENGINE]})

    def _listed(self, name: str, items: list[Any]) -> str:
        found, token = page(items, self._get_param("NextToken"), self._get_param("MaxResults"), 50)
        return json.dumps({name: found} | ({"NextToken": token} if token else {}))


def _output(asked: dict[str, Any], configuration: dict[str, Any]) -> str:
    """The folder of a result: the workgroup's where it insists or nothing was asked for.

    Empty in a workgroup whose results Athena keeps itself, and answers with in pages.
    """
    if (configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled"):
        return ""
    of_group = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    own = asked.get("OutputLocation")
    insists = configuration.get("EnforceWorkGroupConfiguration") and of_group
    chosen = of_group if insists or not own else own
    if not chosen:
        raise RequestError(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the"
            " Workgroup result configuration setting or as an API input.",
        )
    return str(chosen) if str(chosen).endswith("/") else f"{chosen}/"


def _literals(text: str) -> list[str]:
    """The literals of EXECUTE … USING: split at commas that stand in no quotes or brackets."""
    found = re.findall(r"(?:'(?:[^']|'')*'|\([^()]*\)|[^,'(])+", text)
    return [one.strip() for one in found if one.strip()]


def mend(settings: Settings) -> None:
    """Put these classes in the place of moto's, before it has answered its first request."""
    LocalAthena.settings = settings
    models.athena_backends.backend = LocalAthena
    urls.url_paths["{0}/$"] = LocalAthenaResponse.dispatch
