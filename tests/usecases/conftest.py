"""Use cases over one real database: every test is a tenant of its own, and row-level security keeps them apart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from backend.platform.postgres import EmbeddedPostgres
from tests.support.world import World, open_world

SHARED = "usecases_shared"


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedPostgres, template: str) -> str:
    """The name of one database for all these tests; it goes with its server."""

    async def create() -> None:
        admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
        await admin.execute(
            f"CREATE DATABASE {SHARED} TEMPLATE {template} OWNER muster_owner STRATEGY wal_log"
        )
        await admin.close()

    asyncio.run(create())
    return SHARED


@pytest_asyncio.fixture
async def world(postgres: EmbeddedPostgres, shared_database: str, tmp_path: Path) -> AsyncIterator[World]:
    """A fresh tenant with an administrator."""
    async with open_world(postgres, shared_database, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def neighbour(postgres: EmbeddedPostgres, shared_database: str, tmp_path: Path) -> AsyncIterator[World]:
    """Another tenant in the same database."""
    folder = tmp_path / "neighbour"
    folder.mkdir()
    async with open_world(postgres, shared_database, folder) as opened:
        yield opened
