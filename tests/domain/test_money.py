"""Money: exact until it is told, each currency for itself, rounded once to whole minor units."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.workforce import staff_rate
from backend.domain.workforce.money import HOUR_MICROS, Cost, Rate, cost_of, each, told
from backend.events.ids import ProjectId
from tests.support.refused import refused

NOTHING = Cost()
SAID: dict[str, Any] = {
    "project": ProjectId(UUID(int=1)),
    "stage": "review",
    "per": "hour",
    "minor": 2_400,
    "currency": "EUR",
    "effective": "2026-01-01",
}


def test_an_hour_is_paid_by_the_microsecond_and_three_thirds_are_a_whole() -> None:
    third = cost_of(Rate("hour", 100, "EUR"), 1, HOUR_MICROS // 3)
    assert third.minor == {"EUR": Fraction(100, 3)} and told(third.minor["EUR"]) == 33
    assert told((third + third + third).minor["EUR"]) == 100


def test_what_has_no_rate_or_no_time_has_no_price() -> None:
    unpaid = cost_of(None, 2, 60) + cost_of(Rate("hour", 100, "EUR"), 3, None)
    assert (unpaid.pieces, unpaid.unpriced, unpaid.unpriced_micros, unpaid.minor) == (5, 5, 60, {})
    assert cost_of(Rate("answer", 7, "JPY"), 3, None).minor == {"JPY": 21}


@pytest.mark.parametrize(("half", "whole"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("2.51", 3)])
def test_halves_go_to_the_even_unit(half: str, whole: int) -> None:
    assert told(Fraction(half)) == whole


def test_one_of_many_keeps_four_digits() -> None:
    assert (each(1_000, 3), each(25, 1_000_000), each(5, 0)) == ("333.3333", "0.0000", None)
    assert each(15, 100_000) == "0.0002" and each(25, 100_000) == "0.0002"


PRICED = st.builds(
    cost_of,
    st.builds(
        Rate, st.sampled_from(["answer", "hour"]), st.integers(0, 10**12), st.sampled_from(["EUR", "USD"])
    ),
    st.integers(0, 1_000),
    st.integers(0, 10**12),
)


@given(st.lists(PRICED, max_size=8), st.randoms())
def test_a_sum_does_not_depend_on_its_order_and_currencies_stay_apart(costs: list[Cost], dice: Any) -> None:
    other = list(costs)
    dice.shuffle(other)
    assert sum(costs, NOTHING) == sum(other, NOTHING)
    for code in ("EUR", "USD"):
        amounts = [one.minor.get(code, Fraction()) for one in costs]
        assert sum(costs, NOTHING).minor.get(code, Fraction()) == sum(amounts)


@given(PRICED, st.integers(1, 50))
def test_so_many_times_a_cost_is_adding_it_so_often(cost: Cost, n: int) -> None:
    assert cost.times(Fraction(n)) == sum([cost] * n, NOTHING)


@given(st.integers(0, 10**14), st.integers(1, 10**6))
def test_a_share_is_never_further_off_than_half_of_its_last_digit(total: int, n: int) -> None:
    said = each(total, n)
    assert said is not None
    assert abs(Fraction(Decimal(said)) - Fraction(total, n)) <= Fraction(1, 20_000)


def test_a_staff_rate_is_said_once_corrected_by_its_day_and_held_to_what_rates_are() -> None:
    (said,) = staff_rate.decide(staff_rate.SetRate(**SAID), staff_rate.Rates())
    rates = staff_rate.evolve(staff_rate.Rates(), said)
    assert staff_rate.decide(staff_rate.SetRate(**SAID), rates) == []
    (more,) = staff_rate.decide(staff_rate.SetRate(**SAID | {"minor": None}), rates)
    assert staff_rate.evolve(rates, more).since == {"2026-01-01": more}
    for wrong, code in (
        ({"per": "minute"}, "staff_rate_invalid"),
        ({"minor": -1}, "staff_rate_invalid"),
        ({"effective": "2026-13-01"}, "staff_rate_invalid"),
        ({"currency": "EURO"}, "currency_unknown"),
    ):
        with refused(code):
            staff_rate.decide(staff_rate.SetRate(**SAID | wrong), staff_rate.Rates())
