"""The door of uploads: a list of rows as one body, JSON, JSON lines or CSV, read in a thread and taken whole or not."""

import asyncio
import csv
import io
from dataclasses import dataclass, field
from typing import Any

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
        try:
            # All at once is several times as fast; which line is wrong is only asked where one is.
            found = self._json(b"[" + b",".join(line for _, line in numbered) + b"]")
        except Refusal:
            found = []
        if len(found) != len(numbered):
            found = [self._line(line) for _, line in numbered]
        return [(f"line {n}", one) for (n, _), one in zip(numbered, found, strict=True)]

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
        try:
            text = raw.removeprefix(BOM).decode()
            if "\0" in text:
                raise ValueError
            reader = csv.reader(io.StringIO(text, newline=""), strict=True)
            columns = next(reader, [])
            return [(f"line {reader.line_num}", self._cells(columns, row)) for row in reader if any(row)]
        except (ValueError, csv.Error):
            raise malformed(
                "body_invalid",
                expected="UTF-8 CSV whose first row names the columns",
                found="something else",
                mend="write the file again as RFC 4180 says",
            ) from None

    def _cells(self, columns: list[str], row: list[str]) -> Any:
        if len(row) > len(columns):
            return row
        said: dict[str, Any] = {name: cell for name, cell in zip(columns, row, strict=False) if cell != ""}
        for name in self.route.lists & said.keys():
            said[name] = [one for one in said[name].split(LISTED_BY) if one]
        for name in self.route.flags & said.keys():
            said[name] = {"true": True, "1": True, "false": False, "0": False}.get(
                said[name].lower(), said[name]
            )
        return said
