"""Courses and what people achieved in them: quizzes and exams on gold."""

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, AttemptId, CourseId, GoldId, SkillId


@event("course.published")
class CoursePublished:
    """A version of a course: content is ciphertext, `content_token` its keyed token; an exam names its gold items
    and the skill it gives.
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


@event("course.attempted")
class CourseAttempted:
    """A person's attempt with its result; answers are ciphertext."""

    attempt: AttemptId
    course: CourseId
    version: int
    annotator: AnnotatorId
    answers: Secret
    answered: int
    correct: int
    passed: bool
    skill: SkillId | None


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
