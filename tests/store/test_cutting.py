"""A log that is one table becomes the first part: every event stays, where it is and as it is."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest_asyncio
from alembic import command
from alembic.config import Config

from backend.events.store.migrate import MIGRATIONS
from backend.platform.postgres import EmbeddedPostgres
from tests.store.test_partitions import born

ROWS = "SELECT e.*, e.ctid FROM event e ORDER BY seq"
PARTS = "SELECT tableoid::regclass::text AS part FROM event ORDER BY seq"
FILE = "SELECT pg_relation_filenode($1::regclass)"
LEFTOVERS = "SELECT count(*) FROM pg_constraint WHERE conname = 'event_born'"
UNGUARDED = """
SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'event'::regclass AND NOT c.relforcerowsecurity
"""


def _migrate_to(dsn: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", dsn.replace("postgresql://", "postgresql+asyncpg://", 1))
    command.upgrade(config, revision)


@pytest_asyncio.fixture
async def uncut(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's session in a database whose log is one table still."""
    name = f"t_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER muster_owner")
    await asyncio.to_thread(_migrate_to, postgres.dsn("muster_owner", name), "0025")
    conn = await asyncpg.connect(postgres.superuser_dsn(name))
    yield conn
    await conn.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def _fill(conn: asyncpg.Connection, streams: Sequence[uuid.UUID]) -> list[asyncpg.Record]:
    """Two events in each of the streams, of many tenants; every row of the log."""
    sql = "INSERT INTO event (tenant, stream, version, type, body) VALUES ($1, $2, $3, 'x', $4)"
    tenants = {one: uuid.uuid4() for one in streams}
    await conn.executemany(sql, [(tenants[one], one, n, one.bytes) for one in streams for n in (1, 2)])
    return list(await conn.fetch(ROWS))


async def _cut(conn: asyncpg.Connection, postgres: EmbeddedPostgres) -> None:
    database = str(await conn.fetchval("SELECT current_database()"))
    await asyncio.to_thread(_migrate_to, postgres.dsn("muster_owner", database), "0026")
    await conn.reload_schema_state()


async def test_a_log_with_events_is_cut_without_moving_one(
    postgres: EmbeddedPostgres, uncut: asyncpg.Connection
) -> None:
    this = int(await uncut.fetchval("SELECT extract(year FROM now() AT TIME ZONE 'UTC')"))
    before = await _fill(uncut, [uuid.UUID(int=1), *(born(this - back) for back in (3, 1, 1, 0))])
    file = await uncut.fetchval(FILE, "event")
    await _cut(uncut, postgres)
    assert await uncut.fetch(ROWS) == before, "to the place on its page"
    assert await uncut.fetchval(FILE, f"event_{this}") == file
    assert {row["part"] for row in await uncut.fetch(PARTS)} == {f"event_{this}"}
    assert await uncut.fetchval(UNGUARDED) == await uncut.fetchval(LEFTOVERS) == 0


async def test_what_is_born_beyond_next_year_alone_changes_its_place(
    postgres: EmbeddedPostgres, uncut: asyncpg.Connection
) -> None:
    """Ids that say no time; and next year's, of a clock that was wrong: then that year lives in `event_other`."""
    this = int(await uncut.fetchval("SELECT extract(year FROM now() AT TIME ZONE 'UTC')"))
    before = await _fill(uncut, [born(this), born(this + 1), born(this), uuid.UUID(int=2**128 - 1)])
    await _cut(uncut, postgres)
    without_place = [{**row, "ctid": None} for row in before]
    assert [{**row, "ctid": None} for row in await uncut.fetch(ROWS)] == without_place
    here, other = f"event_{this}", "event_other"
    assert [row["part"] for row in await uncut.fetch(PARTS)] == [
        here, here, other, other, here, here, other, other,
    ]  # fmt: skip
    assert await uncut.fetchval(UNGUARDED) == await uncut.fetchval(LEFTOVERS) == 0
    assert await uncut.fetchval("SELECT to_regclass($1) IS NULL", f"event_{this + 1}")
