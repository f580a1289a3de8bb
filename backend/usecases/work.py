"""Work: every effect a use case may have. Nothing else is injected anywhere."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from backend.domain.access import policy
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events.base import Actor, Recorded
from backend.events.ids import KeyId, PrincipalId, ProjectId, RequestId, StreamId, TenantId, uuid7
from backend.events.store import jobs, log
from backend.events.store.datakeys import Wanted
from backend.readmodels.projection import project
from backend.readmodels.registry import INLINE
from backend.usecases.vault import Sealed, SealingKeys, Vault

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, in which tenant, with which key. `via` is the front-end's principal that acts for the subject."""

    tenant: TenantId
    subject: policy.Subject
    credential: KeyId | None = None
    via: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What the edge knows of a request: its id, its operation, where it came from, how a repeat is recognised, and what
    its path names (a type and an id)."""

    request: RequestId
    operation: str
    source: str | None = None
    idempotency_key: str | None = None
    fingerprint: bytes = b""
    resource: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a use case returns. `keep` replaces the body in what a repeated request finds (payloads are never kept);
    `refusal` is told to the caller although the transaction commits, because it kept something. `media` (type, bytes)
    is sent instead of the body, to be saved as a file."""

    body: dict[str, Any]
    status: str = "ok"
    etag: str | None = None
    keep: dict[str, Any] | None = None
    refusal: Refusal | None = None
    media: tuple[str, bytes] | None = None


@dataclass(slots=True)
class Seen:
    """What the access entry will say beside who and when."""

    rule: str = ""
    subjects: set[UUID] = field(default_factory=set)
    results: list[UUID] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


class Work:
    """One transaction of one caller."""

    def __init__(
        self, conn: asyncpg.Connection, caller: Caller, meta: Meta, now: datetime, vault: Vault
    ) -> None:
        self.conn = conn
        self.caller = caller
        self.meta = meta
        self.now = now
        self.vault = vault
        self.tenant = caller.tenant
        self.seen = Seen()
        self.after_commit: list[Callable[[], None]] = []
        self._facts: list[Recorded] = []
        self._states: dict[tuple[int, StreamId], Any] = {}
        self._versions: dict[StreamId, int] = defaultdict(int)
        self._jobs: list[jobs.Job] = []

    @property
    def me(self) -> PrincipalId:
        """Who acts."""
        return self.caller.subject.id

    def new_id(self) -> UUID:
        """A UUIDv7 of this moment."""
        return uuid7(int(self.now.timestamp() * 1000), os.urandom(10))

    def chance(self, n: int) -> bytes:
        """n random bytes."""
        return os.urandom(n)

    def require(self, action: str, *, owner: UUID | None = None, project: ProjectId | None = None) -> None:
        """Ask the policy, first line of every use case. Raises Refusal `forbidden`; the rule goes into the log."""
        about = policy.Resource(
            tenant=self.tenant, owner=PrincipalId(owner) if owner else None, project=project
        )
        decision = policy.decide(self.caller.subject, action, about)
        self.seen.rule = decision.rule
        if not decision.allow:
            raise Refusal(
                "forbidden",
                "forbidden",
                expected=f"a key that may {action}",
                found=f"one that may not ({decision.rule})",
                mend="use a key with that right, or ask a tenant administrator for it",
            )

    def saw(self, *fields: str, subjects: Iterable[UUID] = (), results: Iterable[UUID] = ()) -> None:
        """Note for the access entry whose data and which ids this answer shows, and which secret fields."""
        self.seen.fields.update(fields)
        self.seen.subjects.update(subjects)
        self.seen.results.extend(results)

    async def load(self, decider: Decider[C, S, E], streams: Sequence[UUID]) -> list[S]:
        """The states of streams, in one query; remembered, so that decide() knows what it decides on."""
        fresh = [s for s in streams if (id(decider), s) not in self._states]
        found = await log.load(self.conn, self.tenant, fresh) if fresh else {}
        for stream in fresh:
            facts = found.get(stream, [])
            if not all(decider.knows(fact.event) for fact in facts):
                # The id is another kind of thing's.
                raise not_found("something of this kind")
            self._states[id(decider), stream] = decider.fold(f.event for f in facts)
            self._versions[stream] = max(self._versions[stream], facts[-1].version if facts else 0)
        return [self._states[id(decider), s] for s in streams]

    def decide(self, decider: Decider[C, S, E], stream: UUID, command: C) -> Sequence[E]:
        """Decide on a loaded (or new) stream and record what happens. Raises what the decider refuses with."""
        state = self._states.get((id(decider), stream), decider.initial)
        events = decider.decide(command, state)
        for event in events:
            state = decider.evolve(state, event)
            self._record(stream, event)
        self._states[id(decider), stream] = state
        return events

    def state(self, decider: Decider[C, S, E], stream: UUID) -> S:
        """The state of a loaded stream after what was decided so far."""
        return self._states.get((id(decider), stream), decider.initial)  # type: ignore[no-any-return]

    def _record(self, stream: UUID, event: Any) -> None:
        self._versions[stream] += 1
        via = self.caller.via
        actor = Actor("service", via, self.me) if via else Actor(self.caller.subject.kind, self.me)
        version, request = self._versions[stream], self.meta.request
        self._facts.append(Recorded(self.tenant, stream, version, event, self.now, actor, request))

    async def keys(self, *wanted: Wanted) -> SealingKeys:
        """The current data keys of these scopes."""
        return await self.vault.keys(self.conn, self.tenant, wanted)

    async def open(self, values: list[Sealed]) -> list[Any]:
        """Sealed JSON values in clear; None where erased."""
        return await self.vault.open_json(self.conn, self.tenant, values)

    def enqueue(
        self, kind: str, subject: str, args: Mapping[str, Any], due_at: datetime | None = None
    ) -> None:
        """Work for later: it exists if and only if this transaction commits."""
        self._jobs.append(jobs.Job(self.new_id(), kind, subject, dict(args), due_at or self.now))

    async def flush(self) -> None:
        """Append what was decided and fold it into the inline projections, so that queries see it."""
        facts, self._facts = self._facts, []
        await log.append(self.conn, self.tenant, facts, (os.urandom(16) for _ in facts))
        await project(INLINE, self.conn, self.tenant, facts)

    @asynccontextmanager
    async def imagined(self) -> AsyncIterator[None]:
        """What is decided and written inside is undone at its end: a preview is the act itself, looked at and given up.

        Rows and locks go with a savepoint; decisions, jobs and what waits for the commit are forgotten.
        """
        await self.flush()
        states, versions = dict(self._states), dict(self._versions)
        waiting, after_commit = list(self._jobs), list(self.after_commit)
        await self.conn.execute("SAVEPOINT imagined")
        try:
            yield
        finally:
            await self.conn.execute("ROLLBACK TO SAVEPOINT imagined")
            self._facts, self._jobs, self.after_commit = [], waiting, after_commit
            self._states, self._versions = states, defaultdict(int, versions)

    async def finish(self) -> list[jobs.Job]:
        """Flush, and write the jobs; returns them so that somebody can be woken after the commit."""
        await self.flush()
        await jobs.add(self.conn, self.tenant, self._jobs)
        return self._jobs

    def in_seconds(self, seconds: float) -> datetime:
        """A moment from now."""
        return self.now + timedelta(seconds=seconds)


UseCase = Callable[..., Awaitable[Answer]]
