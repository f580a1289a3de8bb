"""A writer per event class that leaves keys in canonical order by itself, so that nothing is sorted per event."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer, core_schema

# What an event may be made of. Of anything else (a dict, a float) it is not known that it is written canonically.
KNOWN = frozenset(
    "bool bytes dataclass dataclass-args dataclass-field datetime default definition-ref definitions int nullable str"
    " tuple uuid".split()
)
_ACTOR = {
    "behalf_of": core_schema.uuid_schema(),
    "id": core_schema.uuid_schema(),
    "kind": core_schema.str_schema(),
}


def writer(adapter: TypeAdapter[Any]) -> Callable[..., bytes]:
    """A function from the envelope, its keys sorted and `data` an event of the adapter's class, to canonical JSON.

    Call it with warnings="error": it raises PydanticSerializationError for a value that is not of its field's type.
    Raises TypeError for a class with a field of a type that no event may hold.
    """
    text, number, uuid = core_schema.str_schema(), core_schema.int_schema(), core_schema.uuid_schema()
    envelope = {
        "at": text,
        "by": _object(_ACTOR),
        "data": _sorted(adapter.core_schema),
        "request": core_schema.nullable_schema(uuid),
        "salt": text,
        "stream": uuid,
        "tenant": uuid,
        "type": text,
        "v": number,
        "version": number,
    }
    return SchemaSerializer(_object(envelope)).to_json


def _object(fields: Mapping[str, Any]) -> Any:
    return core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(one) for name, one in fields.items()}
    )


def _sorted(schema: Any) -> Any:
    """The same schema with the fields of every dataclass in it by name: in this order they are written."""
    if isinstance(schema, list):
        return [_sorted(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    kind = schema.get("type")
    if isinstance(kind, str) and kind not in KNOWN:
        raise TypeError(f"expected an event of {', '.join(sorted(KNOWN))}; found {kind}; choose another type")
    made = {name: _sorted(one) for name, one in schema.items()}
    if kind == "dataclass":
        made["fields"] = sorted(made["fields"])
    elif kind == "dataclass-args":
        made["fields"] = sorted(made["fields"], key=lambda field: str(field["name"]))
    return made
