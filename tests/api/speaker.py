"""Speaks to the real application by operation id, and holds every answer against the document."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
from pydantic import BaseModel, TypeAdapter

from backend.api.app import create_app
from backend.api.probes import Readiness
from backend.api.routes import ROUTES
from backend.usecases.perform import Perform

BY_ID = {route.operation_id: route for route in ROUTES}


def connect(perform: Perform) -> httpx2.AsyncClient:
    """A client of an application over this Perform, in this process."""

    async def ready() -> Readiness:
        return Readiness(True, {"database": "ok"})

    transport = httpx2.ASGITransport(app=create_app(perform, ready, "test"))
    return httpx2.AsyncClient(transport=transport, base_url="https://muster.test")


@dataclass
class Speaker:
    """One person's or service's way of speaking."""

    client: httpx2.AsyncClient
    key: str | None = None

    async def send(self, operation: str, body: Any = None, **how: Any) -> httpx2.Response:
        """A request: `how` holds path parameters, `query`, `idempotency`, `if_match`, and for a body that
        is no JSON `upload`, its media type and bytes."""
        route = BY_ID[operation]
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        if route.method == "POST":
            headers["idempotency-key"] = how.get("idempotency") or str(uuid4())
        if "if_match" in how:
            headers["if-match"] = how["if_match"]
        path = route.path.format(**{name: how[name] for name in route.path_names})
        query = how.get("query")
        if "upload" in how:
            kind, raw = how["upload"]
            headers["content-type"] = kind
            return await self.client.request(route.method, path, headers=headers, params=query, content=raw)
        json = (body if body is not None else {}) if route.body else None
        return await self.client.request(route.method, path, headers=headers, params=query, json=json)

    async def do(self, operation: str, body: Any = None, **how: Any) -> Any:
        """The answer to a request that succeeds with the documented status, and fits its documented shape."""
        response = await self.send(operation, body, **how)
        route = BY_ID[operation]
        assert response.status_code == route.status, response.text
        assert route.etag == ("etag" in response.headers)
        if response.headers["content-type"] in route.media:
            return response.content
        answer = response.json()
        fits(route.answer, answer)
        return answer

    async def refused(self, status: int, code: str, operation: str, body: Any = None, **how: Any) -> Any:
        """The problem of a request that is refused so."""
        response = await self.send(operation, body, **how)
        problem = response.json()
        assert (response.status_code, problem.get("code")) == (status, code), problem
        return problem


def fits(shape: Any, answer: Any) -> None:
    """Whether the answer has exactly the documented fields, at every depth."""
    shown = TypeAdapter(shape).validate_python(answer)
    undocumented = _names(answer) - _names(_plain(shown)) if isinstance(shown, BaseModel) else set()
    assert not undocumented, f"{shape.__name__} documents no {sorted(undocumented)}"


def _plain(shown: BaseModel) -> Any:
    return shown.model_dump(mode="json")


def _names(value: Any, at: str = "") -> set[str]:
    match value:
        case dict():
            inner = (_names(one, f"{at}/{name}") for name, one in value.items())
            return {f"{at}/{name}" for name in value}.union(*inner)
        case list():
            return set().union(*(_names(one, f"{at}/*") for one in value))
        case _:
            return set()
