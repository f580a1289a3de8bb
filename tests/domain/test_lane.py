"""Lanes and what they require."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.lane import LANE, ChangeRequirement, OpenLane
from backend.domain.projects.requirement import Requirement, canonical, requirement
from backend.events import projects as ev
from backend.events.projects import Conditions
from tests.domain.facts import AGREEMENT_A, COURSE_A, LANE_A, PROJECT_A, SKILL_A, SKILL_B
from tests.domain.gwt import given

LOOSE = Requirement(requires=("b", "a", "b"), any_of=(("d", "c"), ("c", "d", "c")), excludes=("f", "e"))
OPEN = OpenLane(lane=LANE_A, project=PROJECT_A, stage="annotate", requirement=LOOSE)
OPENED = ev.LaneOpened(
    lane=LANE_A,
    project=PROJECT_A,
    stage="annotate",
    requires=("a", "b"),
    any_of=(("c", "d"),),
    excludes=("e", "f"),
)


def test_a_lane_opens_once_with_its_requirement_in_order() -> None:
    given(LANE).when(OPEN).then(OPENED)
    given(LANE, OPENED).when(OPEN).then()


def test_a_requirement_is_written_when_it_differs() -> None:
    change = ChangeRequirement(requirement=Requirement(requires=("c", "a"), excludes=("x",)))
    told = ev.LaneRequirementChanged(lane=LANE_A, requires=("a", "c"), any_of=(), excludes=("x",))
    given(LANE, OPENED).when(change).then(told)
    given(LANE, OPENED).after(change).when(change).then()
    given(LANE, OPENED).when(ChangeRequirement(requirement=LOOSE)).then()


def test_a_lane_that_is_not_open_is_not_found() -> None:
    given(LANE).when(ChangeRequirement(requirement=Requirement())).then_refused("not_found")


NOBODY_ELSE = Conditions()


def asked(stage: str, conditions: Conditions = NOBODY_ELSE) -> Requirement:
    return requirement(
        stage,
        project=PROJECT_A,
        skill=SKILL_A,
        agreements={AGREEMENT_A: 2},
        courses={COURSE_A: 1},
        guideline=3,
        conditions=conditions,
    )


def test_annotating_asks_for_everything() -> None:
    assert asked("annotate") == Requirement(
        requires=(
            f"agreement:{AGREEMENT_A}:2",
            f"course:{COURSE_A}:1",
            f"guideline:{PROJECT_A}:3",
            "role:annotator",
        ),
        excludes=(f"skill-closed:{SKILL_A}",),
    )


@pytest.mark.parametrize(("stage", "role"), [("review", "reviewer"), ("expert", "expert")])
def test_reviewing_and_deciding_ask_for_the_role_and_the_agreements(stage: str, role: str) -> None:
    assert asked(stage) == Requirement(requires=(f"agreement:{AGREEMENT_A}:2", f"role:{role}"))


@pytest.mark.parametrize("stage", ["annotate", "review", "expert"])
def test_conditions_are_asked_at_every_stage(stage: str) -> None:
    told = Conditions(
        all_of=(f"skill:{SKILL_B}:2",), any_of=(("origin:crowd", "origin:staff"),), none_of=("check:x",)
    )
    found = asked(stage, told)
    assert f"skill:{SKILL_B}:2" in found.requires
    assert found.any_of == (("origin:crowd", "origin:staff"),)
    assert "check:x" in found.excludes


def test_a_project_without_guideline_and_skill_does_not_ask_for_them() -> None:
    bare = requirement(
        "annotate",
        project=PROJECT_A,
        skill=None,
        agreements={},
        courses={},
        guideline=None,
        conditions=Conditions(),
    )
    assert bare == Requirement(requires=("role:annotator",))


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(Refusal, match="stage_unknown"):
        asked("dance")
    stage = OpenLane(lane=LANE_A, project=PROJECT_A, stage="dance", requirement=Requirement())
    given(LANE).when(stage).then_refused("stage_unknown", "invalid")


def test_what_is_unmet_is_named_by_its_kind() -> None:
    wanted = canonical(("b", "a"), (("c", "d"), ("e",)), ("f", "g"))
    assert wanted.unmet(("a", "d", "g")) == ("b", "any:e", "not:g")
    assert wanted.unmet(("a", "b", "c", "e")) == ()
