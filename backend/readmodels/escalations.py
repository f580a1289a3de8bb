"""Escalations: items that wait for an expert or had one, what is late, and what of answers reviewers found wrong."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import review as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

_UNRESOLVED = "resolved_at IS NULL AND {} IS NOT NULL"

escalation = tenant_table(
    "escalation",
    key("escalation"),
    ref("task"),
    ref("item"),
    ref("project"),
    Column("reason", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=text("''")),
    ref("raised_by", nullable=True),
    Column("opened_at", instant(), nullable=False),
    Column("start_by", instant()),
    Column("due_by", instant()),
    # The task in which the next answer of an expert is waited for, or was given.
    ref("expert_task"),
    Column("missed_start_at", instant()),
    Column("missed_due_at", instant()),
    # Whose answer was contested, where it was.
    ref("first_expert", nullable=True),
    ref("first_lease", nullable=True),
    Column("contested_at", instant()),
    ref("expert", nullable=True),
    ref("lease", nullable=True),
    Column("answer_class", Text),
    Column("resolved_at", instant()),
    Index("escalation_item", "tenant", "item"),
    Index("escalation_task", "tenant", "task"),
    Index("escalation_project", "tenant", "project", "escalation"),
    Index("escalation_start", "tenant", "start_by", postgresql_where=text(_UNRESOLVED.format("start_by"))),
    Index("escalation_due", "tenant", "due_by", postgresql_where=text(_UNRESOLVED.format("due_by"))),
)

# For which reasons people of a project ask for an expert, and which classes always go to one.
escalation_setting = tenant_table(
    "escalation_setting",
    key("project"),
    Column("reasons_version", Integer, nullable=False, server_default=text("0")),
    Column("codes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("reasons", LargeBinary),
    Column("watched_version", Integer, nullable=False, server_default=text("0")),
    Column("watched", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("labels", LargeBinary),
)

# What reviewers said of single regions or fields of an answer.
region_verdict = tenant_table(
    "region_verdict",
    key("review"),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    ref("lease"),
    ref("project"),
    Column("at", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("code", Text, nullable=False),
    Index("region_verdict_project", "tenant", "project"),
)

OPENED = """
INSERT INTO escalation (tenant, escalation, task, item, project, reason, raised_by, code, start_by, due_by, opened_at,
                        expert_task)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[],
                         $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::uuid[])
"""
CONTESTED = """
UPDATE escalation SET first_expert = $3, first_lease = $4, contested_at = $5, expert_task = $6
 WHERE tenant = $1 AND escalation = $2
"""
RESOLVED = """
UPDATE escalation SET expert = $3, lease = $4, answer_class = $5, resolved_at = $6 WHERE tenant = $1 AND escalation = $2
"""
MISSED: Mapping[str, str] = {
    "start": "UPDATE escalation SET missed_start_at = $3 WHERE tenant = $1 AND escalation = $2",
    "due": "UPDATE escalation SET missed_due_at = $3 WHERE tenant = $1 AND escalation = $2",
}
REASONS = """
INSERT INTO escalation_setting (tenant, project, reasons_version, codes, reasons) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, project) DO UPDATE
   SET reasons_version = excluded.reasons_version, codes = excluded.codes, reasons = excluded.reasons
"""
WATCHED = """
INSERT INTO escalation_setting (tenant, project, watched_version, watched, labels) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, project) DO UPDATE
   SET watched_version = excluded.watched_version, watched = excluded.watched, labels = excluded.labels
"""
REGIONS = """
INSERT INTO region_verdict (tenant, review, n, lease, project, at, verdict, code)
SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
"""


def expert_task(of: UUID, *, second: bool = False) -> UUID:
    """The task in which an expert answers this escalation; of the second expert's, where the first was contested."""
    return uuid8(of, "second-expert-task" if second else "expert-task")


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("escalation", "task", "item", "project", "reason", "raised_by", "code", "start_by", "due_by")
    theirs = [expert_task(fact.event.escalation) for fact in facts]
    await conn.execute(OPENED, tenant, *columns(facts, *names), [f.at for f in facts], theirs)


async def _contested(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.EscalationContested = fact.event
        again = expert_task(e.escalation, second=True)
        await conn.execute(CONTESTED, tenant, e.escalation, e.expert, e.lease, fact.at, again)


async def _resolved(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.EscalationResolved = fact.event
        await conn.execute(RESOLVED, tenant, e.escalation, e.expert, e.lease, e.answer_class, fact.at)


async def _missed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await conn.execute(MISSED[fact.event.what], tenant, fact.event.escalation, fact.at)


async def _reasons(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.EscalationReasonsSet = fact.event
        await conn.execute(REASONS, tenant, e.project, e.version, e.codes, e.reasons)


async def _watched(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.WatchedClassesSet = fact.event
        await conn.execute(WATCHED, tenant, e.project, e.version, e.classes, e.labels)


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    said = [
        (e.review, n, e.lease, e.project, one.at, one.verdict, one.code)
        for e in (fact.event for fact in facts)
        for n, one in enumerate(e.regions)
    ]
    if said:
        await conn.execute(REGIONS, tenant, *map(list, zip(*said, strict=True)))


ESCALATIONS = Projection(
    "escalations",
    (escalation, escalation_setting, region_verdict),
    {
        ev.EscalationOpened: _opened,
        ev.EscalationContested: _contested,
        ev.EscalationResolved: _resolved,
        ev.EscalationMissed: _missed,
        ev.EscalationReasonsSet: _reasons,
        ev.WatchedClassesSet: _watched,
        ev.VerdictGiven: _verdict,
    },
)

# With why the task that it is about is held.
OF_ITEMS = """
SELECT e.*, t.held_code FROM escalation e LEFT JOIN task t ON t.tenant = e.tenant AND t.task = e.task
 WHERE e.tenant = $1 AND e.item = ANY($2::uuid[]) ORDER BY e.escalation
"""
# What experts answered to the items of these tasks while their round was not open ($3), as far as it is open now.
ANSWERED = """
SELECT a.* FROM escalation e JOIN answer a ON a.tenant = e.tenant AND a.task = e.expert_task
  JOIN task k ON k.tenant = e.tenant AND k.task = e.task
 WHERE e.tenant = $1 AND e.resolved_at IS NULL AND k.held_code IS DISTINCT FROM $3 AND e.item IN (
       SELECT t.item FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[]))
 ORDER BY a.lease
"""
OF_TASKS = "SELECT * FROM escalation WHERE tenant = $1 AND task = ANY($2::uuid[]) ORDER BY escalation"
SETTINGS = "SELECT * FROM escalation_setting WHERE tenant = $1 AND project = ANY($2::uuid[])"

# When an expert first opened the task in which the escalation `e` waits; null where nobody has.
_BEGUN = """(SELECT min(l.started_at) FROM (
      SELECT started_at FROM lease WHERE tenant = e.tenant AND task = e.expert_task
      UNION ALL SELECT started_at FROM lease_ended WHERE tenant = e.tenant AND task = e.expert_task) l)"""
# Once it is contested a first expert has begun; what is held or cancelled is nobody's to begin or to end.
_LATE = f"""
  FROM escalation e JOIN task t ON t.tenant = e.tenant AND t.task = e.expert_task
 WHERE e.tenant = $1 AND e.resolved_at IS NULL AND t.state = 'open' AND (
       (e.due_by <= $2 AND e.missed_due_at IS NULL)
    OR (e.start_by <= $2 AND e.missed_start_at IS NULL AND e.contested_at IS NULL
        AND coalesce({_BEGUN}, 'infinity') > e.start_by))"""
LATE_DUE = f"EXISTS (SELECT 1 {_LATE})"
LATE = f"""
SELECT e.escalation, e.project, e.expert_task, t.priority, coalesce({_BEGUN}, 'infinity') > e.start_by AS unbegun
{_LATE} ORDER BY least(e.start_by, e.due_by), e.escalation LIMIT $3
"""
# With the leases of second looks, and that of the word that stands: `word`.
_TOLD = f"""
SELECT e.*, {_BEGUN} AS begun_at, t.state AS task_state, d.second_lease, d.third_lease,
       CASE WHEN d.corrected THEN d.third_lease ELSE e.lease END AS word
  FROM escalation e
  LEFT JOIN task t ON t.tenant = e.tenant AND t.task = e.expert_task
  LEFT JOIN double_review d ON d.tenant = e.tenant AND d.escalation = e.escalation
 WHERE e.tenant = $1"""
ONE = f"{_TOLD} AND e.escalation = $2"
PAGE = f"""{_TOLD} AND e.project = $2 AND ($3::uuid IS NULL OR e.escalation > $3)
   AND ($4::text IS NULL OR CASE WHEN e.resolved_at IS NOT NULL THEN 'resolved' WHEN t.state = 'cancelled' THEN 'void'
                                 WHEN e.contested_at IS NOT NULL THEN 'contested' ELSE 'open' END = $4)
   AND ($5::bool IS NULL OR $5 = (coalesce(e.missed_start_at, e.missed_due_at) IS NOT NULL
                                  OR coalesce(e.due_by < coalesce(e.resolved_at, $6), false)))
 ORDER BY e.escalation LIMIT $7
"""


async def settings(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Project -> its reasons and watched classes, of those that ever said any; no query for no project."""
    rows = await conn.fetch(SETTINGS, tenant, list(projects)) if projects else []
    return {row["project"]: dict(row) for row in rows}
