"""The door of uploads: a list of rows as one body, JSON, JSON lines or CSV, read in a thread and taken whole or not."""

import asyncio
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from backend.api import receive as incoming
from backend.api.body import BadBody, read_json
from backend.api.door import Asked, Door
from backend.api.problems import malformed
from backend.api.route import Route
from backend.domain.errors import Refusal

NODES_PER_BYTE = 0.2
FORMS = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
}
BOM = b"\xef\xbb\xbf"
LISTED_BY = "|"
"""Between the values of a list in a cell."""
Rows = list[tuple[str, Any]]
"""Where each row stood, for whoever has to mend it, and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRoute(Route):
    """An operation whose body is rows: under `rows` in a JSON object, or alone as lines. The use case is given them by
    that name. `lists` and `flags` name the columns of a CSV file that hold lists, and true or false."""

    rows: str
    takes: tuple[str, ...] = tuple(FORMS)
    lists: frozenset[str] = field(default_factory=frozenset)
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def arguments(self) -> frozenset[str]:
        """Beside path and query the use case is given the rows."""
        query = self.query.model_fields if self.query else ()
        return frozenset({*self.path_names, *query, self.rows})


class UploadDoor(Door):
    """Serves one operation that takes rows."""

    route: UploadRoute

    async def _understand(self, asked: Asked, scope: Any, receive: Any) -> dict[str, Any]:
        arguments = await super()._understand(asked, scope, receive)
        form, raw = arguments.pop("form"), arguments.pop("raw")
        arguments[self.route.rows] = await asyncio.to_thread(self._rows, form, raw)
        return arguments

    def _read_body(self, headers: incoming.Headers, raw: bytes, arguments: dict[str, Any]) -> None:
        """As it came: megabytes are read elsewhere, not while everybody waits."""
        if not raw:
            arguments |= {"form": "ndjson", "raw": raw}
            return
        declared = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
        if declared not in FORMS:
            raise malformed(
                "body_wrong_type",
                expected=f"Content-Type: {', '.join(FORMS)}",
                found=ascii(declared[:64]) if declared else "none",
                mend="say in which form the body is",
            )
        arguments |= {"form": FORMS[declared], "raw": raw}

    def _rows(self, form: str, raw: bytes) -> Rows:
        match form:
            case "json":
                return self._of_json(raw)
            case "ndjson":
                return self._of_lines(raw)
            case _:
                return self._of_csv(raw)

    def _of_json(self, raw: bytes) -> Rows:
        name = self.route.rows
        said = self._json(raw)
        if not isinstance(said, dict) or set(said) != {name} or not isinstance(said[name], list):
            raise malformed(
                "body_invalid",
                expected=f'an object with the one list "{name}"',
                found="something else",
                mend="send the rows in that list, or alone as JSON lines",
            )
        return [(f"{name}/{n}", one) for n, one in enumerate(said[name])]

    def _of_lines(self, raw: bytes) -> Rows:
        numbered = [(n, line) for n, line in enumerate(raw.removeprefix(BOM).split(b"\n"), 1) if line.strip()]
        lines = [line for _, line in numbered]
        try:
            found = self._at_once(lines)
        except (ValueError, Refusal):
            found = [self._line(line) for line in lines]
        return [(f"line {n}", one) for (n, _), one in zip(numbered, found, strict=True)]

    def _at_once(self, lines: list[bytes]) -> Any:
        """Twice as fast as line by line; which line is wrong is only asked where one is. Each is looked at by itself
        all the same: joined, what is wrong in one could be made good by another."""
        for line in lines:
            from_json(line, cache_strings="keys")
        return self._json(b"[" + b",".join(lines) + b"]")

    def _line(self, line: bytes) -> Any:
        try:
            return self._json(line)
        except Refusal as refusal:
            return refusal

    def _json(self, raw: bytes) -> Any:
        limit = self.route.limit_bytes + 2
        try:
            return read_json(raw, limit_bytes=limit, nodes_max=max(200_000, int(limit * NODES_PER_BYTE)))
        except BadBody as bad:
            raise malformed(
                bad.code,
                expected=bad.expected,
                found=f"{bad.found} at {bad.where}",
                mend="correct the body and send it again",
                where=bad.where,
            ) from None

    def _of_csv(self, raw: bytes) -> Rows:
        reader = csv.reader(io.StringIO(_csv_text(raw.removeprefix(BOM)), newline=""), strict=True)
        rows: Rows = []
        columns: list[str] | None = None
        begins = 1
        try:
            for row in reader:
                if columns is None:
                    columns = _columns(row)
                elif any(row):
                    rows.append((f"line {begins}", self._cells(columns, row)))
                begins = reader.line_num + 1
        except csv.Error as wrong:
            raise _bad_csv(begins, f"{wrong} in the row that begins there") from None
        return rows

    def _cells(self, columns: list[str], row: list[str]) -> Any:
        if len(row) > len(columns):
            return malformed(
                "body_invalid",
                expected="one cell at most for each column",
                found=f"{len(row)} cells under {len(columns)} columns",
                mend="put a cell that holds a comma in quotes",
            )
        said: dict[str, Any] = {name: cell for name, cell in zip(columns, row, strict=False) if cell != ""}
        for name in self.route.lists & said.keys():
            said[name] = [one for one in said[name].split(LISTED_BY) if one]
        for name in self.route.flags & said.keys():
            said[name] = {"true": True, "1": True, "false": False, "0": False}.get(
                said[name].lower(), said[name]
            )
        return said


def _csv_text(raw: bytes) -> str:
    """Raises `body_invalid`, naming line and byte, for what is not UTF-8 or holds NUL."""
    try:
        text, wrong, found = raw.decode(), raw.find(b"\0"), "NUL"
    except UnicodeDecodeError as bad:
        text, wrong, found = "", bad.start, f"byte 0x{raw[bad.start]:02x}"
    if wrong >= 0:
        before = re.split(rb"\r\n?|\n", raw[:wrong])
        raise _bad_csv(len(before), f"{found} at byte {len(before[-1])} of it")
    return text


def _columns(row: list[str]) -> list[str]:
    """Their names; what has none may stand there again. Raises `body_invalid` for a name given twice."""
    often = Counter(name for name in row if name)
    if twice := [name for name, n in often.items() if n > 1]:
        raise _bad_csv(1, f"the column {twice[0][:64]!a} more than once")
    return row


def _bad_csv(line: int, found: str) -> Refusal:
    return malformed(
        "body_invalid",
        expected="UTF-8 CSV whose first row names each column once",
        found=f"in line {line} {found}",
        mend="write that line again as RFC 4180 says",
        where=f"line {line}",
    )
