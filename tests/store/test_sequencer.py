"""The sequencer: nothing missed, nothing twice, every stream in order, whatever the appenders do meanwhile."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store import jobs
from backend.events.store.database import transaction
from backend.events.store.log import AppendConflict
from backend.events.store.sequencer import Pass, sequence_once
from backend.events.store.subscription import advance_once
from tests.support.following import UNPLACED, sequence_all
from tests.support.notes import append, new_tenant, notes, places

APPENDERS = 14
TRANSACTIONS_EACH = 40
PAUSE_SECONDS_MAX = 0.02
TYPES = ("skill.defined",)
HEAD = "SELECT coalesce(max(version), 0) FROM event WHERE tenant = $1 AND stream = $2"


async def pause(chance: random.Random) -> None:
    """Shapes interleavings; nothing is synchronised by it."""
    await asyncio.sleep(chance.uniform(0, PAUSE_SECONDS_MAX))


async def take_xid(conn: asyncpg.Connection, tenant: TenantId) -> None:
    """Write something, so that the transaction has its id from now on."""
    await jobs.add(
        conn, tenant, [jobs.Job(uuid4(), "test", str(uuid4()), {}, datetime(2026, 1, 1, tzinfo=UTC))]
    )


class Changed(Exception):
    """This transaction is given up on purpose."""


async def appender(
    app: asyncpg.Pool,
    streams: dict[TenantId, list[UUID]],
    committed: set[tuple[UUID, int]],
    chance: random.Random,
) -> None:
    """Appends to streams that it shares with the others; now and then writes something else first, or gives up."""
    for _ in range(TRANSACTIONS_EACH):
        tenant = chance.choice(list(streams))
        stream = chance.choice(streams[tenant])
        try:
            async with transaction(app, tenant) as conn:
                if chance.random() < 0.3:
                    await take_xid(conn, tenant)
                    await pause(chance)
                head = await conn.fetchval(HEAD, tenant, stream)
                facts = notes(tenant, stream, *range(head + 1, head + 1 + chance.randint(1, 3)))
                await append(conn, tenant, facts)
                await pause(chance)
                if chance.random() < 0.1:
                    raise Changed
        except (AppendConflict, Changed):
            continue
        committed |= {(fact.stream, fact.version) for fact in facts}


async def consume(app: asyncpg.Pool, tenant: TenantId, seen: list[Recorded]) -> None:
    """One step of a subscription."""
    batch: list[Recorded] = []

    async def handle(conn: asyncpg.Connection, of: TenantId, facts: Sequence[Recorded]) -> None:
        batch.extend(facts)

    async with transaction(app, tenant) as conn:
        await advance_once(conn, tenant, "test", TYPES, handle, batch_max=7)
    seen += batch


async def test_nothing_is_missed_or_out_of_order_under_fourteen_appenders(
    app: asyncpg.Pool, sequencer: asyncpg.Connection
) -> None:
    streams = {new_tenant(): [uuid4() for _ in range(24)] for _ in range(2)}
    committed: set[tuple[UUID, int]] = set()
    seen: dict[TenantId, list[Recorded]] = defaultdict(list)
    busy = [
        asyncio.create_task(appender(app, streams, committed, random.Random(seed)))
        for seed in range(APPENDERS)
    ]
    passes: list[Pass] = []
    while not all(task.done() for task in busy):
        passes.append(await sequence_once(sequencer, batch_max=50))
        for tenant in streams:
            await consume(app, tenant, seen[tenant])
    await asyncio.gather(*busy)
    await sequence_all(sequencer, batch_max=50)
    assert sum(one.placed > 0 for one in passes) > 5, "sequenced while the appenders were at work"
    for tenant in streams:
        placed = await places(sequencer, tenant)
        while len(seen[tenant]) < len(placed):
            await consume(app, tenant, seen[tenant])
        assert [fact.index for fact in seen[tenant]] == list(range(len(placed)))
        assert [(fact.stream, fact.version) for fact in seen[tenant]] == placed
        for stream in streams[tenant]:
            versions = [version for of, version in placed if of == stream]
            assert versions == list(range(1, len(versions) + 1))
        assert set(placed) == {(s, v) for s, v in committed if s in streams[tenant]}


async def test_a_version_waits_until_the_one_before_it_has_settled(
    app: asyncpg.Pool, sequencer: asyncpg.Connection
) -> None:
    tenant, stream = new_tenant(), uuid4()
    async with transaction(app, tenant) as between:
        async with transaction(app, tenant) as oldest:
            await take_xid(oldest, tenant)
            await take_xid(between, tenant)
            async with transaction(app, tenant) as newest:
                await append(newest, tenant, notes(tenant, stream, 1))
            await append(oldest, tenant, notes(tenant, stream, 2))
        # Version 2 has an id below the horizon, version 1 one above it: `between` is still running.
        async with asyncio.timeout(10):
            while (found := await sequence_once(sequencer)).held == 0:
                assert found.placed == 0
        assert found == Pass(placed=0, held=1)
        assert await places(sequencer, tenant) == []
    await sequence_all(sequencer)
    assert await places(sequencer, tenant) == [(stream, 1), (stream, 2)]


async def test_what_waits_does_not_hold_up_other_streams(
    app: asyncpg.Pool, sequencer: asyncpg.Connection
) -> None:
    tenant, stream, other = new_tenant(), uuid4(), uuid4()
    async with transaction(app, tenant) as oldest:
        await take_xid(oldest, tenant)
        async with transaction(app, tenant) as second:
            await take_xid(second, tenant)
            async with transaction(app, tenant) as between:
                await take_xid(between, tenant)
                async with transaction(app, tenant) as newest:
                    await append(newest, tenant, notes(tenant, stream, 1))
                await append(oldest, tenant, notes(tenant, stream, 2))
                await append(second, tenant, notes(tenant, other, 1))
                await oldest.execute("COMMIT; BEGIN")
                await second.execute("COMMIT; BEGIN")
                async with asyncio.timeout(10):
                    while not await places(sequencer, tenant):
                        await sequence_once(sequencer)
                assert await places(sequencer, tenant) == [(other, 1)]
    await sequence_all(sequencer)
    assert await places(sequencer, tenant) == [(other, 1), (stream, 1), (stream, 2)]


async def test_what_an_event_waits_for_is_found_however_many_batches_later_it_stands(
    app: asyncpg.Pool, sequencer: asyncpg.Connection
) -> None:
    tenant, stream = new_tenant(), uuid4()
    async with transaction(app, tenant) as oldest:
        await take_xid(oldest, tenant)
        for crowd in (uuid4() for _ in range(9)):
            async with transaction(app, tenant) as conn:
                await append(conn, tenant, notes(tenant, crowd, 1))
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, notes(tenant, stream, 1))
        await append(oldest, tenant, notes(tenant, stream, 2))
    await sequence_all(sequencer, batch_max=2)
    assert (await places(sequencer, tenant))[-2:] == [(stream, 1), (stream, 2)]


async def test_transaction_ids_are_numbers_and_not_words(
    app: asyncpg.Pool, sequencer: asyncpg.Connection, connect: Any
) -> None:
    """As words 1000 comes before 999: at every power of ten events would be passed by and lost."""
    tenant, streams = new_tenant(), [uuid4() for _ in range(30)]
    burner = await connect()
    now = int(await burner.fetchval("SELECT pg_current_xact_id()::text"))
    left = next(10**n for n in range(3, 19) if 10**n > now + 20) - now - 15
    await burner.execute(
        f"DO $$ BEGIN FOR n IN 1..{left} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    )
    for stream in streams:
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, notes(tenant, stream, 1))
    digits = await burner.fetch("SELECT DISTINCT length(xid::text) AS n FROM event WHERE tenant = $1", tenant)
    assert len(digits) == 2, "the transactions lie on both sides of a power of ten"
    await sequence_all(sequencer, batch_max=4)
    assert await places(sequencer, tenant) == [(stream, 1) for stream in streams]


async def test_every_tenant_has_an_index_of_its_own(app: asyncpg.Pool, sequencer: asyncpg.Connection) -> None:
    tenants = [new_tenant() for _ in range(3)]
    stream = uuid4()
    for version in range(1, 5):
        for tenant in tenants:
            async with transaction(app, tenant) as conn:
                await append(conn, tenant, notes(tenant, stream, version))
        await sequence_all(sequencer)
    for tenant in tenants:
        assert await places(sequencer, tenant) == [(stream, version) for version in range(1, 5)]


async def test_a_second_pass_places_nothing_twice(app: asyncpg.Pool, sequencer: asyncpg.Connection) -> None:
    tenant = new_tenant()
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, uuid4(), 1, 2, 3))
    await sequence_all(sequencer)
    before = await places(sequencer, tenant)
    assert await sequence_once(sequencer) == Pass(placed=0, held=0)
    assert await places(sequencer, tenant) == before
    assert await sequencer.fetchval(UNPLACED) == 0


async def test_a_subscription_in_somebody_elses_hands_is_left_alone(
    app: asyncpg.Pool, sequencer: asyncpg.Connection
) -> None:
    tenant, seen = new_tenant(), []
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, uuid4(), 1, 2))
    await sequence_all(sequencer)
    await consume(app, tenant, seen)

    async def fail(conn: asyncpg.Connection, of: TenantId, facts: Sequence[Recorded]) -> None:
        raise AssertionError("handled although somebody else has it in hand")

    async with transaction(app, tenant) as first, transaction(app, tenant) as second:
        await first.execute("SELECT 1 FROM subscription WHERE tenant = $1 FOR UPDATE", tenant)
        assert await advance_once(second, tenant, "test", TYPES, fail) == 0
