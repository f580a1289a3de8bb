"""Acknowledgements: only the guideline in force can be confirmed."""

from backend.domain.projects.acknowledgement import ACKNOWLEDGEMENT, Acknowledge
from backend.events import projects as ev
from tests.domain.facts import ADA, PROJECT_A
from tests.domain.gwt import given


def acknowledge(version: int, current: int) -> Acknowledge:
    return Acknowledge(project=PROJECT_A, version=version, current_version=current, annotator=ADA)


def acknowledged(version: int) -> ev.GuidelineAcknowledged:
    return ev.GuidelineAcknowledged(project=PROJECT_A, version=version, annotator=ADA)


def test_the_version_in_force_is_confirmed_once() -> None:
    given(ACKNOWLEDGEMENT).when(acknowledge(1, 1)).then(acknowledged(1))
    given(ACKNOWLEDGEMENT, acknowledged(1)).when(acknowledge(1, 1)).then()
    given(ACKNOWLEDGEMENT, acknowledged(1)).when(acknowledge(2, 2)).then(acknowledged(2))


def test_an_older_version_cannot_be_confirmed() -> None:
    refusal = given(ACKNOWLEDGEMENT).when(acknowledge(1, 2)).then_refused("guideline_changed", "stale")
    assert refusal.extra == {"current_version": 2}
