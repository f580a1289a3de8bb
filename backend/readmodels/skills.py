"""Skills held: who has which level from which source until when, and which skills a rule has closed for whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Text, text

from backend.events import proficiency as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels import holdings
from backend.readmodels.projection import Projection

skill_held = tenant_table(
    "skill_held",
    key("annotator"),
    key("skill"),
    Column("source", Text, primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("until", instant()),
    Column("granted_at", instant(), nullable=False),
    Index("skill_held_skill", "tenant", "skill"),
    Index("skill_held_until", "tenant", "until", postgresql_where=text("until IS NOT NULL")),
)

# `why` is floor (with floor, probability and counts) or drift (with target, state and bound of the sum).
skill_closing = tenant_table(
    "skill_closing",
    key("annotator"),
    key("skill"),
    Column("why", Text, nullable=False),
    Column("floor_ppm", Integer),
    Column("probability_ppm", Integer),
    Column("correct", Integer),
    Column("total", Integer),
    Column("target_ppm", Integer),
    Column("state_ppm", BigInteger),
    Column("bound_ppm", BigInteger),
    Column("basis_index", BigInteger, nullable=False),
    Column("closed_at", instant(), nullable=False),
)

GRANTED = """
INSERT INTO skill_held (tenant, annotator, skill, source, level, until, granted_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE
   SET level = excluded.level, until = excluded.until, granted_at = excluded.granted_at
"""
LOST = """
DELETE FROM skill_held h USING unnest($2::uuid[], $3::uuid[], $4::text[]) n(annotator, skill, source)
 WHERE h.tenant = $1 AND h.annotator = n.annotator AND h.skill = n.skill AND h.source = n.source
"""
CLOSED = """
INSERT INTO skill_closing (tenant, annotator, skill, why, floor_ppm, probability_ppm, correct, total, target_ppm,
                           state_ppm, bound_ppm, basis_index, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
REOPENED = "DELETE FROM skill_closing WHERE tenant = $1 AND annotator = $2 AND skill = $3"
# Exams say themselves when what was passed lapses.
DUE = """
SELECT annotator, skill, source FROM skill_held
 WHERE tenant = $1 AND until <= $2 AND source <> 'exam' ORDER BY until, annotator, skill, source LIMIT $3
"""
# By what is held, whoever granted it.
HELD = """
SELECT split_part(h.token, ':', 2)::uuid AS skill, substr(h.source, 7) AS source,
       coalesce(nullif(split_part(h.token, ':', 3), ''), '1')::int AS level, h.until, s.granted_at
  FROM holding h
  LEFT JOIN skill_held s ON s.tenant = h.tenant AND s.annotator = h.annotator
   AND s.skill::text = split_part(h.token, ':', 2) AND 'skill:' || s.source = h.source
 WHERE h.tenant = $1 AND h.annotator = $2 AND starts_with(h.token, 'skill:') AND starts_with(h.source, 'skill:')
 ORDER BY 1, 2, 3
"""
CLOSINGS = """
SELECT skill, why, floor_ppm, probability_ppm, correct, total, target_ppm, state_ppm, bound_ppm, basis_index,
       closed_at
  FROM skill_closing
 WHERE tenant = $1 AND annotator = $2
"""
# Disputes that were won about evidence which the closing rests on, keys of gold found wrong that it was held against,
# and whether it is folded as corrected. Those of the last minutes before the closing count: it rests on what was folded
# then.
CORRECTIONS = """
SELECT d.dispute, NULL::uuid AS key_case, e.dispute IS NOT NULL AS folded, d.resolved_at AS at
  FROM dispute d JOIN evidence e ON e.tenant = d.tenant AND e.annotator = d.annotator AND e.skill = d.skill
   AND e.lease = d.lease AND e.source = d.source
 WHERE d.tenant = $1 AND d.annotator = $2 AND d.skill = $3 AND d.outcome IN ('reversed', 'void') AND NOT d.settled
   AND d.resolved_at > $6::timestamptz - interval '10 minutes' AND e.idx >= $4 AND e.idx < $5
UNION ALL
SELECT NULL, k.key_case, e.key_case IS NOT DISTINCT FROM k.key_case, k.corrected_at
  FROM score_rekeyed k JOIN evidence e ON e.tenant = k.tenant AND e.annotator = k.annotator AND e.skill = k.skill
   AND CASE WHEN k.lease IS NULL THEN e.attempt = k.attempt AND e.version = k.of_version
            ELSE e.lease = k.lease AND e.source = 'gold' END
 WHERE k.tenant = $1 AND k.annotator = $2 AND k.skill = $3
   AND k.corrected_at > $6::timestamptz - interval '10 minutes' AND e.idx >= $4 AND e.idx < $5
 ORDER BY at, dispute, key_case
"""

_Place = tuple[UUID, UUID, str]


async def _granted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    last: dict[_Place, Recorded] = {(f.event.annotator, f.event.skill, f.event.source): f for f in facts}
    rows = [(*place, f.event.level, f.event.until, f.at) for place, f in sorted(last.items(), key=_place)]
    await conn.execute(GRANTED, tenant, *map(list, zip(*rows, strict=True)))
    await holdings.withdraw(conn, tenant, [_held(place) for place in last])
    tokens = [
        (who, token, f"skill:{source}", fact.event.until)
        for (who, skill, source), fact in last.items()
        for token in _levels(skill, fact.event.level)
    ]
    await holdings.grant(conn, tenant, tokens)


async def _lost(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    places = [(f.event.annotator, f.event.skill, f.event.source) for f in facts]
    await conn.execute(LOST, tenant, *map(list, zip(*places, strict=True)))
    await holdings.withdraw(conn, tenant, [_held(place) for place in places])


async def _closed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.SkillClosed | ev.DriftAlarmed = fact.event
        proof = (
            ("floor", e.floor_ppm, e.probability_ppm, e.correct, e.total, None, None, None)
            if isinstance(e, ev.SkillClosed)
            else ("drift", None, None, None, None, e.target_ppm, e.state_ppm, e.bound_ppm)
        )
        await conn.execute(CLOSED, tenant, e.annotator, e.skill, *proof, e.basis_index, fact.at)
    shut = [(f.event.annotator, f"skill-closed:{f.event.skill}", "closed", None) for f in facts]
    await holdings.grant(conn, tenant, shut)


async def _reopened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await conn.execute(REOPENED, tenant, fact.event.annotator, fact.event.skill)
    shut = [(f.event.annotator, f"skill-closed:{f.event.skill}", "closed") for f in facts]
    await holdings.withdraw(conn, tenant, shut)


def _levels(skill: UUID, level: int) -> list[str]:
    """Who holds a level holds the skill, and all levels below."""
    return [f"skill:{skill}", *(f"skill:{skill}:{n}" for n in range(1, level + 1))]


def _held(place: _Place) -> holdings.Place:
    who, skill, source = place
    return who, f"skill:{skill}", f"skill:{source}"


def _place(item: tuple[_Place, Recorded]) -> _Place:
    return item[0]


SKILLS = Projection(
    "skills",
    (skill_held, skill_closing),
    {
        ev.SkillGranted: _granted,
        ev.SkillLost: _lost,
        ev.SkillClosed: _closed,
        ev.DriftAlarmed: _closed,
        ev.SkillReopened: _reopened,
        ev.SkillClosingUndone: _reopened,
    },
)


async def held_by(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, now: datetime
) -> list[dict[str, Any]]:
    """What a person holds: skill, source, level, until, granted_at, and whether it `counts` at `now`.

    Per skill and source the highest level that counts, or the highest there was, until a fact takes it away.
    """
    best: dict[tuple[UUID, str], dict[str, Any]] = {}
    for row in await conn.fetch(HELD, tenant, annotator):
        one = dict(row) | {"counts": row["until"] is None or row["until"] > now}
        known = best.get((one["skill"], one["source"]))
        if known is None or (one["counts"], one["level"]) >= (known["counts"], known["level"]):
            best[one["skill"], one["source"]] = one
    return list(best.values())


async def closings(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> dict[UUID, dict[str, Any]]:
    """Skill -> the evidence on which it is closed for this person now."""
    return {row["skill"]: dict(row) for row in await conn.fetch(CLOSINGS, tenant, annotator)}


async def corrections(
    conn: asyncpg.Connection,
    tenant: TenantId,
    who: tuple[UUID, UUID],
    fresh_from: int,
    closing: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Disputes that (annotator, skill) has won since a closing (a row of `closings`) about what it rests on, from index
    `fresh_from` on, and cases of wrong keys that corrected it: `dispute` or `key_case`, and whether the evidence is
    `folded` as they corrected it."""
    span = (fresh_from, closing["basis_index"], closing["closed_at"])
    return [dict(row) for row in await conn.fetch(CORRECTIONS, tenant, *who, *span)]


async def due(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[dict[str, Any]]:
    """Levels whose end has passed and is not recorded yet, exams' own aside: annotator, skill, source."""
    return [dict(row) for row in await conn.fetch(DUE, tenant, now, most)]
