"""Acknowledgements: only the guideline in force can be confirmed, and what is new is learnt before."""

from dataclasses import replace

from backend.domain.projects.acknowledgement import ACKNOWLEDGEMENT, Acknowledge, Delta
from backend.events import projects as ev
from backend.events.ids import CourseId
from tests.domain.facts import ADA, COURSE_A, PROJECT_A, uid
from tests.domain.gwt import given

COURSE_B = CourseId(uid(99))


def acknowledge(version: int, current: int, *deltas: Delta) -> Acknowledge:
    return Acknowledge(
        project=PROJECT_A, version=version, current_version=current, annotator=ADA, deltas=deltas
    )


def acknowledged(version: int) -> ev.GuidelineAcknowledged:
    return ev.GuidelineAcknowledged(project=PROJECT_A, version=version, annotator=ADA)


def test_the_version_in_force_is_confirmed_once() -> None:
    given(ACKNOWLEDGEMENT).when(acknowledge(1, 1)).then(acknowledged(1))
    given(ACKNOWLEDGEMENT, acknowledged(1)).when(acknowledge(1, 1)).then()
    given(ACKNOWLEDGEMENT, acknowledged(1)).when(acknowledge(2, 2)).then(acknowledged(2))


def test_an_older_version_cannot_be_confirmed() -> None:
    refusal = given(ACKNOWLEDGEMENT).when(acknowledge(1, 2)).then_refused("guideline_changed", "stale")
    assert refusal.extra == {"current_version": 2}


def test_who_knows_an_earlier_version_learns_what_is_new_and_a_newcomer_need_not() -> None:
    wanted = acknowledge(2, 2, Delta(version=2, course=COURSE_A))
    given(ACKNOWLEDGEMENT).when(wanted).then(acknowledged(2))
    known = given(ACKNOWLEDGEMENT, acknowledged(1))
    assert known.when(wanted).then_refused("training_required", "conflict").extra == {"course": str(COURSE_A)}
    known.when(replace(wanted, deltas=())).then(acknowledged(2))


def test_who_skipped_a_version_learns_what_was_new_there_first() -> None:
    deltas = (Delta(version=3, course=COURSE_B), Delta(version=2, course=COURSE_A))
    refusal = given(ACKNOWLEDGEMENT, acknowledged(1)).when(acknowledge(3, 3, *deltas))
    assert refusal.then_refused("training_required").extra == {"course": str(COURSE_A)}
    given(ACKNOWLEDGEMENT, acknowledged(2)).when(acknowledge(3, 3, deltas[1])).then(acknowledged(3))
