"""Lanes and what they require."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.lane import LANE, ChangeRequirement, OpenLane, Pause, Resume
from backend.domain.projects.requirement import Requirement, canonical, requirement
from backend.domain.projects.rings import needing, rings
from backend.events import queue as ev
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
    step="annotate",
    priority=2,
    needs=Conditions(),
    edge_case=False,
    rings=(),
)


def test_a_lane_opens_once_with_its_requirement_in_order() -> None:
    given(LANE).when(OPEN).then(OPENED)
    given(LANE, OPENED).when(OPEN).then()


def test_a_requirement_is_written_when_it_differs() -> None:
    change = ChangeRequirement(requirement=Requirement(requires=("c", "a"), excludes=("x",)))
    told = ev.LaneRequirementChanged(lane=LANE_A, requires=("a", "c"), any_of=(), excludes=("x",), rings=())
    given(LANE, OPENED).when(change).then(told)
    given(LANE, OPENED).after(change).when(change).then()
    given(LANE, OPENED).when(ChangeRequirement(requirement=LOOSE)).then()


def test_a_lane_that_is_not_open_is_not_found() -> None:
    given(LANE).when(ChangeRequirement(requirement=Requirement())).then_refused("not_found")


def test_a_lane_is_paused_and_resumed_once() -> None:
    given(LANE, OPENED).when(Pause()).then(ev.LanePaused(lane=LANE_A))
    given(LANE, OPENED).after(Pause()).when(Pause()).then()
    given(LANE, OPENED).when(Resume()).then()
    given(LANE, OPENED).after(Pause()).when(Resume()).then(ev.LaneResumed(lane=LANE_A))
    given(LANE).when(Pause()).then_refused("not_found")


def test_a_class_beyond_the_four_is_refused() -> None:
    lane = OpenLane(lane=LANE_A, project=PROJECT_A, stage="annotate", requirement=LOOSE, priority=4)
    given(LANE).when(lane).then_refused("priority_invalid", "invalid")


def test_a_ring_asks_less_and_less_but_never_without_agreement_and_training() -> None:
    whole = canonical(
        ("agreement:a:1", "course:c:1", "skill:s:3", "team:t"), (("vendor:x", "vendor:y"),), ("z",)
    )
    later, last = rings(
        whole,
        (
            ev.Ring(after_seconds=3_600, without=("vendor:x", "course:c:1")),
            ev.Ring(after_seconds=60, without=("skill:s:3", "agreement:a:1", "z")),
        ),
    )
    assert (later.after_seconds, last.after_seconds) == (60, 3_600)
    assert later.requires == ("agreement:a:1", "course:c:1", "team:t") and len(later.any_of) == 1
    assert last.requires == later.requires and last.any_of == ()
    assert later.excludes == last.excludes == ("z",)


def test_what_tasks_need_is_asked_beside_what_their_project_asks() -> None:
    base = Requirement(requires=("b",), any_of=(("c",),), excludes=())
    own = Conditions(all_of=("a",), any_of=(("d",),), none_of=("e",))
    assert needing(base, own) == Requirement(requires=("a", "b"), any_of=(("c",), ("d",)), excludes=("e",))


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
