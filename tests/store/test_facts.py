"""Facts stay: no role changes them, no tenant sees another's rows, and the catalogue proves it for every table."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from backend.events.ids import RequestId, TenantId
from backend.events.store import journal
from backend.events.store.database import transaction
from tests.support.following import sequence_all
from tests.support.notes import AT, append, new_tenant, notes

FACTS = ("event", "event_log", "access_entry", "access_ref")
CHANGES = ("UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}")

# Every table with a column `tenant`, wherever it is.
TENANT_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_rows' AND p.polcmd = '*'
                  AND p.polpermissive AND p.polroles = '{0}'
                  AND pg_get_expr(p.polqual, p.polrelid) LIKE '(tenant = (NULLIF(current_setting(''app.tenant''%'
                  AND pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid)) AS isolated,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE a.attname = 'tenant' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
# The key of a presented credential finds its tenant; nothing else reads across tenants.
POLICIES_MORE = {"public.credential": 2}
UNGUARDED = """
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('public', 'keys') AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
"""
ROLES = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'muster\\_%'"
POWERFUL_FUNCTIONS = """
SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('public', 'keys') AND p.prosecdef
"""
VIEWS = "SELECT count(*) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with a row in every table of facts."""

    app: asyncpg.Pool
    sequencer: asyncpg.Connection
    owner: asyncpg.Connection
    tenant: TenantId


@pytest_asyncio.fixture
async def filled(
    app: asyncpg.Pool, sequencer: asyncpg.Connection, owner: asyncpg.Connection
) -> AsyncIterator[Filled]:
    """One tenant with two events, in the log, and one access entry about somebody."""
    tenant = new_tenant()
    entry = journal.Entry(uuid4(), tenant, AT, RequestId(uuid4()), "test", actor=uuid4(), subjects=[uuid4()])
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, notes(tenant, uuid4(), 1, 2))
        await journal.write(conn, [entry], [os.urandom(16)])
    await sequence_all(sequencer)
    yield Filled(app, sequencer, owner, tenant)


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize("change", CHANGES)
async def test_the_application_may_not_change_a_fact(filled: Filled, table: str, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(filled.app, filled.tenant) as conn:
            await conn.execute(change.format(table))


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize("change", CHANGES)
async def test_a_trigger_stops_even_the_owner(filled: Filled, table: str, change: str) -> None:
    async with filled.owner.transaction():
        await filled.owner.fetchval("SELECT set_config('app.tenant', $1, true)", str(filled.tenant))
        assert await filled.owner.fetchval(f"SELECT count(*) FROM {table}") > 0
        with pytest.raises(asyncpg.RestrictViolationError, match="appended only"):
            async with filled.owner.transaction():
                await filled.owner.execute(change.format(table))


@pytest.mark.parametrize("change", CHANGES)
async def test_the_sequencer_may_not_change_the_log_it_writes(filled: Filled, change: str) -> None:
    for table in FACTS:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await filled.sequencer.execute(change.format(table))


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO event_log VALUES ($1, 9, gen_random_uuid(), 1)",
        "INSERT INTO log_head VALUES ($1, 9) ON CONFLICT DO NOTHING",
        "UPDATE log_head SET next_idx = 0 WHERE tenant = $1",
        "UPDATE sequencer SET seq = 0 WHERE $1::uuid IS NOT NULL",
    ],
)
async def test_the_application_gives_no_event_its_place(filled: Filled, write: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(filled.app, filled.tenant) as conn:
            await conn.execute(write, filled.tenant)


async def test_without_a_tenant_there_are_no_rows(filled: Filled) -> None:
    async with filled.app.acquire() as conn:
        for table in FACTS:
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_another_tenants_rows_do_not_exist(filled: Filled) -> None:
    for tenant, seen in ((filled.tenant, True), (new_tenant(), False)):
        async with transaction(filled.app, tenant) as conn:
            for table in FACTS:
                assert (await conn.fetchval(f"SELECT count(*) FROM {table}") > 0) is seen


async def test_a_row_for_another_tenant_is_refused(filled: Filled) -> None:
    other = new_tenant()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with transaction(filled.app, filled.tenant) as conn:
            await append(conn, other, notes(other, uuid4(), 1))


async def test_every_table_of_tenants_rows_is_isolated_even_from_its_owner(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(TENANT_TABLES)
    assert {"public.event", "public.person", "keys.data_key"} <= {row["name"] for row in rows}
    for row in rows:
        assert row["relrowsecurity"], row["name"]
        assert row["relforcerowsecurity"], row["name"]
        assert row["isolated"], row["name"]
        assert row["policies"] == POLICIES_MORE.get(row["name"], 1), row["name"]


async def test_only_these_tables_have_no_tenant(owner: asyncpg.Connection) -> None:
    assert {row["name"] for row in await owner.fetch(UNGUARDED)} == {"sequencer", "alembic_version"}


async def test_no_function_view_or_role_leads_around_the_policies(owner: asyncpg.Connection) -> None:
    roles = {row["rolname"]: (row["rolsuper"], row["rolbypassrls"]) for row in await owner.fetch(ROLES)}
    assert roles == {
        "muster_owner": (False, False),
        "muster_app": (False, False),
        "muster_sequencer": (False, True),
    }
    # It reads and writes no row: it makes the log's part of a year.
    assert [row["name"] for row in await owner.fetch(POWERFUL_FUNCTIONS)] == ["make_log_year"]
    assert await owner.fetchval(VIEWS) == 0


async def test_the_sequencer_reads_no_keys(filled: Filled) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await filled.sequencer.fetch("SELECT * FROM keys.data_key")


async def test_the_application_destroys_keys_but_deletes_none(filled: Filled) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(filled.app, filled.tenant) as conn:
            await conn.execute("DELETE FROM keys.data_key")
