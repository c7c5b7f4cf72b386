"""The description of the service, OpenAPI 3.1, made from the marked questions."""

from collections.abc import Mapping
from typing import Any

from tidegate import __version__
from tidegate.figures.asked import Schema, own_schemas, schema
from tidegate.figures.marked import Figure
from tidegate.figures.problems import REASONS
from tidegate.serve.parameters import Parameter

_ABOUT = """\
Saved questions, answered from marts as they were last published and loaded.

Rows are objects, their keys the columns' names. Whole numbers are JSON numbers; decimals are \
texts, so that no digit is lost; days are `YYYY-MM-DD`, times ISO 8601 in UTC; what has no value \
is null. `as_of` says when the oldest mart that was read was published. An answer's `ETag` changes \
with the marts' snapshots: with `If-None-Match`, figures that haven't changed are answered by 304. \
On AWS requests are signed (Signature Version 4, service `execute-api`)."""

_WHOLE: Schema = {"type": ["integer", "null"]}
_BROKEN: Schema = {"type": ["number", "null"]}
_TYPES: dict[str, Schema] = {
    **{"tinyint": _WHOLE, "smallint": _WHOLE, "integer": _WHOLE, "bigint": _WHOLE},
    **{"real": _BROKEN, "double": _BROKEN},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "timestamp(6)": {"type": ["string", "null"]},
    "timestamp(6) with time zone": {"type": ["string", "null"], "format": "date-time"},
}
_DECIMAL: Schema = {"type": ["string", "null"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}
_TEXT: Schema = {"type": ["string", "null"]}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def description(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """The description of questions."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Figures", "version": __version__, "description": _ABOUT},
        "paths": {
            "/figures": {"get": _plain("listQuestions", "The questions there are", _list())},
            **{f"/figures/{name}": {"get": _question(one)} for name, one in figures.items()},
            "/health": {"get": _plain("health", "Whether the database answers", _health(), 503)},
            "/openapi.json": {
                "get": _plain("describe", "This description", {"type": "object"}),
            },
        },
        "components": {
            "schemas": {"Mart": _mart(), "Problem": _problem(), "Parameters": _parameter_errors()},
            "headers": {
                "ETag": {"required": True, "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'}}
            },
        },
    }


def listed(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """The questions there are, with what they take and answer."""
    return {
        "questions": [
            {
                "name": one.name,
                "title": one.question.title,
                "href": f"/figures/{one.name}",
                "parameters": [_listed(parameter) for parameter in one.parameters],
                "columns": [{"name": name, "type": kind} for name, kind in one.columns.items()],
                "marts": [*one.tables],
            }
            for one in figures.values()
        ]
    }


def _listed(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "default": parameter.default,
        "example": parameter.example,
    }


def _question(figure: Figure) -> dict[str, Any]:
    told = [
        {
            "name": one.name,
            "in": "query",
            "required": one.default is None,
            "description": _default(one),
            "schema": schema(figure, one),
            "example": _example(one),
        }
        for one in figure.parameters
    ]
    own = [{"name": name, "in": "query", "schema": one} for name, one in own_schemas().items()]
    tag = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    headers = {"ETag": {"$ref": "#/components/headers/ETag"}}
    link = {"Link": {"description": "The next page.", "schema": {"type": "string"}}}
    return {
        "operationId": figure.name,
        "summary": figure.question.title,
        "parameters": [*told, *own, tag],
        "responses": {
            "200": _response("The answer", _answer(figure)) | {"headers": headers | link},
            "304": {"description": "The figures haven't changed", "headers": headers},
            "400": _refused(400, "Parameters"),
            "409": _refused(409),
            "503": _refused(503),
        },
    }


def _default(parameter: Parameter) -> str:
    return f"By default {parameter.default}." if parameter.default is not None else "Needed."


def _example(parameter: Parameter) -> Any:
    return int(parameter.example) if parameter.type == "integer" else parameter.example


def _plain(name: str, summary: str, told: Schema, *refused: int) -> dict[str, Any]:
    """A path without parameters."""
    responses = {"200": _response(summary, told), **{str(one): _refused(one) for one in refused}}
    return {"operationId": name, "summary": summary, "responses": responses}


def _response(summary: str, told: Schema) -> dict[str, Any]:
    return {"description": summary, "content": {"application/json": {"schema": told}}}


def _refused(status: int, kind: str = "Problem") -> dict[str, Any]:
    titles = [one.title for one in REASONS.values() if one.status == status]
    told: dict[str, Any] = {
        "description": "; ".join(titles),
        "content": {
            "application/problem+json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}
        },
    }
    if status == 503:
        after = {"required": True, "schema": {"type": "integer", "minimum": 1}}
        told["headers"] = {"Retry-After": after}
    return told


def _answer(figure: Figure) -> Schema:
    columns = {name: _of_type(kind) for name, kind in figure.columns.items()}
    return _object(
        question={"const": figure.name},
        title={"type": "string"},
        parameters={"type": "object"},
        as_of=_MOMENT,
        marts={"type": "array", "items": {"$ref": "#/components/schemas/Mart"}},
        columns={"type": "array", "items": _object(name=_word(), type=_word())},
        rows={"type": "array", "items": _object(**columns)},
        next={"type": ["string", "null"]},
    )


def _of_type(kind: str) -> Schema:
    return _DECIMAL if kind.startswith("decimal") else _TYPES.get(kind, _TEXT)


def _list() -> Schema:
    of_parameter = _object(name=_word(), type=_word(), default=_TEXT, example=_word())
    question = _object(
        name=_word(),
        title=_word(),
        href=_word(),
        parameters={"type": "array", "items": of_parameter},
        columns={"type": "array", "items": _object(name=_word(), type=_word())},
        marts={"type": "array", "items": _word()},
    )
    return _object(questions={"type": "array", "items": question})


def _health() -> Schema:
    published = {"type": "object", "additionalProperties": _MOMENT}
    return _object(status={"const": "ok"}, published=published)


def _mart() -> Schema:
    return _object(
        table=_word(),
        snapshot={"type": "string", "pattern": "^[0-9]+$"},
        commit={"type": "integer", "minimum": 1},
        published_at=_MOMENT,
        loaded_at=_MOMENT,
    )


def _problem() -> Schema:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "reason"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": _word(),
            "status": {"type": "integer"},
            "detail": _word(),
            "reason": {"enum": [*REASONS]},
        },
    }


def _parameter_errors() -> Schema:
    error = _object(parameter=_word(), problem=_word(), expected=_word(), example=_word())
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"errors": {"type": "array", "items": error}}},
        ]
    }


def _word() -> Schema:
    return {"type": "string"}


def _object(**properties: Schema) -> Schema:
    """An object with just these members, all of them there."""
    return {
        "type": "object",
        "required": [*properties],
        "properties": properties,
        "additionalProperties": False,
    }
