"""Reading a streamed import: each record's bytes as an item, or as the refusal that its line gets."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.domain.errors import Refusal
from backend.domain.tasks import columns
from backend.domain.tasks.incoming import wrong

Json = Any
Read = Callable[[bytes], Json]
"""Strict JSON from bytes; raises Refusal."""
BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(slots=True)
class Records:
    """How the records of one intake are read. `header` is the first row of a CSV file, once it is known."""

    form: str
    read: Read
    mapping: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    header: str | None = None
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.header is not None:
            self._name(self.header)

    def begin(self, raw: bytes) -> None:
        """The first row of a CSV file. Raises `intake_header_wrong` when it cannot be read, names what no item has, or
        is another than before."""
        try:
            header = self._text(raw.removeprefix(BOM))
        except Refusal as bad:
            raise _header("a row of column names", bad.found) from None
        if self.header is not None and header != self.header:
            raise _header("the same first row as before", "another")
        self._name(header)

    def given(self, raw: bytes) -> Json:
        """The record as an item is sent, or the refusal of its line."""
        try:
            if self.form == "csv":
                row = columns.cells(self._text(raw), self.delimiter)
                return columns.item(row, self.fields, self._cell)
            return self.read(raw)
        except Refusal as bad:
            return bad

    def _cell(self, text: str) -> Json:
        return self.read(text.encode())

    def _name(self, header: str) -> None:
        try:
            row = columns.cells(header, self.delimiter)
        except Refusal as bad:
            raise _header("a row of column names", bad.found) from None
        self.fields = columns.fields(row, self.mapping)
        self.header = header

    def _text(self, raw: bytes) -> str:
        try:
            text = raw.decode()
        except UnicodeDecodeError as bad:
            raise wrong("line_not_utf8", "", "UTF-8", f"byte 0x{raw[bad.start]:02x}") from None
        if _CONTROL.search(text):
            raise wrong("line_malformed", "", "text without control characters", "one")
        return text


def _header(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "intake_header_wrong",
        expected=expected,
        found=found,
        mend="correct the first row, or begin another intake",
    )
