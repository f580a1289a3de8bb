"""The backtest as a use case: read in a transaction that cannot write, replayed in a thread."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.errors import Refusal, not_found
from backend.domain.projects.plan_default import check_plan
from backend.domain.workforce.rates import check_currency
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
    work: Work,
    *,
    project: UUID,
    plan: Mapping[str, Any],
    since: datetime | None,
    until: datetime | None,
    cost_per_error: Mapping[str, Any] | None = None,
) -> Answer:
    """What another plan would have cost and caught on the project's recorded history; `cost_per_error` (amount_minor,
    currency) also prices the errors that go out. Nothing but this request's own access entry is written. Raises
    `currency_unknown`."""
    work.require("project:report", project=ProjectId(project))
    await work.conn.execute(PATIENCE)
    async with work.imagined():
        await work.conn.execute(READ_ONLY)
        asked = Trial(project, plan, Window(since, until), cost_per_error)
        past = await past_of(work.conn, work.tenant, asked, work.now)
    body = await asyncio.to_thread(telling.backtested, past)
    work.saw("proficiency", subjects={one.annotator for one in past.answers})
    return Answer(body)


@dataclass(frozen=True, slots=True)
class Trial:
    """A project, what to change of its plan (the API's names), when, and what an error costs that goes out."""

    project: UUID
    plan: Mapping[str, Any]
    window: Window
    cost_per_error: Mapping[str, Any] | None = None

    @property
    def per_error(self) -> tuple[int, str] | None:
        """Minor units and currency. Raises `currency_unknown`."""
        said = self.cost_per_error
        if said is None:
            return None
        check_currency(said["currency"])
        return said["amount_minor"], said["currency"]


async def past_of(conn: asyncpg.Connection, tenant: TenantId, asked: Trial, now: datetime) -> history.History:
    """The history of a project and the plan to try on it: what is asked over the project's own. Refuses
    `plan_invalid`, `period_invalid` and `currency_unknown`; not_found for an unknown project."""
    found = await projects.find(conn, tenant, [asked.project])
    if not found:
        raise not_found("a project")
    _refuse_empty(asked.window)
    wanted, per_error = await _wanted(conn, tenant, found[0], asked.plan), asked.per_error
    end = (asked.window.until or now).astimezone(UTC).date()
    return await history.read(conn, tenant, found[0], wanted, asked.window, end, per_error)


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
