"""Courses and what people achieved in them: quizzes and exams on gold."""

from dataclasses import dataclass
from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import (
    AnnotatorId,
    AttemptId,
    CourseId,
    EscalationId,
    GoldId,
    ItemId,
    LeaseId,
    ProjectId,
    SkillId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseModule:
    """A step of a course: content to read, a quiz, or practice with hints; `module` is its name in the course."""

    module: str
    kind: str
    question_count: int
    pass_mark_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtEscalation:
    """An escalation as a question, whose id it has: the item's payload is asked, what stands for it is right. `lease`:
    under which an expert said so; None where somebody decided otherwise since."""

    escalation: EscalationId
    item: ItemId
    lease: LeaseId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleTaught:
    """Questions of a practice module that were drawn from the escalations of a project for the reason `code`, opened
    from `since` on and before `until`, at most `most`. `said` are their answers, hints and explanations, ciphertext
    under the project's key: a JSON list in the order of `escalations`."""

    module: str
    project: ProjectId
    code: str
    since: datetime | None
    until: datetime | None
    most: int
    said: Secret
    escalations: tuple[TaughtEscalation, ...]


@event("course.published", version=4)
class CoursePublished:
    """A version of a course: content is ciphertext, `content_token` its keyed token; an exam names its gold items
    and the skill it gives, at `level`.

    Modules are taken in order, after the prerequisites. At most `attempts_max` attempts (None: no maximum), a failed
    one may be repeated after `retry_minutes`. What was passed holds for `valid_days`. An exam lasts at most
    `minutes_max` and asks `sample` of its gold items, drawn evenly over their classes (None: all); of these
    `edge_case_share_ppm` are edge cases, where there are so many (0: as they come). `taught` are questions of modules
    that come from escalations, beside those in `content`.
    """

    course: CourseId
    version: int
    title: str
    content: Secret
    content_token: str
    question_count: int
    exam_gold: tuple[GoldId, ...]
    skill: SkillId | None
    pass_mark_ppm: int
    modules: tuple[CourseModule, ...]
    prerequisites: tuple[CourseId, ...]
    attempts_max: int | None
    retry_minutes: int
    valid_days: int | None
    level: int
    minutes_max: int | None
    sample: int | None
    edge_case_share_ppm: int
    taught: tuple[ModuleTaught, ...] = ()


added(
    "course.published",
    1,
    modules=[],
    prerequisites=[],
    attempts_max=None,
    retry_minutes=0,
    valid_days=None,
    level=1,
    minutes_max=None,
    sample=None,
)
added("course.published", 2, edge_case_share_ppm=0)
added("course.published", 3, taught=[])


@event("course.assigned")
class CourseAssigned:
    """The person needs this course now; `because` is guideline, lapsed, manager, recertification or proficiency."""

    course: CourseId
    annotator: AnnotatorId
    because: str
    project: ProjectId | None


@event("course.attempt_begun")
class AttemptBegun:
    """An exam was opened: these gold items are asked, until this moment."""

    attempt: AttemptId
    course: CourseId
    version: int
    annotator: AnnotatorId
    gold: tuple[GoldId, ...]
    until: datetime | None


@event("course.attempted", version=2)
class CourseAttempted:
    """A person's attempt with its result; answers are ciphertext. `until` is when what was passed lapses, `retry_at`
    when what was failed may be tried again (None: at once)."""

    attempt: AttemptId
    course: CourseId
    version: int
    annotator: AnnotatorId
    answers: Secret
    answered: int
    correct: int
    passed: bool
    skill: SkillId | None
    level: int
    until: datetime | None
    retry_at: datetime | None


added("course.attempted", 1, level=1, until=None, retry_at=None)


@event("course.module_attempted", version=2)
class ModuleAttempted:
    """One module of a course, read or answered; the last one passed passes the course. `retry_at` as above. Of its
    questions `left_out` were not asked: the person had met their items at work, or what was right does not stand."""

    attempt: AttemptId
    course: CourseId
    version: int
    module: str
    annotator: AnnotatorId
    answers: Secret
    answered: int
    correct: int
    passed: bool
    retry_at: datetime | None
    left_out: int = 0


added("course.module_attempted", 1, left_out=0)


@event("course.attempts_allowed")
class AttemptsAllowed:
    """A manager allows so many attempts more than the course does, and says why."""

    course: CourseId
    annotator: AnnotatorId
    more: int
    reason: Secret


@event("course.lapsed")
class CourseLapsed:
    """What was passed is too old; the gate is closed until it is passed again."""

    course: CourseId
    version: int
    annotator: AnnotatorId


@event("course.gold_answered")
class ExamGoldAnswered:
    """One gold item of an exam was answered: evidence for proficiency. Classes are keyed tokens, not labels."""

    attempt: AttemptId
    annotator: AnnotatorId
    skill: SkillId
    gold: GoldId
    correct: bool
    truth_class: str | None
    answer_class: str | None
