"""Perform: the one door for HTTP, workers, CLI and tests. One transaction, its access entry inside, commit, answer."""

import asyncio
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from backend.domain.access import policy
from backend.domain.errors import Refusal
from backend.events.ids import SYSTEM_PRINCIPAL, SYSTEM_TENANT, TenantId, uuid7
from backend.events.store import jobs, journal, secrets
from backend.events.store.database import DatabaseClock, transaction
from backend.events.store.log import AppendConflict
from backend.usecases import leaving
from backend.usecases.access.authenticating import Authenticate
from backend.usecases.pulses import Hints, Pulses
from backend.usecases.sightings import DAYS, Sightings, Whence
from backend.usecases.vault import Vault
from backend.usecases.work import Answer, Caller, Meta, Outgoing, Seen, UseCase, Work

TRIES_MAX = 6

Wake = Callable[[TenantId, Sequence[jobs.Job]], None]
Again = Callable[[Work, dict[str, Any]], Any]
AnotherWriterWon = (
    AppendConflict,
    asyncpg.UniqueViolationError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)


DatabaseAway = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)


class Overtaken(Exception):
    """The same idempotency key was answered by a concurrent request: roll back and give its outcome."""


class Perform:
    """Opens the transaction, runs the use case, writes events, projections, jobs, the outcome and the access entry."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        clock: DatabaseClock,
        wake: Wake,
        instance: str,
        hints: Hints | None = None,
        sighting_days: int = DAYS,
        outgoing: Outgoing | None = None,
    ) -> None:
        self.pool = pool
        self.vault = vault
        self.clock = clock
        self.wake = wake
        self.instance = instance
        self.outgoing = outgoing
        self.pulses = Pulses(pool, clock, hints)
        self._authenticate = Authenticate(pool, vault, clock)
        self.sightings = Sightings(pool, vault, clock, sighting_days)

    async def __call__(
        self, usecase: UseCase, caller: Caller, meta: Meta, *, again: Again | None = None, **arguments: Any
    ) -> Answer:
        """The answer, after the commit. Raises Refusal, which has left its own access entry."""
        for attempt in range(1, TRIES_MAX + 1):
            try:
                answer = await self._once(usecase, caller, meta, again, arguments)
                break
            except Refusal as refusal:
                await self.note(meta, caller, refusal)
                raise
            except DatabaseAway as error:
                raise away(error) from error
            except (*AnotherWriterWon, Overtaken):
                if attempt == TRIES_MAX:
                    await self.note(meta, caller, busy := _busy())
                    raise busy from None
                await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))
        if answer.refusal is not None:
            # Its entry was committed with what the request left behind.
            raise answer.refusal
        if answer.then is not None:
            answer = replace(answer, body={**answer.body, **await answer.then()})
        return answer

    def work(self, conn: asyncpg.Connection, caller: Caller, meta: Meta, now: Any) -> Work:
        """A caller's work in a transaction of theirs."""
        return Work(
            conn, caller, meta, now, self.vault, self.pulses.of(caller.tenant), outgoing=self.outgoing
        )

    async def _once(
        self, usecase: UseCase, caller: Caller, meta: Meta, again: Again | None, arguments: dict[str, Any]
    ) -> Answer:
        async with transaction(self.pool, caller.tenant) as conn:
            work = self.work(conn, caller, meta, await self.clock.now(conn))
            known = (await leaving.repeated([work])).get(work)
            if known is not None:
                answer = await leaving.replayed(work, known, again)
                await leaving.write_entries({work: answer}, self.instance)
            else:
                answer = await self._run(usecase, work, arguments)
                await work.finish()
                if await leaving.leave({work: answer}, self.instance):
                    raise Overtaken
        self.committed(work)
        return answer

    def committed(self, work: Work) -> None:
        """Tell who waits for what this transaction brought about."""
        shared = work.shared
        work.pulse.filled(shared.filled)
        for callback in shared.after_commit:
            callback()
        if shared.jobs:
            self.wake(work.tenant, shared.jobs)
        self.pulses.beat(work.tenant)

    async def _run(self, usecase: UseCase, work: Work, arguments: dict[str, Any]) -> Answer:
        """A refusal may only be the effect of the same request, which somebody else finished meanwhile: then its
        outcome is the answer. Raises Overtaken in that case."""
        try:
            return await usecase(work, **arguments)
        except Refusal:
            if await leaving.repeated([work]):
                raise Overtaken from None
            raise

    async def note(self, meta: Meta, caller: Caller | None, refusal: Refusal) -> None:
        """The entry of a refused request, in a transaction of its own; nobody's belong to the system tenant."""
        tenant = caller.tenant if caller else SYSTEM_TENANT
        async with transaction(self.pool, tenant) as conn:
            now = await self.clock.now(conn)
            entry = journal.Entry(
                entry=uuid7(int(now.timestamp() * 1000), os.urandom(10)),
                tenant=tenant,
                at=now,
                request=meta.request,
                action=meta.operation,
                outcome=refusal.kind,
                error_code=refusal.code,
                allow=refusal.kind not in ("forbidden", "not_found"),
                instance=self.instance,
            )
            rule = refusal.found if refusal.code == "forbidden" else refusal.code
            work = self.work(conn, caller or system_caller(tenant), meta, now)
            leaving.describe(entry, caller, meta, Seen(rule=rule))
            await leaving.write_sealed([(work, entry)])

    async def authenticate(self, text: str, kind: secrets.Kind = "live") -> Caller:
        """Who presents this key. Raises Unauthenticated. A revoked key is refused within two seconds everywhere."""
        return await self._authenticate(text, kind)

    def sighted(self, caller: Caller, whence: Whence) -> None:
        """Note from where this person works; nothing waits for it."""
        self.sightings.note(caller, whence)


def away(error: BaseException) -> Refusal:
    """What to tell a client while the database is away: whether its last request took effect shows in a repeat."""
    return Refusal(
        "unavailable",
        "database_unavailable",
        expected="the database to answer",
        found=type(error).__name__,
        mend="send the same request again, with the same Idempotency-Key",
    )


def system_caller(tenant: TenantId) -> Caller:
    """Muster itself, for what happens when nobody asks."""
    subject = policy.Subject(kind="system", id=SYSTEM_PRINCIPAL, tenant=tenant, roles=frozenset({"system"}))
    return Caller(tenant, subject)


def _busy() -> Refusal:
    return Refusal(
        "unavailable",
        "busy",
        expected="to be first within a few tries",
        found=f"{TRIES_MAX} other writers on the same streams",
        mend="send the same request again",
    )
