"""One PostgreSQL and one Valkey for the whole run; a database of its own, cloned from a template, for every test."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from backend.events.store.migrate import ensure_epoch, migrate
from backend.platform.binaries import Programs
from backend.platform.postgres import EmbeddedPostgres
from backend.usecases.review import planting
from tests.support.world import World, open_world

TEMPLATE = "muster_template"
LONG = (
    "properties/test_queue_machine.py",
    "readmodels/test_rebuild.py",
    "faults/test_kills.py",
    "readmodels/test_refold.py",
    "benchmarks/test_rows.py",
    "api/test_bad_input.py",
)
"""Files of half a minute and more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: begun last, one of them would run alone while the other core has nothing left to do."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this worker's own, straight below the temporary folder, where a dropped user can reach it.

    MUSTER_TEST_POSTGRES names another release's programs: the floor is PostgreSQL 15.
    """
    other = os.environ.get("MUSTER_TEST_POSTGRES")
    programs = Programs(Path(other), "MUSTER_TEST_POSTGRES") if other else None
    server = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="muster-test-")), programs=programs)
    server.start()
    yield server
    server.discard()


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """A migrated database that tests clone."""
    migrate(postgres.dsn("muster_owner"))

    async def prepare() -> None:
        conn = await asyncpg.connect(postgres.dsn("muster_owner"))
        await ensure_epoch(conn)
        await conn.close()
        admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
        await admin.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE muster OWNER muster_owner")
        await admin.close()

    asyncio.run(prepare())
    return TEMPLATE


@pytest_asyncio.fixture
async def database(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """The name of a fresh database of its own."""
    name = f"t_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER muster_owner STRATEGY wal_log")
    yield name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest_asyncio.fixture
async def world(postgres: EmbeddedPostgres, database: str, tmp_path: Path) -> AsyncIterator[World]:
    """A tenant with an administrator, over the real use cases and the real database."""
    async with open_world(postgres, database, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reviewers are shown only what a test has them shown: otherwise every twentieth review could be a planted one."""
    monkeypatch.setattr(planting, "SHARE_PPM", 0)
