"""The queue: open slots, who worked on what, and the leases now held. All a pull needs, and nothing else."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Text, text

from backend.events import disputes, leases, tasks, training
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, Step, columns, execute, execute_in_turn

HOT = {
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 20_000,
    "autovacuum_vacuum_cost_delay": 0,
}

BAND = 1 << 61
"""What comes back behind a lane's head waits in front of it: its place less this, so negative. It keeps its order, and
no hint about the head passes it by."""

open_slot = tenant_table(
    "open_slot",
    key("lane"),
    Column("ord", BigInteger, primary_key=True, autoincrement=False),
    key("task"),
    Column("slot", SmallInteger, nullable=False),
    ref("item"),
    Column("generation", SmallInteger, nullable=False),
    ref("item_group", nullable=True),
    Index("open_slot_task", "tenant", "task"),
    Index(
        "open_slot_group",
        "tenant",
        "lane",
        "item_group",
        postgresql_where=text("item_group IS NOT NULL"),
    ),
    info={"storage": HOT},
)

# Slots of tasks that are held: offered to nobody, out of the way of every pull.
held_slot = tenant_table(
    "held_slot",
    key("task"),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    ref("lane"),
    Column("ord", BigInteger, nullable=False),
    ref("item"),
    Column("generation", SmallInteger, nullable=False),
    ref("item_group", nullable=True),
)

# An item is met once in each of its generations: a relabelling may go to who labelled it before.
worked = tenant_table(
    "worked",
    key("annotator"),
    key("item"),
    Column("generation", SmallInteger, primary_key=True, autoincrement=False),
    Column("as_reviewer", Boolean, nullable=False),
)


def _lease_columns() -> list[Column[object]]:
    return [
        key("lease"),
        ref("annotator"),
        ref("project"),
        ref("lane"),
        Column("stage", Text, nullable=False),
        Column("step", Text, nullable=False),
        ref("task"),
        ref("item"),
        Column("slot", SmallInteger, nullable=False),
        Column("ord", BigInteger, nullable=False),
        Column("generation", SmallInteger, nullable=False),
        ref("gold", nullable=True),
        Column("guideline_version", Integer, nullable=False),
        Column("ring", SmallInteger, nullable=False),
        Column("priority", SmallInteger, nullable=False),
        ref("item_group", nullable=True),
        Column("assigned", Boolean, nullable=False),
        Column("again", Boolean, nullable=False),
        Column("start_by", instant()),
        Column("hard_until", instant()),
        Column("until", instant(), nullable=False),
        Column("why", Text, nullable=False),
        Column("claimed_at", instant(), nullable=False),
        # held (not opened yet), started or paused; of an ended lease, what it was at its end.
        Column("state", Text, nullable=False),
        Column("started_at", instant()),
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
    Column("counts", Boolean, nullable=False),
    Index("lease_ended_task", "tenant", "task"),
    Index("lease_ended_annotator", "tenant", "annotator", "ended_at"),
    Index("lease_ended_when", "ended_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
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

SLOT = "tenant, lane, ord, task, slot, item, generation, item_group"
# The place of a slot that comes back.
BACK = f"CASE WHEN ord < 0 THEN ord ELSE ord - {BAND} END"

TASK_OPENED = f"""
INSERT INTO open_slot ({SLOT})
SELECT $1, n.lane, n.first_ord + s - 1, n.task, s, n.item, n.generation, n.item_group
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::bigint[], $7::int[], $8::uuid[])
         n(task, item, lane, slots, first_ord, generation, item_group),
       generate_series(1, n.slots) s
"""
SLOT_ADDED = f"""
INSERT INTO open_slot ({SLOT})
SELECT $1, n.lane, n.ord, n.task, n.slot, t.item, t.generation, NULL
  FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::bigint[]) n(task, slot, lane, ord)
  JOIN task t ON t.tenant = $1 AND t.task = n.task
"""
# One statement: the slots go, the people are marked, the leases exist. Unique keys refuse a second lease on a slot
# and a second meeting of a person with an item, whatever the caller believed. The slot is known by its task and number,
# not by its place: facts of before the return band name the place that the slot once had. The ANY says nothing new: it
# keeps a plan made while the table was empty on the index.
CLAIMED = """
WITH n AS (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
                       $10::int[], $11::bigint[], $12::int[], $13::uuid[], $14::int[], $15::int[], $16::int[],
                       $17::uuid[], $18::bool[], $19::bool[], $20::timestamptz[], $21::timestamptz[],
                       $22::timestamptz[], $23::text[], $24::timestamptz[], $25::bool[])
       AS n(lease, annotator, project, lane, stage, step, task, item, slot, ord, generation, gold, guideline_version,
            ring, priority, item_group, assigned, again, start_by, hard_until, until, why, claimed_at,
            opened)
), taken AS (
  DELETE FROM open_slot s USING n
   WHERE s.tenant = $1 AND s.task = n.task AND s.slot = n.slot AND s.task = ANY($8::uuid[])
), met AS (
  INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
  SELECT $1, annotator, item, generation, false FROM n WHERE stage <> 'review' AND NOT again
), seen AS (
  INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
  SELECT DISTINCT $1::uuid, annotator, item, generation, stage = 'review' FROM n WHERE stage = 'review' OR again
  ON CONFLICT DO NOTHING
)
INSERT INTO lease (tenant, lease, annotator, project, lane, stage, step, task, item, slot, ord, generation, gold,
                   guideline_version, ring, priority, item_group, assigned, again, start_by,
                   hard_until, until, why, claimed_at, state, started_at)
SELECT $1, lease, annotator, project, lane, stage, step, task, item, slot, ord, generation, gold, guideline_version,
       ring, priority, item_group, assigned, again, start_by, hard_until, until, why, claimed_at,
       CASE WHEN opened THEN 'started' ELSE 'held' END, CASE WHEN opened THEN claimed_at END FROM n
"""
ENDED = """
WITH gone AS (
  DELETE FROM lease WHERE tenant = $1 AND lease = ANY($2::uuid[]) RETURNING *
), kept AS (
  INSERT INTO lease_ended SELECT g.*, '{how}', n.at, n.counts
    FROM gone g JOIN unnest($2::uuid[], $3::timestamptz[], $4::bool[]) n(lease, at, counts) ON n.lease = g.lease
)
"""
# The slot comes back in front of its lane; the person may meet the item again. What an expert has settled waits for no
# other answer: its slots do not come back; those of a held task wait with it, those of a cancelled one are void; those
# of a task that was moved meanwhile go to its new lane.
GIVEN_BACK = f""", wanted AS (
  SELECT gone.tenant, gone.task, gone.slot, gone.ord, gone.item, gone.generation, gone.item_group, gone.stage, t.lane,
         t.state AS task_state
    FROM gone JOIN task t ON t.tenant = $1 AND t.task = gone.task
   WHERE gone.gold IS NULL AND (gone.stage <> 'annotate' OR NOT EXISTS (
         SELECT 1 FROM result r WHERE r.tenant = $1 AND r.item = gone.item AND r.decided_by = 'expert'
            AND r.generation = gone.generation))
), back AS (
  INSERT INTO open_slot ({SLOT})
  SELECT tenant, lane, {BACK}, task, slot, item, generation, item_group FROM wanted
   WHERE task_state NOT IN ('held', 'cancelled'){{unless}}
), waits AS (
  INSERT INTO held_slot ({SLOT})
  SELECT tenant, lane, {BACK}, task, slot, item, generation, item_group FROM wanted
   WHERE task_state = 'held'{{unless}}
)
"""
FREED = """
DELETE FROM worked w USING gone g
 WHERE w.tenant = $1 AND w.annotator = g.annotator AND w.item = g.item AND w.generation = g.generation
   AND NOT w.as_reviewer AND g.stage <> 'review' AND NOT g.again
"""
RETURNED = ENDED + GIVEN_BACK.format(unless="") + FREED
# The slot goes back, the person does not meet the item again: neither to answer it nor to review any answer to it.
MET_FOR_GOOD = """
UPDATE worked w SET as_reviewer = false FROM gone g
 WHERE w.tenant = $1 AND w.annotator = g.annotator AND w.item = g.item AND w.generation = g.generation
   AND w.as_reviewer
"""
DECLINED = ENDED + GIVEN_BACK.format(unless="") + MET_FOR_GOOD
# An annotator's slot goes to the experts with the item; a reviewer's or expert's waits for somebody else.
ESCALATED = ENDED + GIVEN_BACK.format(unless=" AND stage <> 'annotate'") + MET_FOR_GOOD
# The slot stays taken: the next lease claims it in the same transaction.
REASSIGNED = (
    ENDED
    + f""", back AS (
  INSERT INTO open_slot ({SLOT})
  SELECT tenant, lane, ord, task, slot, item, generation, item_group FROM gone WHERE gold IS NULL
)
"""
    + FREED
)
# Who has said a verdict in a workflow's step has met the item for good: no second step of it is theirs.
REVIEWED_FOR_GOOD = """
UPDATE worked w SET as_reviewer = false FROM {gone} g JOIN task t ON t.tenant = $1 AND t.task = g.task
 WHERE g.stage = 'review' AND t.workflow_version > 0 AND w.tenant = $1 AND w.annotator = g.annotator
   AND w.item = g.item AND w.generation = g.generation AND w.as_reviewer
"""
SUBMITTED = ENDED + REVIEWED_FOR_GOOD.format(gone="gone")
RECLAIMED = """
WITH back AS (
  UPDATE lease_ended e SET how = 'submitted', ended_at = n.at, counts = n.counts
    FROM unnest($2::uuid[], $3::timestamptz[], $4::bool[]) n(lease, at, counts)
   WHERE e.tenant = $1 AND e.lease = n.lease RETURNING e.*
), taken AS (
  DELETE FROM open_slot s USING back b WHERE s.tenant = $1 AND s.task = b.task AND s.slot = b.slot
), met AS (
  INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
  SELECT $1, annotator, item, generation, false FROM back WHERE stage <> 'review' ON CONFLICT DO NOTHING
)
""" + REVIEWED_FOR_GOOD.format(gone="back")
STARTED = """
UPDATE lease l SET state = 'started', started_at = n.at, start_by = NULL, hard_until = n.hard_until
  FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) n(lease, hard_until, at)
 WHERE l.tenant = $1 AND l.lease = n.lease
"""
PAUSED = """
UPDATE lease l SET state = 'paused', until = n.until
  FROM unnest($2::uuid[], $3::timestamptz[]) n(lease, until) WHERE l.tenant = $1 AND l.lease = n.lease
"""
RESUMED = """
UPDATE lease l SET state = 'started', until = n.until, hard_until = n.hard_until
  FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) n(lease, until, hard_until)
 WHERE l.tenant = $1 AND l.lease = n.lease
"""
TASK_HELD = f"""
WITH gone AS (DELETE FROM open_slot WHERE tenant = $1 AND task = ANY($2::uuid[]) RETURNING *)
INSERT INTO held_slot ({SLOT}) SELECT {SLOT} FROM gone
"""
TASK_UNHELD = f"""
WITH gone AS (DELETE FROM held_slot WHERE tenant = $1 AND task = ANY($2::uuid[]) RETURNING *)
INSERT INTO open_slot ({SLOT}) SELECT tenant, lane, {BACK}, task, slot, item, generation, item_group FROM gone
"""
TASK_CANCELLED = """
WITH gone AS (DELETE FROM open_slot WHERE tenant = $1 AND task = ANY($2::uuid[]))
DELETE FROM held_slot WHERE tenant = $1 AND task = ANY($2::uuid[])
"""
TASK_MOVED = f"""
WITH n AS (SELECT * FROM unnest($2::uuid[], $3::uuid[]) n(task, lane)), held AS (
  UPDATE held_slot h SET lane = n.lane FROM n WHERE h.tenant = $1 AND h.task = n.task
)
UPDATE open_slot s SET lane = n.lane, ord = CASE WHEN s.lane = n.lane THEN s.ord ELSE {BACK} END FROM n
 WHERE s.tenant = $1 AND s.task = n.task AND s.task = ANY($2::uuid[])
"""
# Gold that an exam asked was met there, answered or not: work does not show it again.
EXAMINED = """
INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
SELECT $1, n.annotator, g.item, 1, false FROM unnest($2::uuid[], $3::uuid[]) n(annotator, gold)
  JOIN gold g ON g.tenant = $1 AND g.gold = n.gold
ON CONFLICT DO NOTHING
"""
# Who looked at a dispute has seen the truth of the item: it is no work for them any more.
DISPUTED = """
INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
SELECT DISTINCT $1::uuid, n.who, n.item, n.generation, false
  FROM unnest($2::uuid[], $3::uuid[], $4::int[]) n(who, item, generation)
ON CONFLICT (tenant, annotator, item, generation) DO UPDATE SET as_reviewer = false
"""
# An expert's answer settles the item, and so does a model's that stands: what is still open there is no longer wanted.
SETTLED = """
WITH settled AS (
  SELECT task FROM unnest($2::uuid[], $3::text[]) n(task, decided_by) WHERE decided_by IN ('expert', 'model')
), held AS (
  DELETE FROM held_slot WHERE tenant = $1 AND task IN (SELECT task FROM settled)
)
DELETE FROM open_slot WHERE tenant = $1 AND task IN (SELECT task FROM settled)
"""


CLAIM_FIELDS = (
    "lease annotator project lane stage step task item slot ord generation gold guideline_version ring priority "
    "group assigned again start_by hard_until until why"
).split()


async def _claimed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    opened = [f.event.opened for f in facts]
    await conn.execute(CLAIMED, tenant, *columns(facts, *CLAIM_FIELDS), [f.at for f in facts], opened)


def _ending(sql: str, how: str) -> Step:
    """A lease's end; `counts` says whether it counts towards holding the task."""
    statement = sql.replace("{how}", how)

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        counts = [how == "abandoned" or getattr(f.event, "counts", False) for f in facts]
        await conn.execute(statement, tenant, [f.event.lease for f in facts], [f.at for f in facts], counts)

    return step


_submitted = _ending(SUBMITTED, "submitted")
_reclaimed = _ending(RECLAIMED, "submitted")
_declined = _ending(DECLINED, "skipped")
_skipped_for_now = _ending(RETURNED, "skipped")


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for reclaimed, step in ((False, _submitted), (True, _reclaimed)):
        batch = [f for f in facts if f.event.reclaimed is reclaimed]
        if batch:
            await step(conn, tenant, batch)


async def _skipped(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for returns, step in ((False, _declined), (True, _skipped_for_now)):
        batch = [f for f in facts if f.event.returns is returns]
        if batch:
            await step(conn, tenant, batch)


async def _started(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "lease", "hard_until")
    await conn.execute(STARTED, tenant, *told, [f.at for f in facts])


async def _examined(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    shown = [(f.event.annotator, gold) for f in facts for gold in f.event.gold]
    await conn.execute(EXAMINED, tenant, [who for who, _ in shown], [gold for _, gold in shown])


QUEUE = Projection(
    "queue",
    (open_slot, held_slot, worked, lease, lease_ended),
    {
        tasks.TaskOpened: execute(
            TASK_OPENED, "task", "item", "lane", "slots", "first_ord", "generation", "group"
        ),
        tasks.SlotAdded: execute(SLOT_ADDED, "task", "slot", "lane", "ord"),
        tasks.TaskDecided: execute(SETTLED, "task", "by"),
        tasks.TaskHeld: execute(TASK_HELD, "task"),
        tasks.TaskUnheld: execute(TASK_UNHELD, "task"),
        tasks.TaskCancelled: execute(TASK_CANCELLED, "task"),
        tasks.TaskMoved: execute_in_turn(TASK_MOVED, "task", "lane"),
        training.ExamGoldAnswered: execute(EXAMINED, "annotator", "gold"),
        training.AttemptBegun: _examined,
        disputes.DisputeTaken: execute(DISPUTED, "by", "item", "generation"),
        leases.LeaseClaimed: _claimed,
        leases.LeaseStarted: _started,
        leases.LeasePaused: execute(PAUSED, "lease", "until"),
        leases.LeaseResumed: execute(RESUMED, "lease", "until", "hard_until"),
        leases.LeaseSubmitted: _answered,
        leases.LeaseReleased: _ending(RETURNED, "released"),
        leases.LeaseReturned: _ending(RETURNED, "returned"),
        leases.LeaseAbandoned: _ending(RETURNED, "abandoned"),
        leases.LeaseRevoked: _ending(RETURNED, "revoked"),
        leases.LeaseReassigned: _ending(REASSIGNED, "reassigned"),
        leases.LeaseSkipped: _skipped,
        leases.LeaseEscalated: _ending(ESCALATED, "escalated"),
    },
    ephemeral=frozenset({"lease.until", "lease_ended.until"}),
)
