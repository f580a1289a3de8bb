"""The door of streamed bodies: read as they arrive, taken chunk by chunk, each chunk a request to its use case.

Nothing is read while a chunk is being written, so that a fast sender waits for us, and a body of any length needs the
memory of one chunk. What was taken before a cut is taken.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from backend.api import receive as incoming
from backend.api.body import BadBody, read_json
from backend.api.door import Asked, Door, Reply
from backend.api.lines import LINE_BYTES_MAX, Lines, Record, Rows
from backend.api.problems import internal_error, malformed, problem
from backend.api.route import Route, path_value
from backend.domain.errors import Refusal
from backend.usecases.perform import DatabaseAway, away
from backend.usecases.tasks import intakes
from backend.usecases.tasks.reading import BOM, Records
from backend.usecases.work import Answer

CHUNK_LINES_MAX = 1_000
CHUNK_BYTES_MAX = 4_194_304
IDLE_SECONDS_MAX = 60.0
LINE_NODES_MAX = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRoute(Route):
    """An operation whose body is a stream of records; `takes` says in which media types, by the form of the intake."""

    takes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def arguments(self) -> frozenset[str]:
        """Beside path and query the use case is given the lines of a chunk and the first row."""
        query = self.query.model_fields if self.query else ()
        return frozenset({*self.path_names, *query, "lines", "header"})


@dataclass(slots=True)
class Chunk:
    """Records read, the first of which is line `first`; `ended`: the body ended with them."""

    first: int
    lines: list[Any] = field(default_factory=list)
    size: int = 0
    ended: bool = False

    @property
    def full(self) -> bool:
        """Whether it is to be taken now."""
        return len(self.lines) >= CHUNK_LINES_MAX or self.size >= CHUNK_BYTES_MAX


class StreamDoor(Door):
    """Serves one operation that takes a stream."""

    route: StreamRoute

    async def _reply(self, asked: Asked, scope: Any, receive: Any) -> Reply:
        try:
            try:
                arguments = await self._named(asked, scope)
            except Refusal as refusal:
                await self._note(asked, refusal)
                raise
            return self._told(await self._stream(asked, scope, receive, arguments))
        except Refusal as refusal:
            # The server reads the rest and drops it: a sender who is cut off would never see why.
            return problem(refusal, asked.meta.request)
        except incoming.ClientGone:
            raise
        except DatabaseAway as error:
            return self._broken(asked, error, away(error))
        except Exception as error:
            await self._note(asked, internal_error())
            return self._broken(asked, error, internal_error())

    async def _named(self, asked: Asked, scope: Any) -> dict[str, Any]:
        """Who asks, and for what: all that stands before the body."""
        headers = incoming.headers_of(scope)
        asked.caller = await self.perform.authenticate(incoming.bearer(headers))
        arguments: dict[str, Any] = {
            name: path_value(name, text) for name, text in scope["path_params"].items()
        }
        named = next(((name, str(value)) for name, value in arguments.items()), None)
        asked.meta = replace(asked.meta, resource=named)
        self._read_query(scope["query_string"], arguments)
        return arguments

    async def _stream(self, asked: Asked, scope: Any, receive: Any, arguments: dict[str, Any]) -> Answer:
        assert asked.caller is not None
        about = {name: arguments[name] for name in ("intake", "from_line")}
        opened = (await self.perform(intakes.intake_resume, asked.caller, asked.meta, **about)).body
        try:
            self._require_type(scope, opened["form"])
            records = Records(opened["form"], _read, opened["columns"], opened["delimiter"], opened["header"])
        except Refusal as refusal:
            await self._note(asked, refusal)
            raise
        answer: Answer | None = None
        async for chunk in self._chunks(asked, receive, records, arguments["from_line"]):
            answer = await self.perform(
                self.route.usecase,
                asked.caller,
                asked.meta,
                **arguments
                | {
                    "from_line": chunk.first,
                    "more": arguments["more"] or not chunk.ended,
                    "lines": chunk.lines,
                    "header": records.header,
                },
            )
        assert answer is not None
        return answer

    async def _chunks(self, asked: Asked, receive: Any, records: Records, first: int) -> AsyncIterator[Chunk]:
        """Chunks as they fill, the last one when the body ends. A body that is cut, or that stops coming, leaves what
        was whole of it; then it raises ClientGone, or `body_too_slow`."""
        splitter = Rows() if records.form == "csv" else Lines()
        chunk = Chunk(first)
        try:
            async for piece in _pieces(receive):
                for record in splitter.feed(piece) if piece is not None else splitter.end():
                    self._add(chunk, records, record)
                    if chunk.full:
                        yield chunk
                        chunk = Chunk(chunk.first + len(chunk.lines))
        except (incoming.ClientGone, Refusal) as cut:
            if chunk.lines:
                yield chunk
            if isinstance(cut, Refusal):
                await self._note(asked, cut)
            raise
        chunk.ended = True
        yield chunk

    @staticmethod
    def _add(chunk: Chunk, records: Records, record: Record) -> None:
        """A line: an item as it is sent, a refusal, or None for one that says nothing."""
        number = chunk.first + len(chunk.lines)
        given: Any = None
        if record is None:
            given = _too_long()
        else:
            chunk.size += len(record)
            raw = record.removesuffix(b"\r")
            if number == 1:
                raw = raw.removeprefix(BOM)
            if number == 1 and records.form == "csv":
                records.begin(raw)
            elif raw.strip(b" \t"):
                given = records.given(raw)
        chunk.lines.append(given)

    def _require_type(self, scope: Any, form: str) -> None:
        """Raises `body_wrong_type` for a declared type that is another form's, and for compressed bodies."""
        sent = {name: value.lower() for name, value in scope["headers"]}
        declared = sent.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1")
        takes = self.route.takes[form]
        if (declared and declared not in takes) or sent.get(b"content-encoding", b"identity") != b"identity":
            raise malformed(
                "body_wrong_type",
                expected=f"Content-Type: {takes[0]}, not compressed",
                found=ascii(declared[:64]) if declared not in takes else "a compressed body",
                mend="send the body as it is and say so, or begin an intake of the other form",
            )


async def _pieces(receive: Any) -> AsyncIterator[bytes | None]:
    """The body piece by piece, None at its end."""
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS_MAX):
                message = await receive()
        except TimeoutError:
            raise malformed(
                "body_too_slow",
                expected=f"something within {IDLE_SECONDS_MAX:.0f} seconds",
                found="nothing",
                mend="ask for the progress, and send the lines from `next_line` on",
            ) from None
        if message["type"] != "http.request":
            raise incoming.ClientGone
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            yield None
            return


def _read(raw: bytes) -> Any:
    """Strict JSON of one line. Raises `line_not_utf8`, `line_not_json` or `line_malformed`."""
    try:
        return read_json(raw, limit_bytes=LINE_BYTES_MAX, nodes_max=LINE_NODES_MAX)
    except BadBody as bad:
        known = {"body_not_utf8": "line_not_utf8", "body_not_json": "line_not_json"}
        raise malformed(
            known.get(bad.code, "line_malformed"),
            expected=bad.expected,
            found=f"{bad.found} at {bad.where}",
            mend="correct the line and send it again",
        ) from None


def _too_long() -> Refusal:
    return malformed(
        "line_too_long",
        expected=f"{LINE_BYTES_MAX} bytes at most in a line",
        found="more",
        mend="send what is large by payload_uri",
    )
