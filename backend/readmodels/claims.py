"""The claim's questions: who may be served from which lane, and which slots are taken for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.holdings import HELD

# Whether what `t.held` lists meets what the lane `l` asks for: all of it, one of each group, nothing it excludes.
MEETS = """(l.requires <@ t.held AND NOT l.excludes && t.held AND (l.any_of = '[]'::jsonb OR NOT EXISTS (
     SELECT 1 FROM jsonb_array_elements(l.any_of) g WHERE NOT g ?| t.held)))"""

# One person's pulls are serial; nobody else waits. In id order, so that batches cannot lock each other out.
LOCK_PEOPLE = f"""
SELECT p.annotator, p.status, p.paused_until, {HELD.format(at="$3::timestamptz")} AS held,
       coalesce((SELECT w.open_leases_max FROM work_limit w WHERE w.tenant = $1 AND w.holder = p.annotator),
                (SELECT w.open_leases_max FROM work_limit w WHERE w.tenant = $1 AND w.holder = $1),
                p.open_leases_max) AS open_leases_max
  FROM person p
 WHERE p.tenant = $1 AND p.annotator = ANY($2::uuid[]) ORDER BY p.annotator FOR NO KEY UPDATE OF p
"""
# After the lock, because only a new statement sees what the last holder of the lock committed.
LEASES_HELD = """
SELECT annotator, count(*) AS n FROM lease WHERE tenant = $1 AND annotator = ANY($2::uuid[]) GROUP BY annotator
"""
# The right is checked here, inside the claim, against what is held at this moment.
LANES = f"""
SELECT a.annotator, l.lane, l.project, l.stage, l.step, l.priority
  FROM unnest($2::uuid[], $3::uuid[]) a(annotator, project)
  JOIN person p ON p.tenant = $1 AND p.annotator = a.annotator
 CROSS JOIN LATERAL (SELECT {HELD.format(at="$5::timestamptz")} AS held) t
  JOIN lane l ON l.tenant = $1 AND {MEETS} AND NOT l.paused AND l.stage = ANY($4::text[])
   AND (a.project IS NULL OR l.project = a.project)
   AND EXISTS (SELECT 1 FROM open_slot o WHERE o.tenant = $1 AND o.lane = l.lane)
"""
# One scan per lane for all its callers: a slot qualifies when at least one of them may still meet its item. For one
# caller this is the plain anti-join. A reviewer may review a second answer to an item, never an item answered oneself.
TAKE = """
SELECT q.lane, s.ord, s.task, s.slot, s.item, s.generation, s.item_group, s.who
  FROM unnest($2::uuid[], $3::int[]) q(lane, n)
 CROSS JOIN LATERAL (
   SELECT o.ord, o.task, o.slot, o.item, o.generation, o.item_group,
          ARRAY(SELECT c.annotator FROM unnest($4::uuid[], $5::uuid[], $6::bool[]) c(annotator, lane, reviews)
                 WHERE c.lane = q.lane AND NOT EXISTS (
                       SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = c.annotator AND w.item = o.item
                          AND w.generation = o.generation AND NOT (c.reviews AND w.as_reviewer))) AS who
     FROM open_slot o
    WHERE o.tenant = $1 AND o.lane = q.lane
      AND EXISTS (SELECT 1 FROM unnest($4::uuid[], $5::uuid[], $6::bool[]) c(annotator, lane, reviews)
                   WHERE c.lane = q.lane AND NOT EXISTS (
                         SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = c.annotator AND w.item = o.item
                            AND w.generation = o.generation AND NOT (c.reviews AND w.as_reviewer)))
    ORDER BY o.ord, o.task
    LIMIT q.n
    FOR UPDATE OF o SKIP LOCKED) s
"""
TAKE_OF_TASK = """
SELECT lane, ord, task, slot, item, generation, item_group FROM open_slot WHERE tenant = $1 AND task = $2
 ORDER BY lane, ord LIMIT 1 FOR UPDATE SKIP LOCKED
"""
TAKE_BACK = """
SELECT s.task, s.slot FROM open_slot s JOIN unnest($2::uuid[], $3::int[]) n(task, slot)
    ON s.tenant = $1 AND s.task = n.task AND s.slot = n.slot
 ORDER BY s.task, s.slot FOR UPDATE OF s SKIP LOCKED
"""
GOLD = """
SELECT g.gold, g.item FROM gold g
 WHERE g.tenant = $1 AND g.project = $2 AND NOT g.exam_only
   AND NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $3 AND w.item = g.item)
 ORDER BY md5(g.gold::text || $4) LIMIT 1
"""
# Who reviewed one answer to an item may review another ($4), but not answer it.
MET = """
SELECT 1 FROM worked WHERE tenant = $1 AND annotator = $2 AND item = $3 AND NOT ($4 AND as_reviewer) AND generation = $5
"""
# Held longest over their time first; the index on `until` is left out on purpose, the table is small.
EXPIRED = """
SELECT lease, task FROM lease WHERE tenant = $1 AND until <= $2 ORDER BY until LIMIT $3 FOR UPDATE SKIP LOCKED
"""
LOCK_LEASES = (
    "SELECT lease FROM lease WHERE tenant = $1 AND lease = ANY($2::uuid[]) ORDER BY lease FOR UPDATE"
)
# Whoever gives a slot of the task back meanwhile is waited for, or waits.
LOCK_LEASES_OF_TASK = "SELECT lease FROM lease WHERE tenant = $1 AND task = $2 ORDER BY lease FOR UPDATE"
HEARTBEAT = """
UPDATE lease l SET until = greatest(l.until, $4::timestamptz + make_interval(secs => (p.plan->>'lease_seconds')::int))
  FROM project p
 WHERE l.tenant = $1 AND l.lease = $2 AND l.annotator = $3 AND p.tenant = l.tenant AND p.project = l.project
RETURNING l.until, l.annotator, l.project, l.claimed_at
"""
# A task is collected when nothing of it is open or held.
COLLECTED = """
SELECT t.task FROM unnest($2::uuid[]) t(task)
 WHERE NOT EXISTS (SELECT 1 FROM open_slot s WHERE s.tenant = $1 AND s.task = t.task)
   AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.task = t.task)
"""
MAY = f"""
SELECT p.status, {HELD.format(at="$4::timestamptz")} AS held, l.requires, l.any_of, l.excludes FROM person p, lane l
 WHERE p.tenant = $1 AND p.annotator = $2 AND l.tenant = $1 AND l.lane = $3
"""
# What the lane `a` asks of who holds the lease `l`: what was begun under one version of the guideline may be finished
# under it, so instead of the newest version it asks for the lease's own (0: there was none yet).
ASKED_OF_LEASE = """ARRAY(
    SELECT CASE WHEN starts_with(r.token, g.of || ':') THEN g.of || ':' || l.guideline_version ELSE r.token END
      FROM unnest(a.requires) WITH ORDINALITY r(token, place), (SELECT 'guideline:' || l.project::text AS of) g
     WHERE l.guideline_version > 0 OR NOT starts_with(r.token, g.of || ':') ORDER BY r.place) AS requires"""
# What is asked under the ring by which the person was served; of a ring that is gone, what the one before it asks.
RING_OF_LEASE = """JOIN LATERAL (
         SELECT r.* FROM lane_ring r WHERE r.tenant = l.tenant AND r.lane = l.lane AND r.ring <= l.ring
          ORDER BY r.ring DESC LIMIT 1) a ON true"""
# Before a payload is read outside a claim: after the wait for whoever takes a right away, only a new statement sees all
# that they changed. The gate's own FOR SHARE looks again at the person's row alone, not at the rows of rights.
SHARE_PERSON = "SELECT annotator FROM person WHERE tenant = $1 AND annotator = $2 FOR SHARE"
# Payloads are shown through this gate: who holds the lease now, and what its lane asks for at this moment. Whoever
# takes a right away changes the person's row and so waits for the reads in flight, and they for it.
MAY_OF_LEASES = f"""
SELECT l.lease, p.status, {HELD.format(at="$3::timestamptz")} AS held, {ASKED_OF_LEASE},
       a.any_of, a.excludes
  FROM lease l JOIN person p ON p.tenant = l.tenant AND p.annotator = l.annotator
  {RING_OF_LEASE}
 WHERE l.tenant = $1 AND l.lease = ANY($2::uuid[])
   FOR SHARE OF p
"""
# Of the leases these people hold, each with what it asks for and what its person holds at this moment.
MAY_OF_PEOPLE = f"""
SELECT l.lease, p.status, {HELD.format(at="$3::timestamptz")} AS held, {ASKED_OF_LEASE},
       a.any_of, a.excludes
  FROM lease l JOIN person p ON p.tenant = l.tenant AND p.annotator = l.annotator
  {RING_OF_LEASE}
 WHERE l.tenant = $1 AND l.annotator = ANY($2::uuid[]) ORDER BY l.lease
"""
SKIPS = "SELECT count(*) FROM lease_ended WHERE tenant = $1 AND task = $2 AND counts"
# Why there is nothing: every lane that could have been, and what each person lacks there.
LANES_OF_PROJECT = """
SELECT lane, project, stage, requires, any_of, excludes, paused FROM lane
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) AND stage = ANY($3::text[])
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Standing of somebody who pulls, under lock."""

    annotator: UUID
    status: str
    paused_until: datetime | None
    tokens: frozenset[str]
    room: int


@dataclass(frozen=True, slots=True)
class Slot:
    """An open slot under lock; `who` of the callers may take it."""

    lane: UUID
    ord: int
    task: UUID
    slot: int
    item: UUID
    generation: int = 1
    group: UUID | None = None
    who: tuple[UUID, ...] = ()


async def lock_people(
    conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID], now: datetime
) -> dict[UUID, Person]:
    """Lock these people's rows until the transaction ends; `tokens` are what counts at `now`, `room` is how many
    leases more they may hold."""
    rows = await conn.fetch(LOCK_PEOPLE, tenant, list(people), now)
    held = {row["annotator"]: row["n"] for row in await conn.fetch(LEASES_HELD, tenant, list(people))}
    return {
        r["annotator"]: Person(
            r["annotator"],
            r["status"],
            r["paused_until"],
            frozenset(r["held"]),
            r["open_leases_max"] - held.get(r["annotator"], 0),
        )
        for r in rows
    }


async def take(
    conn: asyncpg.Connection,
    tenant: TenantId,
    wanted: dict[UUID, int],
    callers: Sequence[tuple[UUID, UUID, bool]],
) -> list[Slot]:
    """Lock up to n slots in each lane; callers are (annotator, lane, reviews). In one statement."""
    people, lanes, reviews = zip(*callers, strict=True)
    rows = await conn.fetch(TAKE, tenant, list(wanted), list(wanted.values()), people, lanes, reviews)
    names = ("lane", "ord", "task", "slot", "item", "generation", "item_group")
    return [Slot(*[r[name] for name in names], tuple(r["who"])) for r in rows]
