"""Migrations make exactly the tables that the code describes, once, however often and by however many they are run."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend.events.store import datakeys
from backend.events.store.migrate import head, migrate, revision
from backend.events.store.schema import Xid8, metadata
from backend.platform.binaries import find_postgres
from backend.platform.postgres import EmbeddedPostgres
from backend.readmodels import registry

ROOT = Path(__file__).parents[2]
DESCRIBED = (
    datakeys.data_key,
    *(table for one in (*registry.INLINE, *registry.FOLLOWING) for table in one.tables),
)
PART_OF_LOG = re.compile(r"event_(\d{4}|other)")
STARTER = "import sys; from backend.events.store.migrate import migrate; migrate(sys.argv[1])"


@pytest_asyncio.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of a database with nothing in it."""
    name = f"t_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER muster_owner")
    yield name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def schema_of(postgres: EmbeddedPostgres, database: str) -> str:
    """The whole schema as pg_dump writes it, without its random guard line."""
    info = postgres.info
    where = [
        "--host",
        str(info.host),
        "--port",
        str(info.port),
        "--username",
        info.user,
        "--schema-only",
        database,
    ]
    command = [str(find_postgres() / "pg_dump"), *where]
    environment = {**os.environ, "PGPASSWORD": info.password}
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return "\n".join(
        line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))
    )


def _type_differs(
    context: Any, here: Any, described: Any, found_type: Any, described_type: Any
) -> bool | None:
    """SQLAlchemy does not know xid8, so it cannot say what it found; everything else it compares."""
    return False if isinstance(described_type, Xid8) else None


def _differences(connection: Connection) -> list[Any]:
    def named(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "table":
            return PART_OF_LOG.fullmatch(str(name)) is None
        return name in (None, "public", "keys") if kind == "schema" else True

    options = {"include_schemas": True, "include_name": named, "compare_type": _type_differs}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
async def test_the_migrated_database_is_what_the_code_describes(
    postgres: EmbeddedPostgres, database: str
) -> None:
    assert all(table.metadata is metadata for table in DESCRIBED)
    url = postgres.superuser_dsn(database).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


async def test_migrating_again_changes_nothing(postgres: EmbeddedPostgres, empty: str) -> None:
    dsn = postgres.dsn("muster_owner", empty)
    await asyncio.to_thread(migrate, dsn)
    once = await asyncio.to_thread(schema_of, postgres, empty)
    await asyncio.to_thread(migrate, dsn)
    assert await asyncio.to_thread(schema_of, postgres, empty) == once
    assert "CREATE TABLE public.event" in once
    conn = await asyncpg.connect(dsn)
    assert await revision(conn) == head()
    await conn.close()


async def test_an_empty_database_has_no_revision(postgres: EmbeddedPostgres, empty: str) -> None:
    conn = await asyncpg.connect(postgres.dsn("muster_owner", empty))
    assert await revision(conn) is None
    await conn.close()


async def test_two_starters_at_once_migrate_once(
    postgres: EmbeddedPostgres, empty: str, database: str
) -> None:
    dsn = postgres.dsn("muster_owner", empty)
    command = [sys.executable, "-c", STARTER, dsn]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = asyncio.subprocess.PIPE
    starters = [
        await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
        for _ in range(2)
    ]
    said = await asyncio.gather(*(one.communicate() for one in starters))
    assert [one.returncode for one in starters] == [0, 0], said
    made = await asyncio.to_thread(schema_of, postgres, empty)
    assert made == await asyncio.to_thread(schema_of, postgres, database)
