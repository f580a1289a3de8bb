"""Certification asked for anew: from when on work in a project needs a course about a version of its guideline."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import CourseId, ProjectId, SkillId


@event("recertification.asked")
class RecertificationAsked:
    """From `due` on work in the project needs that this course was passed, in version `course_version` or a later one,
    or an exam in each of `skills` from now on. Asked again for the same version, this replaces what was asked."""

    project: ProjectId
    version: int
    course: CourseId
    course_version: int
    skills: tuple[SkillId, ...]
    due: datetime


@event("recertification.withdrawn")
class RecertificationWithdrawn:
    """It is not asked any more; whoever was certified stays so."""

    project: ProjectId
    version: int
    reason: Secret
