"""Items, tasks and answers: what came in, what is being made of it, and what came out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.events import leases, review, tasks
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns, execute, execute_each, execute_in_turn, rounds

item = tenant_table(
    "item",
    key("item"),
    ref("project"),
    Column("external_key", LargeBinary, nullable=False),
    Column("external_key_index", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("imported_at", instant(), nullable=False),
    Column("tags", ARRAY(Text), nullable=False, server_default=sql_text("'{}'::text[]")),
    Column("edge_case", Boolean, nullable=False, server_default=sql_text("false")),
    Column("priority", SmallInteger, nullable=False, server_default=sql_text("2")),
    Column("deadline", instant()),
    Column("needs", JSONB, nullable=False, server_default=sql_text("'{}'::jsonb")),
    ref("item_group", nullable=True),
    Column("generation", SmallInteger, nullable=False, server_default=sql_text("1")),
    Index("item_project", "tenant", "project", "item"),
    Index("item_tags", "tags", postgresql_using="gin", postgresql_where=sql_text("tags <> '{}'::text[]")),
    UniqueConstraint("tenant", "project", "external_key_index", name="item_external_key"),
)

task = tenant_table(
    "task",
    key("task"),
    ref("item"),
    ref("project"),
    ref("lane"),
    Column("stage", Text, nullable=False),
    Column("slots", SmallInteger, nullable=False),
    Column("first_ord", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=sql_text("'open'")),
    ref("subject", nullable=True),
    Column("step", Text, nullable=False, server_default=sql_text("''")),
    Column("priority", SmallInteger, nullable=False, server_default=sql_text("2")),
    Column("deadline", instant()),
    Column("generation", SmallInteger, nullable=False, server_default=sql_text("1")),
    ref("item_group", nullable=True),
    Column("workflow_version", Integer, nullable=False, server_default=sql_text("0")),
    ref("rework", nullable=True),
    # While it is held: why, and what it was before.
    Column("held_code", Text),
    Column("state_before", Text),
    Index(
        "task_deadline",
        "tenant",
        "deadline",
        postgresql_where=sql_text("deadline IS NOT NULL AND state = 'open' AND priority > 1"),
    ),
    Index(
        "task_lane_deadline",
        "tenant",
        "lane",
        "deadline",
        postgresql_where=sql_text("deadline IS NOT NULL AND state = 'open'"),
    ),
    Index("task_rework", "tenant", "rework", postgresql_where=sql_text("rework IS NOT NULL")),
    Index("task_held", "tenant", "project", "task", postgresql_where=sql_text("state = 'held'")),
    Index("task_item", "tenant", "item"),
    Index("task_project", "tenant", "project", "task"),
)

answer = tenant_table(
    "answer",
    key("lease"),
    ref("annotator"),
    ref("project"),
    ref("task"),
    ref("item"),
    Column("stage", Text, nullable=False),
    ref("gold", nullable=True),
    Column("answer", LargeBinary, nullable=False),
    Column("answer_class", Text),
    Column("answer_token", Text, nullable=False),
    Column("guideline_version", Integer, nullable=False),
    Column("client_seconds", Integer),
    Column("reclaimed", Boolean, nullable=False),
    Column("submitted_at", instant(), nullable=False),
    Column("rejected", Boolean, nullable=False, server_default=sql_text("false")),
    Column("step", Text, nullable=False, server_default=sql_text("''")),
    Column("generation", SmallInteger, nullable=False, server_default=sql_text("1")),
    Column("unsure", Boolean, nullable=False, server_default=sql_text("false")),
    Index("answer_task", "tenant", "task"),
    Index("answer_project", "tenant", "project", "item"),
    Index("answer_when", "submitted_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
)

late_answer = tenant_table(
    "late_answer",
    key("late_answer"),
    ref("lease"),
    ref("annotator"),
    Column("answer", LargeBinary, nullable=False),
    Column("kept_at", instant(), nullable=False),
)

result = tenant_table(
    "result",
    key("item"),
    ref("project"),
    ref("task"),
    Column("result", LargeBinary, nullable=False),
    Column("confidence_ppm", Integer, nullable=False),
    Column("judgments", Integer, nullable=False),
    Column("basis_index", BigInteger, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", instant(), nullable=False),
    Column("unreviewed", LargeBinary),
    ref("unreviewed_task", nullable=True),
    Column("generation", SmallInteger, nullable=False, server_default=sql_text("1")),
    # The plan that asked for it to be done again, until there is a result of the next generation.
    ref("rework", nullable=True),
    # A keyed token of what it says, in its project; None where that is no category, or was decided before tokens.
    Column("result_class", Text),
    Index("result_project", "tenant", "project", "item"),
    Index("result_sureness", "tenant", "project", "confidence_ppm", "item"),
    Index("result_class_sureness", "tenant", "project", "result_class", "confidence_ppm", "item"),
)

# What each step came to, whether or not it is the item's result.
step_result = tenant_table(
    "step_result",
    key("task"),
    ref("item"),
    Column("step", Text, nullable=False),
    Column("generation", SmallInteger, nullable=False),
    Column("result", LargeBinary, nullable=False),
    Column("result_token", Text, nullable=False),
    Column("confidence_ppm", Integer, nullable=False),
    Column("judgments", Integer, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", instant(), nullable=False),
    Index("step_result_item", "tenant", "item"),
)

IMPORTED = """
INSERT INTO item (tenant, item, project, external_key, external_key_index, payload, edge_case, priority, deadline,
                  item_group, imported_at, tags, needs)
SELECT $1, n.item, n.project, n.external_key, n.external_key_index, n.payload, n.edge_case, n.priority, n.deadline,
       n.item_group, n.imported_at, ARRAY(SELECT jsonb_array_elements_text(n.tags::jsonb)), n.needs::jsonb
  FROM unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bool[], $8::int[], $9::timestamptz[],
              $10::uuid[], $11::timestamptz[], $12::text[], $13::text[])
       AS n(item, project, external_key, external_key_index, payload, edge_case, priority, deadline, item_group,
            imported_at, tags, needs)
"""
MARKED = "UPDATE item SET tags = $3, edge_case = $4 WHERE tenant = $1 AND item = $2"
OPENED = """
INSERT INTO task (tenant, task, item, project, lane, stage, slots, first_ord, subject, step, priority, deadline,
                  generation, item_group, workflow_version, rework)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::bigint[],
                         $9::uuid[], $10::text[], $11::int[], $12::timestamptz[], $13::int[], $14::uuid[], $15::int[],
                         $16::uuid[])
"""
NEXT_GENERATION = """
UPDATE item i SET generation = n.generation
  FROM (SELECT item, max(generation) AS generation FROM unnest($2::uuid[], $3::int[]) n(item, generation)
         WHERE generation > 1 GROUP BY item) n
 WHERE i.tenant = $1 AND i.item = n.item AND i.generation < n.generation
"""
HELD = """
UPDATE task t SET state_before = t.state, state = 'held', held_code = n.code
  FROM unnest($2::uuid[], $3::text[]) n(task, code) WHERE t.tenant = $1 AND t.task = n.task
"""
UNHELD = """
UPDATE task SET state = coalesce(state_before, 'open'), held_code = NULL, state_before = NULL
 WHERE tenant = $1 AND task = ANY($2::uuid[])
"""
CANCELLED = """
UPDATE task SET state = 'cancelled', held_code = NULL, state_before = NULL WHERE tenant = $1 AND task = ANY($2::uuid[])
"""
MOVED = """
UPDATE task t SET lane = n.lane, priority = n.priority, deadline = n.deadline
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[]) n(task, lane, priority, deadline)
 WHERE t.tenant = $1 AND t.task = n.task
"""
SLOT_ADDED = """
UPDATE task t SET slots = greatest(t.slots, n.slot), state = 'open'
  FROM (SELECT task, max(slot) AS slot FROM unnest($2::uuid[], $3::int[]) n(task, slot) GROUP BY task) n
 WHERE t.tenant = $1 AND t.task = n.task
"""
# Where the lease stands, held or ended, does not matter: both tables know the task. The step runs after the queue's,
# so the lease has ended by now. The ANY says nothing new: it keeps a plan made while the table was empty on the index.
SUBMITTED = """
INSERT INTO answer (tenant, lease, annotator, project, task, item, stage, gold, answer, answer_class, answer_token,
                    guideline_version, client_seconds, reclaimed, submitted_at, step, generation, unsure)
SELECT $1, l.lease, l.annotator, l.project, l.task, l.item, l.stage, l.gold, n.answer, n.answer_class, n.sha,
       l.guideline_version, n.client_seconds, n.reclaimed, n.at, l.step, l.generation, n.unsure
  FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::int[], $7::bool[], $8::bool[],
              $9::timestamptz[])
       AS n(lease, answer, answer_class, sha, client_seconds, reclaimed, unsure, at)
  JOIN lease_ended l ON l.tenant = $1 AND l.lease = n.lease AND l.lease = ANY($2::uuid[])
"""
LATE = """
INSERT INTO late_answer (tenant, late_answer, lease, annotator, answer, kept_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::timestamptz[])
"""
# In a workflow the arrows say what becomes of an answer that was rejected.
REJECTED = """
UPDATE answer a SET rejected = true FROM task t
 WHERE a.tenant = $1 AND a.lease = ANY($2::uuid[]) AND t.tenant = $1 AND t.task = a.task AND t.workflow_version = 0
"""
# The aggregate stays readable beside what a reviewer or expert made of it.
DECIDED = """
INSERT INTO result (tenant, item, project, task, result, confidence_ppm, judgments, basis_index, decided_by,
                    decided_at, generation, result_class, unreviewed, unreviewed_task)
SELECT $1, n.*, CASE WHEN n.decided_by = 'aggregate' THEN n.result END,
       CASE WHEN n.decided_by = 'aggregate' THEN n.task END
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::int[], $7::int[], $8::bigint[], $9::text[],
              $10::timestamptz[], $11::int[], $12::text[])
       AS n(item, project, task, result, confidence_ppm, judgments, basis_index, decided_by, decided_at, generation,
            result_class)
ON CONFLICT (tenant, item) DO UPDATE
   SET task = excluded.task, result = excluded.result, confidence_ppm = excluded.confidence_ppm,
       judgments = excluded.judgments, basis_index = excluded.basis_index, decided_by = excluded.decided_by,
       decided_at = excluded.decided_at, result_class = excluded.result_class,
       unreviewed = CASE WHEN excluded.unreviewed IS NULL AND excluded.generation = result.generation
                         THEN result.unreviewed ELSE excluded.unreviewed END,
       unreviewed_task = CASE WHEN excluded.unreviewed IS NULL AND excluded.generation = result.generation
                              THEN result.unreviewed_task ELSE excluded.unreviewed_task END,
       rework = CASE WHEN excluded.generation > result.generation THEN NULL ELSE result.rework END,
       generation = excluded.generation
 WHERE excluded.generation >= result.generation
"""
STEP_DECIDED = """
INSERT INTO step_result (tenant, task, item, step, generation, result, result_token, confidence_ppm, judgments,
                         decided_by, decided_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::bytea[], $7::text[], $8::int[], $9::int[],
                         $10::text[], $11::timestamptz[])
ON CONFLICT (tenant, task) DO UPDATE
   SET result = excluded.result, result_token = excluded.result_token, confidence_ppm = excluded.confidence_ppm,
       judgments = excluded.judgments, decided_by = excluded.decided_by, decided_at = excluded.decided_at
"""
TASK_DECIDED = """
UPDATE task SET state = CASE WHEN state = 'held' THEN state ELSE 'decided' END,
                state_before = CASE WHEN state = 'held' THEN 'decided' END
 WHERE tenant = $1 AND task = ANY($2::uuid[]) AND state <> 'cancelled'
"""


async def _imported(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("item", "project", "external_key", "external_key_index", "payload", "edge_case", "priority")
    given = columns(facts, *names, "deadline", "group")
    tags = [to_json(f.event.tags).decode() for f in facts]
    needs = [to_json(asdict(f.event.needs)).decode() for f in facts]
    await conn.execute(IMPORTED, tenant, *given, [f.at for f in facts], tags, needs)


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("task", "item", "project", "lane", "stage", "slots", "first_ord", "subject", "step", "priority")
    more = ("deadline", "generation", "group", "workflow_version", "rework")
    await conn.execute(OPENED, tenant, *columns(facts, *names, *more))
    if any(f.event.generation > 1 for f in facts):
        await conn.execute(NEXT_GENERATION, tenant, *columns(facts, "item", "generation"))


async def _submitted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("lease", "answer", "answer_class", "answer_token", "client_seconds", "reclaimed", "unsure")
    await conn.execute(SUBMITTED, tenant, *columns(facts, *names), [f.at for f in facts])


async def _late(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("late_answer", "lease", "annotator", "answer")
    await conn.execute(LATE, tenant, *columns(facts, *names), [f.at for f in facts])


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rejected = [f.event.lease for f in facts if f.event.verdict == "reject"]
    if rejected:
        await conn.execute(REJECTED, tenant, rejected)


async def _decided(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    sure = ("confidence_ppm", "judgments")
    for each in rounds([fact for fact in facts if fact.event.final], "item"):
        told = columns(each, "item", "project", "task", "result", *sure, "basis_index", "by")
        more = columns(each, "generation", "result_class")
        await conn.execute(DECIDED, tenant, *told, [f.at for f in each], *more)
    last = list({fact.event.task: fact for fact in facts}.values())
    told = columns(last, "task", "item", "step", "generation", "result", "result_token", *sure, "by")
    await conn.execute(STEP_DECIDED, tenant, *told, [f.at for f in last])
    await conn.execute(TASK_DECIDED, tenant, [f.event.task for f in last])


TASKS = Projection(
    "tasks",
    (item, task, answer, late_answer, result, step_result),
    {
        tasks.ItemImported: _imported,
        tasks.ItemMarked: execute_each(MARKED, "item", "tags", "edge_case"),
        tasks.TaskOpened: _opened,
        tasks.TaskHeld: execute(HELD, "task", "code"),
        tasks.TaskUnheld: execute(UNHELD, "task"),
        tasks.TaskCancelled: execute(CANCELLED, "task"),
        tasks.TaskMoved: execute_in_turn(MOVED, "task", "lane", "priority", "deadline"),
        tasks.SlotAdded: execute(SLOT_ADDED, "task", "slot"),
        leases.LeaseSubmitted: _submitted,
        leases.LateAnswerKept: _late,
        tasks.TaskDecided: _decided,
        review.VerdictGiven: _verdict,
    },
)


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of a named query."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


ITEMS = """
SELECT i.*, (SELECT n.iteration FROM iteration_item n WHERE n.tenant = i.tenant AND n.item = i.item) AS iteration
  FROM item i WHERE i.tenant = $1 AND i.item = ANY($2::uuid[])
"""
ITEMS_OF_KEYS = """
SELECT item, external_key_index FROM item WHERE tenant = $1 AND project = $2 AND external_key_index = ANY($3::bytea[])
"""
GOLD_BY_ID = """
SELECT g.*, i.payload, i.external_key FROM gold g JOIN item i USING (tenant, item)
 WHERE g.tenant = $1 AND g.gold = ANY($2::uuid[]) ORDER BY g.gold
"""
TASKS_BY_ID = "SELECT * FROM task WHERE tenant = $1 AND task = ANY($2::uuid[]) ORDER BY task"
LOCK_TASKS = TASKS_BY_ID + " FOR NO KEY UPDATE"
TASKS_OF_ITEM = "SELECT * FROM task WHERE tenant = $1 AND item = ANY($2::uuid[]) ORDER BY task"
# The classes of a project's gold: their names alone, and of some of them an item that says what it is.
GOLD_CLASS_NAMES = """
SELECT DISTINCT truth_class FROM gold WHERE tenant = $1 AND project = $2 AND truth_class IS NOT NULL
"""
GOLD_SAYING = """
SELECT DISTINCT ON (truth_class) gold, truth_class, truth FROM gold
 WHERE tenant = $1 AND project = $2 AND truth_class = ANY($3::text[]) ORDER BY truth_class, gold
"""
RESULT_OF_ITEM = "SELECT * FROM result WHERE tenant = $1 AND item = $2"
LATE_BY_ID = """
SELECT a.*, e.project, e.task FROM late_answer a JOIN lease_ended e USING (tenant, lease)
 WHERE a.tenant = $1 AND a.late_answer = $2
"""
LEASES_BY_ID = """
SELECT l.*, NULL::text AS how, NULL::timestamptz AS ended_at, NULL::bool AS counts
  FROM lease l WHERE tenant = $1 AND lease = ANY($2::uuid[])
UNION ALL
SELECT e.* FROM lease_ended e WHERE tenant = $1 AND lease = ANY($2::uuid[])
"""
# Review task -> the answer that it is about.
SUBJECTS = """
SELECT t.task AS review_task, a.* FROM task t JOIN answer a ON a.tenant = t.tenant AND a.lease = t.subject
 WHERE t.tenant = $1 AND t.task = ANY($2::uuid[])
"""
LEASES_OF_TASK = """
SELECT l.lease, l.annotator, l.slot, NULL::text AS how FROM lease l WHERE l.tenant = $1 AND l.task = $2
UNION ALL
SELECT e.lease, e.annotator, e.slot, e.how FROM lease_ended e WHERE e.tenant = $1 AND e.task = $2
"""
ANSWERS_OF_TASK = """
SELECT * FROM answer WHERE tenant = $1 AND task = ANY($2::uuid[]) AND gold IS NULL ORDER BY lease
"""
# With what models answered beside people, for those who are shown every answer of a step.
LABELS_OF_TASK = """
SELECT task, project, lease, answer, answer_token, false AS by_model FROM answer
 WHERE tenant = $1 AND task = ANY($2::uuid[]) AND gold IS NULL AND NOT rejected
UNION ALL
SELECT task, project, prediction, answer, answer_token, true FROM prediction
 WHERE tenant = $1 AND task = ANY($2::uuid[]) AND parallel AND item IN (
       SELECT t.item FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[]))
"""


async def by_ids(
    conn: asyncpg.Connection, sql: str, tenant: TenantId, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """A named query over ids; no query at all for none."""
    return await rows(conn, sql, tenant, list(ids)) if ids else []
