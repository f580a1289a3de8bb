"""Data keys in a real PostgreSQL: made once, never cached before they are committed, erased for good."""

import asyncio
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from backend.events.store.datakeys import CHANNEL, Connection, DataKeys, Lru
from backend.events.store.envelope import (
    Context,
    DataKey,
    EnvelopeBroken,
    KeyBroken,
    KeyDestroyed,
    open_,
    seal,
)
from backend.events.store.keyring import FileKeyring

pytestmark = pytest.mark.asyncio(loop_scope="function")


class Counted:
    """A connection that counts the statements it passes on to PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.statements = connection, 0

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        self.statements += 1
        return await self.connection.fetch(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        self.statements += 1
        return await self.connection.execute(query, *args)


class Clock:
    """A clock that is told the time."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


TENANT, OTHER_TENANT = uuid4(), uuid4()


def place(scope_id: UUID, tenant: UUID = TENANT) -> Context:
    return Context(tenant, "person", scope_id, "annotator", scope_id, "name")


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyring:
    return FileKeyring(tmp_path / "keyring.json")


@pytest.fixture
def keys(ring: FileKeyring) -> DataKeys:
    return DataKeys(ring)


async def made(keys: DataKeys, conn: Connection, who: UUID, tenant: UUID = TENANT) -> DataKey:
    return (await keys.ensure(conn, tenant, [("person", who)]))["person", who]


async def cached(keys: DataKeys, conn: Connection, who: UUID) -> DataKey:
    """Makes a key, and proves that reading it by scope and by id asks the database no more."""
    key = await made(keys, conn, who)
    await made(keys, conn, who)
    counted = Counted(conn)
    assert await made(keys, counted, who) == key
    assert await keys.by_id(counted, TENANT, [key.key_id]) == {key.key_id: key}
    assert counted.statements == 0
    return key


async def test_a_key_is_made_once_and_read_back_by_another_process(
    connect: Any, keys: DataKeys, ring: FileKeyring
) -> None:
    conn, who = await connect(), uuid4()
    key = await made(keys, conn, who)
    envelope = seal(key, place(who), b"Ada", bytes(24))
    elsewhere = DataKeys(ring)
    assert await made(elsewhere, conn, who) == key
    assert (
        open_((await elsewhere.by_id(conn, TENANT, [key.key_id]))[key.key_id], place(who), envelope) == b"Ada"
    )
    assert await conn.fetchval("SELECT count(*) FROM keys.data_key") == 1


async def test_many_scopes_take_two_statements_and_then_none(connect: Any, keys: DataKeys) -> None:
    conn = Counted(await connect())
    wanted = [("person", uuid4()) for _ in range(200)] + [("project", uuid4()), ("tenant", TENANT)]
    typed = cast("list[Any]", wanted)
    fresh = await keys.ensure(conn, TENANT, typed + typed)
    assert conn.statements == 2
    assert fresh.keys() == set(wanted) and len({key.secret for key in fresh.values()}) == 202
    assert await keys.ensure(conn, TENANT, typed) == fresh
    assert conn.statements == 3
    assert await keys.ensure(conn, TENANT, typed) == fresh
    ids = [key.key_id for key in fresh.values()]
    assert set((await keys.by_id(conn, TENANT, ids)).values()) == set(fresh.values())
    assert conn.statements == 3


async def test_only_wrapped_keys_reach_the_database(connect: Any, keys: DataKeys) -> None:
    conn, who = await connect(), uuid4()
    key = await made(keys, conn, who)
    row = await conn.fetchrow("SELECT * FROM keys.data_key")
    assert (row["state"], row["version"], row["kek_version"]) == ("active", 1, 1)
    assert key.secret not in row["wrapped"] and len(row["wrapped"]) == 60
    assert row["commit"] == key.commit


async def test_a_key_of_a_transaction_that_rolled_back_is_never_used_again(
    connect: Any, keys: DataKeys
) -> None:
    conn, who = await connect(), uuid4()
    transaction = conn.transaction()
    await transaction.start()
    lost = await made(keys, conn, who)
    async with conn.transaction():  # a savepoint: another transaction id, the same now()
        assert await made(keys, conn, who) == lost
        assert (await keys.by_id(conn, TENANT, [lost.key_id])) == {lost.key_id: lost}
    await transaction.rollback()
    kept = await made(keys, conn, who)
    assert kept.key_id != lost.key_id and kept.secret != lost.secret
    assert await keys.by_id(conn, TENANT, [lost.key_id]) == {}


async def test_a_destruction_that_rolled_back_leaves_the_key_readable(connect: Any, keys: DataKeys) -> None:
    conn, who = await connect(), uuid4()
    key = await cached(keys, conn, who)
    transaction = conn.transaction()
    await transaction.start()
    await keys.destroy(conn, TENANT, "person", who)
    assert (await keys.by_id(conn, TENANT, [key.key_id]))[key.key_id].destroyed
    assert (await made(keys, conn, who)).destroyed
    await transaction.rollback()
    assert (await keys.by_id(conn, TENANT, [key.key_id])) == {key.key_id: key}
    assert await made(keys, conn, who) == key


async def test_a_destroyed_key_opens_nothing_and_is_not_replaced(
    connect: Any, keys: DataKeys, ring: FileKeyring
) -> None:
    conn, who = await connect(), uuid4()
    key = await cached(keys, conn, who)
    envelope = seal(key, place(who), b"Ada", bytes(24))
    assert await keys.destroy(conn, TENANT, "person", who) == 1
    assert await keys.destroy(conn, TENANT, "person", who) == 0
    for process in (keys, DataKeys(ring)):
        with pytest.raises(KeyDestroyed, match="ERASED"):
            open_((await process.by_id(conn, TENANT, [key.key_id]))[key.key_id], place(who), envelope)
        with pytest.raises(KeyDestroyed, match="ERASED"):
            seal(await made(process, conn, who), place(who), b"Ada", bytes(24))
    row = await conn.fetchrow("SELECT * FROM keys.data_key")
    assert (row["state"], row["wrapped"]) == ("destroyed", b"") and row["destroyed_at"] is not None


async def test_who_never_had_a_key_gets_none_after_the_erasure(connect: Any, keys: DataKeys) -> None:
    conn, who = await connect(), uuid4()
    assert await keys.destroy(conn, TENANT, "person", who) == 0
    assert (await made(keys, conn, who)).destroyed


async def test_destroying_one_scope_leaves_the_others(connect: Any, keys: DataKeys) -> None:
    conn, who, other = await connect(), uuid4(), uuid4()
    kept = [await made(keys, conn, other), await made(keys, conn, who, OTHER_TENANT)]
    await made(keys, conn, who)
    await keys.destroy(conn, TENANT, "person", who)
    assert [await made(keys, conn, other), await made(keys, conn, who, OTHER_TENANT)] == kept


async def test_the_other_processes_hear_of_a_destruction_when_it_commits(
    connect: Any, keys: DataKeys, ring: FileKeyring
) -> None:
    conn, listener, who = await connect(), await connect(), uuid4()
    far = DataKeys(ring)
    key = await cached(far, conn, who)
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    await listener.add_listener(CHANNEL, lambda *message: heard.set_result(message[3]))
    async with conn.transaction():
        await keys.destroy(conn, TENANT, "person", who)
        await listener.execute("SELECT 1")
        assert not heard.done()
    far.heard(await asyncio.wait_for(heard, 10))
    assert (await made(far, conn, who)).destroyed
    assert (await far.by_id(conn, TENANT, [key.key_id]))[key.key_id].destroyed


async def test_a_read_under_way_while_a_key_is_forgotten_is_not_cached(
    connect: Any, ring: FileKeyring
) -> None:
    conn, who = await connect(), uuid4()
    keys = DataKeys(ring)
    await made(keys, conn, who)

    class Interrupted(Counted):
        async def fetch(self, query: str, *args: Any) -> list[Any]:
            rows = await super().fetch(query, *args)
            keys.forget(TENANT, "person", who)
            return rows

    slow, counted = Interrupted(conn), Counted(conn)
    key = await made(keys, slow, who)
    assert (slow.statements, await made(keys, counted, who)) == (1, key)
    assert counted.statements == 1


async def test_two_writers_of_the_same_scopes_agree_on_the_keys(connect: Any, ring: FileKeyring) -> None:
    first, second = await connect(), await connect()
    wanted: list[Any] = [("person", uuid4()) for _ in range(20)]
    one, two = DataKeys(ring), DataKeys(ring)
    transaction = first.transaction()
    await transaction.start()
    mine = await one.ensure(first, TENANT, wanted[:15])
    waiting = asyncio.create_task(two.ensure(second, TENANT, list(reversed(wanted[5:]))))
    while not await first.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert not waiting.done()
    await transaction.commit()
    theirs = await waiting
    assert {p: theirs[p] for p in wanted[5:15]} == {p: mine[p] for p in wanted[5:15]}
    assert len(theirs) == 15
    assert await first.fetchval("SELECT count(*) FROM keys.data_key") == 20


async def test_keys_are_inserted_in_one_order_so_that_writers_cannot_deadlock(
    connect: Any, ring: FileKeyring
) -> None:
    wanted: list[Any] = [("project", uuid4()), *(("person", uuid4()) for _ in range(20))]
    orders: list[list[Any]] = []

    class Watched(Counted):
        async def fetch(self, query: str, *args: Any) -> list[Any]:
            if "INSERT" in query:
                orders.append(list(zip(args[2], args[3], strict=True)))
            return await super().fetch(query, *args)

    conn = await connect()
    for order in (wanted, wanted[::-1]):
        transaction = conn.transaction()
        await transaction.start()
        await DataKeys(ring).ensure(Watched(conn), TENANT, order)
        await transaction.rollback()
    assert orders == [sorted(wanted), sorted(wanted)]


async def test_a_writer_whose_rival_rolled_back_makes_the_key(connect: Any, ring: FileKeyring) -> None:
    first, second, who = await connect(), await connect(), uuid4()
    transaction = first.transaction()
    await transaction.start()
    lost = await made(DataKeys(ring), first, who)
    waiting = asyncio.create_task(made(DataKeys(ring), second, who))
    while not await first.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert not waiting.done()
    await transaction.rollback()
    kept = await waiting
    assert kept.key_id != lost.key_id
    assert [row["key_id"] for row in await first.fetch("SELECT key_id FROM keys.data_key")] == [kept.key_id]


async def test_another_tenant_cannot_reach_a_key_by_its_id_cached_or_not(
    connect: Any, keys: DataKeys, ring: FileKeyring
) -> None:
    conn, who = await connect(), uuid4()
    key = await cached(keys, conn, who)
    for process in (keys, DataKeys(ring)):
        assert await process.by_id(conn, OTHER_TENANT, [key.key_id]) == {}
    other = await made(keys, conn, who, OTHER_TENANT)
    with pytest.raises(EnvelopeBroken):
        open_(other, place(who, OTHER_TENANT), seal(key, place(who), b"Ada", bytes(24)))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE keys.data_key SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
        "UPDATE keys.data_key SET commit = set_byte(commit, 0, get_byte(commit, 0) # 1)",
        "UPDATE keys.data_key SET version = 2",
        "UPDATE keys.data_key SET scope = 'project'",
        "UPDATE keys.data_key SET scope_id = gen_random_uuid()",
        "UPDATE keys.data_key SET kek_version = 9",
        "UPDATE keys.data_key a SET wrapped = b.wrapped FROM keys.data_key b WHERE a.key_id <> b.key_id",
    ],
)
async def test_a_row_changed_behind_our_back_is_refused(
    connect: Any, keys: DataKeys, ring: FileKeyring, tampering: str
) -> None:
    conn = await connect()
    key = await made(keys, conn, uuid4())
    await made(keys, conn, uuid4())
    await conn.execute(tampering)
    with pytest.raises(KeyBroken):
        await DataKeys(ring).by_id(conn, TENANT, [key.key_id])


async def test_rewrapping_leaves_no_key_under_an_old_kek_and_opens_all_as_before(
    connect: Any, keys: DataKeys, ring: FileKeyring
) -> None:
    conn, gone = await connect(), uuid4()
    wanted: list[Any] = [("person", uuid4()) for _ in range(25)]
    before = await keys.ensure(conn, TENANT, wanted)
    await made(keys, conn, gone)
    await keys.destroy(conn, TENANT, "person", gone)
    ring.rotate()
    assert [await keys.rewrap(conn, TENANT, 10) for _ in range(4)] == [10, 10, 5, 0]
    versions = "SELECT array_agg(DISTINCT kek_version) FROM keys.data_key WHERE state <> 'destroyed'"
    assert await conn.fetchval(versions) == [2]
    assert await DataKeys(ring).ensure(conn, TENANT, wanted) == before
    assert (await made(DataKeys(ring), conn, gone)).destroyed


async def test_a_cached_key_is_read_again_when_its_time_is_over(connect: Any, ring: FileKeyring) -> None:
    clock, who = Clock(), uuid4()
    conn = Counted(await connect())
    keys = DataKeys(ring, clock=clock)
    await made(keys, conn, who)
    key = await made(keys, conn, who)
    spent = conn.statements
    clock.seconds = 299.9
    assert (await made(keys, conn, who), await keys.by_id(conn, TENANT, [key.key_id])) == (
        key,
        {key.key_id: key},
    )
    assert conn.statements == spent
    clock.seconds = 300.0
    assert (await made(keys, conn, who), await keys.by_id(conn, TENANT, [key.key_id])) == (
        key,
        {key.key_id: key},
    )
    assert conn.statements == spent + 1  # what `ensure` read serves `by_id` too


@pytest.mark.parametrize(
    "row",
    [
        "'team', '\\x01', 'active', NULL",
        "'person', '\\x01', 'lost', NULL",
        "'person', '\\x01', 'destroyed', now()",
        "'person', '', 'active', NULL",
        "'person', '', 'destroyed', NULL",
    ],
)
async def test_the_database_itself_refuses_impossible_rows(connect: Any, row: str) -> None:
    scope, wrapped, state, destroyed_at = row.split(", ")
    with pytest.raises(asyncpg.CheckViolationError):
        await (await connect()).execute(
            "INSERT INTO keys.data_key VALUES (gen_random_uuid(), gen_random_uuid(), "
            f"{scope}, gen_random_uuid(), 1, {wrapped}, 1, '', {state}, now(), {destroyed_at})"
        )


async def test_the_cache_keeps_the_most_recently_used_and_no_more() -> None:
    cache: Lru[int, int] = Lru(3, 300.0, Clock())
    for n in (1, 2, 3):
        cache.put(n, n)
    assert cache.get(1) == 1
    cache.put(4, 4)
    assert [cache.get(n) for n in (1, 2, 3, 4)] == [1, None, 3, 4]
    cache.put(3, 33)
    cache.drop(lambda key, _: key == 4)
    assert [cache.get(n) for n in (1, 3, 4)] == [1, 33, None]
