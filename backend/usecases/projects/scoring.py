"""Scoring: what a project or a step says of how its answers are compared with the truth."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import scoring as domain
from backend.events.ids import ProjectId, uuid8
from backend.events.workflows import Step
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.comparing import Compare, compare_by, ppm
from backend.usecases.work import Answer, Work

__all__ = [
    "Compare",
    "ppm",
    "project_scoring_get",
    "project_scoring_update",
    "scorer_of",
    "scorers_of",
]

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def scorer_of(work: Work, project: Mapping[str, Any], step: Step | None = None) -> Compare:
    """What compares answers of this project: `project` is a row that has its `project`, and where it has no `scoring`
    that is read. What the step of its workflow says goes first."""
    if step is not None and step.scoring:
        return compare_by(step.scoring)
    if "scoring" in project:
        return compare_by(project["scoring"])
    said = await projects.scorings(work.conn, work.tenant, [project["project"]])
    return compare_by(said.get(project["project"], ""))


async def scorers_of(work: Work, about: set[UUID]) -> dict[UUID, Compare]:
    """Project -> what compares its answers outside of any workflow's step."""
    said = await projects.scorings(work.conn, work.tenant, sorted(about)) if about else {}
    return {project: compare_by(said.get(project, "")) for project in about}


async def project_scoring_get(work: Work, *, project: UUID) -> Answer:
    """How the project's answers are compared with the truth, and all options in force."""
    work.require("project:read", project=ProjectId(project))
    return _shown(await _found(work, project))


async def project_scoring_update(
    work: Work, *, project: UUID, expected_version: int, kind: str, options: dict[str, Any]
) -> Answer:
    """Compare by this from now on; what was scored before keeps its score."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _found(work, project)
    if FIRST + row["scoring_version"] != expected_version:
        raise Refusal(
            "stale",
            "scoring_changed",
            expected=f"the scoring's version {FIRST + row['scoring_version']}",
            found=f"version {expected_version}",
            mend="read the scoring again and decide anew",
        )
    stream = uuid8(project, "scoring")
    await work.load(domain.SCORING, [stream])
    command = domain.SetScoring(project=ProjectId(project), scoring=domain.spelled(kind, options))
    work.decide(domain.SCORING, stream, command)
    await work.flush()
    return _shown(await _found(work, project))


def _shown(row: Mapping[str, Any]) -> Answer:
    how = domain.read(row["scoring"])
    version = FIRST + row["scoring_version"]
    body = {
        "project": row["project"],
        "version": version,
        "kind": how.kind,
        "options": domain.in_force(how),
        "said_by": "project" if row["scoring"] else "product",
    }
    return Answer(body, etag=str(version))


async def _found(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]
