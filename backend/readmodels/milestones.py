"""Milestones: when each person first reached each step, how long they stayed, and how much they did in each hour.

It follows the log, so that nothing of it is written in the transaction of an answer.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, text

from backend.events import agreements, leases, training, workforce
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection, Step

REACHED = "invited claimed screened signed trained activated first_answer tenth_answer".split()
TENTH = 10

# The first time counts: who comes back after leaving is not new again.
milestone = tenant_table(
    "milestone",
    key("annotator"),
    *(Column(f"{step}_at", instant()) for step in REACHED),
    Column("last_at", instant()),
    Column("answers", Integer, nullable=False, server_default=text("0")),
)

# From activation to leaving; who comes back begins a second stay.
stay = tenant_table(
    "stay",
    key("annotator"),
    Column("joined_at", instant(), primary_key=True),
    Column("left_at", instant()),
)

work_done = tenant_table(
    "work_done",
    key("annotator"),
    Column("hour", instant(), primary_key=True),
    key("project"),
    Column("answers", Integer, nullable=False),
    Column("reviews", Integer, nullable=False),
    Index("work_done_hour", "tenant", "hour"),
)

# Signatures and courses are streams of their own: the earliest time wins, in whatever order they come.
REACH = """
INSERT INTO milestone AS m (tenant, annotator, {step}_at)
SELECT $1, annotator, min(at) FROM unnest($2::uuid[], $3::timestamptz[]) n(annotator, at) GROUP BY annotator
ON CONFLICT (tenant, annotator) DO UPDATE SET {step}_at = least(m.{step}_at, excluded.{step}_at)
"""
JOINED = """
INSERT INTO stay (tenant, annotator, joined_at)
SELECT $1, n.annotator, n.at FROM unnest($2::uuid[], $3::timestamptz[]) n(annotator, at)
 WHERE NOT EXISTS (SELECT 1 FROM stay s WHERE s.tenant = $1 AND s.annotator = n.annotator AND s.left_at IS NULL)
ON CONFLICT DO NOTHING
"""
LEFT = """
UPDATE stay s SET left_at = n.at FROM unnest($2::uuid[], $3::timestamptz[]) n(annotator, at)
 WHERE s.tenant = $1 AND s.annotator = n.annotator AND s.left_at IS NULL
"""
# The lease has ended in the transaction of its answer: whose it was does not change any more.
OF_LEASES = """
SELECT n.at, l.annotator, l.project, l.stage
  FROM unnest($2::uuid[], $3::timestamptz[]) WITH ORDINALITY n(lease, at, place)
  JOIN lease_ended l ON l.tenant = $1 AND l.lease = n.lease AND l.lease = ANY($2::uuid[]) ORDER BY n.place
"""
SO_FAR = "SELECT annotator, answers FROM milestone WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
ANSWERED = """
INSERT INTO milestone AS m (tenant, annotator, first_answer_at, tenth_answer_at, last_at, answers)
SELECT $1, * FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int[])
ON CONFLICT (tenant, annotator) DO UPDATE
   SET first_answer_at = coalesce(m.first_answer_at, excluded.first_answer_at),
       tenth_answer_at = coalesce(m.tenth_answer_at, excluded.tenth_answer_at),
       last_at = greatest(m.last_at, excluded.last_at), answers = m.answers + excluded.answers
"""
DONE = """
INSERT INTO work_done AS w (tenant, annotator, project, hour, answers, reviews)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, hour, project) DO UPDATE
   SET answers = w.answers + excluded.answers, reviews = w.reviews + excluded.reviews
"""


def _who_and_when(facts: Sequence[Recorded]) -> tuple[list[UUID], list[datetime]]:
    return [f.event.annotator for f in facts], [f.at for f in facts]


def _reach(step: str) -> Step:
    sql = REACH.format(step=step)

    async def fold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        if facts:
            await conn.execute(sql, tenant, *_who_and_when(facts))

    return fold


_claimed_at, _signed_at, _trained_at, _activated_at = map(
    _reach, ("claimed", "signed", "trained", "activated")
)


async def _claimed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _claimed_at(conn, tenant, facts)
    await _activated(conn, tenant, [f for f in facts if f.event.active])


async def _activated(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    if facts:
        await _activated_at(conn, tenant, facts)
        await conn.execute(JOINED, tenant, *_who_and_when(facts))


async def _left(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(LEFT, tenant, *_who_and_when(facts))


async def _signed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _signed_at(conn, tenant, [f for f in facts if not f.event.awaits_countersigning])


async def _trained(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _trained_at(conn, tenant, [f for f in facts if f.event.passed])


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = await conn.fetch(OF_LEASES, tenant, [f.event.lease for f in facts], [f.at for f in facts])
    if not rows:
        return
    reviews: Counter[tuple[UUID, UUID, datetime]] = Counter()
    answers: Counter[tuple[UUID, UUID, datetime]] = Counter()
    moments: dict[UUID, list[datetime]] = {}
    for row in rows:
        hour = row["at"].replace(minute=0, second=0, microsecond=0)
        counter = reviews if row["stage"] == "review" else answers
        counter[row["annotator"], row["project"], hour] += 1
        moments.setdefault(row["annotator"], []).append(row["at"])
    done = [(*at, answers[at], reviews[at]) for at in sorted(answers.keys() | reviews.keys())]
    await conn.execute(DONE, tenant, *map(list, zip(*done, strict=True)))
    before = {row["annotator"]: row["answers"] for row in await conn.fetch(SO_FAR, tenant, list(moments))}
    steps = [_steps(who, at, before.get(who, 0)) for who, at in sorted(moments.items())]
    await conn.execute(ANSWERED, tenant, *map(list, zip(*steps, strict=True)))


def _steps(who: UUID, at: list[datetime], before: int) -> tuple[Any, ...]:
    """When the first and the tenth of all answers came, if they are among these; the latest; how many."""
    tenth = TENTH - 1 - before
    return who, at[0], at[tenth] if 0 <= tenth < len(at) else None, max(at), len(at)


MILESTONES = Projection(
    "milestones",
    (milestone, stay, work_done),
    {
        workforce.AnnotatorInvited: _reach("invited"),
        workforce.AnnotatorClaimed: _claimed,
        workforce.AnnotatorScreened: _reach("screened"),
        workforce.AnnotatorActivated: _activated,
        workforce.AnnotatorOffboarded: _left,
        workforce.AnnotatorErased: _left,
        agreements.AgreementSigned: _signed,
        agreements.AgreementCountersigned: _signed_at,
        training.CourseAttempted: _trained,
        leases.LeaseSubmitted: _answered,
    },
)
