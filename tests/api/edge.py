"""A recorder in the place of Perform, for what the edge alone decides: headers, bodies, errors. No rules."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2

from backend.api.app import create_app
from backend.api.probes import Readiness
from backend.domain.access import policy
from backend.domain.errors import Refusal
from backend.events.ids import KeyId, PrincipalId, TenantId
from backend.usecases.access.authenticating import Unauthenticated
from backend.usecases.work import Answer, Caller, Meta, UseCase

TENANT = TenantId(UUID(int=7))
PERSON = PrincipalId(UUID(int=8))
KEY = "mstr_live_somebody"
ID = "0190d3c4-0000-7000-8000-000000000001"
HEADERS = {"authorization": f"Bearer {KEY}"}
CALLER = Caller(
    TENANT,
    policy.Subject(kind="user", id=PERSON, tenant=TENANT, roles=frozenset({"tenant_admin"})),
    KeyId("0" * 12),
)


@dataclass
class Recorder:
    """Says what it was asked, and answers what the test told it to."""

    answer: Answer = field(default_factory=lambda: Answer({"ok": True}))
    raises: Exception | None = None
    note_raises: Exception | None = None
    asked: list[tuple[str, Meta, dict[str, Any]]] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    noted: list[tuple[Meta, Caller | None, Refusal]] = field(default_factory=list)

    async def __call__(
        self, usecase: UseCase, caller: Caller, meta: Meta, *, again: Any = None, **arguments: Any
    ) -> Answer:
        """Record, then answer or raise."""
        assert caller == CALLER
        self.asked.append((usecase.__name__, meta, arguments))
        if self.raises is not None:
            raise self.raises
        return self.answer

    async def authenticate(self, text: str, kind: str = "live") -> Caller:
        """KEY is a key, and any text is a claim token."""
        self.shown.append((text, kind))
        if kind == "live" and text != KEY:
            raise Unauthenticated("key_malformed", "a text that is not one", "copy the key again")
        return CALLER

    async def note(self, meta: Meta, caller: Caller | None, refusal: Refusal) -> None:
        """Record the access entry."""
        if self.note_raises is not None:
            raise self.note_raises
        self.noted.append((meta, caller, refusal))

    def sighted(self, caller: Caller, whence: object) -> None:
        """Nobody looks."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Of the only request that reached a use case."""
        ((_, _, arguments),) = self.asked
        return arguments

    @property
    def meta(self) -> Meta:
        """Of the only request that reached a use case."""
        ((_, meta, _),) = self.asked
        return meta


class Edge:
    """A client of an application over a recorder."""

    def __init__(self, readiness: Readiness | Exception | None = None) -> None:
        self.perform = Recorder()
        state = readiness or Readiness(True, {"database": "ok"})

        async def ready() -> Readiness:
            if isinstance(state, Exception):
                raise state
            return state

        self.app = create_app(self.perform, ready, "1.2.3")  # type: ignore[arg-type]
        transport = httpx2.ASGITransport(app=self.app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="https://muster.test")

    async def send(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """A request with the key, unless `headers` says otherwise; `more` are headers beside it."""
        headers = how.pop("headers", HEADERS) | how.pop("more", {})
        return await self.client.request(method, path, headers=headers, **how)

    async def post(self, path: str, body: Any = None, **how: Any) -> httpx2.Response:
        """A POST with a JSON body, or with the bytes themselves."""
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        more = {"content-type": "application/json"} | how.pop("more", {})
        return await self.send("POST", path, content=raw, more=more, **how)

    async def refused(self, response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
        """The problem in a response, after looking at what every problem must have."""
        problem = dict(response.json())
        assert (response.status_code, problem["code"]) == (status, code), problem
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["type"] == f"urn:muster:problem:{code}"
        assert problem["status"] == status
        assert problem["request_id"] == response.headers["x-request-id"]
        assert all(problem[name] for name in ("title", "detail", "expected", "found", "mend", "action"))
        return problem
