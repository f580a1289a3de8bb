"""Projects: what each asks for, its quality plan, its guideline and its sampling period; and the skills there are."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import models, pilot_projects, pilots, queue, taxonomies, workflows
from backend.events import projects as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

skill = tenant_table(
    "skill",
    key("skill"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=text("'domain'")),
    Column("exam_ppm", Integer, nullable=False, server_default=text("500000")),
    Column("import_ppm", Integer, nullable=False, server_default=text("500000")),
    Column("review_ppm", Integer, nullable=False, server_default=text("1000000")),
    Column("adjudication_ppm", Integer, nullable=False, server_default=text("100000")),
    # What a rule stops: close_skill or suspend.
    Column("below_floor", Text, nullable=False, server_default=text("'close_skill'")),
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
    Column("data_class", Text),
    Column("conditions", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("queue", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("queue_version", Integer, nullable=False, server_default=text("0")),
    Column("workflow_version", Integer, nullable=False, server_default=text("0")),
    Column("plan_own", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    # JSON text as in the events; empty: nothing was said.
    Column("scoring", Text, nullable=False, server_default=text("''")),
    Column("scoring_version", Integer, nullable=False, server_default=text("0")),
    Column("targets", Text, nullable=False, server_default=text("''")),
    Column("diversity", Text, nullable=False, server_default=text("''")),
    Column("targets_version", Integer, nullable=False, server_default=text("0")),
    # To whom other labels are shown (see model_routing.set), and whether that was ever anybody.
    Column("show_labels", Text, nullable=False, server_default=text("'none'")),
    Column("labels_shown", Boolean, nullable=False, server_default=text("false")),
    # The iteration that waits for a pilot, and takes what comes in meanwhile.
    ref("gate", nullable=True),
    # A pilot project that was promoted takes nothing more.
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    # By which version of which taxonomy answers are checked, and how (JSON text); setting 0: nothing was said.
    ref("taxonomy", nullable=True),
    Column("taxonomy_version", Integer, nullable=False, server_default=text("0")),
    Column("taxonomy_rule", Text, nullable=False, server_default=text("''")),
    Column("taxonomy_setting", Integer, nullable=False, server_default=text("0")),
)

# What the tenant says for all its projects.
queue_default = tenant_table(
    "queue_default",
    Column("settings", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
)

# Only what the tenant says; projects have their whole plan themselves.
plan_default = tenant_table(
    "plan_default",
    Column("plan", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
)

CREATED = """
INSERT INTO project (tenant, project, name, skill, agreements, courses, plan, plan_own)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
PLAN = "UPDATE project SET plan = $3, plan_version = $4, plan_own = $5 WHERE tenant = $1 AND project = $2"
PLAN_DEFAULT = """
INSERT INTO plan_default (tenant, plan, version) VALUES ($1, $2, $3)
ON CONFLICT (tenant) DO UPDATE SET plan = excluded.plan, version = excluded.version
"""
PLAN_DEFAULTS = "SELECT plan, version FROM plan_default WHERE tenant = $1"
PLANS = "SELECT project, plan, plan_own, sampling_period FROM project WHERE tenant = $1 ORDER BY project"
REQUIREMENTS = """
UPDATE project SET agreements = $3, courses = $4, data_class = $5, conditions = $6 WHERE tenant = $1 AND project = $2
"""
GUIDELINE = """
UPDATE project SET guideline_version = $3, guideline_sha256 = $4, guideline = $5 WHERE tenant = $1 AND project = $2
"""
PERIOD = "UPDATE project SET sampling_period = $3 WHERE tenant = $1 AND project = $2"
ASKING_FOR = """
SELECT project FROM project
 WHERE tenant = $1 AND ($2 = ANY(agreements) OR $2 = ANY(courses) OR position($2::text IN conditions::text) > 0)
 ORDER BY project
"""
QUEUE = "UPDATE project SET queue = $3, queue_version = $4 WHERE tenant = $1 AND project = $2"
QUEUE_DEFAULT = """
INSERT INTO queue_default (tenant, settings, version) VALUES ($1, $2, $3)
ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings, version = excluded.version
"""
DEFAULTS = "SELECT settings, version FROM queue_default WHERE tenant = $1"
FIND = """
SELECT p.*, coalesce((SELECT d.settings FROM queue_default d WHERE d.tenant = p.tenant), '{}'::jsonb) AS queue_default
  FROM project p WHERE p.tenant = $1 AND ($2::uuid[] IS NULL OR p.project = ANY($2)) ORDER BY p.project
"""
WORKFLOW = "UPDATE project SET workflow_version = $3 WHERE tenant = $1 AND project = $2"
SCORING = "UPDATE project SET scoring = $3, scoring_version = $4 WHERE tenant = $1 AND project = $2"
TARGETS = """
UPDATE project SET targets = $3, diversity = $4, targets_version = $5 WHERE tenant = $1 AND project = $2
"""
SHOWS_LABELS = """
UPDATE project SET show_labels = $3, labels_shown = labels_shown OR $3 <> 'none' WHERE tenant = $1 AND project = $2
"""
TAXONOMY = """
UPDATE project SET taxonomy = $3, taxonomy_version = $4, taxonomy_rule = $5, taxonomy_setting = $6
 WHERE tenant = $1 AND project = $2
"""
SHUT = "UPDATE project SET gate = $3 WHERE tenant = $1 AND project = $2"
OPENED = "UPDATE project SET gate = NULL WHERE tenant = $1 AND project = $2"
OPENED_OF = f"{OPENED} AND gate = $3"
OVER = "UPDATE project SET closed = true WHERE tenant = $1 AND project = $2"
SCORINGS = "SELECT project, scoring FROM project WHERE tenant = $1 AND project = ANY($2::uuid[])"
SKILL = "INSERT INTO skill (tenant, skill, name, kind) VALUES ($1, $2, $3, $4)"
WEIGHTED = """
UPDATE skill SET exam_ppm = $3, import_ppm = $4, review_ppm = $5, adjudication_ppm = $6
 WHERE tenant = $1 AND skill = $2
"""
BELOW_FLOOR = "UPDATE skill SET below_floor = $3 WHERE tenant = $1 AND skill = $2"
SKILLS = """
SELECT skill, name, kind, exam_ppm, import_ppm, review_ppm, adjudication_ppm, below_floor
  FROM skill WHERE tenant = $1 ORDER BY name
"""


async def _created(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ProjectCreated = fact.event
        plan = to_json(asdict(e.plan)).decode()
        row = (e.project, e.name, e.skill, e.agreements, e.courses, plan, e.own)
        await conn.execute(CREATED, tenant, *row)


async def _plan(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [fact.event for fact in facts]
    rows = [(tenant, e.project, to_json(asdict(e.plan)).decode(), e.plan_version, e.own) for e in told]
    await conn.executemany(PLAN, rows)


async def _plan_default(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PlanDefaultsUpdated = fact.event
        said = to_json({name: getattr(e.plan, name) for name in e.own}).decode()
        await conn.execute(PLAN_DEFAULT, tenant, said, e.version)


async def _requirements(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.RequirementsUpdated = fact.event
        conditions = to_json(asdict(e.conditions)).decode()
        row = (e.project, e.agreements, e.courses, e.data_class, conditions)
        await conn.execute(REQUIREMENTS, tenant, *row)


def _own(e: queue.QueueUpdated | queue.QueueDefaultsUpdated) -> str:
    """Only what is said; the rest is said elsewhere."""
    settings = asdict(e.settings)
    return to_json({name: settings[name] for name in e.own}).decode()


async def _queue(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: queue.QueueUpdated = fact.event
        await conn.execute(QUEUE, tenant, e.project, _own(e), e.queue_version)


async def _queue_default(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await conn.execute(QUEUE_DEFAULT, tenant, _own(fact.event), fact.event.version)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    met = [(tenant, fact.event.project) for fact in facts if fact.event.outcome == "met"]
    await conn.executemany(OPENED, met)


async def _tried(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """What is sent to a pilot project beyond its sample waits in it; production waits where that was asked."""
    for fact in facts:
        e: pilot_projects.PilotProjectBegun = fact.event
        await conn.execute(SHUT, tenant, e.trial, e.beyond)
        if e.rest is not None:
            await conn.execute(SHUT, tenant, e.project, e.rest)


async def _promoted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: pilot_projects.PilotProjectPromoted = fact.event
        await conn.execute(OPENED_OF, tenant, e.project, e.rest)
        await conn.execute(OVER, tenant, e.trial)


PROJECTS = Projection(
    "projects",
    (project, skill, queue_default, plan_default),
    {
        ev.SkillDefined: execute_each(SKILL, "skill", "name", "kind"),
        ev.SkillWeighted: execute_each(
            WEIGHTED, "skill", "exam_ppm", "import_ppm", "review_ppm", "adjudication_ppm"
        ),
        ev.BelowFloorSet: execute_each(BELOW_FLOOR, "skill", "mode"),
        ev.ProjectCreated: _created,
        ev.PlanUpdated: _plan,
        ev.PlanDefaultsUpdated: _plan_default,
        ev.RequirementsUpdated: _requirements,
        ev.GuidelinePublished: execute_each(GUIDELINE, "project", "version", "sha256", "text"),
        queue.QueueUpdated: _queue,
        queue.QueueDefaultsUpdated: _queue_default,
        workflows.WorkflowPublished: execute_each(WORKFLOW, "project", "version"),
        ev.ScoringSet: execute_each(SCORING, "project", "scoring", "version"),
        ev.TargetsSet: execute_each(TARGETS, "project", "targets", "diversity", "version"),
        taxonomies.ProjectTaxonomySet: execute_each(
            TAXONOMY, "project", "taxonomy", "version", "rule", "setting"
        ),
        ev.SamplingPeriodOpened: execute_each(PERIOD, "project", "period"),
        models.ModelRoutingSet: execute_each(SHOWS_LABELS, "project", "show_labels"),
        pilots.PilotBegun: execute_each(SHUT, "project", "rest"),
        pilots.PilotJudged: _judged,
        pilots.PilotOverruled: execute_each(OPENED, "project"),
        pilot_projects.PilotProjectBegun: _tried,
        pilot_projects.PilotProjectPromoted: _promoted,
        pilot_projects.PilotProjectEnded: execute_each(OVER, "trial"),
    },
)


async def find(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID] | None = None
) -> list[dict[str, Any]]:
    """Projects with `plan` as the QualityPlan in force (`plan_own` names what it says itself), `conditions` as
    Conditions and `queue` as the QueueSettings that hold: its own (`queue_own` names them), else the tenant's, else the
    product's. The guideline's text is ciphertext."""
    rows = [dict(row) for row in await conn.fetch(FIND, tenant, ids)]
    for row in rows:
        own, default = from_json(row["queue"]), from_json(row.pop("queue_default"))
        row["plan"], row["plan_own"] = plan_of(row["plan"]), tuple(row["plan_own"])
        row["conditions"] = _conditions(from_json(row["conditions"]))
        row["queue"], row["queue_own"] = _settings(default | own), tuple(own)
    return rows


async def queue_defaults(
    conn: asyncpg.Connection, tenant: TenantId
) -> tuple[queue.QueueSettings, tuple[str, ...], int]:
    """What holds where a project says nothing, which of it the tenant says, and the version (0: none was ever said)."""
    row = await conn.fetchrow(DEFAULTS, tenant)
    said = from_json(row["settings"]) if row else {}
    return _settings(said), tuple(said), row["version"] if row else 0


async def plan_defaults(
    conn: asyncpg.Connection, tenant: TenantId
) -> tuple[ev.QualityPlan, tuple[str, ...], int]:
    """The plan where a project says nothing, which of it the tenant says, and the version (0: none was ever said)."""
    row = await conn.fetchrow(PLAN_DEFAULTS, tenant)
    said = from_json(row["plan"]) if row else {}
    return ev.QualityPlan(**said), tuple(said), row["version"] if row else 0


async def plans(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """Of every project the plan in force, what of it the project says itself, and the sampling period."""
    rows = [dict(row) for row in await conn.fetch(PLANS, tenant)]
    return [row | {"plan": plan_of(row["plan"]), "plan_own": tuple(row["plan_own"])} for row in rows]


WORKING = """
SELECT project, skill, plan, plan_version, workflow_version, guideline_version, sampling_period, scoring,
       show_labels, labels_shown,
       coalesce((SELECT d.settings FROM queue_default d WHERE d.tenant = p.tenant), '{}'::jsonb) || p.queue AS queue
  FROM project p WHERE tenant = $1 AND ($2::uuid[] IS NULL OR project = ANY($2))
"""


async def working(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID] | None = None
) -> list[dict[str, Any]]:
    """What a pull or a submit asks of projects (None: all): plan and queue settings, versions; nothing long."""
    rows = [dict(row) for row in await conn.fetch(WORKING, tenant, ids)]
    for row in rows:
        row["plan"], row["queue"] = plan_of(row["plan"]), _settings_of(row["queue"])
    return rows


@lru_cache(maxsize=4_096)
def plan_of(text: str) -> ev.QualityPlan:
    """A project's plan as it is kept (JSON text)."""
    return ev.QualityPlan(**from_json(text))


@lru_cache(maxsize=4_096)
def _settings_of(text: str) -> queue.QueueSettings:
    return _settings(from_json(text))


def _settings(kept: dict[str, Any]) -> queue.QueueSettings:
    rings = tuple(
        queue.Ring(after_seconds=r["after_seconds"], without=tuple(r["without"]))
        for r in kept.get("rings", ())
    )
    skips = tuple(queue.SkipPolicy(**policy) for policy in kept.get("skips", ()))
    return queue.QueueSettings(**(kept | {"rings": rings, "skips": skips}))


def _conditions(kept: dict[str, Any]) -> ev.Conditions:
    groups = tuple(tuple(group) for group in kept.get("any_of", ()))
    return ev.Conditions(
        all_of=tuple(kept.get("all_of", ())), any_of=groups, none_of=tuple(kept.get("none_of", ()))
    )


async def scorings(conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Project -> how its answers are compared with the truth, as JSON text (empty: by equality)."""
    return {row["project"]: row["scoring"] for row in await conn.fetch(SCORINGS, tenant, list(ids))}


async def asking_for(conn: asyncpg.Connection, tenant: TenantId, gate: UUID) -> list[UUID]:
    """Projects that ask for this agreement or course."""
    return [row["project"] for row in await conn.fetch(ASKING_FOR, tenant, gate)]


async def skills(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """The skill catalogue by name, with what evidence weighs in each."""
    return [dict(row) for row in await conn.fetch(SKILLS, tenant)]
