"""Cursors are opaque, exact, and only what the list itself gave."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api.cursor import decode, encode, moment, offset
from backend.domain.errors import Refusal


@given(st.uuids())
def test_a_key_comes_back_as_it_was(key: UUID) -> None:
    assert decode(encode(str(key)), UUID) == str(key)


@given(st.datetimes(timezones=st.timezones()), st.uuids())
def test_a_moment_with_an_id_comes_back_as_it_was(at, entry: UUID) -> None:  # type: ignore[no-untyped-def]
    key = f"{at.isoformat()}|{entry}"
    assert decode(encode(key), moment) == key


@given(st.text(max_size=60))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(Refusal, match="cursor_invalid"):
        decode(text, UUID)


@pytest.mark.parametrize("key", ["", "-1", "1.5", "4294967296", "٣", "x"])
def test_an_offset_is_a_small_number(key: str) -> None:
    with pytest.raises(Refusal, match="cursor_invalid"):
        decode(encode(key), offset)


@pytest.mark.parametrize("key", ["2026-01-01T00:00:00|x", f"2026-01-01|{UUID(int=1)}", "|", "now|"])
def test_a_moment_needs_its_offset_and_its_id(key: str) -> None:
    with pytest.raises(Refusal, match="cursor_invalid"):
        decode(encode(key), moment)


def test_a_cursor_has_one_spelling() -> None:
    cursor = encode(str(UUID(int=1)))
    with pytest.raises(Refusal, match="cursor_invalid"):
        decode(cursor + "=", UUID)
