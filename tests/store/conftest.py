"""Sessions of each role into a test's own database."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.platform.postgres import EmbeddedPostgres


@pytest_asyncio.fixture
async def connect(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[Any]:
    """A function that opens one more session as the superuser, who sees all tenants."""
    opened: list[asyncpg.Connection] = []

    async def another() -> asyncpg.Connection:
        opened.append(await asyncpg.connect(postgres.superuser_dsn(database)))
        return opened[-1]

    yield another
    for connection in opened:
        await connection.close()


@pytest_asyncio.fixture
async def app(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Pool]:
    """The pool that requests are served with."""
    pool = await open_pool(postgres.dsn("muster_app", database), size_max=18)
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def sequencer(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    """The role that gives events their places."""
    connection = await asyncpg.connect(postgres.dsn("muster_sequencer", database))
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def owner(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    """The role that owns the tables."""
    connection = await asyncpg.connect(postgres.dsn("muster_owner", database))
    yield connection
    await connection.close()
