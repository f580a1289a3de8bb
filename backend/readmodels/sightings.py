"""Who was seen with which device and network on which day; and what was seen today and is no fact yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import sightings as ev
from backend.events import workforce
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

ROWS_MAX = 100_000
"""So many sightings are looked at, the newest: those at places that few people share."""


def _seen(name: str, *more: Any) -> Any:
    return tenant_table(
        name,
        key("annotator"),
        Column("day", instant(), primary_key=True),
        Column("address", Text, primary_key=True),
        Column("device", Text, primary_key=True),
        Column("network", Text, nullable=False),
        Column("weak", Boolean, nullable=False),
        Column("slots", ARRAY(SmallInteger), nullable=False),
        Column("kept_until", instant(), nullable=False),
        *more,
    )


sighting = _seen(
    "sighting",
    # The fact behind it.
    ref("stream"),
    Column("version", Integer, nullable=False),
    Index("sighting_day", "tenant", "day"),
    Index("sighting_kept_until", "tenant", "kept_until"),
)
sighting_pending = _seen("sighting_pending", Index("sighting_pending_day", "tenant", "day"))
"""Not folded from facts: days that are not over."""

_GIVEN = """unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::{slots}[],
              $9::timestamptz[]{more})
         AS n(annotator, day, address, device, network, weak, slot, kept_until{named})"""
# In one order everywhere, so that two processes never wait in a circle. What is known is not written.
NOTE = f"""
INSERT INTO sighting_pending AS s (tenant, annotator, day, address, device, network, weak, slots, kept_until)
SELECT $1, n.annotator, n.day, n.address, n.device, max(n.network), bool_and(n.weak),
       array_agg(DISTINCT n.slot ORDER BY n.slot), max(n.kept_until)
  FROM {_GIVEN.format(slots="smallint", more="", named="")}
  JOIN person p ON p.tenant = $1 AND p.annotator = n.annotator AND p.status <> 'erased'
 GROUP BY n.annotator, n.day, n.address, n.device
 ORDER BY n.annotator, n.day, n.address, n.device
ON CONFLICT (tenant, annotator, day, address, device) DO UPDATE
   SET slots = ARRAY(SELECT DISTINCT u FROM unnest(s.slots || excluded.slots) u ORDER BY u)
 WHERE NOT s.slots @> excluded.slots
"""
TOLD = f"""
INSERT INTO sighting (tenant, annotator, day, address, device, network, weak, slots, kept_until, stream, version)
SELECT $1, n.annotator, n.day, n.address, n.device, n.network, n.weak, string_to_array(n.slot, ',')::smallint[],
       n.kept_until, n.stream, n.version
  FROM {_GIVEN.format(slots="text", more=", $10::uuid[], $11::int[]", named=", stream, version")}
 WHERE NOT EXISTS (SELECT 1 FROM person p
                    WHERE p.tenant = $1 AND p.annotator = n.annotator AND p.status = 'erased')
"""
# By what the facts say and not by the clock: folded anew it comes out the same.
FORGET_OLD = """
DELETE FROM sighting
 WHERE tenant = $1 AND kept_until < (SELECT max(day) FROM sighting WHERE tenant = $1)
"""
FORGET = "DELETE FROM {table} WHERE tenant = $1 AND annotator = ANY($2::uuid[])"


async def _told(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("annotator", "day", "address", "device", "network", "weak")
    slots = [",".join(map(str, fact.event.slots)) for fact in facts]
    place = [fact.stream for fact in facts], [fact.version for fact in facts]
    await conn.execute(TOLD, tenant, *columns(facts, *names), slots, *columns(facts, "kept_until"), *place)
    await conn.execute(FORGET_OLD, tenant)


async def _erased(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(FORGET.format(table="sighting"), tenant, [fact.event.annotator for fact in facts])


SIGHTINGS = Projection(
    "sightings", (sighting,), {ev.AnnotatorSeen: _told, workforce.AnnotatorErased: _erased}
)

DUE = "EXISTS (SELECT 1 FROM sighting_pending WHERE tenant = $1 AND day <= $2::timestamptz - interval '24 h 15 min')"
OVER = """
SELECT annotator, day, address, device, network, weak, slots, kept_until FROM sighting_pending
 WHERE tenant = $1 AND day <= $2::timestamptz - interval '24 h 15 min'
 ORDER BY annotator, day, address, device LIMIT $3 FOR UPDATE SKIP LOCKED
"""
TAKEN = """
DELETE FROM sighting_pending s
 USING unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[]) n(annotator, day, address, device)
 WHERE s.tenant = $1 AND (s.annotator, s.day, s.address, s.device) = (n.annotator, n.day, n.address, n.device)
"""
# Whoever erases somebody waits until what is told of them is told, and what is told afterwards is of others.
THERE = """
SELECT annotator FROM person WHERE tenant = $1 AND annotator = ANY($2::uuid[]) AND status <> 'erased'
 ORDER BY annotator FOR SHARE
"""
# Places that a few people share: a device that is one (not only a browser's description), and a network. What many
# share, as an office or a university does, says nothing of two of them.
SHARED = """
WITH kept AS MATERIALIZED (
  SELECT * FROM sighting WHERE tenant = $1 AND day >= $2 AND kept_until >= $3
), device AS (
  SELECT device FROM kept WHERE device <> '' AND NOT weak GROUP BY device
  HAVING count(DISTINCT annotator) BETWEEN 2 AND $4
), network AS (
  SELECT network FROM kept WHERE network <> '' GROUP BY network HAVING count(DISTINCT annotator) BETWEEN 2 AND $4
)
SELECT k.annotator, k.day, k.address, k.network, k.device, k.weak, k.slots, k.stream, k.version,
       d.device IS NOT NULL AND NOT k.weak AS by_device, n.network IS NOT NULL AS by_network
  FROM kept k LEFT JOIN device d ON d.device = k.device LEFT JOIN network n ON n.network = k.network
 WHERE (d.device IS NOT NULL AND NOT k.weak) OR n.network IS NOT NULL
 ORDER BY k.day DESC, k.annotator, k.address, k.device LIMIT $5
"""


async def note(conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add what was seen of today: (annotator, day, address, device, network, weak, slot, kept until), in any order."""
    await conn.execute(NOTE, tenant, *map(list, zip(*rows, strict=True)))


async def over(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[dict[str, Any]]:
    """What was seen on days that are over, locked."""
    return [dict(row) for row in await conn.fetch(OVER, tenant, now, most)]


async def taken(conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[dict[str, Any]]) -> None:
    """These are facts now, or never will be."""
    names = ("annotator", "day", "address", "device")
    await conn.execute(TAKEN, tenant, *([row[name] for row in rows] for name in names))


async def there(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[UUID]) -> set[UUID]:
    """Those of these people who are not erased, and will not be until this transaction ends."""
    return {row["annotator"] for row in await conn.fetch(THERE, tenant, sorted(set(who)))}


async def forget(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[UUID]) -> None:
    """Nothing of these people is pending any more."""
    await conn.execute(FORGET.format(table="sighting_pending"), tenant, list(who))


async def shared(
    conn: asyncpg.Connection, tenant: TenantId, since: datetime, now: datetime, people_max: int
) -> list[dict[str, Any]]:
    """Sightings from `since` on at devices and networks that 2 to `people_max` people share, ROWS_MAX at most, as
    sharing.Sighting asks for them."""
    found = await conn.fetch(SHARED, tenant, since, now, people_max, ROWS_MAX)
    return [dict(row) for row in found]
