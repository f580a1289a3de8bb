"""Targets of quality: what can be measured is kept with its class as a token; what cannot is refused."""

import json

import pytest

from backend.domain.projects.targets import TARGETS, SetTargets, Target, read, spelled
from backend.events.base import Secret
from backend.events.projects import TargetsSet
from tests.domain.facts import PROJECT_A
from tests.domain.gwt import given

ALL = Target(measure="accuracy", least_ppm=950_000)
CATS = Target(measure="recall", least_ppm=900_000, of_class="token", label=Secret(b"\x00cats"))


def asking(*targets: Target) -> SetTargets:
    return SetTargets(project=PROJECT_A, targets=targets)


def test_other_targets_are_the_next_version_and_the_same_are_nothing() -> None:
    told = TargetsSet(project=PROJECT_A, version=1, targets=spelled((ALL, CATS)))
    given(TARGETS).when(asking(ALL, CATS)).then(told)
    again = Target(measure="recall", least_ppm=900_000, of_class="token", label=Secret(b"\x01other"))
    given(TARGETS, told).when(asking(ALL, again)).then()
    given(TARGETS, told).when(asking()).then(TargetsSet(project=PROJECT_A, version=2, targets=""))


def test_they_are_whole_numbers_and_tokens_in_the_log_and_read_again() -> None:
    text = spelled((ALL, CATS))
    assert read(text) == (ALL, CATS) and read("") == ()
    assert json.loads(text)[1] == {
        "measure": "recall",
        "least_ppm": 900_000,
        "confidence_ppm": 950_000,
        "class": "token",
        "label": "AGNhdHM=",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        asking(Target(measure="speed", least_ppm=1)),
        asking(Target(measure="accuracy", least_ppm=1_000_001)),
        asking(Target(measure="accuracy", least_ppm=-1)),
        asking(Target(measure="accuracy", least_ppm=1, of_class="token")),
        asking(Target(measure="f1", least_ppm=1, confidence_ppm=1_000_000)),
        asking(ALL, ALL),
        asking(*(Target(measure="recall", least_ppm=1, of_class=f"{n}") for n in range(101))),
    ],
)
def test_what_cannot_be_measured_is_refused(wrong: SetTargets) -> None:
    given(TARGETS).when(wrong).then_refused("quality_target_invalid", "invalid")
