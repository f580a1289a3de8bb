"""Guidelines: published in versions, compared, acknowledged; who knows an earlier version learns what is new."""

import asyncio
import hashlib
from statistics import median
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import acknowledgement
from backend.domain.projects import project as projects_domain
from backend.domain.projects.requirement import course_token
from backend.events.ids import AnnotatorId, CourseId, ProjectId, uuid8
from backend.readmodels import claims, guidelines, people, projects, training
from backend.usecases.gates import gates_shared, one_at_a_time
from backend.usecases.lanes import refresh_lanes
from backend.usecases.projects import recertifying
from backend.usecases.projects.differences import difference
from backend.usecases.reach import reach_filter
from backend.usecases.training.curriculum import assign
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

MISSING_SHOWN_MAX = 200


async def _project(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def _version(work: Work, project: UUID, version: int | None) -> dict[str, Any]:
    """One version, the one in force when none is named. Raises not_found."""
    row = await _project(work, project)
    wanted = version or row["guideline_version"]
    for one in await guidelines.versions(work.conn, work.tenant, project):
        if one["version"] == wanted:
            return one | {"current_version": row["guideline_version"]}
    raise not_found("a guideline")


async def _text(work: Work, *rows: dict[str, Any]) -> list[str]:
    sealed = [
        Sealed("project", row["project"], "guideline", row["project"], "text", row["text"]) for row in rows
    ]
    return [text or "" for text in await work.open(sealed)]


async def guideline_publish(
    work: Work,
    *,
    project: UUID,
    text: str,
    delta_course: UUID | None = None,
    recertify: dict[str, Any] | None = None,
) -> Answer:
    """The next version of the instructions; only who acknowledges it is served from then on. A lease begun under an
    earlier version may be finished under it. Who acknowledged one is assigned the delta course in this transaction.

    With `recertify` (course, by, skills) whoever it concerns is assigned that course, and annotating needs it from `by`
    on; the same text again asks for it for the version in force."""
    work.require("guideline:publish", project=ProjectId(project))
    await one_at_a_time(work)
    wish = await recertifying.wished(work, await _project(work, project), recertify)
    version, sha256, assigned = await _published(work, project, text, delta_course)
    told = None
    if wish is not None:
        due = await recertifying.ask(work, project, version, wish)
        await work.flush()
        told = await recertifying.tell(work, project, version, wish, due)
    body = {"project": project, "version": version, "sha256": sha256, "assigned": assigned}
    return Answer(body | {"recertification": told}, "created")


async def guideline_preview(
    work: Work,
    *,
    project: UUID,
    text: str,
    delta_course: UUID | None = None,
    recertify: dict[str, Any] | None = None,
) -> Answer:
    """What publishing exactly this would do: its version, and whom it would ask to be certified, and who would stop
    when. It is published for a moment, looked at, and given up again."""
    work.require("guideline:publish", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _project(work, project)
    wish = await recertifying.wished(work, row, recertify)
    async with work.imagined():
        version, sha256, _ = await _published(work, project, text, delta_course)
        told = await recertifying.previewed(work, project, version, wish)
    changes = version != row["guideline_version"]
    return Answer({"project": project, "version": version, "sha256": sha256, "changes": changes} | told)


async def _published(work: Work, project: UUID, text: str, delta_course: UUID | None) -> tuple[int, str, int]:
    """The version in force from now on, the hash of its text, and how many were assigned the delta course."""
    taught = await training.courses(work.conn, work.tenant, [delta_course]) if delta_course else []
    if delta_course and not taught:
        raise _course_unknown(delta_course)
    await work.load(projects_domain.PROJECT, [project])
    keys = await work.keys(("project", project))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    command = projects_domain.PublishGuideline(
        sha256=sha256,
        text=keys.seal_json("project", project, "guideline", project, "text", text),
        delta_course=CourseId(delta_course) if delta_course else None,
    )
    events = work.decide(projects_domain.PROJECT, project, command)
    await refresh_lanes(work, [project])
    assigned = 0
    if events and taught:
        who = await guidelines.readers(work.conn, work.tenant, project)
        assigned = await assign(work, taught[0], who, "guideline", ProjectId(project))
    published = work.state(projects_domain.PROJECT, project)
    assert isinstance(published, projects_domain.Running)
    return published.guideline_version, sha256, assigned


def _course_unknown(course: UUID) -> Refusal:
    return Refusal(
        "invalid",
        "course_unknown",
        expected="a delta course that is published",
        found=f"{course}, which is not",
        mend="publish the course first and use the id in its answer",
    )


async def guideline_get(work: Work, *, project: UUID, version: int | None = None) -> Answer:
    """The instructions in force, or an earlier version of them."""
    work.require("guideline:read", project=ProjectId(project))
    row = await _version(work, project, version)
    (text,) = await _text(work, row)
    names = ("project", "version", "sha256", "published_at", "delta_course", "current_version")
    return Answer({name: row[name] for name in names} | {"text": text})


async def guideline_list(work: Work, *, project: UUID) -> Answer:
    """Every version of the instructions, newest first, with how many acknowledged it."""
    work.require("guideline:read", project=ProjectId(project))
    row = await _project(work, project)
    names = ("version", "sha256", "published_at", "delta_course", "acknowledged")
    found = await guidelines.versions(work.conn, work.tenant, project)
    shown = [{name: one[name] for name in names} for one in reversed(found)]
    return Answer({"project": project, "current_version": row["guideline_version"], "data": shown})


async def guideline_diff(
    work: Work, *, project: UUID, before: int | None = None, after: int | None = None
) -> Answer:
    """What changed between two versions, line by line; by default from the last but one to the one in force."""
    work.require("guideline:read", project=ProjectId(project))
    new = await _version(work, project, after)
    old = await _version(work, project, before or max(1, new["version"] - 1))
    one, other = await _text(work, old, new)
    made = await asyncio.to_thread(difference, one, other)
    body = {"project": project, "before": old["version"], "after": new["version"]}
    return Answer(body | {"lines": made.lines, "added": made.added, "removed": made.removed})


async def guideline_acknowledge(work: Work, *, project: UUID, version: int) -> Answer:
    """The person confirms having read the version in force."""
    work.require("guideline:acknowledge", owner=work.me)
    await gates_shared(work)
    await claims.lock_people(work.conn, work.tenant, [work.me], work.now)
    row = await _project(work, project)
    person = AnnotatorId(work.me)
    stream = uuid8(person, "acknowledgement", str(project))
    await work.load(acknowledgement.ACKNOWLEDGEMENT, [stream])
    command = acknowledgement.Acknowledge(
        project=ProjectId(project),
        version=version,
        current_version=row["guideline_version"],
        annotator=person,
        deltas=await _deltas_not_passed(work, project),
    )
    work.decide(acknowledgement.ACKNOWLEDGEMENT, stream, command)
    work.saw(subjects=[person])
    return Answer({"project": project, "version": version})


async def _deltas_not_passed(work: Work, project: UUID) -> tuple[acknowledgement.Delta, ...]:
    """The delta courses of all versions that the caller has not passed in the version in force."""
    asked = [one for one in await guidelines.versions(work.conn, work.tenant, project) if one["delta_course"]]
    if not asked:
        return ()
    known = await training.courses(work.conn, work.tenant, [one["delta_course"] for one in asked])
    tokens = {row["course"]: course_token(row["course"], row["version"]) for row in known}
    (held,) = await people.find(work.conn, work.tenant, work.now, [work.me])
    return tuple(
        acknowledgement.Delta(version=one["version"], course=one["delta_course"])
        for one in asked
        if tokens[one["delta_course"]] not in held["tokens"]
    )


async def guideline_acknowledgements(work: Work, *, project: UUID) -> Answer:
    """Of the active people whom the version in force concerns (who acknowledged any version, or hold everything else
    that annotating asks for), how many acknowledged it, how fast, and who is missing."""
    work.require("project:report", project=ProjectId(project))
    row = await _version(work, project, None)
    found = await guidelines.concerned(
        work.conn, work.tenant, project, row["version"], work.now, reach_filter(work)
    )
    hours = [float(one["hours"]) for one in found if one["hours"] is not None]
    missing = [one for one in found if one["acknowledged_at"] is None]
    body = {
        "project": project,
        "version": row["version"],
        "published_at": row["published_at"],
        "people": len(found),
        "acknowledged": len(hours),
        "share": round(len(hours) / len(found), 6) if found else None,
        "hours_median": round(median(hours), 3) if hours else None,
        "missing_count": len(missing),
        "missing": await _named(work, missing[:MISSING_SHOWN_MAX]),
    }
    return Answer(body)


async def _named(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sealed = [
        Sealed("person", r["annotator"], "annotator", r["annotator"], "name", r["name"])
        for r in rows
        if r["name"] is not None
    ]
    names = dict(zip((one.record_id for one in sealed), await work.open(sealed), strict=True))
    work.saw("name", subjects=[row["annotator"] for row in rows])
    return [
        {"annotator": r["annotator"], "name": names.get(r["annotator"]), "latest": r["latest"]} for r in rows
    ]
