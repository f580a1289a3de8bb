"""Feedback of a project: what its people are told of reviews, and for how long an error may be disputed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import feedback as domain
from backend.domain.projects.feedback import DISPUTE_DAYS, DISPUTE_DAYS_MAX, Feedback
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import disputes, projects
from backend.usecases.work import Answer, Work

__all__ = [
    "DISPUTE_DAYS",
    "DISPUTE_DAYS_MAX",
    "disputable_until",
    "project_feedback_get",
    "project_feedback_update",
    "settings",
]

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def project_feedback_get(work: Work, *, project: UUID) -> Answer:
    """What people in the project are told."""
    work.require("project:read", project=ProjectId(project))
    await _existing(work, project)
    return await _shown(work, project)


async def project_feedback_update(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    review_notes: bool,
    corrections: bool,
    dispute_days: int = DISPUTE_DAYS,
) -> Answer:
    """Tell this from now on, of what was judged before as well. Raises `feedback_changed`, `dispute_days_invalid`."""
    work.require("project:update", project=ProjectId(project))
    await _existing(work, project)
    (before,) = await work.load(domain.FEEDBACK, [_stream(project)])
    if FIRST + before.version != expected_version:
        raise Refusal(
            "stale",
            "feedback_changed",
            expected=f"the feedback's version {FIRST + before.version}",
            found=f"version {expected_version}",
            mend="read it again and decide anew",
        )
    command = domain.SetFeedback(
        project=ProjectId(project),
        review_notes=review_notes,
        corrections=corrections,
        dispute_days=dispute_days,
    )
    work.decide(domain.FEEDBACK, _stream(project), command)
    await work.flush()
    return await _shown(work, project)


async def settings(work: Work, about: Iterable[UUID]) -> dict[UUID, Feedback]:
    """Project -> what it tells; everyone asked for is in it."""
    wanted = sorted(set(about))
    found = await disputes.fetch(work.conn, disputes.SETTING, work.tenant, wanted) if wanted else []
    names = ("version", "review_notes", "corrections", "dispute_days")
    said = {row["project"]: Feedback(*(row[name] for name in names)) for row in found}
    return {project: said.get(project, Feedback()) for project in wanted}


def disputable_until(released: datetime, days: int) -> datetime:
    """The end of the last day (UTC) on which an error that was told at `released` may be disputed. Whole days: the
    moment itself would tell which answer filled the ten."""
    last: date = released.astimezone(UTC).date() + timedelta(days=days)
    return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


def _stream(project: UUID) -> UUID:
    return uuid8(project, "feedback")


async def _existing(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


async def _shown(work: Work, project: UUID) -> Answer:
    said = (await settings(work, [project]))[project]
    version = FIRST + said.version
    body = {
        "project": project,
        "version": version,
        "review_notes": said.review_notes,
        "corrections": said.corrections,
        "dispute_days": said.dispute_days,
    }
    return Answer(body, etag=str(version))
