"""Events to canonical bytes and back: the one place that knows both."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import from_json

from backend.events import catalog as _registers_every_event
from backend.events.base import EVENTS, UPCASTS, Actor, Recorded, name_of
from backend.events.ids import PrincipalId, RequestId, TenantId

__all__ = ["UnknownEvent", "canonical", "decode", "encode", "instant_text", "upcast_to_newest"]
_ = _registers_every_event


class UnknownEvent(Exception):
    """The log holds an event this release does not know: stop and upgrade, never skip."""


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8; for strings, integers, booleans, null, lists and objects
    it equals RFC 8785. No event may hold a float, because two writers may spell one number differently: the golden
    files' samples know no such field."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refuse
    ).encode()


def _refuse(value: object) -> Any:
    raise TypeError(f"canonical JSON takes str, int, bool, None, list and dict; found {type(value).__name__}")


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    """Built once per class: building costs a hundred times what using costs."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def instant_text(at: datetime) -> str:
    """UTC to the microsecond, always 27 characters."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(fact: Recorded, salt: bytes) -> bytes:
    """The bytes that are kept and hashed; `salt` is 16 random bytes, so that nobody can guess a hash."""
    version, cls = EVENTS[name_of(fact.event)]
    by: dict[str, str] = {"kind": fact.actor.kind, "id": str(fact.actor.id)}
    if fact.actor.behalf_of is not None:
        by["behalf_of"] = str(fact.actor.behalf_of)
    return canonical(
        {
            "tenant": str(fact.tenant),
            "stream": str(fact.stream),
            "version": fact.version,
            "type": name_of(fact.event),
            "v": version,
            "at": instant_text(fact.at),
            "by": by,
            "request": str(fact.request) if fact.request else None,
            "data": _adapter(cls).dump_python(fact.event, mode="json"),
            "salt": salt.hex(),
        }
    )


def decode(body: bytes, index: int | None = None) -> Recorded:
    """The event in its newest version. Raises UnknownEvent for a name or version of a later release."""
    raw = from_json(body)
    name = raw["type"]
    data = upcast_to_newest(name, raw["v"], raw["data"])
    by = raw["by"]
    return Recorded(
        tenant=TenantId(UUID(raw["tenant"])),
        stream=UUID(raw["stream"]),
        version=raw["version"],
        event=_adapter(EVENTS[name][1]).validate_python(data),
        at=datetime.fromisoformat(raw["at"]),
        actor=Actor(by["kind"], PrincipalId(UUID(by["id"])), _principal(by.get("behalf_of"))),
        request=RequestId(UUID(raw["request"])) if raw["request"] else None,
        index=index,
    )


def upcast_to_newest(name: str, version: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Apply one step per version until the data has the newest shape."""
    if name not in EVENTS or version > EVENTS[name][0]:
        raise UnknownEvent(
            f"expected an event of this release; found {name!r} version {version}; upgrade Muster"
        )
    for step in range(version, EVENTS[name][0]):
        data = UPCASTS[name, step](data)
    return data


def _principal(text: str | None) -> PrincipalId | None:
    return PrincipalId(UUID(text)) if text else None
