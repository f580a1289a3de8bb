"""What machines ask about this process: alive, ready, which version, how busy. Nobody's data, not logged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from backend.api.door import Reply, Resource, new_request_id, respond
from backend.api.metrics import Metrics

READY_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """`ready`: requests can be served. `checks`: what was looked at -> `ok`, `degraded` or `down`."""

    ready: bool
    checks: dict[str, str]


Ready = Callable[[], Awaitable[Readiness]]
"""Asks the database (reachable, at the migration head) and Redis (degraded is still ready)."""


class Probe:
    """One probe as an ASGI endpoint."""

    def __init__(self, answer: Callable[[], Awaitable[Reply]]) -> None:
        self.answer = answer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer it."""
        await respond(send, new_request_id(), await self.answer())


def probes(ready: Ready, version: str, metrics: Metrics) -> dict[str, Resource]:
    """Path -> endpoint."""

    async def livez() -> Reply:
        return _json(200, {"status": "ok"})

    async def readyz() -> Reply:
        return await _readiness(ready)

    async def which() -> Reply:
        return _json(200, {"name": "muster", "version": version})

    async def numbers() -> Reply:
        kind, body = metrics.text()
        return 200, [(b"content-type", kind)], body

    found = {"/livez": livez, "/readyz": readyz, "/version": which, "/metrics": numbers}
    return {path: Resource({"GET": Probe(answer)}) for path, answer in found.items()}


async def _readiness(ready: Ready) -> Reply:
    """503 while requests cannot be served. A check that breaks says that it did, and not how."""
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            state = await ready()
    except Exception as error:
        state = Readiness(False, {"readiness": type(error).__name__})
    word = "ready" if state.ready else "not ready"
    return _json(200 if state.ready else 503, {"status": word, "checks": state.checks})


def _json(status: int, body: dict[str, Any]) -> Reply:
    return status, [(b"content-type", b"application/json")], to_json(body)
