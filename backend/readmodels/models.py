"""Models, how projects route their answers, and what each answered: with what became of it and how right it was."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text

from backend.events import models as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

model = tenant_table(
    "model",
    key("model"),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("notes", LargeBinary),
    Column("registered_at", instant(), nullable=False),
    Column("retired_at", instant()),
    UniqueConstraint("tenant", "name", "version", name="model_name"),
)

# Every version of a project's routing: who overrode what, and when.
model_routing = tenant_table(
    "model_routing",
    key("project"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # JSON text of the event.
    Column("said", Text, nullable=False),
    ref("set_by"),
    Column("set_at", instant(), nullable=False),
)

prediction = tenant_table(
    "prediction",
    key("prediction"),
    ref("item"),
    ref("project"),
    ref("task", nullable=True),
    ref("model"),
    Column("answer", LargeBinary, nullable=False),
    Column("answer_class", Text),
    Column("answer_token", Text, nullable=False),
    Column("confidence_ppm", Integer, nullable=False),
    # machine, human, audit or expert, and by which rule.
    Column("routed", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("threshold_ppm", Integer),
    Column("routing_version", Integer, nullable=False),
    Column("audit_ppm", Integer, nullable=False),
    Column("period", Integer, nullable=False),
    Column("draw", Text, nullable=False),
    Column("parallel", Boolean, nullable=False),
    Column("fallback", Text, nullable=False),
    Column("predicted_at", instant(), nullable=False),
    # Once people have decided the item.
    Column("correct", Boolean),
    Column("score_ppm", Integer),
    Column("truth_class", Text),
    Column("truth_by", Text),
    Column("compared_at", instant()),
    Index("prediction_item", "tenant", "item"),
    Index("prediction_project", "tenant", "project", "item"),
    Index(
        "prediction_compared",
        "tenant",
        "model",
        "compared_at",
        postgresql_where=text("compared_at IS NOT NULL"),
    ),
)

REGISTERED = """
INSERT INTO model (tenant, model, name, version, notes, registered_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
RETIRED = "UPDATE model SET retired_at = $3 WHERE tenant = $1 AND model = $2"
SET = "INSERT INTO model_routing (tenant, project, version, said, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)"
PREDICTED_FIELDS = (
    "prediction item project task model answer answer_class answer_token confidence_ppm routed rule threshold_ppm "
    "routing_version audit_ppm period draw parallel fallback"
).split()
PREDICTED = f"""
INSERT INTO prediction (tenant, {", ".join(PREDICTED_FIELDS)}, predicted_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bytea[], $8::text[],
                         $9::text[], $10::int[], $11::text[], $12::text[], $13::int[], $14::int[], $15::int[],
                         $16::int[], $17::text[], $18::bool[], $19::text[], $20::timestamptz[])
"""
COMPARED = """
UPDATE prediction p
   SET correct = n.correct, score_ppm = n.score_ppm, truth_class = n.truth_class, truth_by = n.truth_by,
       compared_at = n.at
  FROM unnest($2::uuid[], $3::bool[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])
       AS n(prediction, correct, score_ppm, truth_class, truth_by, at)
 WHERE p.tenant = $1 AND p.prediction = n.prediction
"""

# Its round is open: where it went. The rest of the row stays as it came.
ROUTED_FIELDS = ("prediction", "task", *PREDICTED_FIELDS[9:])
ROUTED = """
UPDATE prediction p
   SET task = n.task, routed = n.routed, rule = n.rule, threshold_ppm = n.threshold_ppm,
       routing_version = n.routing_version, audit_ppm = n.audit_ppm, period = n.period, draw = n.draw,
       parallel = n.parallel, fallback = n.fallback
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[], $10::text[],
              $11::bool[], $12::text[])
       AS n(prediction, task, routed, rule, threshold_ppm, routing_version, audit_ppm, period, draw, parallel, fallback)
 WHERE p.tenant = $1 AND p.prediction = n.prediction
"""

_SAID = TypeAdapter(ev.ModelRoutingSet)


async def _registered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ModelRegistered = fact.event
        await conn.execute(REGISTERED, tenant, e.model, e.name, e.version, e.notes, fact.at)


async def _retired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(RETIRED, [(tenant, fact.event.model, fact.at) for fact in facts])


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        said: ev.ModelRoutingSet = fact.event
        text_ = _SAID.dump_json(said).decode()
        await conn.execute(SET, tenant, said.project, said.version, text_, fact.actor.id, fact.at)


async def _predicted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, *PREDICTED_FIELDS)
    await conn.execute(PREDICTED, tenant, *told, [fact.at for fact in facts])


async def _routed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """A prediction waits once, so no row is met twice."""
    await conn.execute(ROUTED, tenant, *columns(facts, *ROUTED_FIELDS))


async def _compared(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    last = list({fact.event.prediction: fact for fact in facts}.values())
    told = columns(last, "prediction", "correct", "score_ppm", "truth_class", "by")
    await conn.execute(COMPARED, tenant, *told, [fact.at for fact in last])


MODELS = Projection(
    "models",
    (model, model_routing, prediction),
    {
        ev.ModelRegistered: _registered,
        ev.ModelRetired: _retired,
        ev.ModelRoutingSet: _set,
        ev.ItemPredicted: _predicted,
        ev.PredictionRouted: _routed,
        ev.ModelAudited: _compared,
    },
)

LIST = "SELECT * FROM model WHERE tenant = $1 ORDER BY name, registered_at, model"
BY_ID = "SELECT * FROM model WHERE tenant = $1 AND model = ANY($2::uuid[])"
ROUTINGS = """
SELECT * FROM model_routing WHERE tenant = $1 AND project = $2 AND ($3::int IS NULL OR version < $3)
 ORDER BY version DESC LIMIT $4
"""
# With what a comparison needs of the project, and of the task that the answer is about.
OF_ITEMS = """
SELECT p.*, j.skill, j.scoring, coalesce(t.workflow_version, 0) AS workflow_version, t.step
  FROM prediction p JOIN project j ON j.tenant = p.tenant AND j.project = p.project
  LEFT JOIN task t ON t.tenant = p.tenant AND t.task = p.task
 WHERE p.tenant = $1 AND p.item = ANY($2::uuid[]) ORDER BY p.predicted_at, p.prediction
"""
# What people made of items; what a model decided is no truth about models.
DECIDED_BY_PEOPLE = """
SELECT item, project, task, result, decided_by FROM result
 WHERE tenant = $1 AND item = ANY($2::uuid[]) AND decided_by <> 'model'
"""
# What models answered to the items of these tasks while their round was not open, as far as it is open now.
WAITING = """
SELECT p.* FROM prediction p
 WHERE p.tenant = $1 AND p.routed = 'waiting' AND p.item IN (
       SELECT t.item FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[]))
   AND NOT EXISTS (
       SELECT 1 FROM iteration_item n JOIN iteration i ON i.tenant = n.tenant AND i.iteration = n.iteration
        WHERE n.tenant = $1 AND n.item = p.item AND i.state = 'planned')
 ORDER BY p.predicted_at, p.prediction
"""
# A task that nobody has begun: all its places are open. What is done again is people's.
UNTOUCHED = """
SELECT t.task FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[]) AND t.state = 'open' AND t.generation = 1
   AND t.slots = (SELECT count(*) FROM open_slot s WHERE s.tenant = t.tenant AND s.task = t.task)
"""
# Items whose expert is late, as long as they wait for nobody else.
LATE = """
SELECT p.prediction, p.project, p.answer, p.confidence_ppm, p.fallback, t.task, t.workflow_version
  FROM escalation e JOIN task t ON t.tenant = e.tenant AND t.task = e.task AND t.state = 'held' AND t.held_code = $3
  JOIN prediction p ON p.tenant = e.tenant AND p.item = e.item AND p.routed = 'expert'
 WHERE e.tenant = $1 AND e.escalation = ANY($2::uuid[]) AND e.reason = 'model_unsure' AND e.missed_due_at IS NOT NULL
 ORDER BY t.task
"""


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def of_items(conn: asyncpg.Connection, tenant: TenantId, items: Sequence[UUID]) -> list[dict[str, Any]]:
    """What models answered to these items, the first first."""
    return await fetch(conn, OF_ITEMS, tenant, list(items)) if items else []


async def routing(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> ev.ModelRoutingSet | None:
    """How a project routes now; None where nothing was ever said."""
    rows = await conn.fetch(ROUTINGS, tenant, project, None, 1)
    return said(dict(rows[0])) if rows else None


def said(row: dict[str, Any]) -> ev.ModelRoutingSet:
    """What a row of a routing says."""
    return _SAID.validate_json(row["said"])
