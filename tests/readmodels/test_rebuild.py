"""A rebuild gives what is live, says where it does not, and lets the sequencer go on meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from backend.events.agreements import AgreementSigned
from backend.events.base import Actor, Recorded, Secret
from backend.events.ids import AgreementId, AnnotatorId, RequestId
from backend.events.store.codec import decode
from backend.events.store.database import open_pool, transaction
from backend.readmodels.projection import project
from backend.readmodels.rebuild import check, fold_inline, rebuild_check, shadows, snapshot
from backend.readmodels.registry import FOLLOWING, INLINE
from backend.usecases.tasks import escalating, holding
from backend.usecases.work import Caller, Meta, UseCase
from backend.usecases.workforce import standing
from tests.support.following import sequence_all, settle
from tests.support.history import live_through, one
from tests.support.notes import AT, append
from tests.support.world import World

TABLES = [table.name for one in (*INLINE, *FOLLOWING) for table in one.tables]
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
PLACED = """
SELECT e.body, l.idx FROM event e JOIN event_log l USING (tenant, stream, version) WHERE tenant = $1 ORDER BY e.seq
"""
CONTENT = "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM pg_temp.{} t"


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def checked(world: World, sequencer: asyncpg.Pool) -> dict[str, Any]:
    """What `muster rebuild --check --json` prints."""
    return await rebuild_check(world.perform.pool, sequencer)


async def test_a_rebuild_gives_what_is_live_after_everything_has_happened(
    world: World, sequencer: asyncpg.Pool
) -> None:
    await live_through(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    folded = {name for one in (*INLINE, *FOLLOWING) for name in one.types}
    assert folded <= types, f"the history leaves out {sorted(folded - types)}"
    unsequenced = await checked(world, sequencer)
    await settle(world)
    result = await checked(world, sequencer)
    (events,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    for found in (unsequenced, result):
        assert found["differences"] == []
        assert all(one["equal"] for one in found["projections"].values())
        assert found["events"] == events["n"]
    assert set(result["projections"]) == {one.name for one in (*INLINE, *FOLLOWING)}
    assert all(one["rows"] > 0 for one in result["projections"].values())


@pytest.mark.parametrize(
    ("change", "projection", "named"),
    [
        (
            "UPDATE person SET status = 'suspended' WHERE annotator = (SELECT min(annotator::text)::uuid FROM person)",
            "people",
            {"table": "person", "found_in": "both", "columns": ["status"]},
        ),
        (
            "DELETE FROM open_slot WHERE ord = (SELECT min(ord) FROM open_slot)",
            "queue",
            {"found_in": "rebuilt"},
        ),
        (
            "INSERT INTO skill SELECT tenant, gen_random_uuid(), 'x' FROM skill",
            "projects",
            {"found_in": "live"},
        ),
        ("UPDATE throughput SET n = n + 1 WHERE kind = 'imported'", "throughput", {"columns": ["n"]}),
    ],
)
async def test_a_live_row_that_the_log_does_not_give_is_named(
    world: World, sequencer: asyncpg.Pool, change: str, projection: str, named: dict[str, Any]
) -> None:
    about = await world.project()
    await world.items(about, "a")
    await world.invite("ann")
    await settle(world)
    superuser = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    await superuser.execute(change)
    await superuser.close()
    result = await checked(world, sequencer)
    assert {name for name, one in result["projections"].items() if not one["equal"]} == {projection}
    (told,) = result["differences"]
    assert told["projection"] == projection
    assert told["tenant"] == str(world.tenant)
    assert named.items() <= told.items()
    assert all(isinstance(value, str) for value in told["key"].values())


async def test_only_the_first_few_of_many_differing_rows_are_named(
    world: World, sequencer: asyncpg.Pool
) -> None:
    await world.items(await world.project(), *(f"item {n}" for n in range(30)))
    superuser = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    await superuser.execute("UPDATE item SET payload = 'secret'")
    await superuser.close()
    result = await checked(world, sequencer)
    assert len(result["differences"]) == 5
    assert result["projections"]["tasks"] == {"equal": False, "rows": 60}
    assert "secret" not in str(result)


async def test_the_sequencer_does_not_wait_for_a_rebuild(world: World) -> None:
    await world.items(await world.project(), "a", "b")
    pool = world.perform.pool
    placing = await asyncpg.connect(world.dsn("muster_sequencer"))
    async with (
        pool.acquire() as live,
        pool.acquire() as shadow,
        snapshot(live, world.tenant),
        shadows(shadow),
    ):
        folded = await fold_inline(live, shadow, world.tenant)
        await world.invite("meanwhile")
        await sequence_all(placing)
        assert await placing.fetchval("SELECT count(*) FROM event_log") > folded
    await placing.close()


async def test_a_rebuild_sees_one_moment_whatever_happens_meanwhile(world: World) -> None:
    await world.items(await world.project(), "a", "b")
    pool = world.perform.pool
    async with (
        pool.acquire() as live,
        pool.acquire() as shadow,
        snapshot(live, world.tenant),
        shadows(shadow),
    ):
        before = await live.fetchval("SELECT count(*) FROM event")
        await world.invite("meanwhile")
        assert await fold_inline(live, shadow, world.tenant) == before
        assert await live.fetchval("SELECT count(*) FROM person") == 0
        assert await shadow.fetchval("SELECT count(*) FROM pg_temp.person") == 0


async def test_a_rebuild_leaves_nothing_behind_in_its_sessions(world: World) -> None:
    pool = world.perform.pool
    async with pool.acquire() as live, pool.acquire() as shadow:
        for name in ("ann", "ben"):
            await world.invite(name)
            before = await check(live, shadow, world.tenant)
            assert not any(t.differing for tables in before.projections.values() for t in tables)
            assert await shadow.fetchval("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") == 0
        await shadow.execute(
            "BEGIN; SELECT set_config('app.tenant', $1, true)".replace("$1", f"'{world.tenant}'")
        )
        assert await shadow.fetchval("SELECT count(*) FROM person") == 2
        await shadow.execute("ROLLBACK")


async def test_a_step_cannot_write_where_it_has_no_shadow(world: World) -> None:
    async with world.perform.pool.acquire() as shadow, shadows(shadow):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await shadow.execute("INSERT INTO subscription VALUES ($1, 'a step', 0)", world.tenant)


async def test_another_tenants_history_is_checked_too_and_told_apart(
    world: World, sequencer: asyncpg.Pool
) -> None:
    await world.invite("ann")
    stranger = uuid4()
    superuser = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    await superuser.execute("INSERT INTO skill VALUES ($1, gen_random_uuid(), 'x')", stranger)
    await superuser.execute(
        "INSERT INTO event (tenant, stream, version, type, body) SELECT $1::uuid, stream, 1, type,"
        " convert_to(replace(convert_from(body, 'UTF8'), tenant::text, $1::uuid::text), 'UTF8')"
        " FROM event WHERE type = 'tenant.created'",
        stranger,
    )
    await superuser.close()
    (told,) = (await checked(world, sequencer))["differences"]
    assert (told["projection"], told["tenant"], told["found_in"]) == ("projects", str(stranger), "live")
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def folded(
    shadow: asyncpg.Connection, world: World, facts: Sequence[Recorded], size: int
) -> dict[str, str]:
    """What every table holds after these facts, folded `size` at a time."""
    async with shadows(shadow):
        for first in range(0, len(facts), size):
            batch = facts[first : first + size]
            async with shadow.transaction():
                await project((*INLINE, *FOLLOWING), shadow, world.tenant, batch)
        return {name: await shadow.fetchval(CONTENT.format(name)) for name in TABLES}


def merged(chance: random.Random, one: list[Recorded], other: list[Recorded]) -> Iterator[Recorded]:
    """Both, each in its own order, in any order with each other."""
    one, other = one[::-1], other[::-1]
    while one or other:
        yield (
            one if not other or (one and chance.random() < len(one) / (len(one) + len(other))) else other
        ).pop()


async def test_what_is_folded_does_not_depend_on_how_independent_streams_interleave(world: World) -> None:
    marks = []
    for here in ("", "other-"):
        marks.append((await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1"))[0]["n"])
        await live_through(world, here)
        world.clock.moved += timedelta(minutes=20)
        await world.system(holding.leases_expire, most=100)
        await world.decide()
    await settle(world)
    rows = await world.rows(PLACED)
    facts = [decode(row["body"], row["idx"]) for row in rows]
    common, first, second = facts[: marks[0]], facts[marks[0] : marks[1]], facts[marks[1] :]
    both = {fact.stream for fact in first} & {fact.stream for fact in second}
    assert not both, {type(fact.event).__name__ for fact in second if fact.stream in both}
    async with world.perform.pool.acquire() as shadow:
        expected = await folded(shadow, world, facts, 10_000)
        assert await folded(shadow, world, facts, 1) == expected
        for seed in range(2):
            chance = random.Random(seed)
            shuffled = [*common, *merged(chance, first, second)]
            assert await folded(shadow, world, shuffled, chance.randint(1, 60)) == expected
    empty = {name for name, content in expected.items() if not content}
    assert empty <= {"lease", "laid_aside", "recertified_skill"}, "too little happened to tell"


async def at_once(
    world: World, caller: Caller, first: UseCase, second: Awaitable[Any], **arguments: Any
) -> None:
    """`first` has appended and folded but not committed when `second` runs, as far as it can."""
    meta = Meta(RequestId(uuid4()), first.__name__)
    async with transaction(world.perform.pool, world.tenant) as conn:
        work = world.perform.work(conn, caller, meta, await world.clock.now(conn))
        await first(work, **arguments)
        await work.finish()
        other = asyncio.ensure_future(second)
        async with asyncio.timeout(20), world.perform.pool.acquire() as watch:
            while not other.done() and not await watch.fetchval(WAITING):
                pass
    await other


async def test_a_release_and_an_experts_answer_at_once_leave_what_the_log_gives(
    world: World, sequencer: asyncpg.Pool
) -> None:
    ann, ben, exp = await world.invite("ann"), await world.invite("ben"), await world.invite("exp", "expert")
    about = await world.project(plan={"overlap": 2})
    await world.items(about, "a")
    held, flagged = await one(world, ann, about), await one(world, ben, about)
    await world.act(escalating.lease_escalate, ben, lease=flagged, reason="unsure", note=None)
    answering = world.submit(exp, await one(world, exp, about), "a bird")
    await at_once(world, ann, holding.lease_release, answering, lease=held, reason="")
    assert (await checked(world, sequencer))["differences"] == []


async def test_a_signature_and_an_erasure_at_once_leave_what_the_log_gives(
    world: World, sequencer: asyncpg.Pool
) -> None:
    ann = await world.invite("ann")
    person, text = AnnotatorId(ann.subject.id), Secret(b"ciphertext")
    signed = AgreementSigned(
        agreement=AgreementId(uuid4()),
        version=1,
        sha256="",
        annotator=person,
        typed_name=text,
        address=text,
        auth_method="api_key",
        language="und",
        credential=None,
        authenticated_at=None,
        until=None,
        awaits_countersigning=False,
    )
    fact = Recorded(world.tenant, uuid4(), 1, signed, AT, Actor("annotator", ann.subject.id), None)
    async with transaction(world.perform.pool, world.tenant) as conn:
        await append(conn, world.tenant, [fact])
        await world.act(standing.annotator_erase, annotator=person, reason="asked for")
        await project(INLINE, conn, world.tenant, [fact])
    assert (await checked(world, sequencer))["differences"] == []
