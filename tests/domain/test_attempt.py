"""Attempts at exams and quizzes: what passes, what is evidence, how often, how soon; nobody meets gold twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.training import grading
from backend.domain.training.attempt import (
    ATTEMPT,
    AllowAttempts,
    AssignCourse,
    BeginAttempt,
    CloseAttempt,
    LapseCourse,
    TakeAttempt,
)
from backend.domain.training.grading import Graded
from backend.domain.training.rules import Rules
from backend.events import training as ev
from backend.events.ids import AttemptId, CourseId, GoldId
from tests.domain.facts import (
    ADA,
    ATTEMPT_1,
    ATTEMPT_2,
    COURSE_A,
    GOLD_A,
    GOLD_B,
    HIDDEN,
    LATER,
    NOON,
    PROJECT_A,
    SKILL_A,
    uid,
)
from tests.domain.gwt import given

GOLD_C, GOLD_D = GoldId(uid(35)), GoldId(uid(36))
ATTEMPT_3 = AttemptId(uid(65))
TIMED = Rules(attempts_max=2, retry_minutes=60, valid_days=30, level=2, minutes_max=10, sample=2)


def graded(question: str, correct: bool, gold: GoldId | None = None) -> Graded:
    return Graded(
        gold=gold, question=question, correct=correct, truth_class="a", answer_class="a" if correct else "b"
    )


EXAM = TakeAttempt(
    attempt=ATTEMPT_1,
    annotator=ADA,
    course=COURSE_A,
    version=1,
    current_version=1,
    rules=Rules(),
    missing=(),
    now=NOON,
    graded=(graded("q1", True, GOLD_A), graded("q2", False, GOLD_B)),
    answers=HIDDEN,
    question_count=4,
    pass_mark_ppm=500_000,
    is_exam=True,
    skill=SKILL_A,
)
QUIZ = replace(EXAM, is_exam=False, graded=(graded("q1", True), graded("q2", True)), skill=None)
FAILED_QUIZ = replace(QUIZ, graded=(graded("q1", True),))
BEGIN = BeginAttempt(
    attempt=ATTEMPT_1,
    annotator=ADA,
    course=COURSE_A,
    version=1,
    current_version=1,
    rules=TIMED,
    missing=(),
    skill=SKILL_A,
    now=NOON,
    gold=(GOLD_A, GOLD_B),
    left=4,
)
TIMED_EXAM = replace(EXAM, rules=TIMED, question_count=2)
CLOSE = CloseAttempt(
    attempt=ATTEMPT_1,
    annotator=ADA,
    course=COURSE_A,
    version=1,
    current_version=1,
    rules=TIMED,
    missing=(),
    skill=SKILL_A,
    now=NOON + timedelta(minutes=11),
    answers=HIDDEN,
)
ALLOW = AllowAttempts(
    course=COURSE_A,
    annotator=ADA,
    current_version=1,
    rules=Rules(attempts_max=2),
    more=1,
    reason=HIDDEN,
)
ASSIGN = AssignCourse(
    course=COURSE_A, annotator=ADA, because="manager", project=None, current_version=1, now=NOON
)
BEGUN = ev.AttemptBegun(
    attempt=ATTEMPT_1,
    course=COURSE_A,
    version=1,
    annotator=ADA,
    gold=(GOLD_A, GOLD_B),
    until=NOON + timedelta(minutes=10),
)


def attempted(*, correct: int, passed: bool, exam: bool, answered: int = 2) -> ev.CourseAttempted:
    return ev.CourseAttempted(
        attempt=ATTEMPT_1,
        course=COURSE_A,
        version=1,
        annotator=ADA,
        answers=HIDDEN,
        answered=answered,
        correct=correct,
        passed=passed,
        skill=SKILL_A if exam else None,
        level=1,
        until=None,
        retry_at=None,
    )


def evidence(gold: GoldId, correct: bool) -> ev.ExamGoldAnswered:
    return ev.ExamGoldAnswered(
        attempt=ATTEMPT_1,
        annotator=ADA,
        skill=SKILL_A,
        gold=gold,
        correct=correct,
        truth_class="a",
        answer_class="a" if correct else "b",
    )


def result(events: Sequence[object]) -> ev.CourseAttempted:
    (one,) = [event for event in events if isinstance(event, ev.CourseAttempted)]
    return one


def test_an_exam_gives_a_result_and_one_piece_of_evidence_per_gold() -> None:
    given(ATTEMPT).when(EXAM).then(
        attempted(correct=1, passed=True, exam=True), evidence(GOLD_A, True), evidence(GOLD_B, False)
    )


def test_a_quiz_gives_a_result_and_no_evidence() -> None:
    given(ATTEMPT).when(QUIZ).then(attempted(correct=2, passed=True, exam=False))


def test_an_exam_that_is_not_begun_counts_what_was_answered_and_a_quiz_what_was_asked() -> None:
    half_right = (graded("q1", True), graded("q2", False))
    assert result(given(ATTEMPT).when(replace(EXAM, graded=half_right)).events).passed
    assert not result(given(ATTEMPT).when(replace(QUIZ, graded=half_right)).events).passed


@pytest.mark.parametrize(
    ("correct", "mark", "passed"), [(2, 666_666, True), (2, 666_667, False), (3, 10**6, True)]
)
def test_the_pass_mark_is_exact(correct: int, mark: int, passed: bool) -> None:
    answers = tuple(graded(f"q{n}", n < correct) for n in range(3))
    assert grading.reaches(mark, answers, 3) == passed


@pytest.mark.parametrize(("mark", "passed"), [(0, True), (1, False)])
def test_an_exam_without_answers_passes_only_a_mark_of_zero(mark: int, passed: bool) -> None:
    nothing = replace(EXAM, graded=(), pass_mark_ppm=mark)
    assert result(given(ATTEMPT).when(nothing).events).passed == passed


def test_the_same_attempt_again_is_nothing_new() -> None:
    given(ATTEMPT).after(EXAM).when(EXAM).then()
    given(ATTEMPT).after(FAILED_QUIZ).when(FAILED_QUIZ).then()


def test_an_exam_is_taken_once_per_version() -> None:
    again = replace(EXAM, attempt=ATTEMPT_2)
    given(ATTEMPT).after(EXAM).when(again).then_refused("exam_taken", "conflict")


def test_gold_of_an_earlier_version_is_no_new_evidence() -> None:
    second = replace(EXAM, attempt=ATTEMPT_2, version=2, current_version=2)
    events = given(ATTEMPT).after(EXAM).when(second).events
    assert [type(event) for event in events] == [ev.CourseAttempted]


def test_a_failed_quiz_may_be_taken_again_and_a_passed_one_need_not() -> None:
    again = replace(QUIZ, attempt=ATTEMPT_2)
    assert result(given(ATTEMPT).after(FAILED_QUIZ).when(again).events).passed
    given(ATTEMPT).after(QUIZ).when(again).then()


def test_answers_to_another_version_are_stale() -> None:
    given(ATTEMPT).when(replace(EXAM, current_version=2)).then_refused("course_changed", "stale")


def test_one_answer_per_question_and_no_more_than_asked() -> None:
    twice = (graded("q1", True), graded("q1", False))
    given(ATTEMPT).when(replace(EXAM, graded=twice)).then_refused("answered_twice", "invalid")
    given(ATTEMPT).when(replace(EXAM, question_count=1)).then_refused("too_many_answers", "invalid")


def test_what_comes_before_is_passed_before() -> None:
    other = CourseId(uid(99))
    for command in (replace(QUIZ, missing=(other,)), replace(BEGIN, missing=(other,))):
        refusal = given(ATTEMPT).when(command).then_refused("prerequisite_missing", "conflict")
        assert refusal.extra["course"] == str(other)


def test_a_failed_attempt_waits_for_its_delay_and_not_a_moment_longer() -> None:
    rules = Rules(retry_minutes=5)
    failed = given(ATTEMPT).after(replace(FAILED_QUIZ, rules=rules))
    again = replace(QUIZ, attempt=ATTEMPT_2, rules=rules, now=LATER - timedelta(seconds=1.5))
    refusal = failed.when(again).then_refused("retry_later", "conflict")
    assert refusal.extra == {"retry_at": LATER.isoformat(), "retry_after_s": 2}
    assert result(failed.when(replace(again, now=LATER)).events).passed


def test_attempts_are_exhausted_until_a_manager_allows_more() -> None:
    rules = Rules(attempts_max=2)
    tries = [replace(FAILED_QUIZ, attempt=one, rules=rules) for one in (ATTEMPT_1, ATTEMPT_2)]
    third = replace(QUIZ, attempt=ATTEMPT_3, rules=rules)
    given(ATTEMPT).after(tries[0]).when(ALLOW).then_refused("attempts_left", "conflict")
    failed = given(ATTEMPT).after(*tries)
    refusal = failed.when(third).then_refused("attempts_exhausted", "conflict")
    assert refusal.extra == {"attempts_max": 2}
    assert result(failed.after(ALLOW).when(third).events).passed
    failed.after(ALLOW).when(ALLOW).then_refused("attempts_left")
    failed.when(replace(ALLOW, more=0)).then_refused("attempts_invalid", "invalid")
    given(ATTEMPT).when(replace(ALLOW, rules=Rules())).then_refused("attempts_left")


def test_a_new_version_is_tried_afresh() -> None:
    rules = Rules(attempts_max=1, retry_minutes=60)
    failed = given(ATTEMPT).after(replace(FAILED_QUIZ, rules=rules))
    second = replace(QUIZ, attempt=ATTEMPT_2, rules=rules, version=2, current_version=2)
    assert result(failed.when(second).events).version == 2


def test_what_was_passed_holds_until_it_lapses_and_may_be_renewed_before() -> None:
    rules = Rules(valid_days=30)
    passed = given(ATTEMPT).after(replace(QUIZ, rules=rules))
    end = NOON + timedelta(days=30)
    assert passed.state.holds(1, end - timedelta(seconds=1)) and not passed.state.holds(1, end)
    again = replace(QUIZ, rules=rules, attempt=ATTEMPT_2, now=LATER)
    assert result(passed.when(again).events).until == LATER + timedelta(days=30)
    lapse = LapseCourse(course=COURSE_A, annotator=ADA, now=end)
    passed.when(replace(lapse, now=end - timedelta(seconds=1))).then()
    passed.when(lapse).then(ev.CourseLapsed(course=COURSE_A, version=1, annotator=ADA))
    passed.after(lapse).when(lapse).then()
    passed.after(again).when(lapse).then()


def test_a_course_is_assigned_once_for_one_reason_and_not_to_who_holds_it() -> None:
    event = ev.CourseAssigned(course=COURSE_A, annotator=ADA, because="manager", project=None)
    given(ATTEMPT).when(ASSIGN).then(event)
    given(ATTEMPT).after(ASSIGN).when(ASSIGN).then()
    given(ATTEMPT).after(QUIZ).when(ASSIGN).then()
    given(ATTEMPT).after(QUIZ).when(replace(ASSIGN, current_version=2)).then(event)
    given(ATTEMPT).after(ASSIGN).when(replace(ASSIGN, because="guideline", project=PROJECT_A)).then(
        replace(event, because="guideline", project=PROJECT_A)
    )
    given(ATTEMPT).when(replace(ASSIGN, because="fun")).then_refused("because_unknown", "invalid")


def test_an_open_exam_begun_again_is_the_same_exam() -> None:
    given(ATTEMPT).when(BEGIN).then(BEGUN)
    other = replace(BEGIN, attempt=ATTEMPT_2, gold=(GOLD_C, GOLD_D), now=LATER)
    given(ATTEMPT, BEGUN).when(other).then()


def test_a_begun_exam_counts_every_question_that_was_asked() -> None:
    answered = replace(TIMED_EXAM, graded=(graded("q1", True, GOLD_A),), pass_mark_ppm=500_001)
    assert not result(given(ATTEMPT, BEGUN).when(answered).events).passed
    half = replace(answered, pass_mark_ppm=500_000)
    until = NOON + timedelta(days=30)
    passed = replace(
        attempted(correct=1, answered=1, passed=True, exam=True), level=2, until=until, retry_at=None
    )
    given(ATTEMPT, BEGUN).when(half).then(passed, evidence(GOLD_A, True))


def test_an_exam_is_answered_only_after_it_was_begun() -> None:
    given(ATTEMPT).when(TIMED_EXAM).then_refused("attempt_not_begun", "conflict")
    other = replace(TIMED_EXAM, attempt=ATTEMPT_2)
    given(ATTEMPT, BEGUN).when(other).then_refused("attempt_not_begun")


@pytest.mark.parametrize(("late", "passed"), [(0, True), (1, False)])
def test_answers_after_the_time_fail_the_exam_and_are_no_evidence(late: int, passed: bool) -> None:
    assert BEGUN.until is not None
    now = BEGUN.until + timedelta(microseconds=late)
    perfect = (graded("q1", True, GOLD_A), graded("q2", True, GOLD_B))
    events = given(ATTEMPT, BEGUN).when(replace(TIMED_EXAM, graded=perfect, now=now)).events
    assert result(events).passed == passed
    assert len(events) == (3 if passed else 1)
    if not passed:
        assert (result(events).answered, result(events).correct) == (0, 0)
        assert result(events).retry_at == BEGUN.until + timedelta(minutes=60)


def test_an_exam_that_nobody_answered_has_failed_when_its_time_is_over() -> None:
    assert BEGUN.until is not None
    given(ATTEMPT, BEGUN).when(replace(CLOSE, now=BEGUN.until)).then()
    failed = replace(
        attempted(correct=0, answered=0, passed=False, exam=True),
        level=2,
        retry_at=BEGUN.until + timedelta(minutes=60),
    )
    given(ATTEMPT, BEGUN).when(CLOSE).then(failed)
    given(ATTEMPT, BEGUN, failed).when(CLOSE).then()
    given(ATTEMPT, BEGUN).when(replace(BEGIN, now=CLOSE.now)).then_refused("exam_time_over")


def test_gold_that_was_asked_is_never_asked_again() -> None:
    failed = given(ATTEMPT, BEGUN).after(CLOSE)
    later = NOON + timedelta(hours=2)
    same = replace(BEGIN, attempt=ATTEMPT_2, now=later)
    failed.when(same).then_refused("exam_gold_exhausted", "conflict")
    few = replace(same, gold=(GOLD_C,), left=1)
    assert failed.when(few).then_refused("exam_gold_exhausted").extra == {"wanted": 2, "left": 1}
    (begun,) = failed.when(replace(same, gold=(GOLD_C, GOLD_D))).events
    assert isinstance(begun, ev.AttemptBegun) and begun.gold == (GOLD_C, GOLD_D)


def test_an_exam_that_asks_everything_is_begun_once_per_version() -> None:
    rules = Rules(minutes_max=10)
    whole = replace(BEGIN, rules=rules)
    failed = given(ATTEMPT).after(whole, replace(CLOSE, rules=rules))
    again = replace(whole, attempt=ATTEMPT_2, gold=(GOLD_C,), now=LATER)
    failed.when(again).then_refused("exam_taken", "conflict")
