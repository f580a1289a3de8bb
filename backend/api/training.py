"""Training over HTTP: courses in modules, exams, attempts; who needs which, and where each person stands."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import (
    Anything,
    Body,
    Empty,
    Name,
    Page,
    Reason,
    Share,
    Shown,
    Version,
    strictly,
    whole,
)
from backend.api.modules import Kind, ModuleGiven, QuestionGiven
from backend.api.route import Route
from backend.usecases.training import attempting, curriculum, examining
from backend.usecases.training import training as use


class CoursePublish(Body):
    """A course with own questions, or with `modules` taken in order; or with `gold` and `skill` an exam. `pass_mark`:
    share of right ones. What was passed holds for `valid_days` and gives the skill at `level`. An exam with
    `minutes_max` or `sample` is begun before it is answered; `sample` gold items are drawn for each attempt, and of
    these `edge_case_share` are edge cases, as far as there are such that the person has not met (0: as they come)."""

    title: Name
    content: Anything
    questions: tuple[QuestionGiven, ...] = Field(default=(), max_length=1_000)
    gold: tuple[UUID, ...] = Field(default=(), max_length=1_000)
    skill: UUID | None = None
    pass_mark: Share
    course: UUID | None = None
    modules: tuple[ModuleGiven, ...] = Field(default=(), max_length=100)
    prerequisites: tuple[UUID, ...] = Field(default=(), max_length=20)
    attempts_max: whole(1, 100) | None = None  # type: ignore[valid-type]
    retry_minutes: whole(0, 527_040) = 0  # type: ignore[valid-type]
    valid_days: whole(1, 36_500) | None = None  # type: ignore[valid-type]
    level: whole(1, 10) = 1  # type: ignore[valid-type]
    minutes_max: whole(1, 1_440) | None = None  # type: ignore[valid-type]
    sample: whole(1, 1_000) | None = None  # type: ignore[valid-type]
    edge_case_share: Share = 0.0


class CoursePublished(Shown):
    """The version in force from now on."""

    id: UUID
    version: int


class Question(Shown):
    """What is asked; in an exam the id is that of the gold item and the prompt its payload, in practice on escalations
    that of the escalation (null prompts: the caller may not read items)."""

    id: str
    prompt: Any
    hint: str | None = None


class Module(Shown):
    """A step of a course, without the right answers."""

    id: str
    kind: Kind
    title: str
    content: Any
    questions: list[Question]
    pass_mark: float


class CourseProgress(Shown):
    """How far the caller is; `attempts_left` (null: no maximum) is about the next module or the whole."""

    passed: bool
    until: datetime | None
    modules_done: list[str]
    next_module: str | None
    attempts_left: int | None
    retry_at: datetime | None
    prerequisites_missing: list[UUID]
    open_attempt: UUID | None
    open_until: datetime | None
    assigned_because: list[str]


class QuestionWhence(Shown):
    """Where a question of practice comes from: the escalation, whose id it has, and the lease under which an expert
    said what is right (null: somebody decided otherwise, before it was drawn). `stands`: it was neither decided again
    nor disputed since; what does not stand is asked of nobody until the course is published anew."""

    module: str
    project: UUID
    code: str
    escalation: UUID
    item: UUID
    lease: UUID | None
    stands: bool


class Course(CoursePublished):
    """The version in force, without the right answers. `begin`: the exam shows its questions in an open attempt only.
    `progress` is there for who learns, `escalations` for who does not."""

    title: str
    content: Any
    questions: list[Question]
    modules: list[Module]
    skill: UUID | None
    pass_mark: float
    prerequisites: list[UUID]
    attempts_max: int | None
    retry_minutes: int
    valid_days: int | None
    level: int
    minutes_max: int | None
    sample: int | None
    edge_case_share: float
    begin: bool
    escalations: list[QuestionWhence]
    progress: CourseProgress | None


class CourseListed(Shown):
    """A course in a list."""

    id: UUID
    version: int
    title: str
    kind: Literal["exam", "modules", "quiz"]
    skill: UUID | None
    level: int
    question_count: int
    module_count: int
    prerequisites: list[UUID]
    valid_days: int | None


class CoursePage(Shown):
    """Courses by id."""

    data: list[CourseListed]
    next_cursor: str | None


class AttemptBegun(Shown):
    """An open attempt: its questions, and until when they may be answered. Begun again it is the same one."""

    attempt: UUID
    course: UUID
    version: int
    until: datetime | None
    question_count: int
    questions: list[Question]


@strictly
class QuestionAnswer(TypedDict):
    """An answer to one question."""

    question: Name
    answer: Anything


class CourseAttempt(Body):
    """Answers to this version of the course, or of its module; content is read with no answers."""

    version: Version
    answers: tuple[QuestionAnswer, ...] = Field(default=(), max_length=1_000)
    module: Name | None = None


class PracticeResult(Shown):
    """What is right and why; `correct` is null where no answer was given."""

    question: str
    correct: bool | None
    answer: Any
    explanation: str | None


class CourseAttempted(Shown):
    """The outcome: `passed` is about what was attempted, `course_passed` about the whole; `results` in practice."""

    attempt: UUID
    passed: bool
    answered: int
    question_count: int
    course_passed: bool
    until: datetime | None
    module: str | None
    next_module: str | None
    attempts_left: int | None
    retry_at: datetime | None
    results: list[PracticeResult] | None


class CourseAssign(Body):
    """Who needs the course."""

    annotators: tuple[UUID, ...] = Field(min_length=1, max_length=1_000)


class CourseAssigned(Shown):
    """To how many it is new; the others hold it or were told before."""

    course: UUID
    assigned: int
    unchanged: int


class AttemptsAllow(Body):
    """How many attempts more, and why."""

    annotator: UUID
    more: whole(1, 100)  # type: ignore[valid-type]
    reason: Reason


class AttemptsAllowed(Shown):
    """What was allowed."""

    course: UUID
    annotator: UUID
    more: int


class Enrolment(Shown):
    """How a person stands in a course; outdated: an earlier version was passed; lapsing: it ends within 30 days."""

    course: UUID
    version: int
    title: str
    exam: bool
    state: Literal["assigned", "begun", "passed", "lapsing", "lapsed", "outdated"]
    assigned_at: datetime | None
    because: Literal["guideline", "lapsed", "manager", "recertification", "proficiency"] | None
    project: UUID | None
    tried_at: datetime | None
    attempts: int
    passed_version: int | None
    passed_at: datetime | None
    until: datetime | None


class FallShown(Shown):
    """On what somebody was assigned the course: the estimate's 20 % quantile, below what is asked, on so many live
    answers of which so many were right, below this index of the log."""

    lower: float
    below: float
    correct: int
    total: int
    basis_index: int


class Retraining(Shown):
    """A course to pass because the estimate in a skill is `below` what is asked, or a rule has `closed` the skill. It
    is over when the course is passed, or the estimate has recovered. The person does not see the evidence."""

    course: UUID
    skill: UUID
    name: str
    why: Literal["below", "closed"]
    since: datetime
    evidence: FallShown | None


class AnnotatorTraining(Shown):
    """Every course that the person was assigned, tried or passed; and which of them for a fall."""

    annotator: UUID
    courses: list[Enrolment]
    retraining: list[Retraining]


_COURSE = "/v1/courses/{course}"

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
        path="/v1/courses",
        usecase=curriculum.course_list,
        says="List courses.",
        query=Page,
        answer=CoursePage,
    ),
    Route(
        method="GET",
        path=_COURSE,
        usecase=use.course_get,
        says="Read the version in force, and how far one is in it.",
        answer=Course,
    ),
    Route(
        method="POST",
        path=f"{_COURSE}/attempts/begin",
        usecase=examining.course_attempt_begin,
        says="Open an attempt at an exam, as oneself.",
        body=Empty,
        answer=AttemptBegun,
        status=201,
        again=examining.begin_again,
    ),
    Route(
        method="POST",
        path=f"{_COURSE}/attempts",
        usecase=use.course_attempt,
        says="Answer a course's or a module's questions, as oneself.",
        body=CourseAttempt,
        answer=CourseAttempted,
        key="required",
        again=attempting.attempt_again,
    ),
    Route(
        method="POST",
        path=f"{_COURSE}/attempts/allow",
        usecase=curriculum.course_attempts_allow,
        says="Allow a person more attempts.",
        body=AttemptsAllow,
        answer=AttemptsAllowed,
    ),
    Route(
        method="POST",
        path=f"{_COURSE}/assign",
        usecase=curriculum.course_assign,
        says="Assign a course to people.",
        body=CourseAssign,
        answer=CourseAssigned,
    ),
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/training",
        usecase=curriculum.annotator_training,
        says="Read how a person stands in every course.",
        answer=AnnotatorTraining,
    ),
)
