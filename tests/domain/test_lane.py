"""Lanes and what they require."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.lane import LANE, ChangeRequirement, OpenLane
from backend.domain.projects.requirement import missing, requirement
from backend.events import projects as ev
from tests.domain.facts import AGREEMENT_A, COURSE_A, LANE_A, PROJECT_A, SKILL_A
from tests.domain.gwt import given

OPEN = OpenLane(lane=LANE_A, project=PROJECT_A, stage="annotate", requires=("b", "a", "b"))
OPENED = ev.LaneOpened(lane=LANE_A, project=PROJECT_A, stage="annotate", requires=("a", "b"))


def test_a_lane_opens_once_with_its_requirement_in_order() -> None:
    given(LANE).when(OPEN).then(OPENED)
    given(LANE, OPENED).when(OPEN).then()


def test_a_requirement_is_written_when_it_differs() -> None:
    change = ChangeRequirement(requires=("c", "a"))
    given(LANE, OPENED).when(change).then(ev.LaneRequirementChanged(lane=LANE_A, requires=("a", "c")))
    given(LANE, OPENED).after(change).when(change).then()
    given(LANE, OPENED).when(ChangeRequirement(requires=("b", "a"))).then()


def test_a_lane_that_is_not_open_is_not_found() -> None:
    given(LANE).when(ChangeRequirement(requires=())).then_refused("not_found")


def asked(stage: str) -> tuple[str, ...]:
    return requirement(
        stage,
        project=PROJECT_A,
        skill=SKILL_A,
        agreements={AGREEMENT_A: 2},
        courses={COURSE_A: 1},
        guideline=3,
    )


def test_annotating_asks_for_everything() -> None:
    assert asked("annotate") == (
        f"agreement:{AGREEMENT_A}:2",
        f"course:{COURSE_A}:1",
        f"guideline:{PROJECT_A}:3",
        "role:annotator",
        f"skill:{SKILL_A}",
    )


@pytest.mark.parametrize(("stage", "role"), [("review", "reviewer"), ("expert", "expert")])
def test_reviewing_and_deciding_ask_for_the_role_and_the_agreements(stage: str, role: str) -> None:
    assert asked(stage) == (f"agreement:{AGREEMENT_A}:2", f"role:{role}")


def test_a_project_without_guideline_and_skill_does_not_ask_for_them() -> None:
    bare = requirement("annotate", project=PROJECT_A, skill=None, agreements={}, courses={}, guideline=None)
    assert bare == ("role:annotator",)


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(Refusal, match="stage_unknown"):
        asked("dance")
    stage = OpenLane(lane=LANE_A, project=PROJECT_A, stage="dance", requires=())
    given(LANE).when(stage).then_refused("stage_unknown", "invalid")


def test_missing_tokens_are_those_required_and_not_held() -> None:
    assert missing(("b", "a"), ("a", "c")) == ("b",)
    assert missing(("a",), ("a",)) == ()
