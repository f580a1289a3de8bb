"""Bytes of facts: canonical as RFC 8785 has it, newest when read, and never guessed at."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backend.events.base import EVENTS, UPCASTS, event, upcast
from backend.events.store.codec import UnknownEvent, canonical, decode, encode, instant_text
from backend.events.store.inorder import writer
from tests.support.notes import AT, new_tenant, note

EXACT = 2**53 - 1
KEYS = st.text(st.characters(codec="ascii"), max_size=8)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-EXACT, EXACT) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_canonical_bytes_are_those_of_rfc_8785(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [b"bytes", uuid4(), AT, {1, 2}])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        canonical({"key": value})


def test_an_instant_has_always_27_characters() -> None:
    assert instant_text(AT) == "2026-01-02T03:04:05.000006Z"
    assert len(instant_text(AT.replace(microsecond=0))) == 27


def test_the_salt_changes_the_bytes_and_nothing_else() -> None:
    fact = note(new_tenant(), uuid4(), 1)
    one, other = encode(fact, bytes(16)), encode(fact, bytes(range(16)))
    assert one != other
    assert decode(one) == decode(other) == fact


@given(TEXTS)
def test_what_is_written_is_canonical_whatever_a_text_holds(text: str) -> None:
    fact = note(new_tenant(), uuid4(), 1)
    fact = dataclasses.replace(fact, event=dataclasses.replace(fact.event, name=text))
    body = encode(fact, bytes(16))
    assert body == canonical(json.loads(body))
    assert decode(body) == fact


@pytest.fixture
def kept() -> Iterator[type[Any]]:
    """An event with the shapes that are written in a special way; gone afterwards."""

    @event("test.kept")
    class Kept:
        """Its fields are in no order."""

        words: tuple[str, ...]
        hidden: bytes
        n: int
        about: Part

    yield Kept
    del EVENTS["test.kept"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Neither are these."""

    second: int = 2
    first: datetime | None = AT


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    "odd",
    [{}, {"words": ["b", "a"]}, {"n": True}, {"about": {"second": 2, "first": None}}, {"hidden": "text"}],
    ids=["plain", "a list for a tuple", "a truth for a number", "a dict for a part", "text for bytes"],
)
def test_every_event_is_written_in_order_even_of_values_of_another_type(
    kept: type[Any], odd: dict[str, Any]
) -> None:
    plain = {"words": ("b", "a"), "hidden": b"\xff", "n": 1, "about": Part()}
    body = encode(dataclasses.replace(note(new_tenant(), uuid4(), 1), event=kept(**plain | odd)), bytes(16))
    assert body == canonical(json.loads(body))
    assert list(json.loads(body)["data"]) == ["about", "hidden", "n", "words"]


def test_an_event_may_hold_no_dict() -> None:
    with pytest.raises(TypeError, match="found dict"):
        writer(TypeAdapter(dict[str, int]))


def test_the_index_comes_from_the_log_and_not_from_the_bytes() -> None:
    fact = note(new_tenant(), uuid4(), 1)
    assert decode(encode(fact, bytes(16)), 7) == dataclasses.replace(fact, index=7)


@pytest.fixture
def moved() -> Iterator[type[Any]]:
    """An event in its third version, with the two steps that lead there; gone afterwards."""

    @event("test.moved", version=3)
    class Moved:
        """Version 1 had metres as text, version 2 as a number, version 3 has millimetres and a reason."""

        millimetres: int
        reason: str

    @upcast("test.moved", 1)
    def to_2(data: dict[str, Any]) -> dict[str, Any]:
        return {"metres": int(data["metres"])}

    @upcast("test.moved", 2)
    def to_3(data: dict[str, Any]) -> dict[str, Any]:
        return {"millimetres": data["metres"] * 1000, "reason": "unknown"}

    yield Moved
    del EVENTS["test.moved"], UPCASTS["test.moved", 1], UPCASTS["test.moved", 2]


def stored(version: int, data: dict[str, Any], name: str = "test.moved") -> bytes:
    """Bytes as an earlier (or later) release wrote them."""
    ids = {"tenant": str(uuid4()), "stream": str(uuid4()), "request": None, "salt": "00" * 16}
    by = {"kind": "system", "id": str(uuid4())}
    return canonical(
        {**ids, "by": by, "version": 1, "type": name, "v": version, "at": instant_text(AT), "data": data}
    )


@pytest.mark.parametrize(
    ("version", "data", "reason"),
    [
        (1, {"metres": "2"}, "unknown"),
        (2, {"metres": 2}, "unknown"),
        (3, {"millimetres": 2000, "reason": "x"}, "x"),
    ],
)
def test_an_old_version_is_read_as_the_newest(
    moved: type[Any], version: int, data: dict[str, Any], reason: str
) -> None:
    assert decode(stored(version, data)).event == moved(millimetres=2000, reason=reason)


def test_a_version_of_a_later_release_is_not_guessed_at(moved: type[Any]) -> None:
    with pytest.raises(UnknownEvent, match="version 4"):
        decode(stored(4, {"millimetres": 1, "reason": "x"}))


def test_an_unknown_event_is_not_skipped() -> None:
    with pytest.raises(UnknownEvent, match=r"'test\.unheard_of'"):
        decode(stored(1, {}, "test.unheard_of"))


def test_a_stored_name_cannot_be_taken_twice(moved: type[Any]) -> None:
    with pytest.raises(ValueError, match="taken by Moved"):
        event("test.moved")(type("Other", (), {}))
