"""A course: each change of what it asks is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import training as ev
from backend.events.base import Secret
from backend.events.ids import CourseId, GoldId, SkillId

QUESTIONS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Unpublished:
    """No version yet."""


@dataclass(frozen=True, slots=True)
class Published:
    """The version in force."""

    current: ev.CoursePublished


Course: TypeAlias = Unpublished | Published


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCourse:
    """Put this course in force; `content_token` is a keyed token of the plaintext, `exam_gold` empty for a quiz."""

    course: CourseId
    title: str
    content: Secret
    content_token: str
    question_count: int
    exam_gold: tuple[GoldId, ...]
    skill: SkillId | None
    pass_mark_ppm: int


def exam_without_skill() -> Refusal:
    """`exam_without_skill`: evidence is always about a skill."""
    return Refusal(
        "invalid",
        "exam_without_skill",
        expected="a skill for a course that examines on gold",
        found="no skill",
        mend="name the skill that the exam is about",
    )


def decide(command: PublishCourse, course: Course) -> Sequence[ev.CoursePublished]:
    """The same course again is nothing new; any difference is the next version."""
    in_range("course_invalid", "question_count", command.question_count, 0, QUESTIONS_MAX)
    in_range("course_invalid", "pass_mark_ppm", command.pass_mark_ppm, 0, PPM)
    if command.exam_gold and command.skill is None:
        raise exam_without_skill()
    match course:
        case Published(current) if _told(current) == _told(command):
            return []
        case Unpublished() | Published():
            return [
                ev.CoursePublished(
                    course=command.course,
                    version=course.current.version + 1 if isinstance(course, Published) else 1,
                    title=command.title,
                    content=command.content,
                    content_token=command.content_token,
                    question_count=command.question_count,
                    exam_gold=command.exam_gold,
                    skill=command.skill,
                    pass_mark_ppm=command.pass_mark_ppm,
                )
            ]


def evolve(course: Course, event: ev.CoursePublished) -> Course:
    """What is true after the event."""
    return Published(event)


def _told(course: PublishCourse | ev.CoursePublished) -> tuple[object, ...]:
    about = (course.title, course.content_token, course.question_count)
    return (*about, course.exam_gold, course.skill, course.pass_mark_ppm)


COURSE: Decider[PublishCourse, Course, ev.CoursePublished] = Decider(Unpublished(), decide, evolve)
"""One stream per course."""
