"""Retraining: one assignment per fall, over when the course is passed or the estimate has recovered."""

from dataclasses import replace

from backend.domain.proficiency.retraining import RETRAINING, Learning, Look, Pass, Rule
from backend.domain.training.attempt import ATTEMPT, AssignCourse
from backend.events import retraining as ev
from backend.events import training
from backend.events.ids import CourseId
from tests.domain.facts import ADA, ATTEMPT_1, COURSE_A, HIDDEN, NOON, SKILL_A, uid
from tests.domain.gwt import given

RULE = Rule(course=COURSE_A, below_ppm=800_000)
LOW = Look(
    annotator=ADA,
    skill=SKILL_A,
    rule=RULE,
    closed=False,
    lower_ppm=700_000,
    correct=30,
    total=40,
    fresh=40,
    basis_index=90,
)
BEGUN = ev.RetrainingBegun(
    annotator=ADA,
    skill=SKILL_A,
    course=COURSE_A,
    why="below",
    lower_ppm=700_000,
    below_ppm=800_000,
    correct=30,
    total=40,
    basis_index=90,
)
PASS = Pass(annotator=ADA, skill=SKILL_A, course=COURSE_A, basis_index=95)
PASSED = ev.RetrainingEnded(annotator=ADA, skill=SKILL_A, course=COURSE_A, why="passed", basis_index=95)


def test_who_is_below_what_the_skill_asks_is_assigned_the_course_with_the_evidence() -> None:
    given(RETRAINING).when(LOW).then(BEGUN)
    given(RETRAINING).when(replace(LOW, lower_ppm=800_000)).then()
    given(RETRAINING).when(replace(LOW, total=9, fresh=9)).then()
    given(RETRAINING).when(replace(LOW, rule=None)).then()
    given(RETRAINING).when(replace(LOW, rule=replace(RULE, below_ppm=0), lower_ppm=1)).then()


def test_a_skill_that_a_rule_closes_asks_for_the_course_however_little_there_is() -> None:
    closed = replace(LOW, closed=True, total=3, fresh=3)
    given(RETRAINING).when(closed).then(replace(BEGUN, why="closed", total=3))
    given(RETRAINING).when(replace(closed, rule=replace(RULE, below_ppm=0))).then(
        replace(BEGUN, why="closed", total=3, below_ppm=0)
    )
    given(RETRAINING, BEGUN).when(closed).then()


def test_an_episode_begins_once_and_ends_clearly_above_what_is_asked() -> None:
    asked = given(RETRAINING, BEGUN)
    asked.when(replace(LOW, lower_ppm=1, basis_index=200)).then()
    asked.when(replace(LOW, lower_ppm=819_999)).then()
    recovered = replace(PASSED, why="recovered", basis_index=90)
    asked.when(replace(LOW, lower_ppm=820_000)).then(recovered)
    asked.when(replace(LOW, rule=None, lower_ppm=820_000)).then(recovered)
    given(RETRAINING, replace(BEGUN, why="closed")).when(replace(LOW, lower_ppm=990_000)).then()


def test_the_next_episode_needs_new_evidence() -> None:
    after = given(RETRAINING, BEGUN, PASSED)
    after.when(replace(LOW, fresh=9, basis_index=104)).then()
    after.when(replace(LOW, fresh=10, basis_index=105)).then(replace(BEGUN, basis_index=105))
    after.when(replace(LOW, closed=True, fresh=0, basis_index=95)).then()
    after.when(replace(LOW, closed=True, fresh=1, basis_index=96)).then(
        replace(BEGUN, why="closed", basis_index=96)
    )


def test_only_the_course_that_was_asked_ends_it() -> None:
    given(RETRAINING).when(PASS).then()
    given(RETRAINING, BEGUN).when(PASS).then(PASSED)
    given(RETRAINING, BEGUN).when(replace(PASS, course=CourseId(uid(99)))).then()
    assert isinstance(given(RETRAINING, BEGUN).state, Learning)


def test_who_fell_is_assigned_a_course_that_was_passed_before_and_once() -> None:
    passed = training.CourseAttempted(
        attempt=ATTEMPT_1,
        course=COURSE_A,
        version=1,
        annotator=ADA,
        answers=HIDDEN,
        answered=1,
        correct=1,
        passed=True,
        skill=None,
        level=1,
        until=None,
        retry_at=None,
    )
    assign = AssignCourse(
        course=COURSE_A, annotator=ADA, because="proficiency", project=None, current_version=1, now=NOON
    )
    told = training.CourseAssigned(course=COURSE_A, annotator=ADA, because="proficiency", project=None)
    given(ATTEMPT, passed).when(replace(assign, because="manager")).then()
    given(ATTEMPT, passed).when(assign).then(told)
    given(ATTEMPT, passed, told).when(assign).then()
    state = given(ATTEMPT, passed, told).state
    assert (state.holds(1, NOON), state.for_good(1)) == (True, False), "it counts, and may be taken again"
    assert given(ATTEMPT, passed, told, passed).state.for_good(1)
