"""How good models are: their latest answers that people decided too, as the record of one who answers like a person."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.proficiency import Record

RECENT = 1_000
"""So many of a model's compared answers in a skill, the latest, say how good it is."""
RECORDS = f"""
SELECT r.model, r.truth_class, r.answer_class, count(*)::int AS n, (count(*) FILTER (WHERE r.correct))::int AS correct
  FROM unnest($3::uuid[]) m(model) CROSS JOIN LATERAL (
       SELECT p.model, p.truth_class, p.answer_class, p.correct FROM prediction p
         JOIN project j ON j.tenant = p.tenant AND j.project = p.project
        WHERE p.tenant = $1 AND p.model = m.model AND j.skill = $2 AND p.compared_at IS NOT NULL
          AND p.routed <> 'machine'
        ORDER BY p.compared_at DESC, p.prediction DESC LIMIT {RECENT}) r
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


async def model_records(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, models: Sequence[UUID]
) -> dict[UUID, Record]:
    """These models' records in a skill, of their RECENT last compared answers; which has none is left out. What
    stood without a person is left out: it was compared because somebody doubted it."""
    found: dict[UUID, Record] = {}
    for row in await conn.fetch(RECORDS, tenant, skill, list(models)):
        record = found.setdefault(row["model"], Record())
        record.correct += row["correct"]
        record.total += row["n"]
        record.sources["model"] = (int(record.correct), int(record.total))
        if row["truth_class"] and row["answer_class"]:
            cell = row["truth_class"], row["answer_class"]
            record.confusion[cell] = record.confusion.get(cell, 0.0) + row["n"]
    return found
