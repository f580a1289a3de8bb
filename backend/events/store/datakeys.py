"""Data keys: one per person, project or tenant, kept wrapped in their own schema, destroyed to erase.

Every method runs in the caller's transaction. Only keys that are known to be committed enter the cache: a row
written by the transaction that reads it carries that transaction's own start (`now()`) and is left out.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidColumn

from backend.events.store.envelope import SCOPES, DataKey, Scope
from backend.events.store.keyring import KEK_BYTES, KeyProvider
from backend.events.store.schema import metadata

CACHED_KEYS_MAX = 10_000
CACHED_SECONDS_MAX = 300.0
CHANNEL = "muster_data_key_destroyed"

data_key = Table(
    "data_key",
    metadata,
    Column("tenant", UuidColumn(as_uuid=True), primary_key=True),
    Column("key_id", UuidColumn(as_uuid=True), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("scope_id", UuidColumn(as_uuid=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("kek_version", Integer, nullable=False),
    Column("commit", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", TIMESTAMP(timezone=True), nullable=False),
    Column("destroyed_at", TIMESTAMP(timezone=True)),
    UniqueConstraint("tenant", "scope", "scope_id", "version", name="data_key_once"),
    CheckConstraint("scope IN ('person', 'project', 'tenant')", name="data_key_scope"),
    CheckConstraint("state IN ('active', 'retired', 'destroyed')", name="data_key_state"),
    CheckConstraint(
        "(state = 'destroyed') = (length(wrapped) = 0)"
        " AND (state = 'destroyed') = (destroyed_at IS NOT NULL)",
        name="data_key_destroyed",
    ),
    schema="keys",
    info={"tenant_rows": True},
)

# `own`: written by this very transaction, which may yet roll back; now() is the start of the transaction.
_COLUMNS = """
    k.key_id, k.scope, k.scope_id, k.version, k.wrapped, k.kek_version, k.commit, k.state,
    (k.created_at = now() OR k.destroyed_at IS NOT DISTINCT FROM now()) AS own
"""
CURRENT = f"""
    SELECT DISTINCT ON (k.scope, k.scope_id) {_COLUMNS}
    FROM keys.data_key k JOIN unnest($2::text[], $3::uuid[]) AS w (scope, scope_id) USING (scope, scope_id)
    WHERE k.tenant = $1 ORDER BY k.scope, k.scope_id, k.version DESC
"""
BY_ID = f"SELECT {_COLUMNS} FROM keys.data_key k WHERE k.tenant = $1 AND k.key_id = ANY($2::uuid[])"
INSERT = """
    INSERT INTO keys.data_key
        (tenant, key_id, scope, scope_id, version, wrapped, kek_version, commit, state, created_at)
    SELECT $1, f.key_id, f.scope, f.scope_id, 1, f.wrapped, f.kek_version, f.commit, 'active', now()
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::int[], $7::bytea[])
        AS f (key_id, scope, scope_id, wrapped, kek_version, commit)
    ON CONFLICT DO NOTHING RETURNING key_id
"""
# A scope that never had a key gets a destroyed one, so that a late writer cannot give the erased a new key.
TOMBSTONE = """
    INSERT INTO keys.data_key (tenant, key_id, scope, scope_id, version, wrapped, kek_version, commit, state,
        created_at, destroyed_at)
    VALUES ($1, $2, $3, $4, 1, '', 0, '', 'destroyed', now(), now()) ON CONFLICT DO NOTHING
"""
DESTROY = """
    UPDATE keys.data_key SET wrapped = '', state = 'destroyed', destroyed_at = now()
    WHERE tenant = $1 AND scope = $2 AND scope_id = $3 AND state <> 'destroyed' RETURNING key_id
"""
UNDER_OLD_KEKS = f"""
    SELECT {_COLUMNS} FROM keys.data_key k
    WHERE k.tenant = $1 AND k.kek_version < $2 AND k.state <> 'destroyed'
    ORDER BY k.key_id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
REWRAP = """
    UPDATE keys.data_key k SET wrapped = f.wrapped, kek_version = f.kek_version
    FROM unnest($2::uuid[], $3::bytea[], $4::int[]) AS f (key_id, wrapped, kek_version)
    WHERE k.tenant = $1 AND k.key_id = f.key_id
"""

K = TypeVar("K")
V = TypeVar("V")
Wanted = tuple[Scope, UUID]


class Connection(Protocol):
    """What is needed of an asyncpg connection."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """The rows of a query."""
        ...

    async def execute(self, query: str, *args: Any) -> str:
        """The status of a statement."""
        ...


class DataKeys:
    """The data keys of all tenants, through one key provider and one cache per process."""

    def __init__(
        self,
        provider: KeyProvider,
        *,
        cached_max: int = CACHED_KEYS_MAX,
        cached_seconds: float = CACHED_SECONDS_MAX,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`clock` gives seconds that never go back; a key is cached for `cached_seconds` from its reading."""
        self._provider = provider
        self._current: Lru[tuple[UUID, Scope, UUID], DataKey] = Lru(cached_max, cached_seconds, clock)
        self._known: Lru[tuple[UUID, UUID], tuple[Wanted, DataKey]] = Lru(cached_max, cached_seconds, clock)
        self._forgotten = 0

    async def ensure(self, conn: Connection, tenant: UUID, wanted: Iterable[Wanted]) -> dict[Wanted, DataKey]:
        """The current key of each (scope, scope id), made now where there is none; at most three statements.

        A destroyed scope keeps its destroyed key: sealing with it raises KeyDestroyed. KeyBroken if a stored
        key does not unwrap. A key made here exists only if the caller's transaction commits.
        """
        places = sorted(set(wanted))
        found = {w: key for w in places if (key := self._current.get((tenant, *w)))}
        found |= await self._read_current(conn, tenant, [w for w in places if w not in found])
        missing = [w for w in places if w not in found]
        if missing:
            found |= await self._make(conn, tenant, missing)
            # Another writer was first, and has committed: the insert waited for it.
            found |= await self._read_current(conn, tenant, [w for w in missing if w not in found])
        return {w: found[w] for w in places}

    async def by_id(self, conn: Connection, tenant: UUID, key_ids: Iterable[UUID]) -> dict[UUID, DataKey]:
        """The keys of this tenant with these ids, in one query; ids the tenant does not have are left out.

        Destroyed keys are among them (`.destroyed`): opening with one raises KeyDestroyed. KeyBroken too.
        """
        ids = set(key_ids)
        found = {i: held[1] for i in ids if (held := self._known.get((tenant, i)))}
        missing = [i for i in ids if i not in found]
        if missing:
            forgotten = self._forgotten
            for row in await conn.fetch(BY_ID, tenant, missing):
                found[row["key_id"]] = self._unwrapped(tenant, row, forgotten)
        return found

    async def destroy(self, conn: Connection, tenant: UUID, scope: Scope, scope_id: UUID) -> int:
        """Destroys every version of a scope's key for ever; returns how many lived. Asked twice: 0.

        Tells the other processes on CHANNEL when the transaction commits (see `heard`). Run `forget` in this
        one after the commit: until then others here may still, rightly, read the key and cache it.
        """
        await conn.execute(TOMBSTONE, tenant, uuid4(), scope, scope_id)
        rows = await conn.fetch(DESTROY, tenant, scope, scope_id)
        await conn.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{tenant} {scope} {scope_id}")
        self.forget(tenant, scope, scope_id)
        return len(rows)

    async def rewrap(self, conn: Connection, tenant: UUID, batch_max: int = 1_000) -> int:
        """Wraps up to `batch_max` keys of older KEKs anew, under the newest; returns how many, or 0."""
        newest = self._provider.health().kek_version
        rows = await conn.fetch(UNDER_OLD_KEKS, tenant, newest, batch_max)
        wraps = [self._provider.wrap(self._secret(tenant, row), _aad(tenant, row)) for row in rows]
        if rows:
            ids, wrapped, versions = [r["key_id"] for r in rows], [w for w, _ in wraps], [v for _, v in wraps]
            await conn.execute(REWRAP, tenant, ids, wrapped, versions)
        return len(rows)

    def forget(self, tenant: UUID, scope: Scope, scope_id: UUID) -> None:
        """Drops a scope's keys from the cache; reads already under way will not bring them back."""
        self._forgotten += 1
        self._current.pop((tenant, scope, scope_id))
        self._known.drop(lambda place, held: place[0] == tenant and held[0] == (scope, scope_id))

    def heard(self, payload: str) -> None:
        """What a listener on CHANNEL does with a notification: forgets the scope it names."""
        tenant, scope, scope_id = payload.split(" ")
        self.forget(UUID(tenant), next(s for s in SCOPES if s == scope), UUID(scope_id))

    async def _read_current(
        self, conn: Connection, tenant: UUID, places: list[Wanted]
    ) -> dict[Wanted, DataKey]:
        if not places:
            return {}
        forgotten = self._forgotten
        rows = await conn.fetch(CURRENT, tenant, [s for s, _ in places], [i for _, i in places])
        found: dict[Wanted, DataKey] = {}
        for row in rows:
            place = (row["scope"], row["scope_id"])
            found[place] = self._unwrapped(tenant, row, forgotten)
            if self._may_cache(row, forgotten):
                self._current.put((tenant, *place), found[place])
        return found

    async def _make(self, conn: Connection, tenant: UUID, places: list[Wanted]) -> dict[Wanted, DataKey]:
        """Inserts in sorted order, so that two writers of the same scopes never deadlock."""
        fresh = {place: DataKey.fresh(uuid4(), 1, os.urandom(KEK_BYTES)) for place in places}
        wraps = [
            self._provider.wrap(key.secret, _bound(tenant, *p, key.key_id, 1)) for p, key in fresh.items()
        ]
        rows = await conn.fetch(
            INSERT,
            tenant,
            [key.key_id for key in fresh.values()],
            [scope for scope, _ in fresh],
            [scope_id for _, scope_id in fresh],
            [wrapped for wrapped, _ in wraps],
            [kek_version for _, kek_version in wraps],
            [key.commit for key in fresh.values()],
        )
        stored = {row["key_id"] for row in rows}
        return {place: key for place, key in fresh.items() if key.key_id in stored}

    def _unwrapped(self, tenant: UUID, row: Any, forgotten: int) -> DataKey:
        if row["state"] == "destroyed":
            key = DataKey.gone(row["key_id"], row["version"])
        else:
            key = DataKey.unwrapped(row["key_id"], row["version"], self._secret(tenant, row), row["commit"])
        if self._may_cache(row, forgotten):
            self._known.put((tenant, row["key_id"]), ((row["scope"], row["scope_id"]), key))
        return key

    def _secret(self, tenant: UUID, row: Any) -> bytes:
        return self._provider.unwrap(row["wrapped"], row["kek_version"], _aad(tenant, row))

    def _may_cache(self, row: Any, forgotten: int) -> bool:
        return not row["own"] and forgotten == self._forgotten


class Lru(Generic[K, V]):
    """The most recently used values, at most `size`, each for at most `seconds` from when it was put."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back."""
        self._size, self._seconds, self._clock = size, seconds, clock
        self._held: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, or None if it is absent or too old."""
        held = self._held.get(key)
        if held is None:
            return None
        if held[0] <= self._clock():
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return held[1]

    def put(self, key: K, value: V) -> None:
        """Keeps the value and lets the least recently used go."""
        self._held[key] = (self._clock() + self._seconds, value)
        self._held.move_to_end(key)
        if len(self._held) > self._size:
            self._held.popitem(last=False)

    def pop(self, key: K) -> None:
        """Lets go of one value, if it is there."""
        self._held.pop(key, None)

    def drop(self, doomed: Callable[[K, V], bool]) -> None:
        """Lets go of every value for which `doomed(key, value)`."""
        for key in [key for key, (_, value) in self._held.items() if doomed(key, value)]:
            del self._held[key]


def _aad(tenant: UUID, row: Any) -> bytes:
    return _bound(tenant, row["scope"], row["scope_id"], row["key_id"], row["version"])


def _bound(tenant: UUID, scope: str, scope_id: UUID, key_id: UUID, version: int) -> bytes:
    """What a wrapped key is bound to: a row copied to another scope or tenant does not unwrap."""
    return f"muster-dek1|{tenant}|{scope}|{scope_id}|{key_id}|{version}".encode("ascii")
