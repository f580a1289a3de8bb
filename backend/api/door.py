"""The door: one ASGI endpoint that serves any route. Nothing else stands between a request and its use case.

Order: who asks, then what was sent, then the use case; whatever refuses first leaves the access entry.
"""

import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from backend.api import receive as incoming
from backend.api.body import BadBody, read_json
from backend.api.cursor import decode, encode
from backend.api.metrics import Metrics
from backend.api.problems import (
    STATUS,
    Headers,
    internal_error,
    malformed,
    method_not_allowed,
    problem,
)
from backend.api.route import Route, path_value
from backend.api.whence import SIGHTED, whence
from backend.domain.errors import Refusal
from backend.events.ids import RequestId, uuid7
from backend.usecases.perform import DatabaseAway, Perform, away
from backend.usecases.together import Together
from backend.usecases.work import Answer, Caller, Meta

PROBLEMS_SHOWN_MAX = 20
NODES_PER_BYTE = 0.2

_log = structlog.get_logger(__name__)

SECURITY: Headers = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
]
"""On every response, probes and errors included."""
_JSON = (b"content-type", b"application/json")
_SAVED = (b"content-disposition", b"attachment")

Reply = tuple[int, Headers, bytes]


def new_request_id() -> RequestId:
    """A UUIDv7 of now: always ours, whatever the client sends."""
    return RequestId(uuid7(time.time_ns() // 1_000_000, os.urandom(10)))


async def respond(send: Any, request: UUID, reply: Reply) -> None:
    """Send a whole response."""
    status, headers, body = reply
    ours = [(b"x-request-id", str(request).encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*SECURITY, *headers, *ours]})
    await send({"type": "http.response.body", "body": body})


class Asked:
    """One request as far as it is understood."""

    __slots__ = ("caller", "meta")

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.caller: Caller | None = None


class Door:
    """Serves one route."""

    def __init__(self, route: Route, perform: Perform, metrics: Metrics) -> None:
        self.route = route
        self.perform = perform
        self.count = metrics.of(route.operation_id)
        self.body = TypeAdapter(route.body) if route.body is not None else None
        self.query = TypeAdapter(route.query) if route.query is not None else None
        self.nodes_max = max(200_000, int(route.limit_bytes * NODES_PER_BYTE))
        self.serve = _served(route, perform)
        self.sighted = route.operation_id in SIGHTED

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers the request; a client that hung up is not answered."""
        began = time.perf_counter()
        client = scope.get("client")
        meta = Meta(new_request_id(), self.route.operation_id, client[0] if client else None)
        try:
            reply = await self._reply(Asked(meta), scope, receive)
        except incoming.ClientGone:
            return
        await respond(send, meta.request, reply)
        self.count(reply[0], time.perf_counter() - began)

    async def _reply(self, asked: Asked, scope: Any, receive: Any) -> Reply:
        try:
            try:
                arguments = await self._understand(asked, scope, receive)
            except Refusal as refusal:
                await self._note(asked, refusal)
                raise
            assert asked.caller is not None
            if self.sighted:
                self.perform.sighted(asked.caller, whence(scope, asked.meta.source, asked.caller))
            return self._told(await self.serve(asked.caller, asked.meta, **arguments))
        except Refusal as refusal:
            return problem(refusal, asked.meta.request)
        except incoming.ClientGone:
            raise
        except DatabaseAway as error:
            return self._broken(asked, error, away(error))
        except Exception as error:
            await self._note(asked, internal_error())
            return self._broken(asked, error, internal_error())

    async def _understand(self, asked: Asked, scope: Any, receive: Any) -> dict[str, Any]:
        route, meta = self.route, asked.meta
        headers = incoming.headers_of(scope)
        if route.auth == "key":
            asked.caller = await self.perform.authenticate(incoming.bearer(headers))
        raw = await incoming.body_of(headers, receive, route.limit_bytes)
        arguments: dict[str, Any] = {}
        self._read_body(headers, raw, arguments)
        if route.auth == "claim":
            asked.caller = await self.perform.authenticate(arguments.pop("claim_token"), "claim")
        for name, text in scope["path_params"].items():
            arguments[name] = path_value(name, text)
        named = next(((name, str(arguments[name])) for name in scope["path_params"]), None)
        query = scope["query_string"]
        self._read_query(query, arguments)
        key = None
        if route.method == "POST":
            key = incoming.idempotency_key(headers, route.key == "required")
        if route.if_match:
            arguments["expected_version"] = incoming.expected_version(headers)
        whole = b"\0".join((route.method.encode(), scope["path"].encode(), query, raw))
        fingerprint = hashlib.sha256(whole).digest()
        asked.meta = Meta(meta.request, meta.operation, meta.source, key, fingerprint, named)
        return arguments

    def _read_body(self, headers: incoming.Headers, raw: bytes, arguments: dict[str, Any]) -> None:
        if self.body is None:
            if raw:
                raise malformed(
                    "body_unexpected", expected="no body", found=f"{len(raw)} bytes", mend="send none"
                )
            return
        value: Any = {}
        if raw:
            incoming.require_json(headers)
            try:
                value = read_json(raw, limit_bytes=self.route.limit_bytes, nodes_max=self.nodes_max)
            except BadBody as bad:
                raise _bad_body(bad) from None
        _into(arguments, _validated(self.body, value, "body_invalid"), self.route.body_as)

    def _read_query(self, raw: bytes, arguments: dict[str, Any]) -> None:
        given = incoming.query_of(raw) if raw else {}
        if self.query is not None:
            _into(arguments, _validated(self.query, given, "query_invalid"), None)
            if arguments.get("cursor") is not None:
                arguments["cursor"] = decode(arguments["cursor"], self.route.cursor)
        elif given:
            raise malformed("query_invalid", expected="no query", found="one", mend="leave it out")

    def _told(self, answer: Answer) -> Reply:
        if answer.media is not None:
            # Saved, not shown: no page of ours is rendered in the API's own origin.
            kind, raw = answer.media
            return STATUS[answer.status], [(b"content-type", kind.encode()), _SAVED], raw
        body: Mapping[str, Any] = answer.body
        headers = [_JSON]
        if answer.etag is not None:
            headers.append((b"etag", f'"{answer.etag}"'.encode()))
        if self.query is not None and body.get("next_cursor") is not None:
            body = {**body, "next_cursor": encode(body["next_cursor"])}
        return STATUS[answer.status], headers, to_json(body, inf_nan_mode="null")

    async def _note(self, asked: Asked, refusal: Refusal) -> None:
        """The access entry of a request that no use case saw; without it nothing was shown either."""
        try:
            await self.perform.note(asked.meta, asked.caller, refusal)
        except Exception as error:
            self._log(asked, error, "access_entry_not_written")

    def _broken(self, asked: Asked, error: Exception, refusal: Refusal) -> Reply:
        self._log(asked, error, refusal.code)
        return problem(refusal, asked.meta.request)

    def _log(self, asked: Asked, error: Exception, what: str) -> None:
        """Where it broke, without the error's text, which may hold values."""
        _log.error(
            what,
            request_id=str(asked.meta.request),
            operation=asked.meta.operation,
            error=type(error).__name__,
            where=_frames(error),
        )


def _served(route: Route, perform: Perform) -> Callable[..., Awaitable[Answer]]:
    """How the route's requests are served: each alone, or whoever waits at the same moment together."""
    if route.together is not None:
        return Together(perform, route.usecase, route.together, route.again)
    return partial(perform, route.usecase, again=route.again)


class Resource:
    """All operations on one path; every other method is refused with what would be allowed."""

    def __init__(self, doors: Mapping[str, Any], perform: Perform | None = None) -> None:
        """`perform` writes the entries of refused methods; probes have none."""
        self.doors = doors
        self.perform = perform

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand over to the method's door."""
        door = self.doors.get(scope["method"])
        if door is not None:
            await door(scope, receive, send)
        else:
            await unserved(self.perform, scope, send, method_not_allowed(scope["method"], [*self.doors]))


async def unserved(perform: Perform | None, scope: Any, send: Any, refusal: Refusal) -> None:
    """Refuse what no operation serves: a wrong path or method. It leaves an entry like everything else."""
    client = scope.get("client")
    meta = Meta(new_request_id(), "unserved", client[0] if client else None)
    if perform is not None:
        try:
            await perform.note(meta, None, refusal)
        except Exception as error:
            _log.error("access_entry_not_written", request_id=str(meta.request), error=type(error).__name__)
    await respond(send, meta.request, problem(refusal, meta.request))


def _into(arguments: dict[str, Any], value: Any, name: str | None) -> None:
    if name is not None:
        arguments[name] = value
    else:
        arguments.update(value.__dict__ if isinstance(value, BaseModel) else value)


def _validated(shape: TypeAdapter[Any], value: Any, code: str) -> Any:
    try:
        return shape.validate_python(value)
    except ValidationError as wrong:
        raise _not_understood(wrong, code) from None


def _not_understood(wrong: ValidationError, code: str) -> Refusal:
    """Names, places and rules; never the values that were sent."""
    count = wrong.error_count()
    shown = wrong.errors(include_url=False, include_context=False, include_input=False)[:PROBLEMS_SHOWN_MAX]
    problems = [
        {
            "where": "/" + "/".join(ascii(str(part)[:64])[1:-1] for part in one["loc"]),
            "rule": one["type"],
            "says": _WORDS.get(one["type"], one["msg"].removeprefix("Value error, ")),
        }
        for one in shown
    ]
    return malformed(
        code,
        expected="what the operation's schema says",
        found=f"{count} problem(s), the first at {problems[0]['where']}: {problems[0]['says']}",
        mend="correct each place in `problems` and send it again",
        problems=problems,
    )


_WORDS = {
    "tuple_type": "Input should be an array",
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "dict_type": "Input should be an object",
    "uuid_parsing": "Input should be a UUID",
    "uuid_type": "Input should be a UUID",
    "timezone_aware": "a moment says its zone, such as the Z of 2030-01-31T12:00:00Z, or +02:00",
}
"""Where pydantic speaks of Python, or would repeat what was sent."""


def _bad_body(bad: BadBody) -> Refusal:
    return malformed(
        bad.code,
        expected=bad.expected,
        found=f"{bad.found} at {bad.where}",
        mend="correct the body and send it again",
        where=bad.where,
    )


def _frames(error: BaseException) -> list[str]:
    """File, line and function of the innermost frames: enough to find it, nothing of what went through."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-8:]
