"""The outbox of webhooks: how far each has read the log, and what is still to be brought. Working state, not facts.

Whoever serves a webhook holds its row of `webhook_outbox` for a while; if that process dies, somebody else takes it
when the hold has ended, and finds every delivery as it was. A delivery is `due` (in its turn, by index), `aside` (by
itself, because the ones behind it went through), `delivered` or `parked`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text, UniqueConstraint, text

from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table

HELD = timedelta(seconds=45)
"""Longer than a turn can last: two attempts of ten seconds, and what is written about them."""
KEPT_DAYS = 30

webhook_outbox = tenant_table(
    "webhook_outbox",
    key("webhook"),
    Column("next_idx", BigInteger, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("rests_until", instant()),
    Column("wake_at", instant()),
    ref("held_by", nullable=True),
    Column("held_until", instant()),
)

webhook_delivery = tenant_table(
    "webhook_delivery",
    key("delivery"),
    ref("webhook"),
    Column("idx", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("since", instant(), nullable=False),
    Column("due_at", instant()),
    Column("last_at", instant()),
    Column("last_status", Integer),
    Column("last_error", Text),
    UniqueConstraint("tenant", "webhook", "idx", name="webhook_delivery_once"),
    Index(
        "webhook_delivery_left",
        "tenant",
        "webhook",
        "state",
        "idx",
        postgresql_where=text("state <> 'delivered'"),
    ),
)

BEGIN = "INSERT INTO webhook_outbox (tenant, webhook, next_idx, open, wake_at) VALUES ($1, $2, $3, true, $4)"
# Of all tenants, for the scheduler's role: the log has grown, or something has become due, and nobody is at it.
WAITING = """
SELECT o.tenant, o.webhook FROM webhook_outbox o LEFT JOIN log_head h USING (tenant)
 WHERE o.open AND (o.held_until IS NULL OR o.held_until <= $1) AND (o.rests_until IS NULL OR o.rests_until <= $1)
   AND (o.next_idx < h.next_idx OR o.wake_at <= $1)
 LIMIT 1000
"""
FORGET_OLD = "DELETE FROM webhook_delivery WHERE state = 'delivered' AND last_at < $1"
TAKE = """
UPDATE webhook_outbox SET held_by = $3, held_until = $4::timestamptz + $5::interval
 WHERE tenant = $1 AND webhook = $2 AND open AND (held_until IS NULL OR held_until <= $4 OR held_by = $3)
   AND (rests_until IS NULL OR rests_until <= $4)
RETURNING *
"""
LET_GO = """
UPDATE webhook_outbox SET held_by = NULL, held_until = NULL, wake_at = $4
 WHERE tenant = $1 AND webhook = $2 AND held_by = $3
"""
HOLDS = "SELECT * FROM webhook_outbox WHERE tenant = $1 AND webhook = $2 AND held_by = $3 FOR UPDATE"
# What was delivered or parked comes again when the cursor was set back.
COLLECT = """
INSERT INTO webhook_delivery AS d (tenant, delivery, webhook, idx, kind, state, attempts, since)
SELECT $1, n.delivery, $2, n.idx, n.kind, 'due', 0, $6
  FROM unnest($3::uuid[], $4::bigint[], $5::text[]) n(delivery, idx, kind)
ON CONFLICT (tenant, webhook, idx) DO UPDATE SET state = 'due', attempts = 0, since = excluded.since, due_at = NULL
 WHERE d.state IN ('delivered', 'parked')
"""
READ_TO = """
UPDATE webhook_outbox SET next_idx = $3, wake_at = CASE WHEN $4 THEN $5 ELSE wake_at END
 WHERE tenant = $1 AND webhook = $2
"""
HEAD = "SELECT coalesce((SELECT next_idx FROM log_head WHERE tenant = $1), 0)"
IN_TURN = """
SELECT * FROM webhook_delivery WHERE tenant = $1 AND webhook = $2 AND state = 'due' ORDER BY idx LIMIT $3
"""
BESIDE = """
SELECT * FROM webhook_delivery WHERE tenant = $1 AND webhook = $2 AND state = 'aside' AND due_at <= $3
 ORDER BY due_at, idx LIMIT 1
"""
SETTLE = """
UPDATE webhook_delivery SET state = $4, attempts = attempts + 1, due_at = $5, last_at = $6, last_status = $7,
                            last_error = $8
 WHERE tenant = $1 AND webhook = $2 AND delivery = $3
"""
RESTS = "UPDATE webhook_outbox SET failures = $3, rests_until = $4 WHERE tenant = $1 AND webhook = $2"
NEXT_ASIDE = "SELECT min(due_at) FROM webhook_delivery WHERE tenant = $1 AND webhook = $2 AND state = 'aside'"
OVERDUE = """
UPDATE webhook_delivery SET state = 'parked', due_at = NULL, last_error = coalesce(last_error, $4)
 WHERE tenant = $1 AND delivery IN (
   SELECT delivery FROM webhook_delivery
    WHERE tenant = $1 AND webhook = $2 AND since <= $3
      AND ((state = 'due' AND $6) OR (state = 'aside' AND delivery = ANY($5::uuid[])))
    ORDER BY idx LIMIT 500)
RETURNING idx
"""
OPEN = """
UPDATE webhook_outbox SET open = true, failures = 0, rests_until = NULL, wake_at = $3 WHERE tenant = $1 AND webhook = $2
"""
ANEW = """
UPDATE webhook_delivery SET since = $3, attempts = 0, state = 'due', due_at = NULL
 WHERE tenant = $1 AND webhook = $2 AND state IN ('due', 'aside')
"""
SHUT = "UPDATE webhook_outbox SET open = false WHERE tenant = $1 AND webhook = $2"
DROP = "DELETE FROM webhook_delivery WHERE tenant = $1 AND webhook = $2 AND state IN ('due', 'aside')"
WAKE = """
UPDATE webhook_outbox SET wake_at = $3, failures = 0, rests_until = NULL WHERE tenant = $1 AND webhook = $2
"""
SET_BACK = """
UPDATE webhook_outbox SET next_idx = least(next_idx, $3) WHERE tenant = $1 AND webhook = $2 RETURNING next_idx
"""
AGAIN = """
UPDATE webhook_delivery SET state = 'due', attempts = 0, since = $4, due_at = NULL
 WHERE tenant = $1 AND webhook = $2 AND state <> 'due'
   AND (delivery = $3 OR ($3::uuid IS NULL AND state = 'parked'))
RETURNING 1
"""
LOG = """
SELECT * FROM webhook_delivery
 WHERE tenant = $1 AND webhook = $2 AND ($3::text IS NULL OR state = $3) AND ($4::bigint IS NULL OR idx < $4)
 ORDER BY idx DESC LIMIT $5
"""
ONE = "SELECT * FROM webhook_delivery WHERE tenant = $1 AND webhook = $2 AND delivery = $3"
COUNTS = """
SELECT o.webhook, o.next_idx, o.failures, o.rests_until,
       (SELECT count(*) FROM webhook_delivery d
         WHERE d.tenant = o.tenant AND d.webhook = o.webhook AND d.state IN ('due', 'aside')) AS left_over,
       (SELECT count(*) FROM webhook_delivery d
         WHERE d.tenant = o.tenant AND d.webhook = o.webhook AND d.state = 'parked') AS parked
  FROM webhook_outbox o WHERE o.tenant = $1 AND o.webhook = ANY($2::uuid[])
"""
AT = """
SELECT l.idx, e.body
  FROM event_log l JOIN event e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
 WHERE l.tenant = $1 AND l.idx = ANY($2::bigint[]) ORDER BY l.idx
"""

Row = dict[str, Any]


async def waiting(conn: asyncpg.Connection, now: datetime) -> list[tuple[TenantId, UUID]]:
    """Webhooks of all tenants that have something to do; for the scheduler's role."""
    return [(TenantId(row["tenant"]), row["webhook"]) for row in await conn.fetch(WAITING, now)]


async def take(
    conn: asyncpg.Connection, tenant: TenantId, webhook: UUID, holder: UUID, now: datetime
) -> Row | None:
    """Hold the webhook for HELD; None when somebody else does, it rests, or nothing is to be sent."""
    row = await conn.fetchrow(TAKE, tenant, webhook, holder, now, HELD)
    return dict(row) if row else None


async def collect(
    conn: asyncpg.Connection,
    tenant: TenantId,
    webhook: UUID,
    found: Sequence[tuple[UUID, int, str]],
    end: int,
    now: datetime,
) -> None:
    """These events (delivery id, index, kind) are to be brought, and the log is read up to `end`."""
    if found:
        await conn.execute(COLLECT, tenant, webhook, *map(list, zip(*found, strict=True)), now)
    await conn.execute(READ_TO, tenant, webhook, end, bool(found), now)


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[Row]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]
