"""The quality plan: what a project says itself, what the tenant says for all, and what holds.

Every project keeps its whole plan in its own facts. A decision of last year is then replayed from one stream, no fold
depends on how two streams interleave, and the hot path reads one plan as ever. So a change of the defaults writes
`project.plan_updated` for each project that it reaches, all in its own transaction: what is in force and who says it
are never apart, nobody can update a project in between, and a project has the new plan or none has. That costs three
facts a project, written set by set; only those whose plan really changes are touched.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects import plan_default
from backend.domain.projects import project as projects_domain
from backend.domain.projects import sampling_period as periods
from backend.events.ids import ProjectId, uuid8
from backend.events.projects import QualityPlan
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.work import Answer, Work

PPM = 1_000_000
SHARES = {
    "gold_share": "gold_share_ppm",
    "review_rate": "review_rate_ppm",
    "escalate_below": "escalate_below_ppm",
    "stop_at": "stop_at_ppm",
    "review_target": "review_target_ppm",
    "live_floor": "live_floor_ppm",
    "gold_edge_case_share": "gold_edge_case_share_ppm",
    "review_floor": "review_floor_ppm",
    "double_review": "double_review_ppm",
}
NAMES = {ppm: share for share, ppm in SHARES.items()}
Plan = tuple[QualityPlan, tuple[str, ...]]
"""A plan in force, and the names of the fields that are said here and not elsewhere."""
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def plan_defaults_get(work: Work) -> Answer:
    """The plan of every project that does not say otherwise."""
    work.require("project:read")
    return await _defaults_shown(work)


async def plan_defaults_update(work: Work, *, expected_version: int, plan: dict[str, Any]) -> Answer:
    """Say the plan of every project that does not say otherwise; what is null is the product's again. Projects work by
    it from this transaction on, each with a new sampling period."""
    work.require("project:update")
    await one_at_a_time(work)
    before, said, version = await projects.plan_defaults(work.conn, work.tenant)
    about = uuid8(work.tenant, "plan")
    await work.load(plan_default.PLAN_DEFAULTS, [about])
    refuse_stale(FIRST + version, expected_version)
    wanted, own = merged(plan_default.PRODUCT, (before, said), plan)
    if work.decide(plan_default.PLAN_DEFAULTS, about, plan_default.UpdateDefaults(plan=wanted, own=own)):
        await _inherit(work, wanted)
    await work.flush()
    return await _defaults_shown(work)


async def _inherit(work: Work, defaults: QualityPlan) -> None:
    """Every project whose plan these defaults change goes on by the new one."""
    reached = []
    for row in await projects.plans(work.conn, work.tenant):
        plan = plan_default.under(defaults, row["plan"], row["plan_own"])
        if plan != row["plan"]:
            reached.append((row, (plan, row["plan_own"])))
    await go_on_by(work, reached)


async def go_on_by(work: Work, changes: Iterable[tuple[Mapping[str, Any], Plan]]) -> None:
    """Put these projects (rows with `project`, `plan` and `sampling_period`) under these plans. Where another plan than
    before is in force, the sampling period closes, which discloses its key, and the next opens."""
    by_id = {row["project"]: (row, plan) for row, plan in changes}
    await work.load(projects_domain.PROJECT, list(by_id))
    await work.load(periods.SAMPLING_PERIOD, [period_stream(one) for one in by_id])
    for project, (row, (plan, own)) in by_id.items():
        work.decide(projects_domain.PROJECT, project, projects_domain.UpdatePlan(plan=plan, own=own))
        if plan != row["plan"]:
            period = row["sampling_period"]
            closing = periods.ClosePeriod(key=work.vault.draw_key(work.tenant, project, period))
            work.decide(periods.SAMPLING_PERIOD, period_stream(project), closing)
            open_period(work, ProjectId(project), period + 1)


def open_period(work: Work, project: ProjectId, period: int) -> None:
    """Promise the key of this sampling period of the project."""
    key = work.vault.draw_key(work.tenant, project, period)
    opened = periods.OpenPeriod(project=project, key_sha256=hashlib.sha256(key).hexdigest())
    work.decide(periods.SAMPLING_PERIOD, period_stream(project), opened)


def period_stream(project: UUID) -> UUID:
    """The stream that holds all sampling periods of a project."""
    return uuid8(project, "sampling")


def refuse_stale(version: int, expected: int) -> None:
    """Refuse `plan_changed` (stale) unless the plan is still in the version that was read."""
    if version != expected:
        raise Refusal(
            "stale",
            "plan_changed",
            expected=f"the plan's version {version}",
            found=f"version {expected}",
            mend="read the plan again and decide anew",
        )


# --- what is said


def merged(defaults: QualityPlan, present: Plan, given: Mapping[str, Any]) -> Plan:
    """What was said with what is said now, over the defaults; null takes a word back. Shares are 0..1 in `given` and
    parts per million in a plan."""
    plan, said = present
    read = {SHARES.get(name, name): value for name, value in given.items()}
    fields = {
        name: round(value * PPM) if name in NAMES else value
        for name, value in read.items()
        if value is not None
    }
    stays = [name for name in said if name not in read]
    kept = {name: getattr(plan, name) for name in stays}
    own = plan_default.in_order([*kept, *fields])
    return plan_default.under(defaults, QualityPlan(**(kept | fields)), own), own


# --- what is shown


def plan_shown(plan: QualityPlan) -> dict[str, Any]:
    """The plan as the API says it."""
    return {NAMES.get(n, n): v / PPM if n in NAMES else v for n, v in asdict(plan).items()}


def said_by(**own: tuple[str, ...]) -> dict[str, str]:
    """Field of the plan -> who says it, the first of them that does, else the product."""
    return {
        NAMES.get(name, name): next((who for who, names in own.items() if name in names), "product")
        for name in plan_default.FIELDS
    }


async def plan_in_force(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """A project's plan as the API says it, and who says what of it."""
    _, said, version = await projects.plan_defaults(work.conn, work.tenant)
    return {
        "plan": plan_shown(row["plan"]),
        "plan_version": row["plan_version"],
        "plan_defaults_version": FIRST + version,
        "plan_said_by": said_by(project=row["plan_own"], tenant=said),
    }


async def _defaults_shown(work: Work) -> Answer:
    plan, said, version = await projects.plan_defaults(work.conn, work.tenant)
    body = {"version": FIRST + version, "plan": plan_shown(plan), "said_by": said_by(tenant=said)}
    return Answer(body, etag=str(body["version"]))
