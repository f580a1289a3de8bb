"""Events to canonical bytes and back: the one place that knows both."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, from_json, to_jsonable_python

from backend.events import catalog as _registers_every_event
from backend.events.base import EVENTS, UPCASTS, Actor, Recorded, name_of
from backend.events.ids import PrincipalId, RequestId, TenantId
from backend.events.store.inorder import writer

__all__ = ["UnknownEvent", "canonical", "decode", "encode", "instant_text", "upcast_to_newest"]
_ = _registers_every_event


class UnknownEvent(Exception):
    """The log holds an event this release does not know: stop and upgrade, never skip."""


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8; for strings, integers, booleans, null, lists and objects
    it equals RFC 8785. No event may hold a float, because two writers may spell one number differently: the golden
    files' samples know no such field."""
    return _CANONICAL.encode(value).encode()


def _refuse(value: object) -> Any:
    raise TypeError(f"canonical JSON takes str, int, bool, None, list and dict; found {type(value).__name__}")


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refuse)


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    """Built once per class: building costs a hundred times what using costs."""
    return TypeAdapter(cls)


@cache
def _writer(cls: Any) -> Callable[..., bytes]:
    return writer(_adapter(cls))


@cache
def _reader(cls: Any) -> Callable[[Any], Any]:
    return _adapter(cls).validator.validate_python


def instant_text(at: datetime) -> str:
    """A UTC instant to the microsecond, always 27 characters."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def encode(fact: Recorded, salt: bytes) -> bytes:
    """The bytes that are kept and hashed; `salt` is 16 random bytes, so that nobody can guess a hash."""
    event, name, actor = fact.event, name_of(fact.event), fact.actor
    by = {"id": actor.id, "kind": actor.kind}
    # Nobody sorts these keys any more: they stand here in the order in which they are written.
    whole = {
        "at": instant_text(fact.at),
        "by": by if actor.behalf_of is None else {"behalf_of": actor.behalf_of, **by},
        "data": event,
        "request": fact.request,
        "salt": salt.hex(),
        "stream": fact.stream,
        "tenant": fact.tenant,
        "type": name,
        "v": EVENTS[name][0],
        "version": fact.version,
    }
    cls: Any = EVENTS[name][1]
    try:
        return _writer(cls)(whole, warnings="error")
    except PydanticSerializationError:
        # A value is not of its field's type (a list for a tuple): make plain JSON of it and sort that.
        return canonical(to_jsonable_python({**whole, "data": _adapter(cls).dump_python(event, mode="json")}))


def decode(body: bytes, index: int | None = None) -> Recorded:
    """The event in its newest version. Raises UnknownEvent for a name or version of a later release."""
    raw = from_json(body)
    name = raw["type"]
    data = upcast_to_newest(name, raw["v"], raw["data"])
    cls: Any = EVENTS[name][1]
    by, request = raw["by"], raw["request"]
    return Recorded(
        tenant=TenantId(_uuid(raw["tenant"])),
        stream=_uuid(raw["stream"]),
        version=raw["version"],
        event=_reader(cls)(data),
        at=datetime.fromisoformat(raw["at"]),
        actor=_actor(by["kind"], by["id"], by.get("behalf_of")),
        request=RequestId(_uuid(request)) if request else None,
        index=index,
    )


# Neighbours in a log are of one tenant, often of one stream, one actor and one request.
@lru_cache(maxsize=4_096)
def _uuid(text: str) -> UUID:
    return UUID(text)


@lru_cache(maxsize=4_096)
def _actor(kind: str, id: str, behalf_of: str | None) -> Actor:
    return Actor(kind, PrincipalId(UUID(id)), PrincipalId(UUID(behalf_of)) if behalf_of else None)


def upcast_to_newest(name: str, version: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Apply one step per version until the data has the newest shape."""
    newest = EVENTS[name][0] if name in EVENTS else 0
    if version > newest:
        raise UnknownEvent(
            f"expected an event of this release; found {name!r} version {version}; upgrade Muster"
        )
    for step in range(version, newest):
        data = UPCASTS[name, step](data)
    return data
