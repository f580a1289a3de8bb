"""The review controller: what draws and verdicts make of the next rate, in every mode."""

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from backend.domain.projects.plan_default import REVIEW_MODES
from backend.domain.review.control import FLOOR_PPM, NOTHING_KNOWN, rated
from backend.events.projects import QualityPlan
from backend.readmodels.review_fold import Controller
from tests.domain.facts import ADA, BEN
from tests.support.inspected import Inspected

PPM = 1_000_000
RISK = QualityPlan(review_mode="risk", review_target_ppm=50_000, review_floor_ppm=50_000)
CSP = QualityPlan(review_mode="csp1", review_clearance=5, review_floor_ppm=100_000)
LOTS = QualityPlan(review_mode="iso2859", review_target_ppm=100_000, review_lot=20)


def proven(plan: QualityPlan = RISK, items: int = 80) -> Inspected:
    """Ada's answers were right, as far as anybody looked."""
    here = Inspected(plan)
    for _ in range(items):
        here.one()
    return here


def test_the_first_answers_of_a_person_are_reviewed_in_full() -> None:
    here = Inspected(RISK)
    assert [here.one().reason for _ in range(10)] == ["first_items"] * 10
    assert here.rate(BEN).reason == "first_items", "whoever else is proven"
    assert Inspected(replace(RISK, review_first=0)).rate().reason != "first_items"


def test_a_clean_record_falls_to_the_floor() -> None:
    found = proven().rate()
    assert (found.rate_ppm, found.reason) == (50_000, "floor")
    assert found.risk_ppm is not None and found.threshold_ppm is not None
    assert found.risk_ppm <= found.threshold_ppm


def test_an_error_found_at_the_floor_raises_the_rate_to_everything_for_twenty_answers() -> None:
    here = proven()
    here.judge(here.answer(sampled=True), passed=False)
    rates = [here.one() for _ in range(20)]
    assert {(one.rate_ppm, one.reason) for one in rates} == {(PPM, "after_error")}
    assert here.rate().reason != "after_error"


def test_an_error_in_one_class_is_no_reason_to_look_at_a_person_who_never_made_one() -> None:
    here = proven()
    for _ in range(80):
        here.one(author=BEN)
    here.judge(here.answer(sampled=True), passed=False)
    assert here.rate(BEN).reason == "floor"


def test_what_is_often_wrong_is_reviewed_whoever_says_it() -> None:
    here = Inspected(RISK)
    for n in range(60):
        here.one(passed=True, answered="cat")
        here.one(passed=n % 2 == 0, answered="wolf")
    assert here.rate(answered="wolf").reason == "risk"
    assert here.rate(answered="cat").rate_ppm == 50_000


def test_a_fixed_rate_is_the_plans_and_learns_for_the_day_on_which_it_adapts() -> None:
    here = Inspected(QualityPlan(review_rate_ppm=PPM))
    for _ in range(60):
        assert here.one().reason == "fixed"
    here.replan(replace(RISK, review_target_ppm=100_000))
    for _ in range(30):
        here.one()
    assert here.rate().reason == "floor", "the first ten were seen long ago"


def test_auto_is_risk_where_an_outgoing_error_is_asked_and_fixed_elsewhere() -> None:
    assert Inspected(QualityPlan(review_target_ppm=20_000)).rate().reason == "first_items"
    assert Inspected(QualityPlan(review_rate_ppm=300_000)).rate().rate_ppm == 300_000


@pytest.mark.parametrize("mode", ["risk", "csp1", "csp2"])
def test_what_promises_nothing_reviews_everything(mode: str) -> None:
    assert Inspected(QualityPlan(review_mode=mode)).rate().rate_ppm == PPM


def test_continuous_sampling_begins_after_a_clean_run_and_ends_with_an_error() -> None:
    here = Inspected(CSP)
    assert [here.one().reason for _ in range(5)] == ["screening"] * 5
    assert (here.rate().rate_ppm, here.rate().reason) == (100_000, "sampling")
    here.judge(here.answer(sampled=True), passed=True)
    assert here.rate().reason == "sampling"
    here.judge(here.answer(sampled=True), passed=False)
    assert (here.rate().rate_ppm, here.rate().reason) == (PPM, "screening")
    assert here.rate(BEN).reason == "screening", "everybody has a run of their own"


def test_an_error_while_screening_begins_the_run_anew() -> None:
    here = Inspected(CSP)
    for passed in (True, True, True, True, False, True, True, True, True):
        here.one(passed)
    assert here.rate().reason == "screening"
    here.one()
    assert here.rate().reason == "sampling"


def test_csp2_forgives_one_error_and_not_a_second_one_soon_after() -> None:
    here = Inspected(replace(CSP, review_mode="csp2"))
    for _ in range(5):
        here.one()
    here.judge(here.answer(sampled=True), passed=False)
    assert (here.rate().rate_ppm, here.rate().reason) == (100_000, "watching")
    here.judge(here.answer(sampled=True), passed=False)
    assert here.rate().reason == "screening"


def test_without_a_clearance_it_is_the_one_that_keeps_the_target() -> None:
    plan = replace(CSP, review_clearance=0, review_target_ppm=20_000)
    here = proven(plan, 53)
    assert here.rate().reason == "screening"
    here.one()
    assert here.rate().reason == "sampling", "i = 54 keeps 2 % at f = 10 % (Dodge)"


def test_another_plan_begins_another_run() -> None:
    here = Inspected(CSP)
    for _ in range(5):
        here.one()
    here.replan(replace(CSP, review_clearance=6))
    assert here.rate().reason == "screening"


def lot(here: Inspected, errors: int, sampled: int) -> None:
    """One lot of 20, of which `sampled` are drawn and `errors` of those are wrong."""
    drawn = [here.answer(sampled=n < sampled) for n in range(20)]
    for n, one in enumerate(drawn[:sampled]):
        here.judge(one, passed=n >= errors)


def test_two_rejected_lots_of_five_tighten_the_inspection_and_five_accepted_ones_relax_it() -> None:
    here = Inspected(LOTS)
    assert (here.rate().rate_ppm, here.rate().reason) == (250_000, "normal")
    lot(here, errors=0, sampled=5)
    lot(here, errors=3, sampled=5)
    assert here.rate().reason == "normal"
    lot(here, errors=3, sampled=5)
    assert here.rate().reason == "tightened" and here.rate().rate_ppm >= 250_000
    for _ in range(5):
        assert here.rate().reason == "tightened"
        lot(here, errors=0, sampled=8)
    assert here.rate().reason == "normal"


def test_five_lots_rejected_when_tightened_stop_it_until_somebody_says_something_new() -> None:
    here = Inspected(LOTS)
    for _ in range(7):
        lot(here, errors=4, sampled=8)
    assert (here.rate().rate_ppm, here.rate().reason) == (PPM, "discontinued")
    lot(here, errors=0, sampled=20)
    assert here.rate().reason == "discontinued"
    here.replan(replace(LOTS, rework_max=1))
    assert here.rate().reason == "tightened"


def test_a_lot_is_judged_when_all_its_answers_are_in_and_all_verdicts_given() -> None:
    here = Inspected(LOTS)
    drawn = [here.answer(sampled=n < 5) for n in range(20)]
    for one in drawn[:4]:
        here.judge(one, passed=False)
    (found,) = here.controller.lots.values()
    assert found.accepted is None
    here.judge(drawn[4], passed=True)
    assert found.accepted is False
    assert here.controller.projects[here.project].lot == 2


def test_a_lot_of_which_nothing_was_drawn_says_nothing() -> None:
    here = Inspected(LOTS)
    lot(here, errors=0, sampled=0)
    assert here.controller.projects[here.project].inspection.score == 0


def test_an_audit_floor_lifts_every_lower_rate_and_says_so() -> None:
    here = Inspected(QualityPlan(review_rate_ppm=0), floor_ppm=FLOOR_PPM)
    assert (here.rate().rate_ppm, here.rate().reason) == (10_000, "audit")
    here = Inspected(QualityPlan(review_rate_ppm=20_000), floor_ppm=FLOOR_PPM)
    assert (here.rate().rate_ppm, here.rate().reason) == (20_000, "fixed")
    here = proven()
    here.floor_ppm = 80_000
    found = here.rate()
    assert (found.rate_ppm, found.reason) == (80_000, "audit")
    assert found.risk_ppm is not None, "what was believed is recorded all the same"


PLANS = st.builds(
    QualityPlan,
    review_mode=st.sampled_from(REVIEW_MODES),
    review_rate_ppm=st.integers(0, PPM),
    review_target_ppm=st.sampled_from([0, 1, 1_000, 20_000, 300_000, PPM]),
    review_first=st.integers(0, 5),
    review_floor_ppm=st.integers(10_000, PPM),
    review_clearance=st.integers(0, 6),
    review_lot=st.integers(10, 30),
)
STEPS = st.lists(
    st.tuples(st.sampled_from([ADA, BEN]), st.sampled_from(["cat", "dog", ""]), st.booleans(), st.booleans()),
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@forall(PLANS, st.integers(0, PPM), STEPS)
def test_every_rate_lies_between_the_audit_floor_and_everything(
    plan: QualityPlan, floor_ppm: int, steps: list[tuple[object, str, bool, bool]]
) -> None:
    here = Inspected(plan, floor_ppm)
    for author, answered, sampled, passed in steps:
        drawn = here.answer(sampled, author, answered)  # type: ignore[arg-type]
        assert floor_ppm <= drawn.rate_ppm <= PPM
        if sampled:
            here.judge(drawn, passed)


@settings(deadline=None, max_examples=40)
@forall(PLANS, STEPS)
def test_the_same_facts_give_the_same_rate(
    plan: QualityPlan, steps: list[tuple[object, str, bool, bool]]
) -> None:
    here = Inspected(plan)
    for author, answered, sampled, passed in steps:
        drawn = here.answer(sampled, author, answered)  # type: ignore[arg-type]
        if sampled:
            here.judge(drawn, passed)
    again = Controller()
    for fact in deepcopy(here.facts):
        again.take(fact)
    assert again == here.controller
    there = Inspected(plan)
    there.controller = again
    for author in (ADA, BEN):
        assert [there.rate(author, one) for one in ("cat", "")] == [
            here.rate(author, one) for one in ("cat", "")
        ]


def test_before_anything_is_known_adaptive_modes_review_everything_or_their_sample() -> None:
    assert rated(RISK, NOTHING_KNOWN, "cat", 0).rate_ppm == PPM
    assert rated(CSP, NOTHING_KNOWN, "cat", 0).rate_ppm == PPM
    assert rated(LOTS, NOTHING_KNOWN, "cat", 0).reason == "normal"
