"""What was ever written can be read for ever: one committed file per event and stored version."""

import hashlib
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.events.base import EVENTS, UPCASTS, Actor, Recorded
from backend.events.ids import PrincipalId, RequestId, TenantId, uuid8_of
from backend.events.store.codec import UnknownEvent, canonical, decode, encode
from tests.support.golden import same_as_golden

GOLDEN = Path(__file__).parent / "golden"
STORED = sorted((name, version) for name, (newest, _) in EVENTS.items() for version in range(1, newest + 1))
NEWEST = sorted((name, newest) for name, (newest, _) in EVENTS.items())
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SALT = bytes(range(16))


def _file(name: str, version: int) -> Path:
    return GOLDEN / f"{name}.{version}.json"


def _uuid(seed: str) -> UUID:
    return uuid8_of(hashlib.sha256(seed.encode()).digest())


def _sample(kind: Any, seed: str) -> Any:
    """A value of this type that says which field it is for; of an optional type, the one that is there."""
    kind = getattr(kind, "__supertype__", kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _sample(next(one for one in arguments if one is not type(None)), seed)
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple:
        return (_sample(arguments[0], f"{seed} 1"), _sample(arguments[0], f"{seed} 2"))
    if is_dataclass(kind):
        return _instance(kind, seed)
    simple: Mapping[Any, Any] = {
        UUID: _uuid(seed),
        str: seed,
        bytes: b"ciphertext of " + seed.encode(),
        int: 1 + len(seed),
        bool: True,
        datetime: AT,
    }
    return simple[kind]


def _instance(cls: Any, seed: str) -> Any:
    hints = typing.get_type_hints(cls)
    return cls(**{field.name: _sample(hints[field.name], f"{seed}.{field.name}") for field in fields(cls)})


def _recorded(name: str) -> Recorded:
    return Recorded(
        tenant=TenantId(_uuid("tenant")),
        stream=_uuid(name),
        version=3,
        event=_instance(EVENTS[name][1], name),
        at=AT,
        actor=Actor("service", PrincipalId(_uuid("actor")), PrincipalId(_uuid("behalf"))),
        request=RequestId(_uuid("request")),
    )


@pytest.mark.parametrize(("name", "version"), NEWEST)
def test_the_newest_version_is_written_as_committed(name: str, version: int) -> None:
    same_as_golden(_file(name, version), encode(_recorded(name), SALT).decode() + "\n", frozen=True)


@pytest.mark.parametrize(("name", "version"), STORED)
def test_every_version_ever_stored_is_read_as_the_newest(name: str, version: int) -> None:
    found = decode(_file(name, version).read_bytes())
    assert type(found.event) is EVENTS[name][1]
    assert (found.at, found.version, found.actor.kind) == (AT, 3, "service")


@pytest.mark.parametrize(("name", "version"), NEWEST)
def test_reading_and_writing_again_gives_the_same_bytes(name: str, version: int) -> None:
    kept = _file(name, version).read_text().strip().encode()
    assert encode(decode(kept), SALT) == kept


def test_no_committed_file_is_of_an_event_that_is_gone() -> None:
    assert sorted(file.name for file in GOLDEN.glob("*.json")) == sorted(_file(*one).name for one in STORED)


def test_there_is_one_upcast_per_step_and_no_other() -> None:
    assert set(UPCASTS) == {(name, version) for name, version in STORED if version < EVENTS[name][0]}


def test_a_version_of_a_later_release_stops_the_reader() -> None:
    name, newest = NEWEST[0]
    body = canonical({"type": name, "v": newest + 1, "data": {}, "by": {}})
    with pytest.raises(UnknownEvent, match="upgrade Muster"):
        decode(body)
