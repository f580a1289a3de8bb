"""Pilots and deliveries: production waits for what meets its targets, and so does what is handed over."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.projects.delivery import DELIVERY, Prepare, Release, Withdraw
from backend.domain.projects.pilot import PILOT, Begin, Judge, Overrule
from backend.events import pilots as ev
from backend.events.ids import DeliveryId, IterationId, PilotId
from tests.domain.facts import HIDDEN, ITEM_A, PROJECT_A, uid
from tests.domain.gwt import given

ONE, SAMPLE, REST = PilotId(uid(91)), IterationId(uid(92)), IterationId(uid(93))
LOT = DeliveryId(uid(94))
TOLD: dict[str, Any] = {
    "pilot": ONE,
    "project": PROJECT_A,
    "number": 1,
    "sample": SAMPLE,
    "rest": REST,
    "seed": "a seed",
    "matched": 10,
    "drawn": 3,
    "digest": "00",
    "targets_version": 1,
}
BEGIN, BEGUN = Begin(**TOLD), ev.PilotBegun(**TOLD)
PREPARE = Prepare(
    delivery=LOT,
    project=PROJECT_A,
    number=1,
    iteration=None,
    items=(ITEM_A,),
    targets_version=1,
    outcome="not_met",
    measured="[]",
    basis_index=7,
)
PREPARED = ev.DeliveryPrepared(
    delivery=LOT,
    project=PROJECT_A,
    number=1,
    iteration=None,
    items=(ITEM_A,),
    targets_version=1,
    outcome="not_met",
    measured="[]",
    basis_index=7,
)


def judged(outcome: str) -> ev.PilotJudged:
    return ev.PilotJudged(pilot=ONE, project=PROJECT_A, outcome=outcome, measured="[]", basis_index=7)


def judge(outcome: str) -> Judge:
    return Judge(outcome=outcome, measured="[]", basis_index=7)


def test_a_pilot_is_begun_once_with_something_to_look_at() -> None:
    given(PILOT).when(BEGIN).then(BEGUN)
    given(PILOT, BEGUN).when(BEGIN).then()
    given(PILOT).when(replace(BEGIN, drawn=0)).then_refused("pilot_empty", "conflict")
    given(PILOT).when(replace(BEGIN, seed="")).then_refused("pilot_invalid", "invalid")


@pytest.mark.parametrize("outcome", ["not_met", "unclear"])
def test_what_falls_short_is_said_once_and_may_meet_its_targets_later(outcome: str) -> None:
    given(PILOT, BEGUN).when(judge(outcome)).then(judged(outcome))
    given(PILOT, BEGUN, judged(outcome)).when(judge(outcome)).then()
    given(PILOT, BEGUN, judged(outcome)).when(judge("met")).then(judged("met"))


def test_once_it_has_met_them_no_later_look_closes_production() -> None:
    given(PILOT, BEGUN, judged("met")).when(judge("not_met")).then()
    given(PILOT, BEGUN, judged("met")).when(Overrule(reason=HIDDEN)).then()


def test_who_opens_production_all_the_same_says_why() -> None:
    overruled = ev.PilotOverruled(pilot=ONE, project=PROJECT_A, reason=HIDDEN)
    given(PILOT, BEGUN, judged("not_met")).when(Overrule(reason=HIDDEN)).then(overruled)
    given(PILOT, BEGUN, overruled).when(judge("not_met")).then()
    given(PILOT).when(Overrule(reason=HIDDEN)).then_refused("not_found", "not_found")


def test_a_delivery_that_falls_short_is_held_until_somebody_says_why_not() -> None:
    released = ev.DeliveryReleased(delivery=LOT, project=PROJECT_A, reason=HIDDEN)
    given(DELIVERY).when(PREPARE).then(PREPARED)
    given(DELIVERY, PREPARED).when(Release(reason=HIDDEN)).then(released)
    given(DELIVERY, PREPARED, released).when(Release(reason=HIDDEN)).then()
    given(DELIVERY).when(Release(reason=HIDDEN)).then_refused("not_found", "not_found")


def test_a_delivery_that_meets_its_targets_is_released_at_once() -> None:
    given(DELIVERY).when(replace(PREPARE, outcome="met")).then(
        replace(PREPARED, outcome="met"),
        ev.DeliveryReleased(delivery=LOT, project=PROJECT_A, reason=None),
    )


def test_what_was_handed_over_cannot_be_taken_back() -> None:
    withdrawn = ev.DeliveryWithdrawn(delivery=LOT, project=PROJECT_A, reason=HIDDEN)
    released = ev.DeliveryReleased(delivery=LOT, project=PROJECT_A, reason=None)
    given(DELIVERY, PREPARED).when(Withdraw(reason=HIDDEN)).then(withdrawn)
    given(DELIVERY, PREPARED, released).when(Withdraw(reason=HIDDEN)).then_refused("not_now", "conflict")
    given(DELIVERY, PREPARED, withdrawn).when(Release(reason=HIDDEN)).then_refused("not_now", "conflict")


def test_nothing_decided_is_no_delivery() -> None:
    given(DELIVERY).when(replace(PREPARE, items=())).then_refused("delivery_empty", "conflict")
