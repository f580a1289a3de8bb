"""Iterations: planned once under a name, opened once, closed when their targets are met or somebody says why not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.projects.iteration import ITERATION, Close, OpenIt, Plan, unmet
from backend.domain.tasks.item import ITEM, Imported, PlaceItem
from backend.events import iterations as ev
from backend.events.ids import IterationId
from tests.domain.facts import HIDDEN, ITEM_A, NOON, PROJECT_A, uid
from tests.domain.gwt import given
from tests.domain.test_item import IMPORT, IMPORTED

ONE, TWO = IterationId(uid(81)), IterationId(uid(82))
TARGETS = ev.Targets(items=2, agreement_ppm=800_000, accepted_ppm=900_000, due=NOON)
PLAN = Plan(iteration=ONE, project=PROJECT_A, name="week 1", targets=TARGETS)
PLANNED = ev.IterationPlanned(iteration=ONE, project=PROJECT_A, name="week 1", targets=TARGETS)
OPENED = ev.IterationOpened(iteration=ONE, project=PROJECT_A)
MET = ev.Reached(items=2, decided=2, in_time=2, pairs=10, same=8, reviewed=10, accepted=9)
CLOSED = ev.IterationClosed(iteration=ONE, project=PROJECT_A, reached=MET, unmet=(), reason=None)


def test_an_iteration_is_planned_once_under_its_name() -> None:
    given(ITERATION).when(PLAN).then(PLANNED)
    given(ITERATION, PLANNED).when(PLAN).then()
    given(ITERATION, PLANNED, OPENED).when(PLAN).then()
    other = replace(PLAN, targets=ev.Targets(items=3))
    refusal = given(ITERATION, PLANNED).when(other).then_refused("iteration_exists", "conflict")
    assert refusal.extra == {"iteration": str(ONE)}


@pytest.mark.parametrize("name", ["", " x", "x\n", "a" * 101, "\x00", str(uid(1))])
def test_a_name_is_text_that_can_be_seen_and_told_from_an_id(name: str) -> None:
    given(ITERATION).when(replace(PLAN, name=name)).then_refused("iteration_name_invalid", "invalid")


@pytest.mark.parametrize("targets", [{"items": 0}, {"agreement_ppm": -1}, {"accepted_ppm": 1_000_001}])
def test_targets_are_within_their_range(targets: dict[str, Any]) -> None:
    plan = replace(PLAN, targets=replace(TARGETS, **targets))
    given(ITERATION).when(plan).then_refused("targets_invalid", "invalid")


def test_an_iteration_is_opened_once_and_never_again_once_closed() -> None:
    given(ITERATION, PLANNED).when(OpenIt()).then(OPENED)
    given(ITERATION, PLANNED, OPENED).when(OpenIt()).then()
    given(ITERATION, PLANNED, OPENED, CLOSED).when(OpenIt()).then_refused("iteration_closed", "conflict")
    given(ITERATION).when(OpenIt()).then_refused("not_found", "not_found")


def test_what_has_met_its_targets_is_closed_with_what_it_reached() -> None:
    given(ITERATION, PLANNED, OPENED).when(Close(reached=MET, now=NOON)).then(CLOSED)
    given(ITERATION, PLANNED, OPENED, CLOSED).when(Close(reached=ev.Reached(), now=NOON)).then()


def test_what_has_not_is_refused_with_every_target_missed_unless_somebody_says_why() -> None:
    late = NOON + timedelta(seconds=1)
    short = ev.Reached(items=2, decided=1, in_time=1, pairs=10, same=7, reviewed=0)
    opened = given(ITERATION, PLANNED, OPENED)
    for close in (
        Close(reached=short, now=late),
        Close(reached=short, now=late, anyway=True),
        Close(reached=short, now=late, reason=HIDDEN),
    ):
        refusal = opened.when(close).then_refused("iteration_unmet", "conflict")
        assert refusal.extra["unmet"] == ["acceptance", "agreement", "due", "items"]
        assert "agreement: 7 of 10" in refusal.found and "2 items decided" in refusal.expected
    opened.when(Close(reached=short, now=late, anyway=True, reason=HIDDEN)).then(
        ev.IterationClosed(
            iteration=ONE,
            project=PROJECT_A,
            reached=short,
            unmet=("items", "agreement", "acceptance", "due"),
            reason=HIDDEN,
        )
    )


def test_a_planned_iteration_is_closed_only_when_nothing_is_held_in_it() -> None:
    anyway: dict[str, Any] = {"now": NOON, "anyway": True, "reason": HIDDEN}
    held = Close(reached=ev.Reached(items=1, held=1), **anyway)
    given(ITERATION, PLANNED).when(held).then_refused("iteration_planned", "conflict")
    (event,) = given(ITERATION, PLANNED).when(Close(reached=ev.Reached(), **anyway)).events
    assert isinstance(event, ev.IterationClosed)


@pytest.mark.parametrize(
    ("targets", "reached", "later", "missed"),
    [
        (ev.Targets(items=2), MET, 99, []),
        (ev.Targets(items=3), MET, 0, ["items"]),
        (replace(TARGETS, agreement_ppm=800_001), MET, 0, ["agreement"]),
        (TARGETS, replace(MET, pairs=0, same=0), 0, ["agreement"]),
        (ev.Targets(items=1, agreement_ppm=0), ev.Reached(decided=1), 0, ["agreement"]),
        (TARGETS, replace(MET, in_time=1), 0, []),
        (TARGETS, replace(MET, in_time=1), 1, ["due"]),
        (TARGETS, MET, 1, []),
    ],
)
def test_a_target_is_missed_by_the_figures_at_this_moment(
    targets: ev.Targets, reached: ev.Reached, later: int, missed: list[str]
) -> None:
    assert list(unmet(targets, reached, NOON + timedelta(seconds=later))) == missed


def test_an_item_belongs_to_one_iteration_at_most_and_moving_it_is_a_fact() -> None:
    def placed(iteration: IterationId | None) -> ev.ItemPlaced:
        return ev.ItemPlaced(item=ITEM_A, project=PROJECT_A, iteration=iteration)

    sent = replace(IMPORT, sent=replace(IMPORT.sent, iteration=ONE))
    came = replace(IMPORTED, iteration=ONE)
    given(ITEM).when(sent).then(came)
    given(ITEM, came).when(PlaceItem(iteration=ONE)).then()
    given(ITEM, came).when(PlaceItem(iteration=TWO)).then(placed(TWO))
    given(ITEM, came, placed(TWO)).when(PlaceItem(iteration=ONE)).then(placed(ONE))
    given(ITEM, came).when(PlaceItem(iteration=None)).then(placed(None))
    given(ITEM, IMPORTED).when(PlaceItem(iteration=None)).then()
    given(ITEM).when(PlaceItem(iteration=ONE)).then_refused("not_found", "not_found")
    state = given(ITEM, came, placed(TWO)).state
    assert isinstance(state, Imported) and (state.sent.iteration, state.iteration) == (ONE, TWO)
