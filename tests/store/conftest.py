"""LOCAL FIXTURES of tests/store: to be swapped for the shared ones of tests/conftest.py when these exist."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from backend.events.store.datakeys import data_key
from backend.platform.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    postgres.start()
    try:
        yield postgres.superuser_dsn("muster")
    finally:
        postgres.discard()


@pytest_asyncio.fixture
async def connect(server: str) -> AsyncIterator[Any]:
    """A function that opens one more connection to a database where only `keys.data_key` exists, empty."""
    opened: list[asyncpg.Connection] = []

    async def another() -> asyncpg.Connection:
        opened.append(await asyncpg.connect(server))
        return opened[-1]

    first = await another()
    await first.execute("DROP SCHEMA IF EXISTS keys CASCADE; CREATE SCHEMA keys")
    await first.execute(str(CreateTable(data_key).compile(dialect=postgresql.dialect())))
    yield another
    for connection in opened:
        await connection.close()
