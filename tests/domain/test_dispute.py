"""A dispute: opened once in time, looked at by somebody independent, and decided by new facts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.review.dispute import DISPUTE, GiveBack, OpenDispute, Resolve, Take
from backend.events import disputes as ev
from backend.events import proficiency as scores
from backend.events.ids import AnnotatorId, DisputeId, PrincipalId
from tests.domain.facts import (
    ADA,
    BEN,
    EVE,
    GOLD_A,
    HIDDEN,
    ITEM_A,
    LATER,
    LEASE_A,
    NOON,
    PROJECT_A,
    REVIEW_A,
    SKILL_A,
    USER_A,
    uid,
)
from tests.domain.gwt import given

ONE, DAN = DisputeId(uid(97)), AnnotatorId(uid(4))
OPENED = ev.DisputeOpened(
    dispute=ONE,
    lease=LEASE_A,
    annotator=ADA,
    project=PROJECT_A,
    item=ITEM_A,
    generation=1,
    skill=SKILL_A,
    source="review",
    gold=None,
    review=REVIEW_A,
    judged_by=BEN,
    keyed_by=None,
    released_at=NOON,
    reason=HIDDEN,
)
OF_GOLD = replace(OPENED, source="gold", gold=GOLD_A, review=None, judged_by=None, keyed_by=USER_A)
ASKED = OpenDispute(
    **{name: getattr(OPENED, name) for name in OPENED.__slots__},  # type: ignore[attr-defined]
    until=LATER,
    now=NOON,
)
TAKEN = ev.DisputeTaken(dispute=ONE, by=PrincipalId(EVE), item=ITEM_A, generation=1, until=LATER)
OVER = ev.DisputeReturned(dispute=ONE, by=PrincipalId(EVE), why="over")


def take(who: Any = EVE, met: bool = False, now: Any = NOON) -> Take:
    return Take(by=PrincipalId(who), met=met, until=now + (LATER - NOON), now=now)


def resolve(outcome: str, who: Any = EVE, **more: Any) -> Resolve:
    said: dict[str, Any] = {
        "met": False,
        "reason": HIDDEN,
        "truth": None,
        "truth_class": None,
        "answer_class": "cat",
        "gold_wrong": False,
        "now": NOON,
    }
    return Resolve(by=PrincipalId(who), outcome=outcome, **(said | more))


def resolved(outcome: str, who: Any = EVE, **more: Any) -> ev.DisputeResolved:
    said: dict[str, Any] = {"reason": HIDDEN, "truth": None, "gold_wrong": False} | more
    return ev.DisputeResolved(dispute=ONE, by=PrincipalId(who), outcome=outcome, **said)


def corrected(now: bool | None, truth: str | None, source: str = "review") -> scores.ScoreCorrected:
    return scores.ScoreCorrected(
        dispute=ONE,
        lease=LEASE_A,
        annotator=ADA,
        skill=SKILL_A,
        source=source,
        was=False,
        now=now,
        truth_class=truth,
        answer_class="cat",
    )


def test_an_error_is_disputed_once_and_in_time() -> None:
    given(DISPUTE).when(ASKED).then(OPENED)
    given(DISPUTE).when(replace(ASKED, now=LATER)).then_refused("dispute_window_over", "conflict")
    given(DISPUTE, OPENED).when(ASKED).then_refused("already_disputed", "conflict")
    given(DISPUTE, OPENED, resolved("upheld")).when(ASKED).then_refused("already_disputed")


@pytest.mark.parametrize("who", [ADA, BEN])
def test_neither_its_author_nor_who_judged_it_takes_or_decides_it(who: AnnotatorId) -> None:
    for past in ((OPENED,), (OPENED, TAKEN)):
        given(DISPUTE, *past).when(take(who)).then_refused("not_independent", "forbidden")
        given(DISPUTE, *past).when(resolve("upheld", who)).then_refused("not_independent")


def test_neither_who_wrote_the_key_nor_who_met_the_item_decides() -> None:
    given(DISPUTE, OF_GOLD).when(resolve("reversed", USER_A)).then_refused("not_independent")
    given(DISPUTE, OF_GOLD).when(resolve("reversed", EVE, met=True)).then_refused("not_independent")
    given(DISPUTE, OF_GOLD).when(take(EVE, met=True)).then_refused("not_independent")


def test_one_person_holds_it_until_they_give_it_back_or_the_time_is_over() -> None:
    given(DISPUTE, OPENED).when(take()).then(TAKEN)
    held = given(DISPUTE, OPENED, TAKEN)
    held.when(take()).then()
    held.when(take(DAN)).then_refused("dispute_taken", "conflict")
    held.when(resolve("upheld", DAN)).then_refused("dispute_taken")
    held.when(GiveBack(by=PrincipalId(DAN), now=NOON)).then()
    held.when(GiveBack(by=PrincipalId(EVE), now=NOON)).then(replace(OVER, why="given_back"))
    held.when(GiveBack(by=None, now=NOON)).then()
    held.when(GiveBack(by=None, now=LATER)).then(OVER)
    theirs = replace(TAKEN, by=PrincipalId(DAN), until=LATER + (LATER - NOON))
    held.when(take(DAN, now=LATER)).then(OVER, theirs)
    given(DISPUTE, OPENED, TAKEN, OVER).when(take()).then(TAKEN)


def test_upheld_changes_no_score() -> None:
    given(DISPUTE, OPENED, TAKEN).when(resolve("upheld")).then(resolved("upheld"))


def test_reversed_counts_the_answer_as_right_and_void_not_at_all() -> None:
    past = given(DISPUTE, OPENED, TAKEN)
    past.when(resolve("reversed")).then(resolved("reversed"), corrected(True, "cat"))
    other = resolve("reversed", truth=HIDDEN, truth_class="dog")
    past.when(other).then(resolved("reversed", truth=HIDDEN), corrected(True, "dog"))
    past.when(resolve("void")).then(resolved("void"), corrected(None, None))


def test_the_key_of_gold_may_be_called_wrong_whatever_the_outcome() -> None:
    past = given(DISPUTE, OF_GOLD)
    past.when(resolve("upheld", gold_wrong=True)).then(resolved("upheld", gold_wrong=True))
    told = (resolved("reversed", gold_wrong=True), corrected(True, "cat", "gold"))
    past.when(resolve("reversed", gold_wrong=True)).then(*told)
    given(DISPUTE, OPENED).when(resolve("reversed", gold_wrong=True)).then_refused("gold_wrong_unexpected")


def test_what_was_decided_stands_and_the_same_again_is_nothing_new() -> None:
    past = given(DISPUTE, OPENED, TAKEN, resolved("reversed"), corrected(True, "cat"))
    past.when(resolve("reversed")).then()
    past.when(resolve("upheld")).then_refused("dispute_resolved", "conflict")
    past.when(resolve("reversed", DAN)).then_refused("dispute_resolved")
    past.when(take(DAN)).then_refused("dispute_resolved")
    past.when(GiveBack(by=None, now=LATER + timedelta(days=9))).then()


def test_what_does_not_exist_is_not_found_and_what_makes_no_sense_is_refused() -> None:
    for command in (take(), resolve("upheld"), GiveBack(by=None, now=NOON)):
        given(DISPUTE).when(command).then_refused("not_found")
    given(DISPUTE, OPENED).when(resolve("perhaps")).then_refused("outcome_unknown", "invalid")
    given(DISPUTE, OPENED).when(resolve("upheld", truth=HIDDEN)).then_refused("truth_unexpected", "invalid")
