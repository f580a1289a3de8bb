"""Feedback: what live evidence said of a person by tens, so that a person is told of ten answers at a time.

Live evidence is gold met in work and verdicts of reviews, each a piece, in the order of the log. Exams are left out:
they are known to be gold, and would give away what is mixed with them.
"""

from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.fading import TEN

TENS_SHOWN_MAX = 50
WEEKS_SHOWN_MAX = 26
ERRORS_SHOWN_MAX = 10

_LIVE = "e.tenant = $1 AND e.annotator = $2 AND e.skill = $3 AND e.kind = 'live'"
# A person's last tens, their own numbers from 0; what a dispute took back is in its ten and counts nowhere.
TENS = f"""
SELECT e.place / {TEN} AS ten, count(*)::int AS pieces, (count(*) FILTER (WHERE e.correct))::int AS correct,
       count(e.correct)::int AS total, (count(*) FILTER (WHERE e.source = 'review'))::int AS reviews,
       max(e.at) AS filled_at
  FROM evidence e WHERE {_LIVE} GROUP BY 1
"""
TREND = f"""
SELECT ten * {TEN} + pieces AS evidence, correct, total FROM ({TENS}) t
 WHERE pieces = {TEN} OR NOT $4 ORDER BY ten DESC LIMIT $5
"""
# A ten is of the week of its last piece: when it was full, whoever asks often knows anyway.
WEEKS = f"""
SELECT date_trunc('week', filled_at AT TIME ZONE 'UTC')::date AS week, count(*)::int AS tens,
       sum(correct)::int AS correct, sum(total)::int AS total
  FROM ({TENS}) t WHERE pieces = {TEN} GROUP BY 1 ORDER BY 1 DESC LIMIT $4
"""
# Within a ten the order is that of the answers, not of the evidence: gold is scored at once and a review comes later,
# so that both the order of the evidence and its time would tell them apart.
ERRORS = f"""
SELECT * FROM (
  SELECT e.lease, a.submitted_at AS at, e.source FROM evidence e
    JOIN ({TENS}) t ON t.ten = e.place / {TEN}
    JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
   WHERE {_LIVE} AND NOT e.correct AND e.source <> 'double_review' AND (t.pieces = {TEN} AND t.reviews > 0 OR NOT $4)
     AND ($6::uuid IS NULL OR a.project = $6)
   ORDER BY t.ten DESC, a.submitted_at DESC, e.lease LIMIT $5
) latest ORDER BY at DESC, lease
"""


async def weeks(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, skill: UUID
) -> list[dict[str, Any]]:
    """Full tens by the week (its Monday, UTC) in which they were filled, oldest first: tens, right and all."""
    rows = await conn.fetch(WEEKS, tenant, annotator, skill, WEEKS_SHOWN_MAX)
    return [dict(row) for row in reversed(rows)]


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
