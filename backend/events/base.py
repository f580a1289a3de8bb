"""What an event is: a chosen name, a version, typed facts; and how an old version is read as the newest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType, TypeVar, dataclass_transform

from pydantic import ConfigDict

from backend.events.ids import PrincipalId, RequestId, StreamId, TenantId

Secret = NewType("Secret", bytes)
"""A ciphertext envelope: the only form in which a name, a payload or an answer may enter an event."""

T = TypeVar("T")
Json = Any

EVENTS: dict[str, tuple[int, type[Any]]] = {}
"""Stored name -> newest version and its class."""
UPCASTS: dict[tuple[str, int], Callable[[Mapping[str, Json]], Mapping[str, Json]]] = {}
"""(stored name, version) -> the step that turns its data into version + 1."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(name: str, version: int = 1) -> Callable[[type[T]], type[T]]:
    """Register a frozen dataclass as an event under a stored name that never changes."""

    def register(cls: type[T]) -> type[T]:
        if name in EVENTS:
            raise ValueError(f"event name {name!r} is taken by {EVENTS[name][1].__name__}; choose another")
        cls.__pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")  # type: ignore[attr-defined]
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        EVENTS[name] = (version, made)
        made.event_name = name  # type: ignore[attr-defined]
        return made

    return register


def upcast(name: str, version: int) -> Callable[[T], T]:
    """Register the step from `version` to `version + 1` of an event's data."""

    def register(step: T) -> T:
        UPCASTS[name, version] = step  # type: ignore[assignment]
        return step

    return register


def added(name: str, version: int, **fields: Json) -> None:
    """The step from `version` to `version + 1` that only adds fields, each with what was silently true before."""
    UPCASTS[name, version] = lambda data: {**data, **fields}


def name_of(fact: object) -> str:
    """The stored name of an event instance or class."""
    return fact.event_name  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: kind is annotator, user, service or system; `behalf_of` names the person a service acts for."""

    kind: str
    id: PrincipalId
    behalf_of: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place: its stream, its version there (1..n), and the tenant's gapless index once sequenced."""

    tenant: TenantId
    stream: StreamId
    version: int
    event: Any
    at: datetime
    actor: Actor
    request: RequestId | None
    index: int | None = None
