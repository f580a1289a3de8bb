"""Judged: every answer whose truth somebody told, gold met in work or reviewed, with the chance by which it was looked
at; from it a project's quality is estimated, and each figure leads back to its leases."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, Text

from backend.events import leases, review
from backend.events import proficiency as scores
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.counting import given_at, weightless
from backend.readmodels.mislabels import CHOSEN
from backend.readmodels.projection import Projection, columns

judged = tenant_table(
    "judged",
    key("lease"),
    ref("project"),
    ref("item"),
    ref("annotator"),
    Column("source", Text, nullable=False),
    # Of gold a million: every answer to it is judged.
    Column("rate_ppm", Integer, nullable=False),
    Column("score_ppm", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("truth_class", Text),
    Column("answer_class", Text),
    Index("judged_project", "tenant", "project"),
)

# The answer itself says where it was given; it was written with its score. What experts know says nothing of the work.
GOLD = """
INSERT INTO judged (tenant, lease, project, item, annotator, source, rate_ppm, score_ppm, passed, truth_class,
                    answer_class)
SELECT $1, n.lease, a.project, a.item, n.annotator, 'gold', 1000000, n.score_ppm, n.passed, n.truth_class,
       n.answer_class
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::bool[], $6::text[], $7::text[])
       AS n(lease, annotator, score_ppm, passed, truth_class, answer_class)
  JOIN answer a ON a.tenant = $1 AND a.lease = n.lease AND a.stage NOT IN ('adjudicate', 'expert')
"""
# Items that were done again because they were probably wrong are no sample of the work.
REVIEWED = f"""
INSERT INTO judged (tenant, lease, project, item, annotator, source, rate_ppm, score_ppm, passed, truth_class,
                    answer_class)
SELECT $1, n.lease, n.project, n.item, n.annotator, 'review', n.rate_ppm, n.score_ppm, n.passed, n.truth_class,
       n.answer_class
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::int[], $8::bool[], $9::text[],
              $10::text[], $11::uuid[])
       AS n(lease, project, item, annotator, rate_ppm, score_ppm, passed, truth_class, answer_class, task)
 WHERE NOT {CHOSEN}
"""
CORRECTED = """
UPDATE judged SET passed = $3, score_ppm = CASE WHEN $3 THEN 1000000 ELSE 0 END, truth_class = $4, answer_class = $5
 WHERE tenant = $1 AND lease = $2 AND source = $6
"""
# What a wrong key took back is there again when what is right is known later.
REKEYED = (
    GOLD
    + """
ON CONFLICT (tenant, lease) DO UPDATE
   SET passed = excluded.passed, score_ppm = excluded.score_ppm, truth_class = excluded.truth_class,
       answer_class = excluded.answer_class
"""
)
WITHDRAWN = "DELETE FROM judged WHERE tenant = $1 AND lease = $2 AND source = $3"
COUNTS = f"""
SELECT source, rate_ppm, passed, truth_class, answer_class, count(*) AS n FROM judged j
 WHERE NOT {weightless("j", given_at("j"))} AND tenant = $1 AND project = $2 AND ($3::uuid[] IS NULL OR item = ANY($3))
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
# Class -> an answer that says it.
SAYING = """
SELECT DISTINCT ON (a.answer_class) a.answer_class, a.lease, a.answer
  FROM judged j JOIN answer a ON a.tenant = j.tenant AND a.lease = j.lease
 WHERE j.tenant = $1 AND j.project = $2 AND j.answer_class = ANY($3::text[]) AND a.answer_class = j.answer_class
 ORDER BY a.answer_class, a.lease
"""


async def _gold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("lease", "annotator", "score_ppm", "correct", "truth_class", "answer_class")
    await conn.execute(GOLD, tenant, *columns(facts, *names))


async def _reviewed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("lease", "project", "item", "author", "rate_ppm", "score_ppm", "passed")
    seen = [fact for fact in facts if fact.event.inspected]
    if seen:
        await conn.execute(REVIEWED, tenant, *columns(seen, *names, "truth_class", "answer_class", "task"))


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """A dispute was won, or a key was wrong; what is not to count at all is judged no more."""
    for fact in facts:
        e: scores.ScoreCorrected = fact.event
        if e.lease is None:
            continue
        if e.now is None:
            await conn.execute(WITHDRAWN, tenant, e.lease, e.source)
        elif e.key_case is not None:
            names = ("lease", "annotator", "score_ppm", "now", "truth_class", "answer_class")
            await conn.execute(REKEYED, tenant, *columns([fact], *names))
        else:
            told = (e.now, e.truth_class, e.answer_class)
            await conn.execute(CORRECTED, tenant, e.lease, *told, e.source)


JUDGED = Projection(
    "judged",
    (judged,),
    {leases.GoldScored: _gold, review.VerdictGiven: _reviewed, scores.ScoreCorrected: _corrected},
)


async def counts(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, items: Sequence[UUID] | None = None
) -> list[dict[str, Any]]:
    """How many answers (of these items, None for all) were judged alike: source, rate, passed or not, and the classes
    (keyed tokens) if there are."""
    return [dict(row) for row in await conn.fetch(COUNTS, tenant, project, items)]


async def basis(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which it is folded."""
    sql = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2"
    return int(await conn.fetchval(sql, tenant, JUDGED.name) or 0)


async def saying(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Of each of these classes that somebody answered one answer (ciphertext) that says it."""
    return [dict(row) for row in await conn.fetch(SAYING, tenant, project, list(classes))]
