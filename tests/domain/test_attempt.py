"""Attempts: what passes, what is evidence, and that nobody meets gold twice."""

from dataclasses import replace

import pytest

from backend.domain.training.attempt import ATTEMPT, Graded, TakeAttempt, is_passed
from backend.events import training as ev
from backend.events.ids import GoldId
from tests.domain.facts import ADA, ATTEMPT_1, ATTEMPT_2, COURSE_A, GOLD_A, GOLD_B, HIDDEN, SKILL_A
from tests.domain.gwt import given


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
    graded=(graded("q1", True, GOLD_A), graded("q2", False, GOLD_B)),
    answers=HIDDEN,
    question_count=4,
    pass_mark_ppm=500_000,
    is_exam=True,
    skill=SKILL_A,
)
QUIZ = replace(EXAM, is_exam=False, graded=(graded("q1", True), graded("q2", True)), skill=None)
FAILED_QUIZ = replace(QUIZ, graded=(graded("q1", True),))


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


def test_an_exam_gives_a_result_and_one_piece_of_evidence_per_gold() -> None:
    given(ATTEMPT).when(EXAM).then(
        attempted(correct=1, passed=True, exam=True), evidence(GOLD_A, True), evidence(GOLD_B, False)
    )


def test_a_quiz_gives_a_result_and_no_evidence() -> None:
    given(ATTEMPT).when(QUIZ).then(attempted(correct=2, passed=True, exam=False))


def test_an_exam_counts_what_was_answered_and_a_quiz_what_was_asked() -> None:
    half_right = (graded("q1", True), graded("q2", False))
    assert is_passed(replace(EXAM, graded=half_right))
    assert not is_passed(replace(QUIZ, graded=half_right))


@pytest.mark.parametrize(
    ("correct", "mark", "passed"), [(2, 666_666, True), (2, 666_667, False), (3, 10**6, True)]
)
def test_the_pass_mark_is_exact(correct: int, mark: int, passed: bool) -> None:
    answers = tuple(graded(f"q{n}", n < correct) for n in range(3))
    assert is_passed(replace(EXAM, graded=answers, pass_mark_ppm=mark)) == passed


@pytest.mark.parametrize(("mark", "passed"), [(0, True), (1, False)])
def test_an_exam_without_answers_passes_only_a_mark_of_zero(mark: int, passed: bool) -> None:
    assert is_passed(replace(EXAM, graded=(), pass_mark_ppm=mark)) == passed


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
    retaken = given(ATTEMPT).after(FAILED_QUIZ).when(again).events
    assert [event.passed for event in retaken if isinstance(event, ev.CourseAttempted)] == [True]
    given(ATTEMPT).after(QUIZ).when(again).then()


def test_answers_to_another_version_are_stale() -> None:
    given(ATTEMPT).when(replace(EXAM, current_version=2)).then_refused("course_changed", "stale")


def test_one_answer_per_question_and_no_more_than_asked() -> None:
    twice = (graded("q1", True), graded("q1", False))
    given(ATTEMPT).when(replace(EXAM, graded=twice)).then_refused("answered_twice", "invalid")
    given(ATTEMPT).when(replace(EXAM, question_count=1)).then_refused("too_many_answers", "invalid")
