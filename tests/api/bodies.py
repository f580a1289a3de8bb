"""Bodies made from the documented schemas: the smallest one that fits, and many that the document forbids."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints, TypeAdapter

from backend.api.route import Route

Json = dict[str, Any]
NOBODY = "00000000-0000-0000-0000-000000000001"
FITTING = ("a", "0" * 64, "a@example.invalid", "en", "2030-01-01", "2030-01-01T00:00:00Z", NOBODY, "EUR")
"""Of these one fits every string that the API documents."""
OTHER_TYPES: tuple[Any, ...] = ("text", 7, 7.5, True, [7], {"a": 7}, None)


def schema_of(route: Route) -> Json:
    """The documented schema of the route's body, each reference put in place."""
    whole = TypeAdapter(Any if route.body is None else route.body).json_schema()
    return dict(_inlined(whole, whole.get("$defs", {})))


def _inlined(value: Any, named: Json) -> Any:
    if isinstance(value, list):
        return [_inlined(one, named) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _inlined(named[value["$ref"].rpartition("/")[2]], named)
    return {name: _inlined(one, named) for name, one in value.items() if name != "$defs"}


def smallest(schema: Json) -> Any:
    """A value that fits, with nothing in it that may be left out."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return smallest(options[0])
    match schema.get("type"):
        case "object":
            needed = schema.get("required", [])
            return {name: smallest(schema["properties"][name]) for name in needed}
        case "array":
            return [smallest(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "string":
            return next(one for one in FITTING if _may_be(schema, one))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return "anything"


def _may_be(schema: Json, text: str) -> bool:
    try:
        TypeAdapter(_reader(schema)).validate_python(text)
    except ValueError:
        return False
    return True


def _reader(schema: Json) -> Any:
    """A string type with exactly what its schema says."""
    moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT.*Z$")]
    formats: dict[str, Any] = {"uuid": UUID, "date": date, "date-time": moment}
    if schema.get("format") in formats:
        return formats[schema["format"]]
    limits = {"min_length": schema.get("minLength"), "max_length": schema.get("maxLength")}
    return Annotated[str, StringConstraints(pattern=schema.get("pattern"), **limits)]


def forbidden(schema: Json) -> Iterator[tuple[str, Any]]:
    """Bodies that break one rule of the schema each, with the rule's name."""
    good = smallest(schema)
    yield "unknown", good | {"nobody asked for this": 1}
    for name in schema.get("required", []):
        yield f"{name} missing", {field: value for field, value in good.items() if field != name}
    for name, said in schema.get("properties", {}).items():
        for rule, wrong in _wrong(said):
            yield f"{name} {rule}", good | {name: wrong}


def _wrong(schema: Json) -> Iterator[tuple[str, Any]]:
    """Values that this schema forbids; of one that allows anything there are none."""
    options = schema.get("anyOf") or schema.get("oneOf") or [schema]
    kinds = {_kind(one) for one in options}
    if None in kinds:
        return
    for other in OTHER_TYPES:
        if not kinds & set(_kinds(other)):
            yield f"is {other!r}", other
    if len(options) == 1 or {_kind(one) for one in options[1:]} == {"null"}:
        yield from _beyond(options[0])


def _kind(schema: Json) -> str | None:
    if "const" in schema or "enum" in schema:
        return "string"
    return schema.get("type")


def _kinds(value: Any) -> tuple[str, ...]:
    match value:
        case None:
            return ("null",)
        case bool():
            return ("boolean",)
        case int():
            return ("integer", "number")
        case float():
            return ("number",)
        case str():
            return ("string",)
        case list():
            return ("array",)
        case _:
            return ("object",)


def _beyond(schema: Json) -> Iterator[tuple[str, Any]]:
    """Values of the right type beyond their limits."""
    match schema:
        case {"enum": _} | {"const": _} | {"format": _}:
            yield "not in the list, or no such id or time", "no such thing"
        case {"type": "integer" | "number"}:
            for rule, step in (("minimum", -1), ("maximum", 1)):
                if rule in schema:
                    yield f"beyond {rule}", schema[rule] + step
        case {"type": "string"}:
            if schema.get("minLength"):
                yield "too short", ""
            if "maxLength" in schema and schema["maxLength"] < 100_000:
                yield "too long", "a" * (schema["maxLength"] + 1)
        case {"type": "array"}:
            if schema.get("minItems"):
                yield "too few", []
            if schema.get("maxItems", 100) < 100:
                yield "too many", [smallest(schema["items"])] * (schema["maxItems"] + 1)
            for rule, wrong in _wrong(schema["items"]):
                yield f"holds what {rule}", [wrong]
        case {"type": "object", "properties": _}:
            yield from forbidden(schema)
