"""A verdict that is corrected moves the review controller as if it had been given so."""

from copy import deepcopy
from dataclasses import replace
from typing import Any
from uuid import uuid4

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from backend.events import proficiency as scores
from backend.events import review as ev
from backend.events.ids import DisputeId
from backend.events.projects import QualityPlan
from backend.readmodels.review_fold import Controller
from tests.domain.facts import ADA, BEN, SKILL_A
from tests.support.inspected import Inspected

PPM = 1_000_000
RISK = QualityPlan(review_mode="risk", review_target_ppm=50_000, review_floor_ppm=50_000)
CSP = QualityPlan(review_mode="csp1", review_clearance=5, review_floor_ppm=100_000)
LOTS = QualityPlan(review_mode="iso2859", review_target_ppm=100_000, review_lot=20)


def correction(of: ev.ReviewDrawn, now: bool | None, source: str = "review") -> scores.ScoreCorrected:
    """A dispute about this answer was won."""
    return scores.ScoreCorrected(
        dispute=DisputeId(uuid4()),
        lease=of.lease,
        annotator=of.author,
        skill=SKILL_A,
        source=source,
        was=False,
        now=now,
        truth_class=of.answer_class,
        answer_class=of.answer_class,
    )


def folded(facts: list[Any]) -> Controller:
    """All of them, one by one."""
    state = Controller()
    for fact in facts:
        state.take(fact)
    return state


def at_once(facts: list[Any]) -> list[Any]:
    """The same history in which every verdict was given as it came to count; what was taken back was never given."""
    now = {one.lease: one.now for one in facts if _counts(one)}
    told: list[Any] = []
    for one in facts:
        if isinstance(one, ev.VerdictGiven) and one.lease in now:
            right = now[one.lease]
            nothing = replace(next(f for f in facts if _counts(f) and f.lease == one.lease), source="gold")
            told.append(nothing if right is None else replace(one, passed=right))
        else:
            # Something else happens in its place, so that every fact keeps its index.
            told.append(replace(one, source="gold") if _counts(one) else one)
    return told


def _counts(fact: Any) -> bool:
    return isinstance(fact, scores.ScoreCorrected) and fact.source == "review"


def known(state: Controller) -> tuple[Any, ...]:
    """What the next rate may rest on, lots aside."""
    steering = {one: kept.steering for one, kept in state.projects.items()}
    return steering, state.skills, state.people, state.runs


STEPS = st.lists(
    st.tuples(
        st.sampled_from([ADA, BEN]),
        st.sampled_from(["cat", "dog", ""]),
        st.booleans(),
        st.sampled_from([True, True, False]),
        st.sampled_from([None, "right", "void"]),
        st.integers(0, 6),
    ),
    max_size=50,
)
PLANS = st.builds(
    QualityPlan,
    review_mode=st.sampled_from(["fixed", "risk", "csp1", "csp2", "auto"]),
    review_rate_ppm=st.just(PPM // 2),
    review_target_ppm=st.sampled_from([0, 20_000, 300_000]),
    review_first=st.integers(0, 3),
    review_floor_ppm=st.sampled_from([50_000, 500_000]),
    review_clearance=st.integers(1, 4),
)


@settings(deadline=None, max_examples=80)
@forall(PLANS, PLANS, STEPS)
def test_what_is_scored_and_corrected_later_counts_as_if_it_had_been_scored_so_at_once(
    plan: QualityPlan, later: QualityPlan, steps: list[Any]
) -> None:
    here = Inspected(plan)
    waiting: list[tuple[int, ev.ReviewDrawn, bool | None]] = []
    for n, (author, answered, sampled, passed, comes, after) in enumerate(steps):
        if n == len(steps) // 2:
            here.replan(later)
        drawn = here.answer(sampled, author, answered)
        if sampled:
            here.judge(drawn, passed)
            if comes and not passed:
                waiting.append((n + after, drawn, True if comes == "right" else None))
        for due in [one for one in waiting if one[0] <= n]:
            waiting.remove(due)
            here._happens(correction(due[1], due[2]))
    for _, drawn, now in waiting:
        here._happens(correction(drawn, now))
    assert known(here.controller) == known(folded(at_once(here.facts)))


@settings(deadline=None, max_examples=40)
@forall(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=90))
def test_a_verdict_corrected_at_once_moves_lots_as_the_right_one_does(steps: list[Any]) -> None:
    here = Inspected(LOTS)
    for sampled, passed, corrected in steps:
        drawn = here.answer(sampled)
        if sampled:
            here.judge(drawn, passed)
            if corrected and not passed:
                here._happens(correction(drawn, True))
    there = folded(at_once(here.facts))
    for state in (here.controller, there):
        state.found, state.retold = {}, set()
    assert here.controller == there


@settings(deadline=None, max_examples=30)
@forall(PLANS, STEPS, st.integers(1, 9))
def test_the_same_facts_in_any_stretches_give_the_same_state(
    plan: QualityPlan, steps: list[Any], stretch: int
) -> None:
    here = Inspected(plan)
    for author, answered, sampled, passed, comes, _ in steps:
        drawn = here.answer(sampled, author, answered)
        if sampled:
            here.judge(drawn, passed)
            if comes and not passed:
                here._happens(correction(drawn, True if comes == "right" else None))
    state = Controller()
    for n, fact in enumerate(deepcopy(here.facts)):
        state.add(fact, n)
        if n % stretch == 0:
            state.settle()
    state.settle()
    assert known(state) == known(here.controller) and state.found == here.controller.found


def test_a_closer_look_ends_when_the_error_that_asked_for_it_was_none() -> None:
    here = Inspected(RISK)
    for _ in range(80):
        here.one()
    wrong = here.answer(sampled=True)
    here.judge(wrong, passed=False)
    here.one()
    assert here.rate().reason == "after_error"
    here._happens(correction(wrong, True))
    assert here.rate().reason == "floor"


def test_a_run_goes_on_when_the_error_that_ended_it_was_none() -> None:
    here = Inspected(CSP)
    for _ in range(5):
        here.one()
    wrong = here.answer(sampled=True)
    here.judge(wrong, passed=False)
    assert here.rate().reason == "screening"
    here._happens(correction(wrong, None))
    assert here.rate().reason == "sampling"


def test_a_rejected_lot_goes_out_when_its_errors_were_none_and_tightens_nothing() -> None:
    here = Inspected(LOTS)
    wrong = []
    for _ in range(2):
        drawn = [here.answer(sampled=n < 5) for n in range(20)]
        for n, one in enumerate(drawn[:5]):
            here.judge(one, passed=n >= 3)
        wrong = drawn[:3]
    assert here.rate().reason == "tightened" and here.controller.passed_over
    for one in wrong:
        here._happens(correction(one, True))
    last = here.controller.lots[here.project, 2]
    assert last.accepted and here.rate().reason == "normal"
    assert all(place != (here.project, 2) for place in here.controller.passed_over.values())


def test_a_correction_of_gold_is_no_verdict() -> None:
    here = Inspected(RISK)
    wrong = here.answer(sampled=True)
    here.judge(wrong, passed=False)
    before = deepcopy(known(here.controller))
    here._happens(correction(wrong, True, source="gold"))
    assert known(here.controller) == before
