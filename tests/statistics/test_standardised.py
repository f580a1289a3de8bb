"""Standardised ratios compare what was reached with what all reach in the same mix of work."""

import math

import pytest

from backend.statistics.standardised import (
    Sums,
    composite,
    faster_is_better,
    less_is_better,
    more_is_better,
)


def test_who_does_the_hard_work_alone_is_not_worse_for_it() -> None:
    easy, hard = (Sums(10, 9), Sums(100, 90)), (Sums(90, 45), Sums(100, 50))
    found = more_is_better([easy, hard])
    assert found is not None
    assert (found.own, found.expected, found.ratio) == (0.54, 0.54, 1.0)


def test_a_worked_example_of_observed_over_expected() -> None:
    found = more_is_better([(Sums(10, 8), Sums(40, 36)), (Sums(30, 15), Sums(60, 36))])
    assert found is not None
    # 23 of 40 right; all would have had 10 x .9 + 30 x .6 = 27.
    assert (found.own, found.expected) == (0.575, 0.675)
    assert found.ratio == pytest.approx(23 / 27)


def test_half_the_cost_and_half_the_time_are_twice_as_good() -> None:
    cost = less_is_better([(Sums(4, 20.0), Sums(8, 80.0))])
    assert cost is not None and (cost.own, cost.expected, cost.ratio) == (5.0, 10.0, 2.0)
    own, everybody = Sums(2, 2 * math.log(30)), Sums(4, 4 * math.log(60))
    speed = faster_is_better([(own, everybody)])
    assert speed is not None and speed.own == pytest.approx(30)
    assert speed.expected == pytest.approx(60) and speed.ratio == pytest.approx(2.0)


def test_cells_in_which_one_did_nothing_say_nothing() -> None:
    busy, elsewhere = (Sums(2, 1), Sums(4, 4)), (Sums(), Sums(1_000, 0))
    assert more_is_better([busy, elsewhere]) == more_is_better([busy])
    assert more_is_better([elsewhere]) is None and less_is_better([]) is None and faster_is_better([]) is None


def test_what_costs_nothing_and_what_nobody_reaches_has_no_ratio() -> None:
    assert less_is_better([(Sums(2, 0.0), Sums(4, 8.0))]) is None
    assert more_is_better([(Sums(2, 0.0), Sums(4, 0.0))]) is None


def test_twice_as_good_and_half_as_good_come_to_one() -> None:
    weights = {"accuracy": 0.5, "cost": 0.5, "speed": 0.0}
    assert composite({"accuracy": 2.0, "cost": 0.5, "speed": None}, weights) == pytest.approx(1.0)
    assert composite({"accuracy": 2.0, "cost": None, "speed": 1.0}, weights) is None
    assert composite({"accuracy": 0.0, "cost": 3.0}, weights) == 0.0
    assert composite({}, {}) is None


def test_only_the_ratios_of_weights_matter() -> None:
    ratios = {"a": 1.3, "b": 0.7}
    assert composite(ratios, {"a": 2.0, "b": 1.0}) == pytest.approx(composite(ratios, {"a": 0.5, "b": 0.25}))
