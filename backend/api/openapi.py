"""The OpenAPI 3.1 document, built from the route table: the same table always gives the same bytes."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from backend.api.catalogue import CODES, Action
from backend.api.route import Route
from backend.api.routes import TAGGED, TAGS
from backend.api.stream import StreamRoute
from backend.api.upload import UploadRoute

Json = dict[str, Any]
Shape = tuple[type[Any], JsonSchemaMode]

_ERRORS = {
    "400": "The request cannot be read: bytes, headers or query.",
    "401": "Nobody we know: no key, a wrong, expired or revoked one.",
    "403": "Not allowed.",
    "404": "It does not exist, or you may not see it.",
    "408": "The body did not arrive in time.",
    "409": "Its state does not allow this.",
    "412": "It was changed meanwhile.",
    "413": "The body is too large.",
    "415": "The body is not declared as JSON.",
    "422": "Understood as JSON, but not as what the operation asks for.",
    "428": "If-Match is missing.",
    "500": "Our mistake; the request id says which.",
    "503": "Not at this moment; Retry-After says when.",
}


class FieldProblem(BaseModel):
    """One place that does not fit: a JSON Pointer (or the parameter's name), the rule, and its words."""

    where: str
    rule: str
    says: str


class Problem(BaseModel):
    """RFC 9457 with a stable `code`, what was expected and found, how to mend it, and what a client does."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    expected: str
    found: str
    mend: str
    action: Action
    request_id: str
    problems: list[FieldProblem] | None = None
    late_answer: str | None = None


def document() -> Json:
    """The document as plain JSON values."""
    schemas, components = _schemas()
    paths: dict[str, Json] = {}
    for tag, route in TAGGED:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(tag, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Muster",
            "version": "1",
            "description": _about(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {status: _error(says) for status, says in _ERRORS.items()},
            "headers": {
                "RequestId": _header(
                    "The id of this request in our log.", {"type": "string", "format": "uuid"}
                ),
                "ETag": _header("The version that was read, for If-Match.", {"type": "string"}),
                "RetryAfter": _header("Seconds to wait.", {"type": "integer", "minimum": 1}),
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, `mstr_live_...`."}
            },
        },
        "x-codes": {code: _code(code) for code in sorted(CODES)},
    }


def rendered() -> str:
    """The bytes that are committed as openapi.json and printed by `muster openapi`."""
    return json.dumps(document(), indent=2, sort_keys=True) + "\n"


def _about() -> str:
    rows = "\n".join(f"| `{code}` | {known.action} | {known.says} |" for code, known in sorted(CODES.items()))
    return (
        "Event-sourced workforce management and task queue for data annotation.\n\n"
        "Shares and rates are numbers 0..1, times ISO 8601 in UTC, ids UUIDs. Lists are pages: pass "
        "`next_cursor` on. Every error is `application/problem+json` and says by `action` what a client "
        "does: retry, pull again, fix and resend, ask a person, or stop.\n\n"
        f"| Code | Action | Meaning |\n|---|---|---|\n{rows}\n"
    )


def _code(code: str) -> Json:
    return {"action": CODES[code].action, "description": CODES[code].says}


def _schemas() -> tuple[dict[Shape, Json], Json]:
    """(reference of each model in its direction, all schemas by name)."""
    shapes: dict[Shape, None] = {(Problem, "serialization"): None}
    for _, route in TAGGED:
        shapes[route.answer, "serialization"] = None
        if route.body is not None:
            shapes[route.body, "validation"] = None
    keyed = [((model, mode), mode, TypeAdapter(model)) for model, mode in shapes]
    made, definitions = TypeAdapter.json_schemas(keyed, ref_template="#/components/schemas/{model}")
    return {key[0]: schema for key, schema in made.items()}, dict(sorted(definitions["$defs"].items()))


def _operation(tag: str, route: Route, schemas: dict[Shape, Json]) -> Json:
    headers: Json = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if route.etag:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    answer = {"application/json": {"schema": schemas[route.answer, "serialization"]}}
    answer |= {media: {"schema": {"type": "string"}} for media in route.media}
    made: Json = {
        "operationId": route.operation_id,
        "tags": [tag],
        "summary": route.says,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {
            str(route.status): {"description": "Done.", "headers": headers, "content": answer},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _statuses(route)},
        },
    }
    if route.body is not None:
        schema = schemas[route.body, "validation"]
        made["requestBody"] = {
            "required": not _may_be_empty(route.body),
            "content": {"application/json": {"schema": schema}},
        }
    if isinstance(route, StreamRoute):
        made["requestBody"] = _streamed(route)
    if isinstance(route, UploadRoute):
        made["requestBody"] = _uploaded(route)
    if route.auth == "claim":
        made["security"] = []
    return made


def _streamed(route: StreamRoute) -> Json:
    """A body of any length, read as it arrives."""
    medias = sorted({media for medias in route.takes.values() for media in medias})
    says = "Records of any number, each of 1 MiB at most, taken as they arrive."
    content = {media: {"schema": {"type": "string", "format": "binary"}} for media in medias}
    return {"required": False, "description": says, "content": content}


def _uploaded(route: UploadRoute) -> Json:
    """Rows in one body, which is taken as a whole."""
    says = f"Rows under `{route.rows}` of a JSON object, or alone as JSON lines or CSV; all or nothing."
    content: Json = {media: {"schema": {"type": "string", "format": "binary"}} for media in route.takes}
    content["application/json"] = {
        "schema": {
            "type": "object",
            "required": [route.rows],
            "additionalProperties": False,
            "properties": {route.rows: {"type": "array", "items": {"type": "object"}}},
        }
    }
    return {"required": True, "description": says, "content": content}


def _may_be_empty(model: type[Any]) -> bool:
    return not TypeAdapter(model).json_schema().get("required")


def _path_parameters(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in route.path_names
    ]


def _path_schema(name: str) -> Json:
    if name == "version":
        return {"type": "integer", "minimum": 1, "maximum": 2_147_483_647}
    if name == "key":
        return {"type": "string", "pattern": "^[0-9A-Za-z]{12}$"}
    return {"type": "string", "format": "uuid"}


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    properties = TypeAdapter(route.query).json_schema()["properties"]
    return [{"name": name, "in": "query", "schema": _without_null(one)} for name, one in properties.items()]


def _without_null(schema: Json) -> Json:
    """A query cannot say null: it leaves the parameter out."""
    some = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title")}
    if rest.get("default", 0) is None:
        del rest["default"]
    return {**rest, **(some[0] if len(some) == 1 else {})}


def _header_parameters(route: Route) -> list[Json]:
    found = []
    if route.method == "POST":
        required = route.key == "required"
        says = "The same key gives the same outcome, once. A new request needs a new key."
        schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
        found.append(_header_parameter("Idempotency-Key", required, says, schema))
    if route.if_match:
        schema = {"type": "string", "pattern": '^"[1-9][0-9]{0,9}"$'}
        found.append(_header_parameter("If-Match", True, "The ETag that was read.", schema))
    return found


def _header_parameter(name: str, required: bool, says: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": required, "description": says, "schema": schema}


def _statuses(route: Route) -> list[str]:
    found = {"400", "401", "403", "404", "422", "500", "503"}
    if route.body is not None:
        found |= {"408", "409", "412", "413", "415"}
    if route.if_match:
        found |= {"412", "428"}
    if isinstance(route, StreamRoute):
        found |= {"408", "409", "415"}
    if isinstance(route, UploadRoute):
        found |= {"408", "409", "413", "415"}
    return sorted(found)


def _error(says: str) -> Json:
    headers: Json = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if says == _ERRORS["503"]:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": says, "headers": headers, "content": content}


def _header(says: str, schema: Json) -> Json:
    return {"description": says, "schema": schema}
