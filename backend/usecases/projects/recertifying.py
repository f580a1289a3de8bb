"""Recertifying: a version of the guideline may ask to be learnt anew; who must, by when, and who would stop then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import predicates
from backend.domain.projects import recertification as domain
from backend.domain.projects.requirement import STAGES, Requirement, certified_token, role_token, skill_token
from backend.domain.projects.rings import needing
from backend.events.ids import CourseId, ProjectId, SkillId, uuid8
from backend.readmodels import lanes as lane_rows
from backend.readmodels import projects, recertification, stopping, training
from backend.usecases.gates import one_at_a_time, requirements
from backend.usecases.lanes import refresh_lanes
from backend.usecases.proficiency.skills import known_skills
from backend.usecases.training.curriculum import assign
from backend.usecases.work import Answer, Work

PEOPLE_SHOWN_MAX = 1_000
ANNOTATOR = role_token("annotator")
Row = dict[str, Any]


def recertification_stream(project: UUID) -> UUID:
    """The stream of all that a project asks to be learnt anew."""
    return uuid8(project, "recertification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a version asks: the course's row, by when (None: at once), and the skills whose holders it concerns."""

    course: Row
    by: datetime | None
    skills: tuple[SkillId, ...]


async def wished(work: Work, project: Row, given: Mapping[str, Any] | None) -> Wish | None:
    """What is asked, with the project's own skills where none are named. Raises `course_unknown`, `skill_unknown`."""
    if given is None:
        return None
    rows = await training.courses(work.conn, work.tenant, [given["course"]])
    if not rows:
        raise _course_unknown(given["course"])
    named = given.get("skills")
    if named:
        await known_skills(work, set(named))
    skills = named or {project["skill"], *predicates.named(project["conditions"], "skill")}
    return Wish(course=rows[0], by=given.get("by"), skills=tuple(SkillId(one) for one in sorted(set(skills))))


def _course_unknown(course: UUID) -> Refusal:
    return Refusal(
        "invalid",
        "course_unknown",
        expected="a course that is published",
        found=f"{course}, which is not",
        mend="publish the course first and use the id in its answer",
    )


async def ask(work: Work, project: UUID, version: int, wish: Wish) -> datetime:
    """Ask for it, in the lanes too where it is due at once; otherwise they ask at the deadline. Returns when it is due.
    The caller holds the gates. Raises `recertification_invalid`."""
    stream = recertification_stream(project)
    await work.load(domain.RECERTIFICATION, [stream])
    command = domain.Ask(
        project=ProjectId(project),
        version=version,
        course=CourseId(wish.course["course"]),
        course_version=wish.course["version"],
        skills=wish.skills,
        due=wish.by,
        now=work.now,
    )
    if work.decide(domain.RECERTIFICATION, stream, command):
        await refresh_lanes(work, [project])
    due = work.state(domain.RECERTIFICATION, stream).terms[version].due
    if due > work.now:
        work.enqueue("recertification_enforce", f"{project}:{version}", {"project": str(project)}, due)
    return due


async def tell(work: Work, project: UUID, version: int, wish: Wish, due: datetime) -> Row:
    """Assign the course to everybody whom it concerns; what the publishing answers of it."""
    who = [row["annotator"] for row in await concerned(work, project, (version, wish), due)]
    assigned = await assign(work, wish.course, who, "recertification", ProjectId(project))
    work.saw(subjects=who)
    return {"course": wish.course["course"], "by": due, "people_count": len(who), "assigned": assigned}


async def concerned(work: Work, project: UUID, asked: tuple[int, Wish], due: datetime) -> list[Row]:
    """People who have not left and are not certified, who annotate, and who hold one of the skills, know a version of
    the guideline, or meet all else that annotating asks for; `stops`: active, and without it served at `due`."""
    version, wish = asked
    certificate = certified_token(ProjectId(project), version, CourseId(wish.course["course"]))
    skills = {skill_token(one) for one in wish.skills}
    rows = await recertification.everybody(work.conn, work.tenant, project, work.now, max(due, work.now))
    lanes = await _lanes(work, project, due, certificate)
    found = []
    for row in rows:
        held, then = frozenset(row["held"]), frozenset(row["held_then"])
        works = row["reader"] or not skills.isdisjoint(held) or _served(lanes, held)
        if ANNOTATOR in held and certificate not in held and works:
            row["stops"] = row["status"] == "active" and certificate not in then and _served(lanes, then)
            found.append(row)
    return found


def _served(lanes: Iterable[Requirement], held: frozenset[str]) -> bool:
    return any(not lane.unmet(held) for lane in lanes)


async def _lanes(work: Work, project: UUID, at: datetime, certificate: str) -> list[Requirement]:
    """What annotating asks for at a moment, without this certificate, and without the guideline: everybody can read."""
    now, work.now = work.now, max(at, work.now)
    try:
        (row,) = await projects.find(work.conn, work.tenant, [project])
        base = await requirements(work, row)
        open_ = await lane_rows.of_projects(work.conn, work.tenant, [project])
    finally:
        work.now = now
    left_out = (certificate, f"guideline:{project}:")
    wholes = (
        needing(base[lane["stage"]], lane["needs"]) for lane in open_ if STAGES[lane["stage"]] == "annotator"
    )
    return [
        Requirement(
            requires=tuple(token for token in whole.requires if not token.startswith(left_out)),
            any_of=whole.any_of,
            excludes=whole.excludes,
        )
        for whole in wholes
    ]


async def previewed(work: Work, project: UUID, version: int, wish: Wish | None) -> Row:
    """Who would be concerned and who would stop when, if this were asked; the caller imagines the version."""
    if wish is None:
        return {"course": None, "by": None, **_counted([])}
    due = await ask(work, project, version, wish)
    await work.flush()
    rows = await concerned(work, project, (version, wish), due)
    open_ = await lane_rows.of_projects(work.conn, work.tenant, [project])
    lanes = [lane["lane"] for lane in open_ if STAGES[lane["stage"]] == "annotator"]
    begun: dict[UUID, list[int]] = {}
    for row in await stopping.begun(work.conn, work.tenant, lanes):
        of = begun.setdefault(row["annotator"], [0, 0])
        of[0], of[1] = of[0] + row["leases"], of[1] + row["drafts"]
    for row in rows:
        row["open_leases"], row["drafts"] = begun.get(row["annotator"], (0, 0))
    work.saw(subjects=[row["annotator"] for row in rows[:PEOPLE_SHOWN_MAX]])
    return {"course": wish.course["course"], "by": due, **_counted(rows)}


def _counted(rows: Sequence[Row]) -> Row:
    names = ("annotator", "status", "stops", "open_leases", "drafts")
    return {
        "people_count": len(rows),
        "active_count": sum(row["status"] == "active" for row in rows),
        "stops_count": sum(row["stops"] for row in rows),
        "people": [{name: row[name] for name in names} for row in rows[:PEOPLE_SHOWN_MAX]],
    }


async def recertification_enforce(work: Work, *, project: UUID) -> Answer:
    """A deadline has come: the project's lanes ask for the certificate from now on. What was begun may be finished."""
    work.require("guideline:publish", project=ProjectId(project))
    await one_at_a_time(work)
    await refresh_lanes(work, [project])
    return Answer({"project": project})


async def recertification_list(work: Work, *, project: UUID) -> Answer:
    """What the project asks to be learnt anew, newest version first, and how far people are."""
    work.require("project:report", project=ProjectId(project))
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    told = []
    for row in reversed(await recertification.of_project(work.conn, work.tenant, project)):
        (course,) = await training.courses(work.conn, work.tenant, [row["course"]])
        wish = Wish(course=course, by=row["due"], skills=tuple(row["skills"]))
        waits = await concerned(work, project, (row["version"], wish), row["due"])
        told.append(
            {name: row[name] for name in ("version", "course", "skills", "asked_at")}
            | {"by": row["due"], "over": row["due"] <= work.now}
            | {"waiting": len(waits), "waiting_active": sum(one["status"] == "active" for one in waits)}
        )
    return Answer({"project": project, "data": told})


async def recertification_withdraw(work: Work, *, project: UUID, version: int, reason: str) -> Answer:
    """Ask for it no more; who stopped for it is served again at once."""
    work.require("guideline:publish", project=ProjectId(project))
    await one_at_a_time(work)
    stream = recertification_stream(project)
    await work.load(domain.RECERTIFICATION, [stream])
    keys = await work.keys(("project", project))
    sealed = keys.seal_json("project", project, "recertification", stream, "reason", reason)
    command = domain.Withdraw(project=ProjectId(project), version=version, reason=sealed)
    work.decide(domain.RECERTIFICATION, stream, command)
    await refresh_lanes(work, [project])
    return Answer({"project": project, "version": version})


async def due_for(work: Work, project: UUID, held: Iterable[str]) -> list[Row]:
    """What this person, who holds this, has to pass for the project and by when; what is over is a condition."""
    has = frozenset(held)
    rows = await recertification.of_project(work.conn, work.tenant, project)
    return [
        {"version": row["version"], "course": row["course"], "until": row["due"]}
        for row in rows
        if row["due"] > work.now
        and ANNOTATOR in has
        and certified_token(ProjectId(project), row["version"], row["course"]) not in has
    ]
