"""Work: every effect a use case may have. Nothing else is injected anywhere."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg

from backend.domain.access import policy
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import tasks
from backend.events.base import Actor, Recorded
from backend.events.ids import KeyId, PrincipalId, ProjectId, RequestId, StreamId, TenantId, uuid7
from backend.events.store import jobs, log
from backend.events.store.datakeys import Wanted
from backend.readmodels.projection import project
from backend.readmodels.registry import INLINE
from backend.usecases.pulse import Pulse
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
    is sent instead of the body, to be saved as a file. `then` is done after the commit, outside of any transaction, and
    what it tells completes the body; a repeated request finds the body without it."""

    body: dict[str, Any]
    status: str = "ok"
    etag: str | None = None
    keep: dict[str, Any] | None = None
    refusal: Refusal | None = None
    media: tuple[str, bytes] | None = None
    then: Callable[[], Awaitable[Mapping[str, Any]]] | None = None


class Outgoing(Protocol):
    """Requests that Muster makes to systems outside."""

    def problems(self, url: str) -> Sequence[str]:
        """What forbids this address already as it is written."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Send it and tell what came of it. Never raises for what the other side does."""
        ...


@dataclass(slots=True)
class Seen:
    """What the access entry will say beside who and when."""

    rule: str = ""
    subjects: set[UUID] = field(default_factory=set)
    results: list[UUID] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Shared:
    """What all works of one transaction have in common: facts not written yet, what was loaded, jobs, what waits for
    the commit; `owners` says whose work decided on a stream, `filled` which lanes got slots and at which place."""

    facts: list[Recorded] = field(default_factory=list)
    states: dict[tuple[int, StreamId], Any] = field(default_factory=dict)
    versions: dict[StreamId, int] = field(default_factory=lambda: defaultdict(int))
    jobs: "list[jobs.Job]" = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    owners: dict[StreamId, "Work"] = field(default_factory=dict)
    filled: dict[UUID, int] = field(default_factory=dict)


class Work:
    """One caller's part of a transaction; several callers' works may share one."""

    def __init__(
        self,
        conn: asyncpg.Connection,
        caller: Caller,
        meta: Meta,
        now: datetime,
        vault: Vault,
        pulse: Pulse,
        shared: Shared | None = None,
        outgoing: Outgoing | None = None,
    ) -> None:
        self.conn = conn
        self.caller = caller
        self.meta = meta
        self.now = now
        self.vault = vault
        self.pulse = pulse
        self.outgoing = outgoing
        self.tenant = caller.tenant
        self.seen = Seen()
        self.shared = Shared() if shared is None else shared

    def beside(self, caller: Caller, meta: Meta) -> "Work":
        """The work of another caller of this tenant in the same transaction."""
        return Work(self.conn, caller, meta, self.now, self.vault, self.pulse, self.shared, self.outgoing)

    @property
    def after_commit(self) -> list[Callable[[], None]]:
        """What is to be called once the transaction is committed."""
        return self.shared.after_commit

    @contextmanager
    def own(self) -> Iterator[None]:
        """What is refused inside is this caller's alone, whoever else is in the transaction."""
        try:
            yield
        except Refusal as refusal:
            refusal.culprit = self
            raise

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

    def recall(self, decider: Decider[C, S, E], streams: Iterable[UUID]) -> None:
        """Take for these streams what this process saw of them last, where it did: no look into the log. Only for what
        will be decided into an event: the append finds out whether that is still the stream's head."""
        for stream in streams:
            recent = self.pulse.recent.pop(stream, None)
            if recent is not None:
                self.shared.versions[stream], self.shared.states[id(decider), stream] = recent

    def remember(self, decider: Decider[C, S, E], streams: Iterable[UUID]) -> None:
        """Have the states of these streams at hand, once they are committed, for who recalls them."""
        shared = self.shared
        kept = {one: (shared.versions[one], shared.states[id(decider), one]) for one in streams}
        self.after_commit.append(partial(self.pulse.remember, kept))

    async def load(self, decider: Decider[C, S, E], streams: Sequence[UUID]) -> list[S]:
        """The states of streams, in one query; remembered, so that decide() knows what it decides on."""
        fresh = [s for s in streams if (id(decider), s) not in self.shared.states]
        found = await log.load(self.conn, self.tenant, fresh) if fresh else {}
        for stream in fresh:
            facts = found.get(stream, [])
            if not all(decider.knows(fact.event) for fact in facts):
                # The id is another kind of thing's.
                raise not_found("something of this kind")
            self.shared.states[id(decider), stream] = decider.fold(f.event for f in facts)
            seen = self.shared.versions[stream]
            self.shared.versions[stream] = max(seen, facts[-1].version if facts else 0)
        return [self.shared.states[id(decider), s] for s in streams]

    def decide(self, decider: Decider[C, S, E], stream: UUID, command: C) -> Sequence[E]:
        """Decide on a loaded (or new) stream and record what happens. Raises what the decider refuses with."""
        state = self.shared.states.get((id(decider), stream), decider.initial)
        events = decider.decide(command, state)
        for event in events:
            state = decider.evolve(state, event)
            self._record(stream, event)
        self.shared.states[id(decider), stream] = state
        return events

    def state(self, decider: Decider[C, S, E], stream: UUID) -> S:
        """The state of a loaded stream after what was decided so far."""
        return self.shared.states.get((id(decider), stream), decider.initial)  # type: ignore[no-any-return]

    def _record(self, stream: UUID, event: Any) -> None:
        shared = self.shared
        shared.versions[stream] += 1
        shared.owners[stream] = self
        via = self.caller.via
        actor = Actor("service", via, self.me) if via else Actor(self.caller.subject.kind, self.me)
        version, request = shared.versions[stream], self.meta.request
        shared.facts.append(Recorded(self.tenant, stream, version, event, self.now, actor, request))

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
        self.shared.jobs.append(jobs.Job(self.new_id(), kind, subject, dict(args), due_at or self.now))

    async def flush(self) -> None:
        """Append what was decided and fold it into the inline projections, so that queries see it."""
        facts, self.shared.facts = self.shared.facts, []
        await log.append(self.conn, self.tenant, facts, salts(len(facts)))
        self.shared.filled.update(_filled(facts))
        await project(INLINE, self.conn, self.tenant, facts)

    @asynccontextmanager
    async def imagined(self) -> AsyncIterator[None]:
        """What is decided and written inside is undone at its end: a preview is the act itself, looked at and given up.

        Rows and locks go with a savepoint; decisions, jobs and what waits for the commit are forgotten.
        """
        await self.flush()
        shared = self.shared
        kept = replace(
            shared,
            facts=[],
            states=dict(shared.states),
            versions=defaultdict(int, shared.versions),
            jobs=list(shared.jobs),
            after_commit=list(shared.after_commit),
        )
        await self.conn.execute("SAVEPOINT imagined")
        try:
            yield
        finally:
            await self.conn.execute("ROLLBACK TO SAVEPOINT imagined")
            self.shared = kept

    async def finish(self) -> list[jobs.Job]:
        """Flush, and write the jobs; returns them so that somebody can be woken after the commit."""
        await self.flush()
        await jobs.add(self.conn, self.tenant, self.shared.jobs)
        return self.shared.jobs

    def in_seconds(self, seconds: float) -> datetime:
        """A moment from now."""
        return self.now + timedelta(seconds=seconds)


def salts(n: int) -> list[bytes]:
    """n times 16 random bytes, asked of the system at once."""
    chance = os.urandom(16 * n)
    return [chance[place : place + 16] for place in range(0, 16 * n, 16)]


def _filled(facts: Iterable[Recorded]) -> dict[UUID, int]:
    """Lane -> the place of a slot that it got; what was moved into it comes back to its front."""
    filled: dict[UUID, int] = {}
    for fact in facts:
        match fact.event:
            case tasks.TaskOpened(lane=lane, first_ord=place) | tasks.SlotAdded(lane=lane, ord=place):
                filled.setdefault(lane, place)
            case tasks.TaskMoved(lane=lane):
                filled.setdefault(lane, -1)
    return filled


UseCase = Callable[..., Awaitable[Answer]]
