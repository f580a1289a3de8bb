"""Drafts: what a person has begun to answer, kept per item, whatever becomes of the lease."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId

KEEP = """
INSERT INTO draft (tenant, annotator, item, stage, project, lease, draft, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, annotator, item, stage) DO UPDATE
   SET lease = excluded.lease, draft = excluded.draft, at = excluded.at
"""
FIND = "SELECT lease, draft, at FROM draft WHERE tenant = $1 AND annotator = $2 AND item = $3 AND stage = $4"
# The ciphertext stays bound to the lease under which it was written, which the row names.
HAND_ON = """
INSERT INTO draft (tenant, annotator, item, stage, project, lease, draft, at)
SELECT tenant, $5, item, stage, project, lease, draft, $6 FROM draft
 WHERE tenant = $1 AND annotator = $2 AND item = $3 AND stage = $4
ON CONFLICT (tenant, annotator, item, stage) DO UPDATE
   SET lease = excluded.lease, draft = excluded.draft, at = excluded.at
"""
FORGET_PERSON = "DELETE FROM draft WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
# Nobody goes on after so long; and what was submitted is an answer now.
FORGET_OLD = "DELETE FROM draft WHERE at < $1"


async def keep(
    conn: asyncpg.Connection, tenant: TenantId, lease: dict[str, Any], sealed: bytes, now: datetime
) -> None:
    """Keep the newest draft of the lease's person for its item and stage; `sealed` is bound to this lease."""
    place = (lease["annotator"], lease["item"], lease["stage"], lease["project"], lease["lease"])
    await conn.execute(KEEP, tenant, *place, sealed, now)


async def find(conn: asyncpg.Connection, tenant: TenantId, lease: dict[str, Any]) -> dict[str, Any] | None:
    """The draft of this person for this item and stage, with the lease it is bound to."""
    row = await conn.fetchrow(FIND, tenant, lease["annotator"], lease["item"], lease["stage"])
    return dict(row) if row else None


async def hand_on(
    conn: asyncpg.Connection, tenant: TenantId, lease: dict[str, Any], to: UUID, now: datetime
) -> None:
    """Give `to` a copy of what the lease's person has begun on its item and stage, if anything."""
    place = (lease["annotator"], lease["item"], lease["stage"])
    await conn.execute(HAND_ON, tenant, *place, to, now)


async def forget(conn: asyncpg.Connection, tenant: TenantId, people: list[UUID]) -> None:
    """Remove all drafts of these people."""
    await conn.execute(FORGET_PERSON, tenant, people)
