"""Perform: the one door for HTTP, workers, CLI and tests. One transaction, its access entry inside, commit, answer."""

import asyncio
import base64
import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from backend.domain.access import policy
from backend.domain.errors import Refusal
from backend.events.ids import (
    SYSTEM_PRINCIPAL,
    SYSTEM_TENANT,
    KeyId,
    PrincipalId,
    ProjectId,
    TeamId,
    TenantId,
    VendorId,
    uuid7,
)
from backend.events.store import idempotency, jobs, journal, secrets
from backend.events.store.database import DatabaseClock, transaction
from backend.events.store.envelope import KeyDestroyed
from backend.events.store.log import AppendConflict
from backend.readmodels import credentials
from backend.usecases.access import delegation
from backend.usecases.vault import Sealed, Vault
from backend.usecases.work import Answer, Caller, Meta, Seen, UseCase, Work

TRIES_MAX = 6
CREDENTIAL_FRESH_SECONDS = 2.0
CREDENTIALS_CACHED_MAX = 20_000
JWT_START = "ey"

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


class Unauthenticated(Refusal):
    """Nobody we know: no key, a wrong one, an expired or a revoked one."""

    def __init__(self, code: str, found: str, mend: str) -> None:
        super().__init__("forbidden", code, expected="a valid API key", found=found, mend=mend)


class Overtaken(Exception):
    """The same idempotency key was answered by a concurrent request: roll back and give its outcome."""


class Perform:
    """Opens the transaction, runs the use case, writes events, projections, jobs, the outcome and the access entry."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, clock: DatabaseClock, wake: Wake, instance: str
    ) -> None:
        self.pool = pool
        self.vault = vault
        self.clock = clock
        self.wake = wake
        self.instance = instance
        self._known: dict[tuple[str, str], tuple[float, credentials.Credential]] = {}

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
        return answer

    async def _once(
        self, usecase: UseCase, caller: Caller, meta: Meta, again: Again | None, arguments: dict[str, Any]
    ) -> Answer:
        async with transaction(self.pool, caller.tenant) as conn:
            work = Work(conn, caller, meta, await self.clock.now(conn), self.vault)
            answer = await self._repeated(work, again)
            new: list[jobs.Job] = []
            if answer is None:
                answer = await self._run(usecase, work, arguments)
                new = await work.finish()
                await self._keep(work, answer)
            await self._write(work, self._entry(work, answer))
        for callback in work.after_commit:
            callback()
        if new:
            self.wake(caller.tenant, new)
        return answer

    async def _run(self, usecase: UseCase, work: Work, arguments: dict[str, Any]) -> Answer:
        """A refusal may only be the effect of the same request, which somebody else finished meanwhile: then its
        outcome is the answer. Raises Overtaken in that case."""
        try:
            return await usecase(work, **arguments)
        except Refusal:
            key = work.meta.idempotency_key
            if key is not None and await idempotency.find(work.conn, work.tenant, work.me, key):
                raise Overtaken from None
            raise

    async def _repeated(self, work: Work, again: Again | None) -> Answer | None:
        key = work.meta.idempotency_key
        if key is None:
            return None
        known = await idempotency.find(work.conn, work.tenant, work.me, key)
        if known is None:
            return None
        if known.fingerprint != work.meta.fingerprint:
            raise Refusal(
                "invalid",
                "idempotency_mismatch",
                expected="the same request under the same Idempotency-Key",
                found="another method, path or body",
                mend="choose a new key for a new request",
            )
        work.seen.rule = "I1 repeated request"
        (kept,) = await work.open([_outcome_place(work, known.outcome)])
        if kept.get("refusal"):
            raise Refusal(**kept["refusal"])
        body = await again(work, kept["body"]) if again else kept["body"]
        return Answer(body, kept["status"], kept["etag"])

    async def _keep(self, work: Work, answer: Answer) -> None:
        key = work.meta.idempotency_key
        if key is None:
            return
        kept = {
            "body": answer.body if answer.keep is None else answer.keep,
            "status": answer.status,
            "etag": answer.etag,
            "refusal": _told(answer.refusal) if answer.refusal else None,
        }
        keys = await work.keys(("tenant", work.tenant))
        outcome = keys.seal_json(
            "tenant", work.tenant, "outcome", work.me, "outcome", from_json(to_json(kept))
        )
        answered = idempotency.Answered(work.meta.fingerprint, outcome)
        if not await idempotency.keep(work.conn, work.tenant, work.me, key, answered, work.now):
            raise Overtaken

    def _entry(self, work: Work, answer: Answer) -> journal.Entry:
        refusal = answer.refusal
        return _described(
            journal.Entry(
                entry=work.new_id(),
                tenant=work.tenant,
                at=work.now,
                request=work.meta.request,
                action=work.meta.operation,
                outcome=refusal.kind if refusal else answer.status,
                error_code=refusal.code if refusal else None,
                instance=self.instance,
            ),
            work.caller,
            work.meta,
            work.seen,
        )

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
            work = Work(conn, caller or system_caller(tenant), meta, now, self.vault)
            await self._write(work, _described(entry, caller, meta, Seen(rule=rule)))

    async def _write(self, work: Work, entry: journal.Entry) -> None:
        """The address is personal data: it goes in as ciphertext under the key of the person it belongs to."""
        if work.meta.source is not None:
            keys = await work.keys(("person", work.me))
            # Whoever was erased leaves no address any more, but still an entry.
            with suppress(KeyDestroyed):
                sealed = keys.seal_json(
                    "person", work.me, "access_entry", entry.entry, "source", work.meta.source
                )
                entry = replace(entry, source=base64.b64encode(sealed).decode())
        await journal.write(work.conn, entry, os.urandom(16))

    async def authenticate(self, text: str, kind: secrets.Kind = "live") -> Caller:
        """Who presents this key. Raises Unauthenticated. A revoked key is refused within two seconds everywhere."""
        if kind == "live" and text.startswith(JWT_START):
            return await self._delegated(text)
        try:
            key, secret = secrets.parse(text, kind)
        except secrets.MalformedKey as wrong:
            raise Unauthenticated("key_malformed", "a text that is not one", str(wrong)) from None
        known = await self._credential(key, text)
        if known is None or not secrets.matches(self.vault.pepper(), secret, known.fingerprint):
            raise Unauthenticated("unauthenticated", "an unknown key", "check the key, or ask for a new one")
        if known.revoked:
            raise Unauthenticated("key_revoked", "a revoked key", "ask a tenant administrator for a new one")
        if known.expired:
            raise Unauthenticated("key_expired", "an expired key", "ask a tenant administrator for a new one")
        subject = policy.Subject(
            kind=known.principal_kind,  # type: ignore[arg-type]
            id=PrincipalId(known.principal),
            tenant=known.tenant,
            roles=frozenset(known.roles),
            scopes=frozenset(known.scopes),
            vendor=VendorId(known.vendor) if known.vendor else None,
            team=TeamId(known.team) if known.team else None,
        )
        return Caller(known.tenant, subject, KeyId(key))

    async def _delegated(self, text: str) -> Caller:
        """A front-end acting for a person; its own key must still be good."""
        async with self.pool.acquire() as conn:
            now = await self.clock.now(conn)
        found = delegation.read(self.vault.delegation_key(), text, now)
        known = await self._credential(found.key, "") if found else None
        if found is None or known is None or known.revoked or known.expired:
            raise Unauthenticated(
                "token_invalid", "a token that is not ours or has ended", "ask for a new token"
            )
        subject = policy.Subject(
            kind="annotator",
            id=PrincipalId(found.annotator),
            tenant=TenantId(found.tenant),
            roles=frozenset(found.roles),
            scopes=frozenset(delegation.SCOPES),
            project=ProjectId(found.project) if found.project else None,
        )
        return Caller(TenantId(found.tenant), subject, KeyId(found.key), PrincipalId(found.principal))

    async def _credential(self, key: str, text: str) -> credentials.Credential | None:
        cached = self._known.get((key, text))
        if cached and time.monotonic() - cached[0] < CREDENTIAL_FRESH_SECONDS:
            return cached[1]
        async with transaction(self.pool, SYSTEM_TENANT) as conn:
            found = await credentials.find(conn, KeyId(key))
        if found is not None:
            if len(self._known) >= CREDENTIALS_CACHED_MAX:
                self._known.clear()
            self._known[key, text] = (time.monotonic(), found)
        return found


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


def _described(entry: journal.Entry, caller: Caller | None, meta: Meta, seen: Seen) -> journal.Entry:
    return replace(
        entry,
        actor=(caller.via or caller.subject.id) if caller else None,
        actor_kind=("service" if caller.via else caller.subject.kind) if caller else "nobody",
        behalf_of=caller.subject.id if caller and caller.via else None,
        credential=caller.credential if caller else None,
        rule=seen.rule,
        resource=meta.resource,
        subjects=sorted(seen.subjects),
        results=seen.results,
        fields_seen=sorted(seen.fields),
    )


def _busy() -> Refusal:
    return Refusal(
        "unavailable",
        "busy",
        expected="to be first within a few tries",
        found=f"{TRIES_MAX} other writers on the same streams",
        mend="send the same request again",
    )


def _told(refusal: Refusal) -> dict[str, Any]:
    names = ("kind", "code", "expected", "found", "mend", "extra")
    return {name: getattr(refusal, name) for name in names}


def _outcome_place(work: Work, envelope: bytes) -> Sealed:
    return Sealed("tenant", work.tenant, "outcome", UUID(int=work.me.int), "outcome", envelope)
