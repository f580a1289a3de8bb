"""Webhooks as they are now: what is sent where, under which secrets, and on whose key each stands."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import webhooks as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

webhook = tenant_table(
    "webhook",
    key("webhook"),
    ref("project", nullable=True),
    Column("version", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("url", LargeBinary, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("previous", LargeBinary),
    Column("previous_until", instant()),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("with_answers", Boolean, nullable=False),
    Column("at_once", Integer, nullable=False),
    Column("from_index", BigInteger, nullable=False),
    ref("sponsor"),
    Column("key", Text),
    Column("paused", Text),
    Column("retired", Boolean, nullable=False),
    Column("registered_at", instant(), nullable=False),
)

REGISTERED = """
INSERT INTO webhook (tenant, webhook, project, version, name, url, secret, kinds, with_answers, at_once, from_index,
                     sponsor, key, retired, registered_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, false, $13)
"""
CHANGED = """
UPDATE webhook SET version = $3, name = $4, url = $5, kinds = $6, at_once = $7 WHERE tenant = $1 AND webhook = $2
"""
ROTATED = """
UPDATE webhook SET previous = secret, previous_until = $4, secret = $3 WHERE tenant = $1 AND webhook = $2
"""
PAUSED = "UPDATE webhook SET paused = $3 WHERE tenant = $1 AND webhook = $2"
RESUMED = "UPDATE webhook SET paused = NULL, sponsor = $3, key = $4 WHERE tenant = $1 AND webhook = $2"
RETIRED = "UPDATE webhook SET retired = true WHERE tenant = $1 AND webhook = $2"
FIND = "SELECT * FROM webhook WHERE tenant = $1 AND webhook = $2"
LIST = """
SELECT * FROM webhook
 WHERE tenant = $1 AND NOT retired AND ($2::uuid IS NULL OR webhook > $2) AND ($3::uuid IS NULL OR project = $3)
 ORDER BY webhook LIMIT $4
"""
NAMES = "webhook project name url secret kinds with_answers at_once from_index sponsor key".split()


async def _registered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await conn.execute(REGISTERED, tenant, *(getattr(fact.event, name) for name in NAMES), fact.at)


WEBHOOKS = Projection(
    "webhooks",
    (webhook,),
    {
        ev.WebhookRegistered: _registered,
        ev.WebhookChanged: execute_each(CHANGED, "webhook", "version", "name", "url", "kinds", "at_once"),
        ev.WebhookSecretRotated: execute_each(ROTATED, "webhook", "secret", "previous_until"),
        ev.WebhookPaused: execute_each(PAUSED, "webhook", "why"),
        ev.WebhookResumed: execute_each(RESUMED, "webhook", "sponsor", "key"),
        ev.WebhookRetired: execute_each(RETIRED, "webhook"),
    },
)


async def find(conn: asyncpg.Connection, tenant: TenantId, one: UUID) -> dict[str, Any] | None:
    """A webhook, retired ones too."""
    row = await conn.fetchrow(FIND, tenant, one)
    return dict(row) if row else None


async def page(
    conn: asyncpg.Connection, tenant: TenantId, after: UUID | None, project: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Webhooks that are not retired, by id, of one project where named."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, after, project, limit)]
