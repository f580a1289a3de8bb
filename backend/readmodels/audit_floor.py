"""The tenant's audit floor, as it is in the very transaction that changes it."""

import asyncpg
from sqlalchemy import Column, Integer

from backend.events import review as ev
from backend.events.ids import TenantId
from backend.events.store.schema import tenant_table
from backend.readmodels.projection import Projection, execute_each
from backend.statistics.sampling import AUDIT_FLOOR as SHARE

FLOOR_PPM = round(SHARE * 1_000_000)
"""The floor of a tenant that never said another."""

audit_floor = tenant_table(
    "audit_floor",
    Column("floor_ppm", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

SET = """
INSERT INTO audit_floor (tenant, floor_ppm, version) VALUES ($1, $2, $3)
ON CONFLICT (tenant) DO UPDATE SET floor_ppm = excluded.floor_ppm, version = excluded.version
"""
IN_FORCE = f"coalesce((SELECT f.floor_ppm FROM audit_floor f WHERE f.tenant = $1), {FLOOR_PPM})"
"""SQL for the floor of tenant $1 in parts per million, to be read along with something else."""
FIND = "SELECT floor_ppm, version FROM audit_floor WHERE tenant = $1"

AUDIT_FLOOR = Projection(
    "audit_floor", (audit_floor,), {ev.AuditFloorSet: execute_each(SET, "floor_ppm", "version")}
)


async def find(conn: asyncpg.Connection, tenant: TenantId) -> tuple[int, int]:
    """The floor in parts per million, and its version (0: none was ever said)."""
    row = await conn.fetchrow(FIND, tenant)
    return (row["floor_ppm"], row["version"]) if row else (FLOOR_PPM, 0)
