"""Draws checked again: every change of one is found, and a fair share lies within its interval."""

import random

from hypothesis import given as forall
from hypothesis import strategies as st

from backend.domain.review.planted import PLANTED, ScorePlanted
from backend.domain.review.recheck import Recorded, Tally, mismatches
from backend.domain.review.sampling import draw, draw_text, is_sampled
from backend.events import review as ev
from backend.events.ids import LeaseId
from tests.domain.facts import BEN, GOLD_A, LEASE_A, LEASE_B, PROJECT_A, SKILL_A, uid
from tests.domain.gwt import given

KEY = b"k" * 32
RATES = st.integers(0, 1_000_000)


def honest(n: int, rate_ppm: int) -> Recorded:
    lease = LeaseId(uid(n))
    drawn = draw(KEY, lease)
    return Recorded(lease, rate_ppm, draw_text(drawn), is_sampled(drawn, rate_ppm))


@forall(st.lists(RATES, max_size=30))
def test_what_was_drawn_with_the_key_is_confirmed_by_it(rates: list[int]) -> None:
    draws = [honest(n, rate) for n, rate in enumerate(rates)]
    assert mismatches(KEY, draws) == []
    assert [one.recorded for one in mismatches(b"another", draws)] == draws


@forall(RATES)
def test_an_answer_spared_or_picked_against_its_draw_is_found(rate: int) -> None:
    one = honest(1, rate)
    turned = Recorded(one.lease, one.rate_ppm, one.draw, not one.sampled)
    (found,) = mismatches(KEY, [turned])
    assert (found.draw, found.sampled) == (one.draw, one.sampled)


def test_a_fair_share_lies_within_its_interval_and_a_thinned_one_does_not() -> None:
    rates = random.Random(7).choices([50_000, 300_000, 1_000_000], k=3_000)
    fair, thinned = Tally(), Tally()
    for n, rate in enumerate(rates):
        one = honest(n, rate)
        fair.add(one)
        thinned.add(Recorded(one.lease, rate, one.draw, one.sampled and n % 5 > 0))
    assert fair.within and fair.interval[0] < fair.mean_rate < fair.interval[1]
    assert not thinned.within


def test_reviews_that_are_certain_leave_chance_no_room() -> None:
    tally = Tally()
    for n in range(50):
        tally.add(honest(n, 1_000_000))
    assert (tally.realised, tally.interval, tally.within) == (1.0, (1.0, 1.0), True)
    tally.add(Recorded(LEASE_A, 1_000_000, "0" * 16, False))
    assert not tally.within


def test_a_planted_answer_is_scored_once() -> None:
    command = ScorePlanted(
        lease=LEASE_A,
        reviewer=BEN,
        project=PROJECT_A,
        skill=SKILL_A,
        gold=GOLD_A,
        subject=LEASE_B,
        error=True,
        found=False,
    )
    event = ev.PlantedScored(
        lease=LEASE_A,
        reviewer=BEN,
        project=PROJECT_A,
        skill=SKILL_A,
        gold=GOLD_A,
        subject=LEASE_B,
        error=True,
        found=False,
    )
    given(PLANTED).when(command).then(event)
    given(PLANTED).after(command).when(command).then()
