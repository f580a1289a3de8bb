"""HTTP for one principal over one shared pool: verified TLS, patient retries, one key per intention."""

import asyncio
import json
import random
import ssl
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from backend.reenact.connection import Connection
from backend.reenact.problems import ApiProblem, Unreachable, UsageProblem

Json = Any
PATIENCE_SECONDS = 90.0
BACKOFF_SECONDS = (0.1, 3.0)
RETRY_AFTER_SECONDS_MAX = 30.0
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
PAGE = 200


@dataclass(slots=True)
class Tally:
    """Requests sent; failed attempts that were tried again; final answers that nobody expected."""

    requests: int = 0
    retries: int = 0
    http_errors: int = 0


class Wire:
    """The connection pool that all principals of one run share. Use as `async with`."""

    def __init__(
        self,
        connection: Connection,
        *,
        connections: int = 16,
        patience_seconds: float = PATIENCE_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`connections` at most; a request is given up after `patience_seconds` of failed attempts.

        `transport` replaces TLS over TCP where the server is within the process. UsageProblem for a CA file
        that cannot be read.
        """
        self.tally = Tally()
        self.patience_seconds = patience_seconds
        self._http = httpx2.AsyncClient(
            base_url=connection.url,
            verify=_strict(connection) if transport is None else True,
            timeout=httpx2.Timeout(30.0, connect=5.0),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    def as_principal(self, key: str | None) -> "Caller":
        """Speak as the principal whose API key this is; None for the few requests that need none."""
        return Caller(self, key)

    async def attempt(self, request: httpx2.Request) -> httpx2.Response | httpx2.TransportError:
        """One attempt: an answer of whatever status, or why there is none."""
        self.tally.requests += 1
        try:
            return await self._http.send(request)
        except httpx2.TransportError as error:
            return error

    def build(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> httpx2.Request:
        """A fresh request: one object is not sent twice."""
        return self._http.build_request(method, path, headers=headers, content=body)


class Caller:
    """One principal. Every method returns the decoded body, or raises ApiProblem or Unreachable."""

    def __init__(self, wire: Wire, key: str | None) -> None:
        self.wire = wire
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def get(self, path: str) -> Json:
        """GET."""
        return await self._send("GET", path, self._headers, None, ())

    async def post(self, path: str, body: Json, key: str, expect: Collection[str] = ()) -> Json:
        """POST under the Idempotency-Key `key`; a refusal with a code in `expect` is no error of the run."""
        headers = {
            **self._headers,
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        return await self._send("POST", path, headers, _bytes(body), expect)

    async def put(self, path: str, body: Json, etag: str | None = None) -> Json:
        """PUT, under `If-Match` where an etag is given."""
        headers = {**self._headers, "Content-Type": "application/json"}
        if etag is not None:
            headers["If-Match"] = etag
        return await self._send("PUT", path, headers, _bytes(body), ())

    async def pages(self, path: str) -> AsyncIterator[Json]:
        """Every entry of a list, page by page."""
        cursor: str | None = None
        while True:
            query = str(httpx2.QueryParams({"limit": PAGE, **({"cursor": cursor} if cursor else {})}))
            page = await self.get(f"{path}{'&' if '?' in path else '?'}{query}")
            for entry in page["data"]:
                yield entry
            cursor = page.get("next_cursor")
            if not cursor:
                return

    async def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        expect: Collection[str],
    ) -> Json:
        wire, began, tried = self.wire, time.monotonic(), 0
        while True:
            answer = await wire.attempt(wire.build(method, path, headers, body))
            if isinstance(answer, httpx2.Response) and answer.is_success:
                return answer.json() if answer.content else None
            wait = _pause(answer, tried)
            if wait is None or time.monotonic() + wait - began > wire.patience_seconds:
                raise _final(wire, answer, f"{method} {path}", expect)
            wire.tally.retries += 1
            tried += 1
            await asyncio.sleep(wait)


def _strict(connection: Connection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(connection.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise UsageProblem(f"{connection.ca_file} is no CA file that can be read ({error})") from None
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def _bytes(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _pause(answer: httpx2.Response | httpx2.TransportError, tried: int) -> float | None:
    """Seconds to wait before the same request may be sent again; None when that cannot help."""
    first, longest = BACKOFF_SECONDS
    jittered: float = min(longest, first * 2**tried) * random.uniform(0.5, 1.0)
    if isinstance(answer, httpx2.TransportError):
        return jittered
    if answer.status_code not in TRY_AGAIN and _problem(answer).get("action") != "retry":
        return None
    asked: str = answer.headers.get("retry-after", "")
    return max(jittered, min(float(asked), RETRY_AFTER_SECONDS_MAX)) if asked.isdecimal() else jittered


def _final(
    wire: Wire,
    answer: httpx2.Response | httpx2.TransportError,
    request: str,
    expect: Collection[str],
) -> Exception:
    if isinstance(answer, httpx2.TransportError):
        wire.tally.http_errors += 1
        return Unreachable(
            f"{request}: no answer for {wire.patience_seconds:.0f} s ({type(answer).__name__}: {answer})"
        )
    body = _problem(answer)
    code = str(body.get("code", "no_code"))
    if answer.status_code >= 500 or code not in expect:
        wire.tally.http_errors += 1
    return ApiProblem(answer.status_code, code, body, request)


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"found": answer.text[:200]}
    return found if isinstance(found, dict) else {"found": str(found)[:200]}
