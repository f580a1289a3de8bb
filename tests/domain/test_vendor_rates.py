"""A vendor's rates by day, and the weights of the score: said once, corrected by saying them again."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.workforce import vendor_rate, vendor_score
from backend.domain.workforce.currencies import DIGITS
from backend.events.ids import VendorId
from tests.support.refused import refused

RATE: dict[str, Any] = {
    "vendor": VendorId(UUID(int=1)),
    "skill": None,
    "stage": None,
    "per": "hour",
    "minor": 1_850,
    "currency": "EUR",
    "effective": "2026-01-01",
}


def test_the_same_rate_again_is_nothing_and_another_corrects_its_day() -> None:
    (said,) = vendor_rate.decide(vendor_rate.SetRate(**RATE), vendor_rate.Rates())
    rates = vendor_rate.evolve(vendor_rate.Rates(), said)
    assert vendor_rate.decide(vendor_rate.SetRate(**RATE), rates) == []
    (more,) = vendor_rate.decide(vendor_rate.SetRate(**RATE | {"minor": 1_900}), rates)
    (later,) = vendor_rate.decide(vendor_rate.SetRate(**RATE | {"effective": "2026-02-01"}), rates)
    for event in (more, later):
        rates = vendor_rate.evolve(rates, event)
    assert {day: one.amount_minor for day, one in rates.since.items()} == {
        "2026-01-01": 1_900,
        "2026-02-01": 1_850,
    }


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"per": "mile"}, "vendor_rate_invalid"),
        ({"minor": -1}, "vendor_rate_invalid"),
        ({"effective": "2026-02-30"}, "vendor_rate_invalid"),
        ({"currency": "XXX"}, "currency_unknown"),
        ({"currency": "eur"}, "currency_unknown"),
    ],
)
def test_what_is_no_rate_is_refused(wrong: dict[str, Any], code: str) -> None:
    with refused(code):
        vendor_rate.decide(vendor_rate.SetRate(**RATE | wrong), vendor_rate.Rates())


def test_minor_units_have_the_digits_of_their_currency() -> None:
    assert (DIGITS["EUR"], DIGITS["JPY"], DIGITS["KWD"]) == (2, 0, 3)
    assert all(len(code) == 3 and code.isupper() for code in DIGITS) and len(DIGITS) > 150


def test_weights_are_said_even_when_they_are_the_default_and_never_all_zero() -> None:
    asked = vendor_score.Weigh(accuracy_ppm=500_000, speed_ppm=250_000, cost_ppm=250_000)
    (said,) = vendor_score.decide(asked, vendor_score.Weights())
    weights = vendor_score.evolve(vendor_score.Weights(), said)
    assert (weights.version, vendor_score.decide(asked, weights)) == (1, [])
    with refused("vendor_score_invalid"):
        vendor_score.decide(vendor_score.Weigh(accuracy_ppm=0, speed_ppm=0, cost_ppm=0), weights)
    with refused("vendor_score_invalid"):
        vendor_score.decide(vendor_score.Weigh(accuracy_ppm=-1, speed_ppm=0, cost_ppm=1), weights)
