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

# Each side that a class of a model's answers was put on by the metric of the routing.
model_class = tenant_table(
    "model_class",
    key("project"),
    key("model"),
    Column("token", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # JSON text of the event.
    Column("said", Text, nullable=False),
    Column("measured_at", instant(), nullable=False),
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
    # Which measuring of its class held; None where none was asked for.
    Column("class_version", Integer),
    Column("predicted_at", instant(), nullable=False),
    # Once people have decided the item.
    Column("correct", Boolean),
    Column("score_ppm", Integer),
    Column("truth_class", Text),
    Column("truth_by", Text),
    # Whoever told the truth had seen what the model says.
    Column("anchored", Boolean, nullable=False, server_default=text("false")),
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
    "routing_version audit_ppm period draw parallel fallback class_version"
).split()
PREDICTED = f"""
INSERT INTO prediction (tenant, {", ".join(PREDICTED_FIELDS)}, predicted_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bytea[], $8::text[],
                         $9::text[], $10::int[], $11::text[], $12::text[], $13::int[], $14::int[], $15::int[],
                         $16::int[], $17::text[], $18::bool[], $19::text[], $20::int[], $21::timestamptz[])
"""
COMPARED = """
UPDATE prediction p
   SET correct = n.correct, score_ppm = n.score_ppm, truth_class = n.truth_class, truth_by = n.truth_by,
       anchored = n.anchored, compared_at = n.at
  FROM unnest($2::uuid[], $3::bool[], $4::int[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[])
       AS n(prediction, correct, score_ppm, truth_class, truth_by, anchored, at)
 WHERE p.tenant = $1 AND p.prediction = n.prediction
"""

# Its round is open: where it went. The rest of the row stays as it came.
ROUTED_FIELDS = ("prediction", "task", *PREDICTED_FIELDS[9:])
ROUTED = """
UPDATE prediction p
   SET task = n.task, routed = n.routed, rule = n.rule, threshold_ppm = n.threshold_ppm,
       routing_version = n.routing_version, audit_ppm = n.audit_ppm, period = n.period, draw = n.draw,
       parallel = n.parallel, fallback = n.fallback, class_version = n.class_version
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[], $10::text[],
              $11::bool[], $12::text[], $13::int[])
       AS n(prediction, task, routed, rule, threshold_ppm, routing_version, audit_ppm, period, draw, parallel, fallback,
            class_version)
 WHERE p.tenant = $1 AND p.prediction = n.prediction
"""

MEASURED = """
INSERT INTO model_class (tenant, project, model, token, version, said, measured_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_SAID = TypeAdapter(ev.ModelRoutingSet)
_CLASS = TypeAdapter(ev.ModelClassMeasured)


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
    told = columns(last, "prediction", "correct", "score_ppm", "truth_class", "by", "anchored")
    await conn.execute(COMPARED, tenant, *told, [fact.at for fact in last])


async def _measured(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [(fact.event, fact.at) for fact in facts]
    rows = [
        (tenant, e.project, e.model, e.token, e.version, _CLASS.dump_json(e).decode(), at) for e, at in told
    ]
    await conn.executemany(MEASURED, rows)


MODELS = Projection(
    "models",
    (model, model_routing, model_class, prediction),
    {
        ev.ModelRegistered: _registered,
        ev.ModelRetired: _retired,
        ev.ModelRoutingSet: _set,
        ev.ItemPredicted: _predicted,
        ev.PredictionRouted: _routed,
        ev.ModelAudited: _compared,
        ev.ModelClassMeasured: _measured,
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
SELECT p.*, j.skill, j.scoring, j.labels_shown, coalesce(t.workflow_version, 0) AS workflow_version, t.step,
       coalesce((SELECT r.said::jsonb -> 'metric' <> 'null'::jsonb FROM model_routing r
                  WHERE r.tenant = p.tenant AND r.project = p.project ORDER BY r.version DESC LIMIT 1), false) AS metric
  FROM prediction p JOIN project j ON j.tenant = p.tenant AND j.project = p.project
  LEFT JOIN task t ON t.tenant = p.tenant AND t.task = p.task
 WHERE p.tenant = $1 AND p.item = ANY($2::uuid[]) ORDER BY p.predicted_at, p.prediction
"""
# Whether an item is gold that never was work.
GOLD_ALONE = """
SELECT g.gold FROM gold g WHERE g.tenant = $1 AND g.item = $2
   AND NOT EXISTS (SELECT 1 FROM task t WHERE t.tenant = $1 AND t.item = $2)
"""
# Under which kinds of leases that were answered a prediction was shown.
SIGHTED = """
SELECT DISTINCT p.prediction, e.stage FROM prediction p
  JOIN labels_shown s ON s.tenant = p.tenant AND s.item = p.item AND p.prediction = ANY(s.predictions)
  JOIN lease_ended e ON e.tenant = s.tenant AND e.lease = s.lease AND e.how = 'submitted'
 WHERE p.tenant = $1 AND p.prediction = ANY($2::uuid[])
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


# The side of each class as it was put last, in a project and by a model.
SIDES = """
SELECT DISTINCT ON (token) said FROM model_class
 WHERE tenant = $1 AND project = $2 AND model = $3 ORDER BY token, version DESC
"""


async def sides(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, model: UUID
) -> dict[str, ev.ModelClassMeasured]:
    """Class (token) -> on which side it was put last, and by which rule."""
    found = [_CLASS.validate_json(row["said"]) for row in await conn.fetch(SIDES, tenant, project, model)]
    return {one.token: one for one in found}


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
