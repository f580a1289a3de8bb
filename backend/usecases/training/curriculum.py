"""Who needs which course: listed, assigned, allowed again, lapsed; and how one person stands in all of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.training import attempt as attempts
from backend.domain.training.record import FELL
from backend.events.ids import AnnotatorId, CourseId, ProjectId
from backend.readmodels import claims, holdings, people, retraining, training
from backend.usecases.entitlement import revoke_lost
from backend.usecases.gates import gates_shared
from backend.usecases.reach import reach
from backend.usecases.training import teaching
from backend.usecases.work import Answer, Work

SOON = timedelta(days=30)
"""What ends within this is lapsing."""


async def course_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Courses by id, in their versions in force, without what they say."""
    work.require("course:read")
    after = UUID(cursor) if cursor else None
    rows = await training.courses(work.conn, work.tenant, None, after, limit + 1)
    page = [_listed(row) for row in rows[:limit]]
    more = str(page[-1]["id"]) if len(rows) > limit else None
    return Answer({"data": page, "next_cursor": more})


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["course"],
        "version": row["version"],
        "title": row["title"],
        "kind": "exam" if row["exam_gold"] else "modules" if row["modules"] else "quiz",
        "skill": row["skill"],
        "level": row["level"],
        "question_count": row["question_count"],
        "module_count": len(row["modules"]),
        "prerequisites": row["prerequisites"],
        "valid_days": row["valid_days"],
    }


async def course_assign(work: Work, *, course: UUID, annotators: tuple[UUID, ...]) -> Answer:
    """Tell people that they need the course; who holds its version in force already does not."""
    work.require("course:assign")
    await reach(work, annotators)
    await gates_shared(work)
    row = await teaching.found(work, course)
    who = sorted(set(annotators))
    known = await people.find(work.conn, work.tenant, work.now, who, limit=len(who))
    if len([one for one in known if one["status"] != "erased"]) < len(who):
        raise not_found("an annotator")
    assigned = await assign(work, row, who, "manager", None)
    work.saw(subjects=who)
    return Answer({"course": course, "assigned": assigned, "unchanged": len(who) - assigned})


async def assign(
    work: Work, row: dict[str, Any], who: Sequence[UUID], because: str, project: ProjectId | None
) -> int:
    """Assign a course to these people, who wait for each other's attempts; returns to how many it is new."""
    await claims.lock_people(work.conn, work.tenant, sorted(set(who)), work.now)
    course = CourseId(row["course"])
    await work.load(attempts.ATTEMPT, [teaching.stream_of(person, course) for person in who])
    assigned = 0
    for person in who:
        command = attempts.AssignCourse(
            course=course,
            annotator=AnnotatorId(person),
            because=because,
            project=project,
            current_version=row["version"],
            now=work.now,
        )
        assigned += len(work.decide(attempts.ATTEMPT, teaching.stream_of(person, course), command))
    return assigned


async def course_attempts_allow(
    work: Work, *, course: UUID, annotator: UUID, more: int, reason: str
) -> Answer:
    """Let somebody who has used up the attempts at the version in force try again."""
    work.require("course:assign")
    await reach(work, [annotator])
    await gates_shared(work)
    row = await teaching.found(work, course)
    if annotator not in await claims.lock_people(work.conn, work.tenant, [annotator], work.now):
        raise not_found("an annotator")
    await teaching.record_of(work, annotator, course)
    keys = await work.keys(("tenant", work.tenant))
    rules = teaching.rules_of(row)
    work.decide(
        attempts.ATTEMPT,
        teaching.stream_of(annotator, course),
        attempts.AllowAttempts(
            course=CourseId(course),
            annotator=AnnotatorId(annotator),
            current_version=row["version"],
            rules=rules,
            more=more,
            reason=keys.seal_json("tenant", work.tenant, "annotator", annotator, "reason", reason),
        ),
    )
    work.saw(subjects=[annotator])
    return Answer({"course": course, "annotator": annotator, "more": more})


async def annotator_training(work: Work, *, annotator: UUID) -> Answer:
    """Every course that a person was assigned, tried or passed: how it stands, why, and until when."""
    work.require("annotator:read", owner=annotator)
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    rows = await training.enrolments(work.conn, work.tenant, annotator)
    work.saw(subjects=[annotator])
    fell = await retraining.of_person(work.conn, work.tenant, annotator)
    body = {"annotator": annotator, "courses": [_standing(row, work.now) for row in rows]}
    return Answer(body | {"retraining": [retraining_shown(row, own=annotator == work.me) for row in fell]})


def retraining_shown(row: dict[str, Any], *, own: bool) -> dict[str, Any]:
    """A course to be passed for a fall: for which skill, why and since when. On what evidence, only others are told:
    counts would tell which work was gold."""
    names = ("course", "skill", "name", "why", "since")
    evidence = {
        "lower": row["lower_ppm"] / PPM,
        "below": row["below_ppm"] / PPM,
        **{name: row[name] for name in ("correct", "total", "basis_index")},
    }
    return {name: row[name] for name in names} | {"evidence": None if own else evidence}


def _standing(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    names = "course version title exam assigned_at because project tried_at attempts passed_version passed_at until"
    return {name: row[name] for name in names.split()} | {"state": _state(row, now)}


def _state(row: dict[str, Any], now: datetime) -> str:
    """passed, lapsing (passed, and ends soon), lapsed, outdated (an earlier version was passed), assigned or begun."""
    until = row["until"]
    if row["because"] == FELL:
        return "assigned"
    if row["passed_version"] is not None and until is not None and until <= now:
        return "lapsed"
    if row["passed_version"] == row["version"]:
        return "lapsing" if until is not None and until <= now + SOON else "passed"
    if row["passed_version"] is not None:
        return "outdated"
    return "assigned" if row["assigned_at"] is not None else "begun"


async def courses_lapse(work: Work, *, most: int) -> Answer:
    """Record what was passed too long ago, take the leases that needed it, and assign the course again; nobody asks
    for it, so the system does. The right itself ended at its moment."""
    work.require("project:update")
    await gates_shared(work)
    due = await holdings.due(work.conn, work.tenant, "course", work.now, most)
    who = sorted({row["annotator"] for row in due})
    await claims.lock_people(work.conn, work.tenant, who, work.now)
    places = sorted({(row["annotator"], UUID(row["token"].split(":")[1])) for row in due})
    await work.load(attempts.ATTEMPT, [teaching.stream_of(*place) for place in places])
    lapsed = 0
    for person, course in places:
        command = attempts.LapseCourse(course=CourseId(course), annotator=AnnotatorId(person), now=work.now)
        lapsed += len(work.decide(attempts.ATTEMPT, teaching.stream_of(person, course), command))
    await _assign_again(work, places)
    revoked = await revoke_lost(work, who, "training_lapsed") if who else 0
    work.saw(subjects=who)
    return Answer({"lapsed": lapsed, "leases_revoked": revoked})


async def _assign_again(work: Work, places: Iterable[tuple[UUID, UUID]]) -> None:
    wanted: dict[UUID, list[UUID]] = {}
    for person, course in places:
        wanted.setdefault(course, []).append(person)
    for row in await training.courses(work.conn, work.tenant, sorted(wanted)):
        await assign(work, row, wanted[row["course"]], "lapsed", None)
