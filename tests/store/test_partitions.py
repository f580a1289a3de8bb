"""The log is cut by the year in which a stream is born: every part is the log, and nobody has to know of it."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from backend.events.base import name_of
from backend.events.ids import TenantId, uuid7, uuid8
from backend.events.store import log
from backend.events.store.database import transaction
from backend.events.store.partitions import make_years, years_wanted
from backend.events.store.subscription import read
from tests.support.following import sequence_all
from tests.support.notes import append, new_tenant, note, notes, places

YEARS = """
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'event'::regclass ORDER BY 1
"""
WHERE = "SELECT stream, version, tableoid::regclass::text AS part FROM event WHERE tenant = $1"
CHANGES = ("UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE")


def born(year: int) -> UUID:
    """A stream of the middle of that year."""
    return uuid7(int(datetime(year, 7, 1, tzinfo=UTC).timestamp() * 1_000), os.urandom(10))


def first_moment(year: int) -> int:
    """The year's first millisecond (UTC)."""
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1_000)


@dataclass(frozen=True, slots=True)
class Streams:
    """One stream of every part, with two versions of each; `this` is the year of the migration."""

    tenant: TenantId
    this: int
    parts: dict[UUID, str]


@pytest_asyncio.fixture
async def streams(app: asyncpg.Pool, owner: asyncpg.Connection) -> AsyncIterator[Streams]:
    """Streams born long ago, this year, next year, far ahead, and from a cause of next year."""
    this = int(await owner.fetchval("SELECT extract(year FROM now() AT TIME ZONE 'UTC')"))
    coming = born(this + 1)
    parts = {
        UUID(int=1): f"event_{this}",
        born(this - 3): f"event_{this}",
        born(this): f"event_{this}",
        uuid7(first_moment(this + 1) - 1, b"\xff" * 10): f"event_{this}",
        uuid7(first_moment(this + 1), bytes(10)): f"event_{this + 1}",
        coming: f"event_{this + 1}",
        uuid8(coming, "step"): f"event_{this + 1}",
        born(this + 2): "event_other",
        UUID(int=2**128 - 1): "event_other",
    }
    tenant = new_tenant()
    for version in (1, 2):
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, [note(tenant, stream, version) for stream in parts])
    yield Streams(tenant, this, parts)


async def test_a_stream_lies_in_the_year_that_its_id_begins_with(app: asyncpg.Pool, streams: Streams) -> None:
    async with transaction(app, streams.tenant) as conn:
        rows = await conn.fetch(WHERE, streams.tenant)
    assert {(row["stream"], row["version"]): row["part"] for row in rows} == {
        (stream, version): part for stream, part in streams.parts.items() for version in (1, 2)
    }


async def test_streams_of_all_years_are_read_as_from_one_table(
    app: asyncpg.Pool, sequencer: asyncpg.Connection, streams: Streams
) -> None:
    await sequence_all(sequencer)
    expected = [(stream, version) for version in (1, 2) for stream in streams.parts]
    assert await places(sequencer, streams.tenant) == expected
    async with transaction(app, streams.tenant) as conn:
        found = await log.load(conn, streams.tenant, list(streams.parts))
        loaded = [(one.stream, one.version) for facts in found.values() for one in facts]
        assert sorted(loaded) == sorted(expected)
        kind = name_of(note(streams.tenant, uuid4(), 1).event)
        facts = await read(conn, streams.tenant, 0, len(expected), [kind])
        assert [(one.stream, one.version) for one in facts] == expected
        assert await log.load(conn, streams.tenant, []) == {}


async def test_another_writer_who_was_first_is_noticed_in_every_part(
    app: asyncpg.Pool, streams: Streams
) -> None:
    for stream in streams.parts:
        for version in (2, 4):
            with pytest.raises(log.AppendConflict):
                async with transaction(app, streams.tenant) as conn:
                    await append(conn, streams.tenant, notes(streams.tenant, stream, version))


async def test_loading_looks_into_the_years_of_its_streams_alone(app: asyncpg.Pool, streams: Streams) -> None:
    """With a plan made for all lists, as every connection keeps it."""
    asked = [stream for stream, part in streams.parts.items() if part == f"event_{streams.this + 1}"]
    listed = ", ".join(f"'{one}'" for one in asked)
    async with transaction(app, streams.tenant) as conn:
        await conn.execute(f"PREPARE load_streams(uuid, uuid[], uuid, uuid) AS {log.LOAD}")
        sql = f"'{streams.tenant}', ARRAY[{listed}]::uuid[], '{min(asked)}', '{max(asked)}'"
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN EXECUTE load_streams({sql})"))
    assert f"event_{streams.this + 1}_pkey" in plan and "$1" in plan, plan
    assert f"event_{streams.this}_pkey" not in plan and "event_other" not in plan, plan


async def test_appending_looks_for_the_head_in_the_streams_own_year(
    app: asyncpg.Pool, streams: Streams
) -> None:
    stream = next(iter(streams.parts))
    async with transaction(app, streams.tenant) as conn:
        await conn.execute(f"PREPARE append_one(uuid, uuid[], int[], int[], text[], bytea[]) AS {log.APPEND}")
        values = f"'{streams.tenant}', ARRAY['{stream}']::uuid[], ARRAY[3], ARRAY[3], ARRAY['x'], ARRAY['x'::bytea]"
        lines = [
            row[0] for row in await conn.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE append_one({values})")
        ]
    looks = [line for line in lines if "Scan using event_" in line]
    assert len(looks) == 3, lines
    assert [f"event_{streams.this}_pkey" in line for line in looks if "never executed" not in line] == [True]


async def test_a_year_is_made_once_however_often_it_is_asked_for(
    owner: asyncpg.Connection, sequencer: asyncpg.Connection
) -> None:
    before = [row["name"] for row in await owner.fetch(YEARS)]
    this = int(before[0].removeprefix("event_"))
    assert before == [f"event_{this}", f"event_{this + 1}", "event_other"]
    now = datetime(this + 1, 10, 1, tzinfo=UTC)
    missing = await asyncio.gather(make_years(owner, now), make_years(sequencer, now))
    assert list(missing) == [[], []]
    assert await make_years(sequencer, now + timedelta(days=60)) == []
    assert [row["name"] for row in await owner.fetch(YEARS)] == sorted([*before, f"event_{this + 2}"])


def test_the_next_year_is_wanted_from_september_on() -> None:
    assert years_wanted(datetime(2027, 8, 1, tzinfo=UTC)) == [2027]
    assert years_wanted(datetime(2027, 9, 30, tzinfo=UTC)) == [2027, 2028]
    assert years_wanted(datetime(2028, 1, 1, tzinfo=UTC)) == [2028]


async def test_a_new_years_part_is_like_the_others(
    app: asyncpg.Pool, owner: asyncpg.Connection, sequencer: asyncpg.Connection
) -> None:
    this = int((await owner.fetch(YEARS))[0]["name"].removeprefix("event_"))
    assert await make_years(sequencer, datetime(this + 2, 1, 1, tzinfo=UTC)) == []
    tenant, stream = new_tenant(), born(this + 2)
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, stream, 1, 2))
        assert {row["part"] for row in await conn.fetch(WHERE, tenant)} == {f"event_{this + 2}"}
    made = await owner.fetch(
        "SELECT (SELECT array_agg(tgname::text ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers,"
        " (SELECT array_agg(pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = c.oid) AS indexes,"
        " (SELECT array_agg(pg_get_expr(adbin, adrelid) ORDER BY adnum) FROM pg_attrdef WHERE adrelid = c.oid)"
        " AS defaults, c.relacl::text[] AS rights, c.relname AS name"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass"
    )
    told = [
        (
            row["triggers"],
            sorted(one.replace(row["name"], "event") for one in row["indexes"]),
            row["defaults"],
            [right for right in row["rights"] or [] if not right.startswith("muster_owner=")],
        )
        for row in made
    ]
    assert len(told) == 4
    assert all(one == told[0] for one in told), told
    assert told[0][3] == []


async def test_a_year_of_which_something_lies_elsewhere_goes_on_there(
    app: asyncpg.Pool, sequencer: asyncpg.Connection, streams: Streams
) -> None:
    """A clock that was wrong for a moment: nothing is lost or hidden, the year only has no part of its own."""
    ahead = datetime(streams.this + 2, 1, 1, tzinfo=UTC)
    assert await make_years(sequencer, ahead) == [streams.this + 2]
    late = born(streams.this + 2)
    async with transaction(app, streams.tenant) as conn:
        await append(conn, streams.tenant, notes(streams.tenant, late, 1))
        found = await log.load(conn, streams.tenant, [late, *streams.parts])
    assert {stream: len(facts) for stream, facts in found.items()} == dict.fromkeys(streams.parts, 2) | {
        late: 1
    }
    assert await make_years(sequencer, ahead.replace(year=streams.this + 3)) == []


async def test_a_long_reader_is_not_waited_for(
    app: asyncpg.Pool, owner: asyncpg.Connection, sequencer: asyncpg.Connection
) -> None:
    this = int((await owner.fetch(YEARS))[0]["name"].removeprefix("event_"))
    ahead = datetime(this + 2, 1, 1, tzinfo=UTC)
    async with transaction(app, new_tenant()) as reader:
        await reader.fetch("SELECT count(*) FROM event")
        assert await make_years(sequencer, ahead) == [this + 2]
    assert await make_years(sequencer, ahead) == []


@pytest.mark.parametrize("change", CHANGES)
async def test_every_part_refuses_change_even_from_the_owner(
    owner: asyncpg.Connection, streams: Streams, change: str
) -> None:
    for part in sorted(set(streams.parts.values())):
        async with owner.transaction():
            await owner.fetchval("SELECT set_config('app.tenant', $1, true)", str(streams.tenant))
            assert await owner.fetchval(f"SELECT count(*) FROM {part}") > 0
            with pytest.raises(asyncpg.RestrictViolationError, match="appended only"):
                async with owner.transaction():
                    await owner.execute(change.format(part))


async def test_nobody_has_a_right_on_a_part_and_the_wall_stands_before_it_too(
    app: asyncpg.Pool, owner: asyncpg.Connection, sequencer: asyncpg.Connection, streams: Streams
) -> None:
    for part in sorted(set(streams.parts.values())):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(app, streams.tenant) as conn:
                await conn.fetch(f"SELECT * FROM {part}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sequencer.fetch(f"SELECT * FROM {part}")
        await owner.execute(f"GRANT SELECT ON {part} TO muster_app")
        for tenant, seen in ((streams.tenant, True), (new_tenant(), False)):
            async with transaction(app, tenant) as conn:
                assert (await conn.fetchval(f"SELECT count(*) FROM {part}") > 0) is seen


async def test_only_years_are_made_and_only_by_those_who_keep_the_log(
    app: asyncpg.Pool, owner: asyncpg.Connection, sequencer: asyncpg.Connection
) -> None:
    for sql in ("SELECT make_log_year(2027)", "SELECT wall_of_part('event_other')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch(sql)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sequencer.fetch("SELECT wall_of_part('event_other')")
    for year in (1999, 9999):
        with pytest.raises(asyncpg.RaiseError, match="found"):
            await sequencer.fetch("SELECT make_log_year($1)", year)
    assert len(await owner.fetch(YEARS)) == 3
