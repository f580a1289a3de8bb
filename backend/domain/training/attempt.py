"""Attempts: what one person achieved in one course; an exam is taken once per version, a quiz until passed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import training as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, AttemptId, CourseId, GoldId, SkillId

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Every attempt so far: their ids, the versions tried and passed, and the gold that counts already."""

    attempts: frozenset[AttemptId] = frozenset()
    tried: frozenset[int] = frozenset()
    passed: frozenset[int] = frozenset()
    gold: frozenset[GoldId] = frozenset()


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One answered question, compared with its truth; `gold` is the gold item behind an exam's question."""

    gold: GoldId | None
    question: str
    correct: bool
    truth_class: str | None
    answer_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAttempt:
    """The person's graded answers to `version`, with what the version in force asks."""

    attempt: AttemptId
    annotator: AnnotatorId
    course: CourseId
    version: int
    current_version: int
    graded: Sequence[Graded]
    answers: Secret
    question_count: int
    pass_mark_ppm: int
    is_exam: bool
    skill: SkillId | None


Event: TypeAlias = ev.CourseAttempted | ev.ExamGoldAnswered

# --- refusals


def course_changed(command: TakeAttempt) -> Refusal:
    """`course_changed`: the answers belong to another version than the one in force."""
    return Refusal(
        "stale",
        "course_changed",
        expected=f"answers to version {command.current_version}",
        found=f"answers to version {command.version}",
        mend="read the course again and answer its current version",
        extra={"current_version": command.current_version},
    )


def exam_taken(version: int) -> Refusal:
    """`exam_taken`: gold is never shown twice to one person."""
    return Refusal(
        "conflict",
        "exam_taken",
        expected="an exam that you have not taken",
        found=f"an attempt at version {version}",
        mend="wait for a new version of the exam, or ask a manager",
    )


def answered_twice(question: str) -> Refusal:
    """`answered_twice`: one answer per question."""
    return Refusal(
        "invalid",
        "answered_twice",
        expected="one answer to each question",
        found=f"two answers to question {question!r}",
        mend="send each question once",
    )


# --- decide


def decide(command: TakeAttempt, so_far: Attempts) -> Sequence[Event]:
    """Read as a table: the first line that fits is the outcome."""
    match command:
        case TakeAttempt(attempt=attempt) if attempt in so_far.attempts:
            return []
        case TakeAttempt(version=version, current_version=current) if version != current:
            raise course_changed(command)
        case TakeAttempt(is_exam=True, version=version) if version in so_far.tried:
            raise exam_taken(version)
        case TakeAttempt(is_exam=False, version=version) if version in so_far.passed:
            return []
        case _:
            _check(command)
            return [_attempted(command), *_evidence(command, so_far.gold)]


# --- evolve


def evolve(so_far: Attempts, event: Event) -> Attempts:
    """What is true after the event."""
    match event:
        case ev.CourseAttempted():
            return replace(
                so_far,
                attempts=so_far.attempts | {event.attempt},
                tried=so_far.tried | {event.version},
                passed=so_far.passed | ({event.version} if event.passed else frozenset()),
            )
        case ev.ExamGoldAnswered():
            return replace(so_far, gold=so_far.gold | {event.gold})
        case _:
            assert_never(event)


# --- helpers


def is_passed(command: TakeAttempt) -> bool:
    """Whether the mark is reached, in whole numbers.

    A quiz counts every question, an unanswered one as wrong. An exam counts the answered ones, since only these
    are evidence; without any it is passed only if the mark is 0.
    """
    correct, answered = sum(one.correct for one in command.graded), len(command.graded)
    if command.is_exam and answered == 0:
        return command.pass_mark_ppm == 0
    asked = answered if command.is_exam else command.question_count
    return correct * PPM >= command.pass_mark_ppm * asked


def _check(command: TakeAttempt) -> None:
    in_range("too_many_answers", "answered", len(command.graded), 0, command.question_count)
    seen: set[str] = set()
    for one in command.graded:
        if one.question in seen:
            raise answered_twice(one.question)
        seen.add(one.question)


def _attempted(command: TakeAttempt) -> ev.CourseAttempted:
    return ev.CourseAttempted(
        attempt=command.attempt,
        course=command.course,
        version=command.version,
        annotator=command.annotator,
        answers=command.answers,
        answered=len(command.graded),
        correct=sum(one.correct for one in command.graded),
        passed=is_passed(command),
        skill=command.skill,
    )


def _evidence(command: TakeAttempt, known: frozenset[GoldId]) -> list[ev.ExamGoldAnswered]:
    # Gold that an earlier version asked already is no new evidence.
    if not command.is_exam or command.skill is None:
        return []
    return [
        ev.ExamGoldAnswered(
            attempt=command.attempt,
            annotator=command.annotator,
            skill=command.skill,
            gold=one.gold,
            correct=one.correct,
            truth_class=one.truth_class,
            answer_class=one.answer_class,
        )
        for one in command.graded
        if one.gold is not None and one.gold not in known
    ]


ATTEMPT: Decider[TakeAttempt, Attempts, Event] = Decider(Attempts(), decide, evolve)
"""One stream per person and course."""
