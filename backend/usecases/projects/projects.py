"""Projects: created with a quality plan, changed while they run."""

import hashlib
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import lane, predicates
from backend.domain.projects import project as projects_domain
from backend.domain.projects import sampling_period as periods
from backend.domain.projects import skill as skills_domain
from backend.events.ids import AgreementId, CourseId, ProjectId, SkillId, uuid8
from backend.events.projects import QualityPlan
from backend.readmodels import agreements, progress, projects, training
from backend.usecases.gates import one_at_a_time, requirements
from backend.usecases.lanes import STAGES, lane_of, refresh_lanes
from backend.usecases.proficiency.conditions import conditions_from
from backend.usecases.work import Answer, Work

PPM = 1_000_000
SHARES = {
    "gold_share": "gold_share_ppm",
    "review_rate": "review_rate_ppm",
    "escalate_below": "escalate_below_ppm",
    "stop_at": "stop_at_ppm",
    "review_target": "review_target_ppm",
    "live_floor": "live_floor_ppm",
}


def plan_from(given: dict[str, Any], base: QualityPlan) -> QualityPlan:
    """A plan from what the API says: shares are 0..1 there and parts per million here."""
    fields = {SHARES.get(name, name): value for name, value in given.items() if value is not None}
    return replace(base, **{n: round(v * PPM) if n.endswith("_ppm") else v for n, v in fields.items()})


def plan_shown(plan: QualityPlan) -> dict[str, Any]:
    """The plan as the API says it."""
    names = {ppm: share for share, ppm in SHARES.items()}
    return {names.get(n, n): v / PPM if n in names else v for n, v in asdict(plan).items()}


async def project_create(
    work: Work,
    *,
    name: str,
    skill: str,
    agreements: tuple[UUID, ...],
    courses: tuple[UUID, ...],
    plan: dict[str, Any],
) -> Answer:
    """A project with its three lanes and its first sampling period; a skill of a new name is added to the catalogue."""
    work.require("project:create")
    await one_at_a_time(work)
    about = ProjectId(work.new_id())
    await _known(work, agreements, courses)
    await work.conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 7003003))", f"{work.tenant}|{skill}"
    )
    known = {row["name"]: row["skill"] for row in await projects.skills(work.conn, work.tenant)}
    skill_id = SkillId(known.get(skill) or work.new_id())
    if skill not in known:
        work.decide(skills_domain.SKILL, skill_id, skills_domain.DefineSkill(skill=skill_id, name=skill))
    work.decide(
        projects_domain.PROJECT,
        about,
        projects_domain.Create(
            project=about,
            name=name,
            skill=skill_id,
            agreements=tuple(AgreementId(a) for a in agreements),
            courses=tuple(CourseId(c) for c in courses),
            plan=plan_from(plan, QualityPlan()),
        ),
    )
    _open_period(work, about, 1)
    await work.flush()
    (row,) = await projects.find(work.conn, work.tenant, [about])
    asked_by = await requirements(work, row)
    for stage in STAGES:
        asked = asked_by[stage]
        opened = lane.OpenLane(lane=lane_of(about, stage), project=about, stage=stage, requirement=asked)
        work.decide(lane.LANE, lane_of(about, stage), opened)
    await work.flush()
    return await _shown(work, about, "created")


def _open_period(work: Work, project: ProjectId, period: int) -> None:
    key = work.vault.draw_key(work.tenant, project, period)
    opened = periods.OpenPeriod(project=project, key_sha256=hashlib.sha256(key).hexdigest())
    work.decide(periods.SAMPLING_PERIOD, _period_stream(project), opened)


def _period_stream(project: UUID) -> UUID:
    return uuid8(project, "sampling")


async def _known(work: Work, wanted_agreements: tuple[UUID, ...], wanted_courses: tuple[UUID, ...]) -> None:
    signed = await agreements.agreements(work.conn, work.tenant, list(wanted_agreements))
    taught = await training.courses(work.conn, work.tenant, list(wanted_courses))
    for what, wanted, found in (
        ("agreement", wanted_agreements, {row["agreement"] for row in signed}),
        ("course", wanted_courses, {row["course"] for row in taught}),
    ):
        if unknown := [one for one in wanted if one not in found]:
            raise Refusal(
                "invalid",
                f"{what}_unknown",
                expected=f"{what}s that are published",
                found=f"{len(unknown)} unknown, the first {unknown[0]}",
                mend=f"publish the {what} first and use the id in its answer",
            )


async def _found(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def _shown(work: Work, project: UUID, status: str = "ok") -> Answer:
    row = await _found(work, project)
    names = {s["skill"]: s["name"] for s in await projects.skills(work.conn, work.tenant)}
    body = {
        "id": project,
        "name": row["name"],
        "skill": {"id": row["skill"], "name": names[row["skill"]]},
        "agreements": row["agreements"],
        "courses": row["courses"],
        "data_class": row["data_class"],
        "conditions": predicates.shown(row["conditions"]),
        "plan": plan_shown(row["plan"]),
        "plan_version": row["plan_version"],
        "guideline_version": row["guideline_version"],
        "progress": await progress.of_project(work.conn, work.tenant, project),
    }
    return Answer(body, status, etag=str(row["plan_version"]))


async def project_get(work: Work, *, project: UUID) -> Answer:
    """A project with its plan and how far it is."""
    work.require("project:read", project=ProjectId(project))
    return await _shown(work, project)


async def project_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Projects by id."""
    work.require("project:read")
    rows = [
        r
        for r in await projects.find(work.conn, work.tenant)
        if cursor is None or r["project"] > UUID(cursor)
    ]
    page = [{"id": r["project"], "name": r["name"], "plan_version": r["plan_version"]} for r in rows[:limit]]
    return Answer({"data": page, "next_cursor": str(page[-1]["id"]) if len(rows) > limit else None})


async def project_plan_update(
    work: Work, *, project: UUID, expected_version: int, plan: dict[str, Any]
) -> Answer:
    """A new plan: it closes the sampling period (its key is disclosed) and opens the next."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _found(work, project)
    about = ProjectId(project)
    await work.load(projects_domain.PROJECT, [about])
    if row["plan_version"] != expected_version:
        raise Refusal(
            "stale",
            "plan_changed",
            expected=f"the plan's version {row['plan_version']}",
            found=f"version {expected_version}",
            mend="read the project again and decide anew",
        )
    events = work.decide(
        projects_domain.PROJECT, about, projects_domain.UpdatePlan(plan=plan_from(plan, row["plan"]))
    )
    if events:
        await work.load(periods.SAMPLING_PERIOD, [_period_stream(about)])
        period = row["sampling_period"]
        closing = periods.ClosePeriod(key=work.vault.draw_key(work.tenant, about, period))
        work.decide(periods.SAMPLING_PERIOD, _period_stream(about), closing)
        _open_period(work, about, period + 1)
    await work.flush()
    return await _shown(work, project)


async def project_requirements_update(
    work: Work,
    *,
    project: UUID,
    agreements: tuple[UUID, ...],
    courses: tuple[UUID, ...],
    data_class: str | None = None,
    conditions: dict[str, Any] | None = None,
) -> Answer:
    """What work in the project asks for from now on: agreements, courses, and conditions that people meet or not."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    await _found(work, project)
    await _known(work, agreements, courses)
    await work.load(projects_domain.PROJECT, [project])
    command = projects_domain.UpdateRequirements(
        agreements=tuple(AgreementId(a) for a in agreements),
        courses=tuple(CourseId(c) for c in courses),
        data_class=data_class,
        conditions=await conditions_from(work, conditions or {}),
    )
    work.decide(projects_domain.PROJECT, project, command)
    await refresh_lanes(work, [project])
    await work.flush()
    return await _shown(work, project)
