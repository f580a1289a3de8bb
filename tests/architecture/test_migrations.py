"""The migrated database is the one the code describes: same tables, rows kept apart, facts kept as they are."""

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend.events.store.schema import metadata
from backend.platform.postgres import EmbeddedPostgres
from backend.readmodels.registry import FOLLOWING, INLINE

TABLES = {str(table.schema or "public") + "." + table.name: table for table in metadata.sorted_tables}
TENANT_ROWS = sorted(name for name, table in TABLES.items() if table.info.get("tenant_rows"))
IMMUTABLE = sorted(name for name, table in TABLES.items() if table.info.get("immutable"))


@pytest_asyncio.fixture
async def owner(
    postgres: EmbeddedPostgres, database: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the schema's owner."""
    conn = await asyncpg.connect(postgres.dsn("muster_owner", database))
    yield conn
    await conn.close()


def _differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "include_schemas": True, "include_name": _ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Ours to describe; the parts of the log follow from the log."""
    if kind == "table":
        return name != "alembic_version" and re.fullmatch(r"event_(\d{4}|other)", str(name)) is None
    return kind != "schema" or name in (None, "keys")


def test_every_projected_table_belongs_to_one_projection() -> None:
    filled = [table.fullname for projection in (*INLINE, *FOLLOWING) for table in projection.tables]
    assert filled and sorted(filled) == sorted(set(filled))


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
async def test_the_migrations_make_exactly_the_tables_that_the_code_describes(
    postgres: EmbeddedPostgres, database: str
) -> None:
    url = postgres.dsn("muster_owner", database).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    assert found == []


async def test_every_table_with_a_tenant_keeps_its_rows_apart(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Row-level security is on, forced on the owner too, and one policy both reads and writes by tenant."""
    rows = await owner.fetch(
        "SELECT n.nspname || '.' || c.relname AS name, c.relispartition,"
        " c.relrowsecurity AND c.relforcerowsecurity AS forced,"
        " EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polqual IS NOT NULL"
        " AND p.polwithcheck IS NOT NULL) AS policy"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'keys') ORDER BY 1"
    )
    assert [row["name"] for row in rows if not row["relispartition"]] == TENANT_ROWS
    assert [row["name"] for row in rows if not (row["forced"] and row["policy"])] == []


@pytest.mark.parametrize("table", IMMUTABLE)
async def test_nobody_changes_or_removes_a_fact(
    owner: "asyncpg.Connection[asyncpg.Record]", table: str
) -> None:
    """Not even the owner of the table, whom no right can be taken from."""
    for statement in (f"TRUNCATE {table} CASCADE", *await _row_statements(owner, table)):
        with pytest.raises(asyncpg.RestrictViolationError, match="append a correcting fact"):
            async with owner.transaction():
                await owner.execute(statement)


async def _row_statements(owner: "asyncpg.Connection[asyncpg.Record]", table: str) -> list[str]:
    """UPDATE and DELETE that meet a row: triggers fire per row, so one is written first."""
    tenant = await owner.fetchval("SELECT gen_random_uuid()::text")
    await owner.execute("SELECT set_config('app.tenant', $1, false)", tenant)
    await owner.execute(_INSERTS[table].format(tenant=tenant))
    return [f"UPDATE {table} SET tenant = tenant", f"DELETE FROM {table}"]


_INSERTS = {
    "public.event": (
        "INSERT INTO event (tenant, stream, version, type, body) VALUES ('{tenant}', '{tenant}', 1, 'x', '')"
    ),
    "public.event_log": "INSERT INTO event_log (tenant, idx, stream, version) VALUES ('{tenant}', 0, '{tenant}', 1)",
    "public.access_entry": (
        "INSERT INTO access_entry (tenant, entry, at, action, body) VALUES ('{tenant}', '{tenant}', now(), 'x', '')"
    ),
    "public.access_ref": (
        "INSERT INTO access_ref (tenant, ref, entry, at) VALUES ('{tenant}', '{tenant}', '{tenant}', now())"
    ),
}


def test_every_table_of_facts_is_tried() -> None:
    assert sorted(_INSERTS) == IMMUTABLE
