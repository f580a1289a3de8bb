"""Training over HTTP: courses and exams, attempts, skills, proficiency."""

from typing import Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.cursor import offset
from backend.api.fields import Anything, Body, Name, Page, Share, Shown, Version, strictly
from backend.api.route import Route
from backend.usecases import training as use


@strictly
class QuestionGiven(TypedDict):
    """A question and its right answer."""

    id: Name
    prompt: Anything
    answer: Anything


class CoursePublish(Body):
    """A course with own questions; or with `gold` and `skill` an exam. `pass_mark`: share of right ones."""

    title: Name
    content: Anything
    questions: tuple[QuestionGiven, ...] = Field(default=(), max_length=1_000)
    gold: tuple[UUID, ...] = Field(default=(), max_length=1_000)
    skill: UUID | None = None
    pass_mark: Share
    course: UUID | None = None


class CoursePublished(Shown):
    """The version in force from now on."""

    id: UUID
    version: int


class Question(Shown):
    """What is asked; in an exam the id is that of the gold item and the prompt its payload."""

    id: str
    prompt: Any


class Course(CoursePublished):
    """The version in force, without the right answers."""

    title: str
    content: Any
    questions: list[Question]


@strictly
class QuestionAnswer(TypedDict):
    """An answer to one question."""

    question: Name
    answer: Anything


class CourseAttempt(Body):
    """Answers to this version of the course."""

    version: Version
    answers: tuple[QuestionAnswer, ...] = Field(max_length=1_000)


class CourseAttempted(Shown):
    """The outcome."""

    attempt: UUID
    passed: bool
    answered: int
    question_count: int


class Skill(Shown):
    """A skill of the catalogue."""

    id: UUID
    name: str


class SkillPage(Shown):
    """Skills by name."""

    data: list[Skill]
    next_cursor: str | None


class Evidence(Shown):
    """Counts of one source of evidence."""

    correct: int
    total: int


class Standing(Shown):
    """Proficiency in one skill: mean and quantiles of its distribution, and the evidence behind it."""

    skill: UUID
    name: str
    correct: int
    total: int
    mean: float
    q05: float
    q20: float
    q95: float
    sources: dict[str, Evidence]


class Proficiency(Shown):
    """A person's proficiency in every skill with evidence."""

    annotator: UUID
    skills: list[Standing]


ROUTES = (
    Route(
        method="POST",
        path="/v1/courses",
        usecase=use.course_publish,
        says="Publish a course or exam, or its next version.",
        body=CoursePublish,
        answer=CoursePublished,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/courses/{course}",
        usecase=use.course_get,
        says="Read the version in force.",
        answer=Course,
    ),
    Route(
        method="POST",
        path="/v1/courses/{course}/attempts",
        usecase=use.course_attempt,
        says="Answer a course's questions, as oneself.",
        body=CourseAttempt,
        answer=CourseAttempted,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/skills",
        usecase=use.skill_list,
        says="List the skill catalogue.",
        query=Page,
        answer=SkillPage,
        cursor=offset,
    ),
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/proficiency",
        usecase=use.proficiency_get,
        says="Read a person's proficiency per skill.",
        answer=Proficiency,
    ),
)
