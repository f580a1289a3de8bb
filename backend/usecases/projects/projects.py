"""Projects: created with a quality plan, changed while they run."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import lane, predicates
from backend.domain.projects import project as projects_domain
from backend.domain.projects import skill as skills_domain
from backend.events.ids import AgreementId, CourseId, ProjectId, SkillId
from backend.events.projects import Conditions
from backend.readmodels import agreements, progress, projects, training
from backend.usecases.gates import one_at_a_time, requirements
from backend.usecases.lanes import STAGES, lane_of, refresh_lanes
from backend.usecases.proficiency.conditions import conditions_from
from backend.usecases.projects import planning
from backend.usecases.work import Answer, Work


async def project_create(
    work: Work,
    *,
    name: str,
    skill: str,
    agreements: tuple[UUID, ...],
    courses: tuple[UUID, ...],
    plan: dict[str, Any],
) -> Answer:
    """A project with its three lanes and its first sampling period; a skill of a new name is added to the catalogue.
    What the plan leaves out follows the tenant's defaults."""
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
    defaults, _, _ = await projects.plan_defaults(work.conn, work.tenant)
    first, own = planning.merged(defaults, (defaults, ()), plan)
    work.decide(
        projects_domain.PROJECT,
        about,
        projects_domain.Create(
            project=about,
            name=name,
            skill=skill_id,
            agreements=tuple(AgreementId(a) for a in agreements),
            courses=tuple(CourseId(c) for c in courses),
            plan=first,
            own=own,
        ),
    )
    planning.open_period(work, about, 1)
    await work.flush()
    (row,) = await projects.find(work.conn, work.tenant, [about])
    asked_by = await requirements(work, row)
    for stage in STAGES:
        asked = asked_by[stage]
        opened = lane.OpenLane(lane=lane_of(about, stage), project=about, stage=stage, requirement=asked)
        work.decide(lane.LANE, lane_of(about, stage), opened)
    await work.flush()
    return await _shown(work, about, "created")


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
        "agreements_asked": await _agreements_asked(work, row),
        "courses": row["courses"],
        "data_class": row["data_class"],
        "conditions": predicates.shown(row["conditions"]),
        **await planning.plan_in_force(work, row),
        "guideline_version": row["guideline_version"],
        "progress": await progress.of_project(work.conn, work.tenant, project),
    }
    return Answer(body, status, etag=str(row["plan_version"]))


async def _agreements_asked(work: Work, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The agreements that all work in the project asks for now, each with who says so."""
    told: Conditions = row["conditions"]
    alone = (group[0] for group in told.any_of if len(group) == 1)
    required = predicates.named(Conditions(all_of=(*told.all_of, *alone)), "agreement")
    named = {**row, "agreements": sorted({*row["agreements"], *required})}
    return await agreements.asked_and_why(work.conn, work.tenant, named, work.now)


async def project_get(work: Work, *, project: UUID) -> Answer:
    """A project: what is in force in it and who says so, and how far it is."""
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
    """Say otherwise than the tenant; what is null is the tenant's again, what is left out stays. A new plan closes the
    sampling period (its key is disclosed) and opens the next."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _found(work, project)
    planning.refuse_stale(row["plan_version"], expected_version)
    defaults, _, _ = await projects.plan_defaults(work.conn, work.tenant)
    await planning.go_on_by(work, [(row, planning.merged(defaults, (row["plan"], row["plan_own"]), plan))])
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
