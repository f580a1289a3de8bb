"""A course: what it asks and by which rules; each change of that is a new version."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeAlias
from uuid import UUID

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.training.rules import Rules, check
from backend.events import training as ev
from backend.events.base import Secret
from backend.events.ids import CourseId, GoldId, SkillId
from backend.events.training import CourseModule, ModuleTaught

QUESTIONS_MAX = 1_000
MODULES_MAX = 100
KINDS = ("content", "quiz", "practice")


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
    """Put this course in force; `content_token` is a keyed token of the plaintext, `exam_gold` empty for a quiz.
    `taught` counts among a module's questions."""

    course: CourseId
    title: str
    content: Secret
    content_token: str
    question_count: int
    exam_gold: tuple[GoldId, ...]
    skill: SkillId | None
    pass_mark_ppm: int
    modules: tuple[CourseModule, ...] = ()
    prerequisites: tuple[CourseId, ...] = ()
    rules: Rules = field(default_factory=Rules)
    taught: tuple[ModuleTaught, ...] = ()


def exam_without_skill() -> Refusal:
    """`exam_without_skill`: evidence is always about a skill."""
    return Refusal(
        "invalid",
        "exam_without_skill",
        expected="a skill for a course that examines on gold",
        found="no skill",
        mend="name the skill that the exam is about",
    )


def _invalid(about: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "course_invalid",
        expected=expected,
        found=found,
        mend=f"change the {about} and send the course again",
        extra={"field": about},
    )


def prerequisite_cycle(course: UUID) -> Refusal:
    """`prerequisite_cycle`: nobody could ever begin."""
    return Refusal(
        "invalid",
        "prerequisite_cycle",
        expected="prerequisites that do not ask for this course in turn",
        found=f"a way from course {course} back to itself",
        mend="leave out the prerequisite that closes the circle",
    )


def check_prerequisites(course: UUID, wanted: Sequence[UUID], known: Mapping[UUID, Sequence[UUID]]) -> None:
    """Refuse prerequisites that lead back to the course; `known` is course -> its prerequisites now."""
    waiting, seen = list(wanted), set[UUID]()
    while waiting:
        one = waiting.pop()
        if one == course:
            raise prerequisite_cycle(course)
        if one not in seen:
            seen.add(one)
            waiting += known.get(one, ())


def decide(command: PublishCourse, course: Course) -> Sequence[ev.CoursePublished]:
    """The same course again is nothing new; any difference is the next version."""
    _check(command)
    match course:
        case Published(current) if _told(current) == _told(command):
            return []
        case Unpublished() | Published():
            version = course.current.version + 1 if isinstance(course, Published) else 1
            return [
                ev.CoursePublished(
                    course=command.course,
                    version=version,
                    title=command.title,
                    content=command.content,
                    content_token=command.content_token,
                    question_count=command.question_count,
                    exam_gold=command.exam_gold,
                    skill=command.skill,
                    pass_mark_ppm=command.pass_mark_ppm,
                    modules=command.modules,
                    prerequisites=command.prerequisites,
                    **asdict(command.rules),
                    taught=command.taught,
                )
            ]


def evolve(course: Course, event: ev.CoursePublished) -> Course:
    """What is true after the event."""
    return Published(event)


def rules_of(published: ev.CoursePublished) -> Rules:
    """The rules of a published version."""
    return Rules(**{name: getattr(published, name) for name in Rules.__slots__})


def _told(course: PublishCourse | ev.CoursePublished) -> tuple[object, ...]:
    about = (course.title, course.content_token, course.question_count)
    rules = course.rules if isinstance(course, PublishCourse) else rules_of(course)
    asks = (course.exam_gold, course.skill, course.pass_mark_ppm)
    return (*about, *asks, course.modules, course.prerequisites, rules)


def _check(command: PublishCourse) -> None:
    in_range("course_invalid", "question_count", command.question_count, 0, QUESTIONS_MAX)
    in_range("course_invalid", "pass_mark_ppm", command.pass_mark_ppm, 0, PPM)
    if command.exam_gold and command.skill is None:
        raise exam_without_skill()
    if command.exam_gold and command.modules:
        raise _invalid("modules", "an exam on gold, or modules", "both")
    check(command.rules, len(command.exam_gold))
    in_range("course_invalid", "modules", len(command.modules), 0, MODULES_MAX)
    seen: set[str] = set()
    for module in command.modules:
        if module.module in seen:
            raise _invalid("modules", "one module of each id", f"{module.module!r} twice")
        seen.add(module.module)
        _check_module(module)
    _check_taught(command)


def _check_taught(command: PublishCourse) -> None:
    """Practice alone leaves out what its person has met: a quiz asks everybody the same."""
    kinds = {one.module: one.kind for one in command.modules}
    for one in command.taught:
        if (kind := kinds.get(one.module)) != "practice":
            raise _invalid("escalations", "escalations in a practice module", f"them in {kind or 'none'}")


def _check_module(module: CourseModule) -> None:
    one_of("course_invalid", "kind", module.kind, KINDS)
    in_range("course_invalid", "pass_mark_ppm", module.pass_mark_ppm, 0, PPM)
    lowest, highest = (0, 0) if module.kind == "content" else (1, QUESTIONS_MAX)
    in_range("course_invalid", "question_count", module.question_count, lowest, highest)


COURSE: Decider[PublishCourse, Course, ev.CoursePublished] = Decider(Unpublished(), decide, evolve)
"""One stream per course."""
