"""Feedback: what live evidence said of a person, kept by tens, so that a person is told of ten answers at a time.

Live evidence is gold met in work and verdicts of reviews, each a piece, counted per person and skill in the order of
the log. Exams are left out: they are known to be gold, and would give away what is mixed with them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, Text

from backend.events import leases, review
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection

TEN = 10
TENS_SHOWN_MAX = 50
ERRORS_SHOWN_MAX = 10

# `ten` counts from 0; `reviews` is how many of its pieces are verdicts.
evidence_ten = tenant_table(
    "evidence_ten",
    key("annotator"),
    key("skill"),
    Column("ten", Integer, primary_key=True, autoincrement=False),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("reviews", Integer, nullable=False),
)

# `piece` counts from 0, so its ten is piece / 10.
evidence_wrong = tenant_table(
    "evidence_wrong",
    key("annotator"),
    key("skill"),
    Column("piece", Integer, primary_key=True, autoincrement=False),
    ref("lease"),
    Column("source", Text, nullable=False),
)

SO_FAR = """
SELECT annotator, skill, sum(total)::int AS total FROM evidence_ten
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) GROUP BY annotator, skill
"""
COUNT = f"""
INSERT INTO evidence_ten AS t (tenant, annotator, skill, ten, correct, total, reviews)
SELECT $1, annotator, skill, piece / {TEN}, count(*) FILTER (WHERE correct), count(*),
       count(*) FILTER (WHERE source = 'review')
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::bool[])
       AS n(annotator, skill, piece, lease, source, correct) GROUP BY annotator, skill, piece / {TEN}
ON CONFLICT (tenant, annotator, skill, ten) DO UPDATE
   SET correct = t.correct + excluded.correct, total = t.total + excluded.total, reviews = t.reviews + excluded.reviews
"""
KEEP_WRONG = """
INSERT INTO evidence_wrong (tenant, annotator, skill, piece, lease, source)
SELECT $1, annotator, skill, piece, lease, source
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::bool[])
       AS n(annotator, skill, piece, lease, source, correct) WHERE NOT correct
"""

Piece = tuple[UUID, UUID, UUID, str, bool]
"""Person, skill, the answer's lease, source, whether it was right."""


async def _gold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [f.event for f in facts]
    await _fold(conn, tenant, [(e.annotator, e.skill, e.lease, "gold", e.correct) for e in told])


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [f.event for f in facts]
    await _fold(conn, tenant, [(e.author, e.skill, e.lease, "review", e.verdict == "accept") for e in told])


async def _fold(conn: asyncpg.Connection, tenant: TenantId, pieces: Sequence[Piece]) -> None:
    rows = await conn.fetch(SO_FAR, tenant, sorted({piece[0] for piece in pieces}))
    so_far = {(row["annotator"], row["skill"]): row["total"] for row in rows}
    placed = []
    for annotator, skill, *rest in pieces:
        at = so_far.get((annotator, skill), 0)
        so_far[annotator, skill] = at + 1
        placed.append((annotator, skill, at, *rest))
    arrays = [list(column) for column in zip(*placed, strict=True)]
    await conn.execute(COUNT, tenant, *arrays)
    await conn.execute(KEEP_WRONG, tenant, *arrays)


FEEDBACK = Projection(
    "feedback", (evidence_ten, evidence_wrong), {leases.GoldScored: _gold, review.VerdictGiven: _verdict}
)

TREND = f"""
SELECT ten * {TEN} + total AS evidence, correct, total FROM evidence_ten
 WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND (total = {TEN} OR NOT $4) ORDER BY ten DESC LIMIT $5
"""
# Within a ten the order is that of the answers, not of the evidence: gold is scored at once and a review comes later,
# so that both the order of the evidence and its time would tell them apart.
ERRORS = f"""
SELECT * FROM (
  SELECT w.lease, a.submitted_at AS at, w.source FROM evidence_wrong w
    JOIN evidence_ten t ON (t.tenant, t.annotator, t.skill, t.ten) = (w.tenant, w.annotator, w.skill, w.piece / {TEN})
    JOIN answer a ON a.tenant = w.tenant AND a.lease = w.lease
   WHERE w.tenant = $1 AND w.annotator = $2 AND w.skill = $3 AND (t.total = {TEN} AND t.reviews > 0 OR NOT $4)
     AND ($6::uuid IS NULL OR a.project = $6)
   ORDER BY t.ten DESC, a.submitted_at DESC, w.lease LIMIT $5
) latest ORDER BY at DESC, lease
"""


async def trend(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, skill: UUID, *, own: bool
) -> list[dict[str, Any]]:
    """The last tens, oldest first: up to which piece of evidence, right and all; `own`: without the unfinished one."""
    rows = await conn.fetch(TREND, tenant, annotator, skill, own, TENS_SHOWN_MAX)
    return [dict(row) for row in reversed(rows)]


async def errors(
    conn: asyncpg.Connection,
    tenant: TenantId,
    annotator: UUID,
    skill: UUID,
    *,
    own: bool,
    project: UUID | None = None,
) -> list[dict[str, Any]]:
    """The last wrong answers, newest answer first: lease, when it was answered, gold or review; of one project if
    named. `own`: without the source, and only out of full tens in which something was reviewed."""
    rows = await conn.fetch(ERRORS, tenant, annotator, skill, own, ERRORS_SHOWN_MAX, project)
    names = ("lease", "at") if own else ("lease", "at", "source")
    return [{name: row[name] for name in names} for row in rows]
