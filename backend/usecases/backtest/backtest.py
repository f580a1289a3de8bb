"""The backtest as a use case: read in a transaction that cannot write, replayed in a thread."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.errors import Refusal, not_found
from backend.domain.projects.plan_default import check_plan
from backend.events.ids import ProjectId, TenantId
from backend.events.projects import QualityPlan
from backend.readmodels import projects
from backend.readmodels.backtest import READ_ONLY, Window
from backend.usecases.backtest import history, telling
from backend.usecases.projects.planning import merged
from backend.usecases.work import Answer, Work

# Nothing is asked of the database while a thread computes.
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '15min'"


async def project_backtest(
    work: Work, *, project: UUID, plan: Mapping[str, Any], since: datetime | None, until: datetime | None
) -> Answer:
    """What another plan would have cost and caught on the project's recorded history. Nothing but this request's own
    access entry is written."""
    work.require("project:report", project=ProjectId(project))
    await work.conn.execute(PATIENCE)
    async with work.imagined():
        await work.conn.execute(READ_ONLY)
        past = await past_of(work.conn, work.tenant, project, plan, Window(since, until))
    body = await asyncio.to_thread(telling.backtested, past)
    work.saw("proficiency", subjects={one.annotator for one in past.answers})
    return Answer(body)


async def past_of(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, plan: Mapping[str, Any], window: Window
) -> history.History:
    """The history of a project and the plan to try on it: what `plan` (the API's names) says over the project's own.
    Refuses `plan_invalid` and `period_invalid`; not_found for an unknown project."""
    found = await projects.find(conn, tenant, [project])
    if not found:
        raise not_found("a project")
    _refuse_empty(window)
    wanted = await _wanted(conn, tenant, found[0], plan)
    return await history.read(conn, tenant, found[0], wanted, window)


async def _wanted(
    conn: asyncpg.Connection, tenant: TenantId, project: Mapping[str, Any], plan: Mapping[str, Any]
) -> QualityPlan:
    """As a change of the plan would have it, by the same rules."""
    defaults, _, _ = await projects.plan_defaults(conn, tenant)
    wanted, _ = merged(defaults, (project["plan"], project["plan_own"]), plan)
    check_plan(wanted)
    return wanted


def _refuse_empty(window: Window) -> None:
    if window.since is not None and window.until is not None and window.since >= window.until:
        raise Refusal(
            "invalid",
            "period_invalid",
            expected="a `from` before `to`",
            found=f"{window.since.isoformat()} and {window.until.isoformat()}",
            mend="send an earlier `from` or a later `to`",
        )
