"""The queue: lanes, open slots, who worked on what, and the leases now held. All a pull needs, and nothing else."""

from collections.abc import Sequence

import asyncpg
from pydantic_core import to_json
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.events import projects, tasks, training
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns, execute

HOT = {
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 20_000,
    "autovacuum_vacuum_cost_delay": 0,
}

lane = tenant_table(
    "lane",
    key("lane"),
    ref("project"),
    Column("stage", Text, nullable=False),
    Column("requires", ARRAY(Text), nullable=False),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("any_of", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("excludes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Index("lane_project", "tenant", "project"),
)

open_slot = tenant_table(
    "open_slot",
    key("lane"),
    Column("ord", BigInteger, primary_key=True, autoincrement=False),
    key("task"),
    Column("slot", SmallInteger, nullable=False),
    ref("item"),
    Index("open_slot_task", "tenant", "task"),
    info={"storage": HOT},
)

worked = tenant_table("worked", key("annotator"), key("item"), Column("as_reviewer", Boolean, nullable=False))

LEASE_COLUMNS = "lease annotator project lane stage task item slot ord gold guideline_version".split()


def _lease_columns() -> list[Column[object]]:
    return [
        key("lease"),
        ref("annotator"),
        ref("project"),
        ref("lane"),
        Column("stage", Text, nullable=False),
        ref("task"),
        ref("item"),
        Column("slot", SmallInteger, nullable=False),
        Column("ord", BigInteger, nullable=False),
        ref("gold", nullable=True),
        Column("guideline_version", Integer, nullable=False),
        Column("claimed_at", instant(), nullable=False),
        Column("until", instant(), nullable=False),
        Column("why", Text, nullable=False),
    ]


# No index on `until`: heartbeats then update in place (HOT), and the rescuer scans a small table.
lease = tenant_table(
    "lease",
    *_lease_columns(),
    Index("lease_annotator", "tenant", "annotator"),
    Index("lease_slot", "tenant", "task", "slot", unique=True),
    info={"storage": HOT | {"fillfactor": 60}},
)

lease_ended = tenant_table(
    "lease_ended",
    *_lease_columns(),
    Column("how", Text, nullable=False),
    Column("ended_at", instant(), nullable=False),
    Index("lease_ended_task", "tenant", "task"),
    # The last guard against a slot answered twice.
    Index(
        "lease_ended_answered",
        "tenant",
        "task",
        "slot",
        unique=True,
        postgresql_where=text("how = 'submitted'"),
    ),
)

TASK_OPENED = """
INSERT INTO open_slot (tenant, lane, ord, task, slot, item)
SELECT $1, n.lane, n.first_ord + s - 1, n.task, s, n.item
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::bigint[]) n(task, item, lane, slots, first_ord),
       generate_series(1, n.slots) s
"""
SLOT_ADDED = """
INSERT INTO open_slot (tenant, lane, ord, task, slot, item)
SELECT $1, n.lane, n.ord, n.task, n.slot, t.item
  FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::bigint[]) n(task, slot, lane, ord)
  JOIN task t ON t.tenant = $1 AND t.task = n.task
"""
# One statement: the slots go, the people are marked, the leases exist. Unique keys refuse a second lease on a slot
# and a second meeting of a person with an item, whatever the caller believed. The ANY says nothing new: it keeps a
# plan made while the table was empty on the index.
CLAIMED = """
WITH n AS (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::int[],
                       $10::bigint[], $11::uuid[], $12::int[], $13::timestamptz[], $14::timestamptz[], $15::text[])
       AS n(lease, annotator, project, lane, stage, task, item, slot, ord, gold, guideline_version, claimed_at, until,
            why)
), taken AS (
  DELETE FROM open_slot s USING n
   WHERE s.tenant = $1 AND s.lane = n.lane AND s.ord = n.ord AND s.task = n.task AND s.task = ANY($7::uuid[])
), met AS (
  INSERT INTO worked (tenant, annotator, item, as_reviewer)
  SELECT $1, annotator, item, false FROM n WHERE stage <> 'review'
), seen AS (
  INSERT INTO worked (tenant, annotator, item, as_reviewer)
  SELECT DISTINCT $1::uuid, annotator, item, true FROM n WHERE stage = 'review' ON CONFLICT DO NOTHING
)
INSERT INTO lease (tenant, lease, annotator, project, lane, stage, task, item, slot, ord, gold, guideline_version,
                   claimed_at, until, why)
SELECT $1, * FROM n
"""
ENDED = """
WITH gone AS (
  DELETE FROM lease WHERE tenant = $1 AND lease = ANY($2::uuid[]) RETURNING *
), kept AS (
  INSERT INTO lease_ended SELECT g.*, '{how}', n.at FROM gone g JOIN unnest($2::uuid[], $3::timestamptz[]) n(lease, at)
    ON n.lease = g.lease
)
"""
# The slot goes back where it was; the person may meet the item again.
# What an expert has settled waits for no other answer: its slots do not come back.
WANTED = """gold IS NULL AND (stage <> 'annotate' OR NOT EXISTS (
         SELECT 1 FROM result r WHERE r.tenant = $1 AND r.item = gone.item AND r.decided_by = 'expert'))
"""
RETURNED = (
    ENDED
    + f""", back AS (
  INSERT INTO open_slot (tenant, lane, ord, task, slot, item)
  SELECT tenant, lane, ord, task, slot, item FROM gone WHERE {WANTED}
)
DELETE FROM worked w USING gone g
 WHERE w.tenant = $1 AND w.annotator = g.annotator AND w.item = g.item AND NOT w.as_reviewer AND g.stage <> 'review'
"""
)
# The slot goes back, the person does not meet the item again: neither to answer it nor to review any answer to it.
MET_FOR_GOOD = """, met AS (
  UPDATE worked w SET as_reviewer = false FROM gone g
   WHERE w.tenant = $1 AND w.annotator = g.annotator AND w.item = g.item AND w.as_reviewer
)
"""
DECLINED = (
    ENDED
    + MET_FOR_GOOD
    + f"""
INSERT INTO open_slot (tenant, lane, ord, task, slot, item)
SELECT tenant, lane, ord, task, slot, item FROM gone WHERE {WANTED}
"""
)
# An annotator's slot goes to the experts with the item; a reviewer's or expert's waits for somebody else.
ESCALATED = DECLINED + " AND stage <> 'annotate'"
SUBMITTED = ENDED + "SELECT 1"
RECLAIMED = """
WITH back AS (
  UPDATE lease_ended e SET how = 'submitted', ended_at = n.at
    FROM unnest($2::uuid[], $3::timestamptz[]) n(lease, at) WHERE e.tenant = $1 AND e.lease = n.lease RETURNING e.*
), taken AS (
  DELETE FROM open_slot s USING back b WHERE s.tenant = $1 AND s.lane = b.lane AND s.ord = b.ord AND s.task = b.task
)
INSERT INTO worked (tenant, annotator, item, as_reviewer)
SELECT $1, annotator, item, false FROM back WHERE stage <> 'review'
"""
# Gold that an exam asked was met there, answered or not: work does not show it again.
EXAMINED = """
INSERT INTO worked (tenant, annotator, item, as_reviewer)
SELECT $1, n.annotator, g.item, false FROM unnest($2::uuid[], $3::uuid[]) n(annotator, gold)
  JOIN gold g ON g.tenant = $1 AND g.gold = n.gold
ON CONFLICT DO NOTHING
"""
# An expert's answer settles the item: what is still open there is no longer wanted.
SETTLED = """
DELETE FROM open_slot WHERE tenant = $1 AND task = ANY(
  SELECT task FROM unnest($2::uuid[], $3::text[]) n(task, decided_by) WHERE decided_by = 'expert')
"""
LANE = """
INSERT INTO lane (tenant, lane, project, stage, requires, any_of, excludes) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
REQUIREMENT = "UPDATE lane SET requires = $3, any_of = $4, excludes = $5 WHERE tenant = $1 AND lane = $2"


async def _lane_opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, e.lane, e.project, e.stage, *_asked(e)) for e in (fact.event for fact in facts)]
    await conn.executemany(LANE, rows)


async def _lane_changed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(REQUIREMENT, [(tenant, f.event.lane, *_asked(f.event)) for f in facts])


def _asked(event: projects.LaneOpened | projects.LaneRequirementChanged) -> tuple[object, str, object]:
    return event.requires, to_json(event.any_of).decode(), event.excludes


async def _claimed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    head = columns(facts, *LEASE_COLUMNS)
    tail = columns(facts, "until", "why")
    await conn.execute(CLAIMED, tenant, *head, [f.at for f in facts], *tail)


def _ending(sql: str, how: str):  # type: ignore[no-untyped-def]
    statement = sql.replace("{how}", how)

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        await conn.execute(statement, tenant, [f.event.lease for f in facts], [f.at for f in facts])

    return step


_submitted = _ending(SUBMITTED, "submitted")
_reclaimed = _ending(RECLAIMED, "submitted")


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for reclaimed, step in ((False, _submitted), (True, _reclaimed)):
        batch = [f for f in facts if f.event.reclaimed is reclaimed]
        if batch:
            await step(conn, tenant, batch)


async def _examined(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    shown = [(f.event.annotator, gold) for f in facts for gold in f.event.gold]
    await conn.execute(EXAMINED, tenant, [who for who, _ in shown], [gold for _, gold in shown])


QUEUE = Projection(
    "queue",
    (lane, open_slot, worked, lease, lease_ended),
    {
        projects.LaneOpened: _lane_opened,
        projects.LaneRequirementChanged: _lane_changed,
        tasks.TaskOpened: execute(TASK_OPENED, "task", "item", "lane", "slots", "first_ord"),
        tasks.SlotAdded: execute(SLOT_ADDED, "task", "slot", "lane", "ord"),
        tasks.TaskDecided: execute(SETTLED, "task", "by"),
        training.ExamGoldAnswered: execute(EXAMINED, "annotator", "gold"),
        training.AttemptBegun: _examined,
        tasks.LeaseClaimed: _claimed,
        tasks.LeaseSubmitted: _answered,
        tasks.LeaseReleased: _ending(RETURNED, "released"),
        tasks.LeaseAbandoned: _ending(RETURNED, "abandoned"),
        tasks.LeaseRevoked: _ending(RETURNED, "revoked"),
        tasks.LeaseSkipped: _ending(DECLINED, "skipped"),
        tasks.LeaseEscalated: _ending(ESCALATED, "escalated"),
    },
    ephemeral=frozenset({"lease.until", "lease_ended.until"}),
)
