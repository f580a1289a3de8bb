"""Workflows by version: a version never changes, and work begun is done by the one it began with."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Column, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.events import workflows as ev
from backend.events.base import Recorded
from backend.events.ids import ProjectId, TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection

workflow = tenant_table(
    "workflow",
    key("project"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("first", ARRAY(Text), nullable=False),
    Column("steps", JSONB, nullable=False),
    Column("published_at", instant(), nullable=False),
)

PUBLISHED = """
INSERT INTO workflow (tenant, project, version, first, steps, published_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
FIND = "SELECT first, steps, published_at FROM workflow WHERE tenant = $1 AND project = $2 AND version = $3"
VERSIONS = """
SELECT w.version, w.first, w.published_at, jsonb_array_length(w.steps) AS steps,
       (SELECT count(*) FROM task t WHERE t.tenant = $1 AND t.project = $2 AND t.workflow_version = w.version
           AND t.state IN ('open', 'held')) AS open_tasks
  FROM workflow w WHERE w.tenant = $1 AND w.project = $2 ORDER BY w.version DESC
"""
# What each step of an item came to in one generation, the newest last.
DECIDED_STEPS = """
SELECT s.*, t.stage, t.project, t.workflow_version FROM step_result s JOIN task t USING (tenant, task)
 WHERE s.tenant = $1 AND s.item = ANY($2::uuid[]) ORDER BY s.decided_at, s.task
"""
STEPS_OF_TASKS = """
SELECT s.*, t.project FROM step_result s JOIN task t USING (tenant, task)
 WHERE s.tenant = $1 AND s.task = ANY($2::uuid[]) ORDER BY s.decided_at, s.task
"""
# Who answered the newest task of a step, in the order of their answers.
LAST_AUTHORS = """
SELECT a.annotator FROM answer a
 WHERE a.tenant = $1 AND a.gold IS NULL AND a.task = (
       SELECT t.task FROM task t
        WHERE t.tenant = $1 AND t.item = $2 AND t.generation = $3 AND t.step = $4 AND t.task <> $5
        ORDER BY t.first_ord DESC, t.task LIMIT 1)
 ORDER BY a.submitted_at, a.lease
"""

_STEPS = TypeAdapter(tuple[ev.Step, ...])


@lru_cache(maxsize=256)
def _steps(text: str) -> tuple[ev.Step, ...]:
    """Read once per process: what a version's text says never changes."""
    return _STEPS.validate_json(text)


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.WorkflowPublished = fact.event
        steps = to_json([asdict(step) for step in e.steps]).decode()
        await conn.execute(PUBLISHED, tenant, e.project, e.version, e.first, steps, fact.at)


WORKFLOWS = Projection("workflows", (workflow,), {ev.WorkflowPublished: _published})


async def find(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, version: int
) -> ev.WorkflowPublished | None:
    """This version of the project's workflow; None when there is none, as for version 0."""
    row = await conn.fetchrow(FIND, tenant, project, version) if version else None
    if row is None:
        return None
    return ev.WorkflowPublished(
        project=ProjectId(project), version=version, first=tuple(row["first"]), steps=_steps(row["steps"])
    )


async def versions(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """Every version, newest first, with how many tasks that go by it are open."""
    return [dict(row) for row in await conn.fetch(VERSIONS, tenant, project)]
