"""Reviews that wait: open slots of drawn answers, as a manager lists them and as one person decides many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId, uuid8
from backend.readmodels.gold_families import kin_unmet

_COLUMNS = """o.lane, o.ord, o.task AS review_task, o.slot, o.item, o.generation, o.item_group, t.project,
       a.lease, a.task, a.annotator, a.answer_class, a.answer, a.step, a.unsure, a.submitted_at,
       r.review, r.reason, r.risk_ppm, p.vendor, NULL::text AS review_step"""
_JOINED = """JOIN task t ON t.tenant = o.tenant AND t.task = o.task
  JOIN answer a ON a.tenant = t.tenant AND a.lease = t.subject
  JOIN review r ON r.tenant = a.tenant AND r.lease = a.lease
  LEFT JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator"""
# By the ids of their tasks, which begin with the time at which the answer's lease began. What $11 has met is left out.
_FILTERED = f"""
SELECT {_COLUMNS}
  FROM lane l JOIN open_slot o ON o.tenant = l.tenant AND o.lane = l.lane
  {_JOINED}
 WHERE l.tenant = $1 AND l.project = $2 AND l.stage = 'review' AND r.sampled AND r.verdict IS NULL
   AND ($3::uuid IS NULL OR a.annotator = $3) AND ($4::text IS NULL OR a.answer_class = $4)
   AND ($5::text IS NULL OR a.step = $5) AND ($6::bool IS NULL OR a.unsure = $6)
   AND ($7::uuid IS NULL OR p.vendor = $7)
   AND ($8::timestamptz IS NULL OR a.submitted_at >= $8) AND ($9::timestamptz IS NULL OR a.submitted_at < $9)
   AND ($10::uuid IS NULL OR o.task > $10)
   AND ($11::uuid IS NULL OR NOT EXISTS (
        SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $11 AND w.item = o.item
           AND w.generation = o.generation AND NOT w.as_reviewer))
 ORDER BY o.task LIMIT $12
"""
# Who has a slot under lock is claiming it: it is theirs.
TAKE = " FOR UPDATE OF o SKIP LOCKED"
NAMED = f"""
SELECT {_COLUMNS}
  FROM open_slot o
  {_JOINED}
 WHERE o.tenant = $1 AND o.task = ANY($2::uuid[]) AND t.project = $3 AND r.sampled AND r.verdict IS NULL
 ORDER BY o.task{TAKE}
"""
OWN = "SELECT lease FROM answer WHERE tenant = $1 AND lease = ANY($2::uuid[]) AND annotator = $3"
PAYLOADS = "SELECT item, payload FROM item WHERE tenant = $1 AND item = ANY($2::uuid[])"
# Places where this person was shown a planted answer instead: what was decided there is not shown there again.
DECIDED_AT = """
SELECT why FROM lease_ended
 WHERE tenant = $1 AND annotator = $2 AND project = $3 AND stage = 'review' AND gold IS NOT NULL AND how = 'submitted'
"""
# For each place one answer to gold of the project, of the same class as what waits there and older than that, so that
# it is the same one whenever it is asked; by a person other than who is shown it, who never met the item. First by the
# lot a gold item, then an answer to it, right or wrong as `correct` asks where there is one.
_FITS = """e.annotator <> $3 AND x.answer_class IS NOT DISTINCT FROM q.answer_class AND x.submitted_at < q.before"""
_ANSWERS = """planted_subject e JOIN answer x ON x.tenant = e.tenant AND x.lease = e.lease"""
_SUBJECT = f"""SELECT e.lease, e.task, e.gold, g.item, g.family, e.correct, x.annotator, x.answer, x.answer_class
  FROM (
       SELECT g.gold, g.item, g.family FROM gold g
        WHERE g.tenant = $1 AND g.project = $2 AND g.why IS NULL AND NOT g.exam_only
          AND EXISTS (SELECT 1 FROM {_ANSWERS}
                       WHERE e.tenant = $1 AND e.gold = g.gold AND {{kind}} AND {_FITS})
          AND NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $3 AND w.item = g.item)
          AND {kin_unmet("$3", "$8::timestamptz")}
        ORDER BY md5(g.gold::text || q.seed) LIMIT 1) g
     CROSS JOIN LATERAL (SELECT e.* FROM {_ANSWERS}
        WHERE e.tenant = $1 AND e.gold = g.gold AND {{kind}} AND {_FITS}
        ORDER BY md5(e.lease::text || q.seed) LIMIT 1) e
     JOIN answer x ON x.tenant = $1 AND x.lease = e.lease"""
PLANTED = f"""
SELECT q.place, s.*,
       1 + (SELECT count(*) FROM lease l WHERE l.tenant = $1 AND l.task = s.task)
         + (SELECT count(*) FROM lease_ended l WHERE l.tenant = $1 AND l.task = s.task) AS slot
  FROM unnest($4::text[], $5::bool[], $6::text[], $7::timestamptz[]) WITH ORDINALITY
       AS q(seed, correct, answer_class, before, place)
 CROSS JOIN LATERAL (
   SELECT * FROM ({_SUBJECT.format(kind="e.correct = q.correct")}) asked
   UNION ALL
   SELECT * FROM ({_SUBJECT.format(kind="e.correct <> q.correct")}) other
   LIMIT 1) s
 ORDER BY q.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the waiting reviews: all that is said is true of the answer; `answered_from` is the first moment that is
    meant, `answered_to` the first that is not. `answer_class` is a keyed token. `review_step`: only what waits in this
    step of a workflow."""

    annotator: UUID | None = None
    answer_class: str | None = None
    step: str | None = None
    unsure: bool | None = None
    vendor: UUID | None = None
    answered_from: datetime | None = None
    answered_to: datetime | None = None
    review_step: str | None = None

    @property
    def of_answers(self) -> tuple[Any, ...]:
        """What is said of answers, in the order in which queries take it."""
        said = (self.annotator, self.answer_class, self.step, self.unsure, self.vendor)
        return (*said, self.answered_from, self.answered_to)


Row = dict[str, Any]


def review_task(lease: UUID) -> UUID:
    """The task in which the answer under this lease is reviewed."""
    return uuid8(lease, "review-task")


async def waiting(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    wanted: Wanted,
    *,
    after: UUID | None = None,
    most: int,
    reviewer: UUID | None = None,
) -> list[Row]:
    """Drawn answers that wait, in the order of their tasks, behind the task `after`. With a `reviewer` their
    slots are locked for this person, without what they met; what others have locked is passed over."""
    sql = _FILTERED + (TAKE if reviewer is not None else "")
    said = (*wanted.of_answers, after, reviewer, most)
    return [dict(row) for row in await conn.fetch(sql, tenant, project, *said)]


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[Row]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def planted(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    reviewer: UUID,
    asked: Sequence[tuple[str, bool, str | None, datetime]],
    since: datetime,
) -> dict[int, Row]:
    """For each (seed, right or wrong, class token, before when) by its place from 0 the planted answer that is shown
    there; none where no answer fits, or where they met another of its family since then."""
    if not asked:
        return {}
    told = map(list, zip(*asked, strict=True))
    rows = await conn.fetch(PLANTED, tenant, project, reviewer, *told, since)
    return {row["place"] - 1: dict(row) for row in rows}
