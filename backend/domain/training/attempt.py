"""Attempts: whether one person may try one course, module by module or exam by exam, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.training import grading, refusals
from backend.domain.training.grading import Graded
from backend.domain.training.record import FELL, WHOLE, Attempts, Event, Opened, evolve
from backend.domain.training.rules import ATTEMPTS_MAX, Rules
from backend.events import training as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, AttemptId, CourseId, GoldId, ProjectId, SkillId
from backend.events.training import CourseModule

BECAUSE = ("guideline", "lapsed", "manager", "recertification", FELL)

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose attempt at what, by the rules of the version in force; `missing` are prerequisites not passed."""

    attempt: AttemptId
    annotator: AnnotatorId
    course: CourseId
    version: int
    current_version: int
    rules: Rules
    missing: tuple[CourseId, ...]
    skill: SkillId | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAttempt(About):
    """Open an exam on these gold items, drawn from `left` that the person has not met."""

    gold: tuple[GoldId, ...]
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAttempt(About):
    """The person's graded answers to a quiz or an exam; for one that is begun, `attempt` is the open one."""

    graded: Sequence[Graded]
    answers: Secret
    question_count: int
    pass_mark_ppm: int
    is_exam: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeModule(About):
    """The person has read a module, or answers its questions; `left_out` of these are not asked of this person."""

    module: str
    modules: tuple[CourseModule, ...]
    graded: Sequence[Graded]
    answers: Secret
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAttempt(About):
    """An exam whose time is over and that nobody answered has failed; `answers` says that there are none."""

    answers: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowAttempts:
    """A manager lets somebody who has used up the attempts try again."""

    course: CourseId
    annotator: AnnotatorId
    current_version: int
    rules: Rules
    more: int
    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignCourse:
    """The person needs the version in force; nothing happens when it was assigned for this already, or is held: unless
    they fell since."""

    course: CourseId
    annotator: AnnotatorId
    because: str
    project: ProjectId | None
    current_version: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseCourse:
    """What was passed too long ago does not hold any more."""

    course: CourseId
    annotator: AnnotatorId
    now: datetime


Attempting: TypeAlias = BeginAttempt | TakeAttempt | TakeModule
Command: TypeAlias = Attempting | CloseAttempt | AllowAttempts | AssignCourse | LapseCourse
# --- decide


def decide(command: Command, so_far: Attempts) -> Sequence[Event]:
    """Read as a table: the first line that fits is the outcome."""
    match command:
        case TakeAttempt(attempt=attempt) | TakeModule(attempt=attempt) if attempt in so_far.attempts:
            return []
        case BeginAttempt() | TakeAttempt() | TakeModule() if command.version != command.current_version:
            raise refusals.course_changed(command.current_version, command.version)
        case BeginAttempt():
            return _begin(command, so_far.at(command.version))
        case TakeAttempt(is_exam=True, rules=rules) if rules.begun:
            return _answer_begun(command, so_far.at(command.version).opened, so_far.gold)
        case TakeAttempt(is_exam=True, version=version) if version in so_far.tried:
            raise refusals.exam_taken(version)
        case TakeAttempt(is_exam=False) | TakeModule() if so_far.for_good(command.version):
            return []
        case TakeAttempt():
            return _take(command, so_far.at(command.version))
        case TakeModule():
            return _module(command, so_far.at(command.version))
        case CloseAttempt():
            return _close(command, so_far.at(command.version).opened)
        case AllowAttempts():
            return _allow(command, so_far.at(command.current_version))
        case AssignCourse():
            return _assign(command, so_far)
        case LapseCourse(course=course, annotator=person, now=now):
            over = [v for v, until in sorted(so_far.passed.items()) if until is not None and until <= now]
            return [ev.CourseLapsed(course=course, version=v, annotator=person) for v in over]
        case _:
            assert_never(command)


# --- helpers


def _ready(command: Attempting, so_far: Attempts, module: str = WHOLE) -> None:
    """Refuse who has not passed what comes before, has no attempt left, or must wait."""
    if command.missing:
        raise refusals.prerequisite_missing(command.missing)
    if so_far.attempts_left(command.rules, module) == 0:
        raise refusals.attempts_exhausted((command.rules.attempts_max or 0) + so_far.allowed)
    if so_far.retry_at is not None and command.now < so_far.retry_at:
        raise refusals.retry_later(so_far.retry_at, command.now)


def _begin(command: BeginAttempt, so_far: Attempts) -> Sequence[Event]:
    """An open attempt begun again is the same attempt."""
    opened, rules, wanted = so_far.opened, command.rules, command.rules.sample or 1
    if opened is not None and opened.over(command.now):
        raise refusals.exam_time_over(opened.until or command.now)
    if opened is not None:
        return []
    if so_far.for_good(command.version) or (rules.sample is None and command.version in so_far.tried):
        raise refusals.exam_taken(command.version)
    _ready(command, so_far)
    if len(command.gold) < wanted or not so_far.met.isdisjoint(command.gold):
        raise refusals.exam_gold_exhausted(wanted, command.left)
    limit = rules.minutes_max
    return [
        ev.AttemptBegun(
            attempt=command.attempt,
            course=command.course,
            version=command.version,
            annotator=command.annotator,
            gold=command.gold,
            until=None if limit is None else command.now + timedelta(minutes=limit),
        )
    ]


def _answer_begun(command: TakeAttempt, opened: Opened | None, known: frozenset[GoldId]) -> Sequence[Event]:
    """Every question that was asked counts, an unanswered one as wrong; too late, and none was answered."""
    if opened is None or opened.attempt != command.attempt:
        raise refusals.attempt_not_begun()
    if opened.over(command.now):
        return [_result(command, command.answers, (), passed=False, failed_at=opened.until)]
    grading.check(command.graded, len(opened.gold))
    passed = grading.reaches(command.pass_mark_ppm, command.graded, len(opened.gold))
    return [_result(command, command.answers, command.graded, passed=passed), *_evidence(command, known)]


def _take(command: TakeAttempt, so_far: Attempts) -> Sequence[Event]:
    """A quiz counts every question, an unanswered one as wrong; an exam that is not begun counts the answered ones,
    since only these are evidence."""
    _ready(command, so_far)
    grading.check(command.graded, command.question_count)
    asked = len(command.graded) if command.is_exam else command.question_count
    passed = grading.reaches(command.pass_mark_ppm, command.graded, asked)
    return [
        _result(command, command.answers, command.graded, passed=passed),
        *_evidence(command, so_far.gold),
    ]


def _module(command: TakeModule, so_far: Attempts) -> Sequence[Event]:
    """Modules in order; content is read, practice is repeated at will, a quiz has its attempts."""
    names = [one.module for one in command.modules]
    if command.module not in names:
        raise refusals.module_unknown(command.module, names)
    place = names.index(command.module)
    module = command.modules[place]
    if command.module in so_far.done:
        return []
    if locked := [name for name in names[:place] if name not in so_far.done]:
        raise refusals.module_locked(command.module, locked[0])
    if command.missing:
        raise refusals.prerequisite_missing(command.missing)
    if module.kind == "quiz":
        _ready(command, so_far, command.module)
    asked = module.question_count - command.left_out
    grading.check(command.graded, asked)
    # Where nothing is left to ask the person has met it all at work: there is nothing to show.
    passed = asked == 0 < command.left_out or grading.reaches(module.pass_mark_ppm, command.graded, asked)
    attempted = ev.ModuleAttempted(
        attempt=command.attempt,
        course=command.course,
        version=command.version,
        module=command.module,
        annotator=command.annotator,
        answers=command.answers,
        answered=len(command.graded),
        correct=sum(one.correct for one in command.graded),
        passed=passed,
        retry_at=None if passed or module.kind != "quiz" else command.rules.retry_at(command.now),
        left_out=command.left_out,
    )
    ends = passed and place == len(names) - 1
    return [attempted, *([_course_passed(command, evolve(so_far, attempted))] if ends else [])]


def _course_passed(command: TakeModule, so_far: Attempts) -> ev.CourseAttempted:
    scores = [so_far.done[one.module] for one in command.modules if one.kind == "quiz"]
    whole = _result(command, command.answers, (), passed=True)
    return replace(
        whole, answered=sum(score[0] for score in scores), correct=sum(score[1] for score in scores)
    )


def _close(command: CloseAttempt, opened: Opened | None) -> Sequence[Event]:
    if opened is None or not opened.over(command.now):
        return []
    lost = replace(command, attempt=opened.attempt)
    return [_result(lost, command.answers, (), passed=False, failed_at=opened.until)]


def _allow(command: AllowAttempts, so_far: Attempts) -> Sequence[Event]:
    in_range("attempts_invalid", "more", command.more, 1, ATTEMPTS_MAX)
    tried = (WHOLE, *so_far.failures)
    if all(so_far.attempts_left(command.rules, module) != 0 for module in tried):
        raise refusals.attempts_left()
    return [
        ev.AttemptsAllowed(
            course=command.course, annotator=command.annotator, more=command.more, reason=command.reason
        )
    ]


def _assign(command: AssignCourse, so_far: Attempts) -> Sequence[Event]:
    one_of("because_unknown", "because", command.because, BECAUSE)
    if so_far.holds(command.current_version, command.now) and command.because != FELL:
        return []
    if (command.because, command.project) in so_far.assigned:
        return []
    return [
        ev.CourseAssigned(
            course=command.course,
            annotator=command.annotator,
            because=command.because,
            project=command.project,
        )
    ]


def _result(
    command: TakeAttempt | TakeModule | CloseAttempt,
    answers: Secret,
    graded: Sequence[Graded],
    *,
    passed: bool,
    failed_at: datetime | None = None,
) -> ev.CourseAttempted:
    return ev.CourseAttempted(
        attempt=command.attempt,
        course=command.course,
        version=command.version,
        annotator=command.annotator,
        answers=answers,
        answered=len(graded),
        correct=sum(one.correct for one in graded),
        passed=passed,
        skill=command.skill,
        level=command.rules.level,
        until=command.rules.until(command.now) if passed else None,
        retry_at=None if passed else command.rules.retry_at(failed_at or command.now),
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


ATTEMPT: Decider[Command, Attempts, Event] = Decider(Attempts(), decide, evolve)
"""One stream per person and course."""
