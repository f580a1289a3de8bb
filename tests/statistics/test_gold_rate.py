"""Gold: how often, how long, and of which classes."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.gold_rate import (
    Key,
    base_rate,
    chance_here,
    doubtful,
    gold_rate,
    quotas,
    spent,
    stock_needed,
)


@pytest.mark.parametrize(
    ("expected", "rate"), [(1, 0.10), (100, 0.10), (400, 0.05), (1_000, 0.0316), (2_500, 0.02), (1e6, 0.02)]
)
def test_the_rate_is_one_over_the_root_of_what_is_expected(expected: float, rate: float) -> None:
    assert base_rate(expected) == pytest.approx(rate, abs=1e-4)


def test_suspicion_and_a_wide_interval_double_it_and_a_long_quiet_halves_it() -> None:
    assert gold_rate(400, 0.07, 0.0, 500) == 0.05
    assert gold_rate(400, 0.07, 3.1, 500) == gold_rate(400, 0.11, 0.0, 500) == 0.10
    assert gold_rate(400, 0.04, 0.0, 200) == 0.025
    assert gold_rate(400, 0.04, 0.0, 199) == 0.05
    assert gold_rate(400, 0.04, 3.1, 900) == 0.10


@given(st.floats(1.0, 1e9), st.floats(0.0, 0.5), st.floats(0.0, 20.0), st.integers(0, 10_000))
def test_the_rate_stays_within_half_the_least_and_twice_the_most(
    expected: float, half_width: float, cusum: float, quiet: int
) -> None:
    rate = gold_rate(expected, half_width, cusum, quiet)
    assert 0.01 <= rate <= 0.20
    assert gold_rate(expected * 2.0, half_width, cusum, quiet) <= rate


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.10, 0.20])
def test_in_the_long_run_the_share_is_the_rate_although_the_gap_is_kept(rate: float) -> None:
    dice, since, gold, distances = random.Random(8), None, 0, []
    for n in range(60_000):
        if dice.random() < chance_here(rate, n + 1, since):
            distances.append(since)
            gold, since = gold + 1, 0
        else:
            since = None if since is None else since + 1
    assert gold / 60_000 == pytest.approx(rate, rel=0.06)
    assert min(distance for distance in distances if distance is not None) >= 2


def test_the_first_item_of_a_session_is_never_gold() -> None:
    assert chance_here(0.1, 0, None) == chance_here(0.1, 0, 50) == 0.0
    assert chance_here(0.1, 1, None) > 0.0


def test_a_rate_that_the_gap_leaves_no_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 1/3"):
        chance_here(0.5, 3, 5)
    with pytest.raises(ValueError, match="at least one answer"):
        base_rate(0)


def keys(lower: float, wrong: int, right: int) -> list[Key]:
    return [Key(lower, False)] * wrong + [Key(lower, True)] * right


def test_a_key_that_most_of_the_able_contradict_is_doubtful() -> None:
    assert doubtful(keys(0.95, 3, 2))
    assert not doubtful(keys(0.95, 2, 3))
    assert not doubtful(keys(0.95, 3, 3)), "half is not most"
    assert not doubtful(keys(0.95, 4, 0)), "four are too few"
    assert not doubtful(keys(0.90, 9, 0)), "the bound must exceed .9"
    assert doubtful(keys(0.95, 5, 0) + keys(0.5, 0, 90)), "the others have no say"


def test_an_item_is_spent_once_most_have_seen_it_or_it_is_old() -> None:
    assert spent(6, 10, 0.0) and not spent(5, 10, 59.9) and spent(0, 10, 60.0)
    assert not spent(0, 0, 1.0)


def test_a_hundred_items_last_five_days_of_four_hundred_at_a_twentieth() -> None:
    assert stock_needed(0.05, 400, 5) == 100
    assert stock_needed(0.0316, 100, 1) == 4


def test_gold_is_mixed_as_production_is_but_rare_classes_get_three() -> None:
    assert quotas(20, [50, 30, 20]) == [10, 6, 4]
    assert quotas(20, [880, 110, 10]) == [14, 3, 3]
    assert quotas(10, [5, 0, 5]) == [5, 0, 5]
    assert quotas(5, [1, 90, 9]) == [1, 2, 2]
    assert quotas(2, [1, 90, 9]) == [0, 1, 1]
    assert quotas(0, [0, 0]) == [0, 0]


@given(st.integers(0, 300), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_quotas_use_up_the_total_and_leave_out_what_does_not_occur(total: int, production: list[int]) -> None:
    given_out = quotas(total, production)
    present = sum(1 for count in production if count)
    assert sum(given_out) == total
    assert all(quota == 0 for quota, count in zip(given_out, production, strict=True) if not count)
    least = min(3, total // present)
    assert all(quota >= least for quota, count in zip(given_out, production, strict=True) if count)
    exact = [math.ceil(total * count / sum(production)) for count in production]
    assert all(quota <= max(due, least + 1) for quota, due in zip(given_out, exact, strict=True))


def test_no_gold_can_be_shared_out_where_nothing_is_produced() -> None:
    with pytest.raises(ValueError, match="some production"):
        quotas(5, [0, 0])
