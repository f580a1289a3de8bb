"""Evidence as it is kept: written behind what there is, read back for tens that are not full and for folding anew."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events import proficiency as scores
from backend.events import projects as plans
from backend.events import review
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.readmodels import mislabels
from backend.readmodels.evidence import PPM, Evidence, evidence_of
from backend.readmodels.evidence_state import Who
from backend.readmodels.fading import TEN

INSERT = "INSERT INTO evidence VALUES ($1, {})".format(", ".join(f"${n}" for n in range(2, 27)))
ALL = "SELECT * FROM evidence WHERE tenant = $1 AND annotator = $2 AND skill = $3 ORDER BY piece"
NEWEST = """
SELECT * FROM evidence WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND ($4::int IS NULL OR piece < $4)
 ORDER BY piece DESC LIMIT $5
"""
# How many there are of each, and those of tens that are not full yet.
PLACES = """
SELECT n.annotator, n.skill,
       coalesce((SELECT max(piece) + 1 FROM evidence e
                  WHERE e.tenant = $1 AND e.annotator = n.annotator AND e.skill = n.skill), 0) AS pieces,
       coalesce((SELECT max(place) + 1 FROM evidence e WHERE e.tenant = $1 AND e.annotator = n.annotator
                    AND e.skill = n.skill AND e.kind = 'exam'), 0) AS exam,
       coalesce((SELECT max(place) + 1 FROM evidence e WHERE e.tenant = $1 AND e.annotator = n.annotator
                    AND e.skill = n.skill AND e.kind = 'live'), 0) AS live
  FROM unnest($2::uuid[], $3::uuid[]) AS n(annotator, skill)
"""
WAITING = """
SELECT e.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[]) AS n(annotator, skill, kind, told)
  JOIN evidence e ON e.tenant = $1 AND e.annotator = n.annotator AND e.skill = n.skill
   AND e.kind = n.kind AND e.place >= n.told
 ORDER BY e.piece
"""
DISCOUNTS = """
SELECT annotator, skill, min(since) AS since FROM evidence_discount
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) GROUP BY annotator, skill
"""
WEIGHTS = "SELECT skill, exam_ppm, review_ppm, adjudication_ppm FROM evidence_weight WHERE tenant = $1"
WEIGH = """
INSERT INTO evidence_weight (tenant, skill, exam_ppm, review_ppm, adjudication_ppm) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, skill) DO UPDATE
   SET exam_ppm = excluded.exam_ppm, review_ppm = excluded.review_ppm, adjudication_ppm = excluded.adjudication_ppm
"""
NEW = """
INSERT INTO evidence_skill (tenant, skill, first_at, idx) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, skill) DO UPDATE SET idx = excluded.idx
"""
DISCOUNT = """
INSERT INTO evidence_discount (tenant, annotator, skill, flag, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, annotator, skill, flag) DO UPDATE SET since = excluded.since
"""
RESTORE = "DELETE FROM evidence_discount WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND flag = $4"
CORRECT = """
UPDATE evidence SET erred = coalesce(erred, NOT correct), correct = $6, score_ppm = $7, truth_class = $8,
       answer_class = $9, dispute = coalesce($10, dispute), key_case = coalesce($11, key_case),
       rekeyed_at = coalesce($12, rekeyed_at)
 WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND source = $5
   AND CASE WHEN $4::uuid IS NULL THEN attempt = $13 AND version = $14 ELSE lease = $4 END
"""


Places = Mapping[Who, Mapping[str, int]]
"""Of a person in a skill, how many `pieces` of evidence there are, and how many of them `exam` and `live`."""


async def places_of(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[Who]) -> Places:
    """How much there is of these people in these skills."""
    rows = await conn.fetch(PLACES, tenant, *_who(who))
    names = ("pieces", "exam", "live")
    return {(row["annotator"], row["skill"]): {name: row[name] for name in names} for row in rows}


async def arrived(
    conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded], behind: Places
) -> list[Evidence]:
    """These facts as evidence, written behind what there is, each with its piece and place."""
    rows = await conn.fetch(WEIGHTS, tenant)
    weights = {row["skill"]: (row["exam_ppm"], row["review_ppm"], row["adjudication_ppm"]) for row in rows}
    chosen = await mislabels.chosen(conn, tenant, _reviewed(facts))
    new = [_no_sample(evidence_of(fact, weights), chosen) for fact in facts]
    places = {who: dict(counted) for who, counted in behind.items()}
    placed = []
    for one in new:
        at = places[one.who]
        placed.append(replace(one, piece=at["pieces"], place=at[one.kind] if one.kind else None))
        for name in ("pieces", *([one.kind] if one.kind else [])):
            at[name] += 1
    await conn.executemany(INSERT, [(tenant, *astuple(one)) for one in placed])
    counting = [one for one in placed if one.weight > 0.0]
    first = {one.skill: one.at for one in reversed(counting)}
    last = {one.skill: one.idx for one in counting}
    await conn.executemany(NEW, [(tenant, skill, first[skill], last[skill]) for skill in sorted(last)])
    return placed


def _reviewed(facts: Sequence[Recorded]) -> list[tuple[UUID, UUID, UUID, UUID]]:
    told = [fact.event for fact in facts if isinstance(fact.event, review.VerdictGiven)]
    return [(e.lease, e.item, e.task, e.project) for e in told]


def _no_sample(one: Evidence, chosen: set[UUID]) -> Evidence:
    """What was done again because it was probably wrong weighs nothing: harder work was chosen, not drawn."""
    return replace(one, weight=0.0) if one.source == "review" and one.lease in chosen else one


async def waiting(conn: asyncpg.Connection, tenant: TenantId, places: Places) -> list[Evidence]:
    """What these people were not told of yet, in its order."""
    asked = [
        (*who, kind, counted[kind] // TEN * TEN)
        for who, counted in places.items()
        for kind in ("exam", "live")
        if counted[kind] % TEN
    ]
    if not asked:
        return []
    rows = await conn.fetch(WAITING, tenant, *map(list, zip(*asked, strict=True)))
    return [_row(row) for row in rows]


async def everything(conn: asyncpg.Connection, tenant: TenantId, who: Who) -> list[Evidence]:
    """All evidence of a person in a skill, in its order."""
    return [_row(row) for row in await conn.fetch(ALL, tenant, *who)]


async def discounted(
    conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]
) -> dict[Who, datetime]:
    """Person and skill -> since when their answers weigh nothing; of whom they weigh is left out."""
    rows = await conn.fetch(DISCOUNTS, tenant, people)
    return {(row["annotator"], row["skill"]): row["since"] for row in rows}


async def weigh(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """SkillWeighted: what evidence from here on weighs."""
    told: list[plans.SkillWeighted] = [fact.event for fact in facts]
    rows = [(tenant, e.skill, e.exam_ppm, e.review_ppm, e.adjudication_ppm) for e in told]
    await conn.executemany(WEIGH, rows)


async def discount(
    conn: asyncpg.Connection, tenant: TenantId, event: scores.AnswersDiscounted | scores.AnswersRestored
) -> None:
    """Answers weigh nothing, or what they weighed before."""
    who = (event.annotator, event.skill, event.flag)
    if isinstance(event, scores.AnswersDiscounted):
        await conn.execute(DISCOUNT, tenant, *who, event.since)
    else:
        await conn.execute(RESTORE, tenant, *who)


async def correct(conn: asyncpg.Connection, tenant: TenantId, fact: Recorded) -> None:
    """ScoreCorrected: what was said of an answer counts otherwise, or not at all."""
    e: scores.ScoreCorrected = fact.event
    about = (e.annotator, e.skill, e.lease, e.source)
    score = PPM * bool(e.now) if e.score_ppm is None else e.score_ppm
    case = (e.dispute, e.key_case, None if e.key_case is None else fact.at)
    classes = (e.truth_class, e.answer_class)
    await conn.execute(CORRECT, tenant, *about, e.now, score, *classes, *case, e.attempt, e.of_version)


def _row(row: asyncpg.Record) -> Evidence:
    return Evidence(**{name: value for name, value in row.items() if name != "tenant"})


def _who(who: Sequence[Who]) -> tuple[list[UUID], list[UUID]]:
    return [one for one, _ in who], [skill for _, skill in who]


async def newest(
    conn: asyncpg.Connection, tenant: TenantId, who: Who, before: int | None, limit: int
) -> list[Evidence]:
    """The evidence of a person in a skill before this piece (None: all of it), newest first."""
    return [_row(row) for row in await conn.fetch(NEWEST, tenant, *who, before, limit)]
