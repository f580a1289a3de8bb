"""Outgoing error: unbiased, with an interval that covers, and honest about reviewers who overlook."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.outgoing import Reviewed, aoq, detection_of, outgoing_error

samples = st.lists(st.builds(Reviewed, st.floats(0.05, 1.0), st.booleans()), max_size=40)


def drawn(dice: random.Random, items: int, detection: float) -> tuple[list[Reviewed], float]:
    """Reviews of a mixed stock (half at 5 % with 2 % wrong, half at 40 % with 20 % wrong), and the error left."""
    reviews, left = [], 0
    for place in range(items):
        rate, error = (0.05, 0.02) if place % 2 else (0.4, 0.2)
        wrong = dice.random() < error
        found = wrong and dice.random() < detection
        if dice.random() < rate:
            reviews.append(Reviewed(rate, found))
            left += wrong and not found
        else:
            left += wrong
    return reviews, left / items


@pytest.mark.parametrize("detection", [1.0, 0.75])
def test_the_estimate_is_unbiased_and_its_interval_covers(detection: float) -> None:
    dice = random.Random(11)
    runs = [drawn(dice, 1500, detection) for _ in range(300)]
    found = [outgoing_error(reviews, 1500, detection) for reviews, _ in runs]
    lefts = [left for _, left in runs]
    assert sum(one.value for one in found) == pytest.approx(sum(lefts), rel=0.05)
    covered = sum(one.low <= left <= one.high for one, left in zip(found, lefts, strict=True))
    assert covered / len(runs) >= 0.93


def test_a_clean_sample_still_allows_for_errors() -> None:
    clean = outgoing_error([Reviewed(0.05, False)] * 100, 2000)
    assert (clean.value, clean.low) == (0.0, 0.0)
    # The rule of three, two-sided: 3.69 errors' worth of 19, and a little for the finite draw.
    assert clean.high == pytest.approx(3.69 * 19 / 2000, rel=0.05)


def test_an_error_at_a_low_rate_speaks_for_many_and_at_full_rate_for_none() -> None:
    assert outgoing_error([Reviewed(0.05, True)], 1000).value == pytest.approx(0.019)
    full = outgoing_error([Reviewed(1.0, True)] * 5, 5)
    assert (full.value, full.low, full.high, full.errors) == (0.0, 0.0, 0.0, 5)


def test_a_reviewer_who_overlooks_half_doubles_what_was_there() -> None:
    found = outgoing_error([Reviewed(1.0, True)] * 4 + [Reviewed(1.0, False)] * 36, 40, detection=0.5)
    assert found.value == pytest.approx(4 / 40)
    assert aoq(0.2, 1.0, 0.5) == pytest.approx(0.1) and aoq(0.1, 0.3) == pytest.approx(0.07)


def test_nothing_reviewed_is_nothing_known() -> None:
    assert (outgoing_error([], 10).low, outgoing_error([], 10).high) == (0.0, 1.0)


@given(samples, st.floats(0.1, 1.0))
def test_the_estimate_lies_in_its_interval_and_in_0_to_1(reviews: list[Reviewed], detection: float) -> None:
    found = outgoing_error(reviews, len(reviews) * 20 + 1, detection)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


@given(
    st.permutations([Reviewed(0.05, True), Reviewed(0.3, True), Reviewed(0.7, False), Reviewed(1.0, True)])
)
def test_the_order_of_reviews_does_not_matter(reviews: list[Reviewed]) -> None:
    expected = outgoing_error(
        [Reviewed(0.05, True), Reviewed(0.3, True), Reviewed(0.7, False), Reviewed(1.0, True)], 50
    )
    assert outgoing_error(reviews, 50) == expected


def test_a_detection_rate_comes_from_planted_errors() -> None:
    assert detection_of(78, 100).mean == pytest.approx(79 / 102)
    assert detection_of(0, 0).quantile(0.5) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="expected found errors"):
        detection_of(3, 2)


@pytest.mark.parametrize(("rate", "items", "detection"), [(0.0, 5, 1.0), (0.5, 0, 1.0), (0.5, 5, 0.0)])
def test_what_cannot_be_is_refused(rate: float, items: int, detection: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        outgoing_error([Reviewed(rate, True)], items, detection)
