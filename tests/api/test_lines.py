"""Cutting a body into records: the same records however the bytes arrive, and none longer than the limit."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.api.lines import LINE_BYTES_MAX, Lines, Record, Rows


def cut(splitter: Lines | Rows, pieces: Sequence[bytes]) -> list[Record]:
    found = [record for piece in pieces for record in splitter.feed(piece)]
    return [*found, *splitter.end()]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=6).map(lambda raw: raw.replace(b"x", b"\n")), max_size=20))
def test_lines_are_the_same_however_the_bytes_arrive(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    expected = whole.split(b"\n")
    assert cut(Lines(), pieces) == (expected[:-1] if expected[-1] == b"" else expected)


@settings(max_examples=200, deadline=None)
@given(st.text('a,"\n', max_size=40), st.integers(1, 7))
def test_rows_are_the_same_however_the_bytes_arrive(text: str, step: int) -> None:
    raw = text.encode()
    pieces = [raw[at : at + step] for at in range(0, len(raw), step)]
    assert cut(Rows(), pieces) == cut(Rows(), [raw])
    rows = [row for row in cut(Rows(), [raw]) if row is not None]
    assert b"\n".join(rows) == raw.removesuffix(b"\n") or raw.count(b'"') % 2


def test_a_line_feed_inside_of_quotes_belongs_to_the_row() -> None:
    assert cut(Rows(), [b'a,"b\nc"\r\nd,e']) == [b'a,"b\nc"\r', b"d,e"]


@pytest.mark.parametrize("splitter", [Lines, Rows])
def test_what_is_too_long_is_one_record_and_is_not_held(splitter: type[Lines] | type[Rows]) -> None:
    piece = b"x" * 65_536
    one = splitter()
    found: list[Record] = list(one.feed(b"a\n"))
    for _ in range(80):
        found += one.feed(piece)
        lines = one if isinstance(one, Lines) else one._lines
        assert len(lines._rest) <= LINE_BYTES_MAX
    found += [*one.feed(b"\nb\n"), *one.end()]
    assert found == [b"a", None, b"b"]
    assert cut(splitter(), [b"x" * (LINE_BYTES_MAX + 1) + b"\nb"]) == [None, b"b"]
    assert cut(splitter(), [b"x" * LINE_BYTES_MAX, b"y"]) == [None]


def test_after_a_quote_that_is_never_closed_the_next_line_is_another_row() -> None:
    line = b'"' + b"x" * 100_000 + b"\n"
    rest = b"y" * 99_999 + b"\n"
    found = cut(Rows(), [line, *[rest] * 12, b"a,b\n"])
    assert found.count(None) == 1 and found[-1] == b"a,b"
