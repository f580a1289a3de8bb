"""Appending at the expected version and loading: who comes second is told so, and nothing is left out between."""

import asyncio
import random
from uuid import uuid4

import asyncpg
import pytest

from backend.events.store import log
from backend.events.store.database import transaction
from backend.events.store.log import AppendConflict
from tests.support.notes import append, new_tenant, note, notes

COUNT = "SELECT count(*) FROM event WHERE tenant = $1"


async def test_what_was_appended_is_loaded_oldest_first(app: asyncpg.Pool) -> None:
    tenant, one, other, unknown = new_tenant(), uuid4(), uuid4(), uuid4()
    facts = [*notes(tenant, one, 1, 2, 3), *notes(tenant, other, 1)]
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, facts)
        found = await log.load(conn, tenant, [unknown, other, one])
    assert found[one] == facts[:3]
    assert found[other] == facts[3:]
    assert found.get(unknown, []) == []


async def test_events_take_their_sequence_in_the_order_asked(app: asyncpg.Pool) -> None:
    tenant = new_tenant()
    streams = [uuid4() for _ in range(40)]
    random.Random(4).shuffle(streams)
    asked = [note(tenant, stream, version) for version in range(1, 9) for stream in streams]
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, asked)
        rows = await conn.fetch("SELECT stream, version FROM event WHERE tenant = $1 ORDER BY seq", tenant)
    assert [(row["stream"], row["version"]) for row in rows] == [
        (fact.stream, fact.version) for fact in asked
    ]


async def test_the_second_writer_of_a_version_waits_for_the_first_and_is_then_refused(
    app: asyncpg.Pool,
) -> None:
    tenant, stream, other = new_tenant(), uuid4(), uuid4()

    async def second() -> None:
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, [*notes(tenant, other, 1), *notes(tenant, stream, 1, 2)])

    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, stream, 1))
        waiting = asyncio.create_task(second())
    with pytest.raises(AppendConflict) as refused:
        await waiting
    assert refused.value.streams == {stream}
    async with transaction(app, tenant) as conn:
        assert await conn.fetchval(COUNT, tenant) == 1


async def test_the_second_writer_goes_on_when_the_first_rolls_back(app: asyncpg.Pool) -> None:
    tenant, stream = new_tenant(), uuid4()

    async def second() -> None:
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, notes(tenant, stream, 1))

    with pytest.raises(ZeroDivisionError):
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, notes(tenant, stream, 1))
            waiting = asyncio.create_task(second())
            raise ZeroDivisionError
    await waiting
    async with transaction(app, tenant) as conn:
        assert await conn.fetchval(COUNT, tenant) == 1


@pytest.mark.parametrize("versions", [(7,), (3,), (2,), (2, 3)])
async def test_a_version_after_a_gap_is_refused(app: asyncpg.Pool, versions: tuple[int, ...]) -> None:
    tenant, empty, short = new_tenant(), uuid4(), uuid4()
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, short, 1))
    for stream in (empty, short):
        if stream == short and versions[0] == 2:
            continue
        with pytest.raises(AppendConflict):
            async with transaction(app, tenant) as conn:
                await append(conn, tenant, notes(tenant, stream, *versions))
    async with transaction(app, tenant) as conn:
        assert await conn.fetchval(COUNT, tenant) == 1


async def test_another_tenants_stream_is_no_head_to_follow(app: asyncpg.Pool) -> None:
    mine, theirs, stream = new_tenant(), new_tenant(), uuid4()
    async with transaction(app, theirs) as conn:
        await append(conn, theirs, notes(theirs, stream, 1))
    with pytest.raises(AppendConflict):
        async with transaction(app, mine) as conn:
            await append(conn, mine, notes(mine, stream, 2))


async def test_appends_to_different_streams_do_not_wait_for_each_other(app: asyncpg.Pool) -> None:
    tenant = new_tenant()
    async with transaction(app, tenant) as first, transaction(app, tenant) as second:
        await append(first, tenant, notes(tenant, uuid4(), 1, 2))
        async with asyncio.timeout(10):
            await append(second, tenant, notes(tenant, uuid4(), 1, 2))
