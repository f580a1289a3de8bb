"""Projects: what each asks for, its quality plan, its guideline and its sampling period; and the skills there are."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import Column, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import projects as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

skill = tenant_table(
    "skill",
    key("skill"),
    Column("name", Text, nullable=False),
    UniqueConstraint("tenant", "name", name="skill_name"),
)

project = tenant_table(
    "project",
    key("project"),
    Column("name", Text, nullable=False),
    ref("skill"),
    Column("agreements", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("courses", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("plan", JSONB, nullable=False),
    Column("plan_version", Integer, nullable=False, server_default=text("1")),
    Column("guideline_version", Integer, nullable=False, server_default=text("0")),
    Column("guideline_sha256", Text),
    Column("guideline", LargeBinary),
    Column("sampling_period", Integer, nullable=False, server_default=text("0")),
)

CREATED = """
INSERT INTO project (tenant, project, name, skill, agreements, courses, plan) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
PLAN = "UPDATE project SET plan = $3, plan_version = $4 WHERE tenant = $1 AND project = $2"
REQUIREMENTS = "UPDATE project SET agreements = $3, courses = $4 WHERE tenant = $1 AND project = $2"
GUIDELINE = """
UPDATE project SET guideline_version = $3, guideline_sha256 = $4, guideline = $5 WHERE tenant = $1 AND project = $2
"""
PERIOD = "UPDATE project SET sampling_period = $3 WHERE tenant = $1 AND project = $2"
ASKING_FOR = """
SELECT project FROM project WHERE tenant = $1 AND ($2 = ANY(agreements) OR $2 = ANY(courses)) ORDER BY project
"""
SKILL = "INSERT INTO skill (tenant, skill, name) VALUES ($1, $2, $3)"


async def _created(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ProjectCreated = fact.event
        plan = to_json(asdict(e.plan)).decode()
        await conn.execute(CREATED, tenant, e.project, e.name, e.skill, e.agreements, e.courses, plan)


async def _plan(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        plan = to_json(asdict(fact.event.plan)).decode()
        await conn.execute(PLAN, tenant, fact.event.project, plan, fact.event.plan_version)


PROJECTS = Projection(
    "projects",
    (project, skill),
    {
        ev.SkillDefined: execute_each(SKILL, "skill", "name"),
        ev.ProjectCreated: _created,
        ev.PlanUpdated: _plan,
        ev.RequirementsUpdated: execute_each(REQUIREMENTS, "project", "agreements", "courses"),
        ev.GuidelinePublished: execute_each(GUIDELINE, "project", "version", "sha256", "text"),
        ev.SamplingPeriodOpened: execute_each(PERIOD, "project", "period"),
    },
)


async def find(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID] | None = None
) -> list[dict[str, Any]]:
    """Projects with `plan` as a QualityPlan; the guideline's text is ciphertext."""
    sql = "SELECT * FROM project WHERE tenant = $1 AND ($2::uuid[] IS NULL OR project = ANY($2)) ORDER BY project"
    rows = [dict(row) for row in await conn.fetch(sql, tenant, ids)]
    for row in rows:
        row["plan"] = ev.QualityPlan(**from_json(row["plan"]))
    return rows


async def asking_for(conn: asyncpg.Connection, tenant: TenantId, gate: UUID) -> list[UUID]:
    """Projects that ask for this agreement or course."""
    return [row["project"] for row in await conn.fetch(ASKING_FOR, tenant, gate)]


async def skills(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """The skill catalogue by name."""
    return [
        dict(r)
        for r in await conn.fetch("SELECT skill, name FROM skill WHERE tenant = $1 ORDER BY name", tenant)
    ]
