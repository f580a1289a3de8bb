"""Gates: which tokens work in a project asks for, and what is missing for whom."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from backend.domain.projects import lane as lanes
from backend.domain.projects.requirement import requirement
from backend.events.ids import LaneId, ProjectId, uuid8
from backend.readmodels import agreements, projects
from backend.usecases.work import Work

STAGES = ("annotate", "review", "expert")


def lane_of(project: UUID, stage: str) -> LaneId:
    """The lane of a project's stage; its id follows from them."""
    return LaneId(uuid8(project, "lane", stage))


async def one_at_a_time(work: Work) -> None:
    """Changes of what work asks for wait for each other, tenant by tenant: each must see the version before it."""
    sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7003004))"
    await work.conn.execute(sql, f"{work.tenant}|gates")


async def requirements(work: Work, project: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Stage -> tokens, from the versions in force now."""
    signed = await agreements.agreements(work.conn, work.tenant, project["agreements"])
    passed = await agreements.courses(work.conn, work.tenant, project["courses"])
    return {
        stage: requirement(
            stage,
            project=ProjectId(project["project"]),
            skill=None,
            agreements={row["agreement"]: row["version"] for row in signed},
            courses={row["course"]: row["version"] for row in passed},
            guideline=project["guideline_version"] or None,
        )
        for stage in STAGES
    }


async def refresh_lanes(work: Work, project_ids: Iterable[UUID]) -> None:
    """Bring the lanes' requirements up to the versions in force, in this transaction."""
    await work.flush()
    for project in await projects.find(work.conn, work.tenant, list(project_ids)):
        wanted = await requirements(work, project)
        await work.load(lanes.LANE, [lane_of(project["project"], stage) for stage in STAGES])
        for stage, tokens in wanted.items():
            lane = lane_of(project["project"], stage)
            work.decide(lanes.LANE, lane, lanes.ChangeRequirement(requires=tokens))


def reason(token: str, exams: frozenset[str]) -> dict[str, Any]:
    """What a missing token means to the person: a stable code and what to do it with."""
    kind, _, rest = token.partition(":")
    name, _, version = rest.partition(":")
    match kind:
        case "agreement":
            return {"code": "agreement_required", "agreement": name, "version": int(version)}
        case "course" if name in exams:
            return {"code": "not_qualified", "course": name, "version": int(version)}
        case "course":
            return {"code": "training_required", "course": name, "version": int(version)}
        case "guideline":
            return {"code": "guideline_required", "project": name, "version": int(version)}
        case _:
            return {"code": "not_qualified", "requires": token}
