"""Gates: which tokens work in a project asks for, and what is missing for whom."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from backend.domain.projects.requirement import ANY, Requirement, requirement
from backend.domain.projects.requirement import STAGES as ROLES
from backend.events.ids import ProjectId, SkillId
from backend.readmodels import agreements, recertification, training
from backend.usecases.proficiency.conditions import in_force
from backend.usecases.work import Work


async def one_at_a_time(work: Work) -> None:
    """Changes of what work asks for wait for each other, tenant by tenant: each must see the version before it."""
    await _wait(work, "pg_advisory_xact_lock")


async def gates_shared(work: Work) -> None:
    """Who does what is asked may do so at once with others, but not while what is asked changes."""
    await _wait(work, "pg_advisory_xact_lock_shared")


async def _wait(work: Work, lock: str) -> None:
    """Take the lock; it is later now by as long as it took, so that what was published meanwhile is in the past."""
    sql = (
        f"SELECT clock_timestamp() AS asked, {lock}(hashtextextended($1, 7003004)), clock_timestamp() AS had"
    )
    row = await work.conn.fetchrow(sql, f"{work.tenant}|gates")
    work.now += row["had"] - row["asked"]


def asked(row: Mapping[str, Any]) -> Requirement:
    """What a lane's row asks for."""
    groups = tuple(tuple(group) for group in from_json(row["any_of"]))
    return Requirement(requires=tuple(row["requires"]), any_of=groups, excludes=tuple(row["excludes"]))


def unmet(may: Mapping[str, Any]) -> tuple[str, ...]:
    """What stands between a person and a lane, of a row that has what is `held` beside what is asked."""
    return asked(may).unmet(may["held"])


async def requirements(work: Work, project: dict[str, Any]) -> dict[str, Requirement]:
    """Stage -> what it asks for, from the versions asked now."""
    signed = await agreements.asked_by(work.conn, work.tenant, project, work.now)
    passed = await training.courses(work.conn, work.tenant, project["courses"])
    conditions = await in_force(work, project)
    certified = await recertification.due(work.conn, work.tenant, project["project"], work.now)
    return {
        stage: requirement(
            stage,
            project=ProjectId(project["project"]),
            skill=SkillId(project["skill"]),
            agreements=signed,
            courses={row["course"]: row["version"] for row in passed},
            guideline=project["guideline_version"] or None,
            conditions=conditions,
            certified=certified,
        )
        for stage in ROLES
    }


def reason(token: str, exams: frozenset[str]) -> dict[str, Any]:
    """What a missing token means to the person: a stable code and what to do with it."""
    if token.startswith(ANY):
        codes = {reason(one, exams)["code"] for one in token.removeprefix(ANY).split("|")}
        return {"code": codes.pop() if len(codes) == 1 else "not_qualified", "requires": token}
    kind, _, rest = token.partition(":")
    name, _, version = rest.partition(":")
    match kind:
        case "agreement":
            return {"code": "agreement_required", "agreement": name, "version": int(version or 0)}
        case "course" if name in exams:
            return {"code": "not_qualified", "course": name, "version": int(version or 0)}
        case "course":
            return {"code": "training_required", "course": name, "version": int(version or 0)}
        case "certified":
            project, _, of = version.partition(":")
            about = {"course": name, "project": project, "version": int(of)}
            return {"code": "recertification_required"} | about
        case "guideline":
            return {"code": "guideline_required", "project": name, "version": int(version)}
        case _:
            return {"code": "not_qualified", "requires": token}
