"""Authenticating: who presents a key, a claim token, or a front-end's token for a person."""

import asyncio
import time
from typing import TypeAlias

import asyncpg

from backend.domain.access import policy
from backend.domain.errors import Refusal
from backend.events.ids import SYSTEM_TENANT, KeyId, PrincipalId, ProjectId, TeamId, TenantId, VendorId
from backend.events.store import secrets
from backend.events.store.database import DatabaseClock, transaction
from backend.readmodels import credentials
from backend.usecases.access import delegation
from backend.usecases.vault import Vault
from backend.usecases.work import Caller

CREDENTIAL_FRESH_SECONDS = 2.0
CREDENTIALS_CACHED_MAX = 20_000
JWT_START = "ey"

Asked: TypeAlias = "dict[KeyId, asyncio.Future[credentials.Credential | None]]"


class Unauthenticated(Refusal):
    """Nobody we know: no key, a wrong one, an expired or a revoked one."""

    def __init__(self, code: str, found: str, mend: str) -> None:
        super().__init__("forbidden", code, expected="a valid API key", found=found, mend=mend)


class Authenticate:
    """One per process; good keys are remembered for two seconds."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, clock: DatabaseClock) -> None:
        self.pool = pool
        self.vault = vault
        self.clock = clock
        self._known: dict[tuple[str, str], tuple[float, credentials.Credential]] = {}
        self._asked: Asked = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._good: dict[tuple[str, str], tuple[float, Caller]] = {}

    async def __call__(self, text: str, kind: secrets.Kind = "live") -> Caller:
        """Who presents this key. Raises Unauthenticated. A revoked key is refused within two seconds everywhere."""
        if kind == "live" and text.startswith(JWT_START):
            return await self._delegated(text)
        good = self._good.get((kind, text))
        if good is not None and time.monotonic() < good[0]:
            return good[1]
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
        caller = Caller(known.tenant, subject, KeyId(key))
        if len(self._good) >= CREDENTIALS_CACHED_MAX:
            self._good.clear()
        self._good[kind, text] = (self._known[key, text][0] + CREDENTIAL_FRESH_SECONDS, caller)
        return caller

    def forget(self) -> None:
        """Remember no key: every one is looked up again."""
        self._known.clear()
        self._good.clear()

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
        found = await self._looked_up(KeyId(key))
        if found is not None:
            if len(self._known) >= CREDENTIALS_CACHED_MAX:
                self._known.clear()
            self._known[key, text] = (time.monotonic(), found)
        return found

    async def _looked_up(self, key: KeyId) -> credentials.Credential | None:
        """Together with all keys that are presented in this turn of the event loop."""
        asked = self._asked.get(key)
        if asked is None:
            loop = asyncio.get_running_loop()
            if not self._asked:
                loop.call_soon(self._look_up)
            asked = self._asked[key] = loop.create_future()
        # One who gives up waiting must not take the answer from the others.
        return await asyncio.shield(asked)

    def _look_up(self) -> None:
        asked, self._asked = self._asked, {}
        task = asyncio.create_task(self._answer(asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Asked) -> None:
        try:
            async with transaction(self.pool, SYSTEM_TENANT) as conn:
                found = await credentials.find(conn, list(asked), await self.clock.now(conn))
        except Exception as error:
            for waiting in asked.values():
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for key, waiting in asked.items():
            if not waiting.done():
                waiting.set_result(found.get(key))
