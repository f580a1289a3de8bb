"""Modules: in their order, content read, practice repeated at will, quizzes with their attempts."""

from dataclasses import replace
from datetime import timedelta

from backend.domain.training.attempt import ATTEMPT, AllowAttempts, TakeModule
from backend.domain.training.grading import Graded
from backend.domain.training.rules import Rules
from backend.events import training as ev
from backend.events.ids import AttemptId, CourseId
from tests.domain.facts import ADA, COURSE_A, HIDDEN, NOON, uid
from tests.domain.gwt import given

READ = ev.CourseModule(module="read", kind="content", question_count=0, pass_mark_ppm=0)
TRY = ev.CourseModule(module="try", kind="practice", question_count=1, pass_mark_ppm=1_000_000)
QUIZ = ev.CourseModule(module="quiz", kind="quiz", question_count=2, pass_mark_ppm=500_000)


def marks(*correct: bool) -> tuple[Graded, ...]:
    return tuple(
        Graded(gold=None, question=f"q{n}", correct=one, truth_class=None, answer_class=None)
        for n, one in enumerate(correct)
    )


def take(n: int, module: str, *correct: bool, rules: Rules | None = None) -> TakeModule:
    return TakeModule(
        attempt=AttemptId(uid(100 + n)),
        annotator=ADA,
        course=COURSE_A,
        version=1,
        current_version=1,
        rules=rules or Rules(),
        missing=(),
        skill=None,
        now=NOON,
        module=module,
        modules=(READ, TRY, QUIZ),
        graded=marks(*correct),
        answers=HIDDEN,
    )


def told(command: TakeModule, *, answered: int, correct: int, passed: bool) -> ev.ModuleAttempted:
    return ev.ModuleAttempted(
        attempt=command.attempt,
        course=COURSE_A,
        version=1,
        module=command.module,
        annotator=ADA,
        answers=HIDDEN,
        answered=answered,
        correct=correct,
        passed=passed,
        retry_at=None,
    )


READ_IT, TRIED = take(1, "read"), take(2, "try", True)
BEFORE_QUIZ = given(ATTEMPT).after(READ_IT, TRIED)


def test_content_is_passed_by_reading_it() -> None:
    given(ATTEMPT).when(READ_IT).then(told(READ_IT, answered=0, correct=0, passed=True))
    given(ATTEMPT).after(READ_IT).when(take(9, "read")).then()
    given(ATTEMPT).when(take(1, "read", True)).then_refused("too_many_answers", "invalid")


def test_a_module_waits_for_the_one_before_it() -> None:
    refusal = given(ATTEMPT).when(take(2, "quiz", True)).then_refused("module_locked", "conflict")
    assert refusal.extra == {"before": "read"}
    refusal = given(ATTEMPT).after(READ_IT).when(take(2, "quiz", True)).then_refused("module_locked")
    assert refusal.extra == {"before": "try"}


def test_the_course_has_only_its_own_modules() -> None:
    given(ATTEMPT).when(take(1, "dance")).then_refused("module_unknown", "invalid")


def test_prerequisites_come_before_the_first_module() -> None:
    other = CourseId(uid(99))
    given(ATTEMPT).when(replace(READ_IT, missing=(other,))).then_refused("prerequisite_missing")


def test_practice_may_be_repeated_at_will_until_it_is_passed() -> None:
    rules = Rules(attempts_max=1, retry_minutes=60)
    past = given(ATTEMPT).after(READ_IT, *(take(n, "try", False, rules=rules) for n in (2, 3, 4)))
    right = take(5, "try", True, rules=rules)
    past.when(right).then(told(right, answered=1, correct=1, passed=True))


def test_the_last_module_passed_passes_the_course() -> None:
    right = take(3, "quiz", True, False, rules=Rules(valid_days=10))
    course = ev.CourseAttempted(
        attempt=right.attempt,
        course=COURSE_A,
        version=1,
        annotator=ADA,
        answers=HIDDEN,
        answered=2,
        correct=1,
        passed=True,
        skill=None,
        level=1,
        until=NOON + timedelta(days=10),
        retry_at=None,
    )
    BEFORE_QUIZ.when(right).then(told(right, answered=2, correct=1, passed=True), course)


def test_a_course_passed_for_good_needs_no_module_again() -> None:
    BEFORE_QUIZ.after(take(3, "quiz", True, True)).when(take(4, "read")).then()


def test_a_renewal_begins_with_the_first_module() -> None:
    rules = Rules(valid_days=10)
    passed = BEFORE_QUIZ.after(take(3, "quiz", True, True, rules=rules))
    passed.when(take(4, "quiz", True, True, rules=rules)).then_refused("module_locked")
    (event,) = passed.when(take(4, "read", rules=rules)).events
    assert isinstance(event, ev.ModuleAttempted)


def test_a_quiz_has_its_delay_and_its_attempts_and_a_manager_allows_more() -> None:
    rules = Rules(attempts_max=2, retry_minutes=60)
    wrong = take(3, "quiz", rules=rules)
    later = NOON + timedelta(hours=1)
    once = BEFORE_QUIZ.after(wrong)
    assert once.state.retry_at == later
    once.when(take(4, "quiz", True, True, rules=rules)).then_refused("retry_later")
    twice = once.after(replace(take(4, "quiz", rules=rules), now=later))
    third = replace(take(5, "quiz", True, True, rules=rules), now=later + timedelta(hours=1))
    twice.when(third).then_refused("attempts_exhausted")
    allow = AllowAttempts(
        course=COURSE_A, annotator=ADA, current_version=1, rules=rules, more=1, reason=HIDDEN
    )
    assert len(twice.after(allow).when(third).events) == 2


def test_a_new_version_begins_with_the_first_module() -> None:
    second = replace(take(4, "quiz", True), version=2, current_version=2)
    BEFORE_QUIZ.when(second).then_refused("module_locked")


def test_what_a_person_met_at_work_is_not_asked_and_does_not_count() -> None:
    before, both = given(ATTEMPT).after(READ_IT), replace(TRY, question_count=2)
    some = replace(take(2, "try", True), modules=(READ, both, QUIZ), left_out=1)
    passed = told(some, answered=1, correct=1, passed=True)
    before.when(some).then(replace(passed, left_out=1))
    before.when(replace(some, graded=marks(True, True))).then_refused("too_many_answers", "invalid")
    wrong = told(some, answered=1, correct=0, passed=False)
    before.when(replace(some, graded=marks(False))).then(replace(wrong, left_out=1))


def test_practice_that_has_nothing_left_to_ask_is_passed() -> None:
    nothing = replace(take(2, "try"), left_out=1)
    passed = told(nothing, answered=0, correct=0, passed=True)
    given(ATTEMPT).after(READ_IT).when(nothing).then(replace(passed, left_out=1))
