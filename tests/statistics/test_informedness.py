"""Whoever always says the same knows nothing, whatever the mix of classes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta
from backend.statistics.informedness import balanced, informedness, quantiles

RECALLS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 60.0)).map(lambda one: (one[0] * one[1], one[1])),
    min_size=2,
)


def test_two_classes_give_youdens_j() -> None:
    assert informedness([0.9, 0.7]) == pytest.approx(0.9 + 0.7 - 1.0)


def test_always_the_same_class_scores_nothing_however_often_it_is_right() -> None:
    found = balanced({"no": (781.0, 781.0), "yes": (0.0, 219.0)})
    assert found.value == pytest.approx(0.0)
    assert found.low < 0.0 < found.high


def test_all_right_is_one_and_all_wrong_is_the_lowest() -> None:
    assert informedness([1.0, 1.0, 1.0]) == pytest.approx(1.0)
    assert informedness([0.0, 0.0, 0.0]) == pytest.approx(-0.5)


def test_a_class_never_asked_counts_as_guessed() -> None:
    found = balanced({"no": (20.0, 20.0)}, classes=["yes", "no"])
    assert found.value == pytest.approx(0.5)
    asked = {one.name: one.recall for one in found.classes}
    assert asked == {"no": 1.0, "yes": None}


def test_a_class_interval_is_that_of_its_posterior() -> None:
    found = balanced({"a": (8.0, 10.0), "b": (5.0, 10.0)})
    belief = Beta(8.5, 2.5)
    assert found.classes[0].low == pytest.approx(belief.quantile(0.025))
    assert found.classes[0].high == pytest.approx(belief.quantile(0.975))


def test_the_interval_of_equal_classes_is_narrower_than_that_of_one() -> None:
    found = balanced(dict.fromkeys("abcd", (15.0, 20.0)))
    one = found.classes[0]
    assert (found.high - found.low) * 0.75 < (one.high - one.low) * 0.6


@given(RECALLS)
def test_the_score_stays_on_its_scale_and_in_its_interval(recalls: dict[str, tuple[float, float]]) -> None:
    found, k = balanced(recalls), len(recalls)
    assert -1.0 / (k - 1) - 1e-9 <= found.low <= found.value <= found.high <= 1.0 + 1e-9
    for one in found.classes:
        assert 0.0 <= one.low <= one.high <= 1.0


@given(RECALLS)
def test_the_order_of_the_classes_does_not_matter(recalls: dict[str, tuple[float, float]]) -> None:
    assert balanced(dict(reversed(recalls.items()))) == balanced(recalls)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8), st.integers(0, 7), st.floats(0.0, 1.0))
def test_a_better_recall_never_lowers_the_score(recalls: list[float], place: int, better: float) -> None:
    improved = list(recalls)
    improved[place % len(improved)] = max(better, improved[place % len(improved)])
    assert informedness(improved) >= informedness(recalls) - 1e-12


def test_quantiles_of_an_even_belief_are_its_shares() -> None:
    found = quantiles(Beta(1.0, 1.0))
    assert (found.mean, found.q05, found.q20) == pytest.approx((0.5, 0.05, 0.20))


@given(st.floats(0.5, 300.0), st.floats(0.5, 300.0))
def test_quantiles_rise_in_their_order(a: float, b: float) -> None:
    found = quantiles(Beta(a, b))
    assert 0.0 <= found.q05 <= found.q20 <= 1.0
    assert found.q05 <= found.mean <= 1.0


def test_what_is_no_set_of_recalls_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 classes"):
        informedness([1.0])
    with pytest.raises(ValueError, match=r"recalls in 0\.\.1"):
        informedness([0.5, 1.5])
    with pytest.raises(ValueError, match="0 <= right <= total of class 'a'"):
        balanced({"a": (3.0, 2.0), "b": (1.0, 1.0)})
    with pytest.raises(ValueError, match="confidence between 0 and 1"):
        balanced({"a": (1.0, 2.0), "b": (1.0, 1.0)}, confidence=95.0)
