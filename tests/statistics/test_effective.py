"""A sample drawn at unequal rates keeps the shares of what it was drawn from, and is worth no more than it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.effective import effective

DRAWN = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(0.01, 1.0), st.integers(0, 50)), min_size=1, max_size=6
)


def test_drawn_alike_counts_are_plain_counts() -> None:
    assert effective([("right", 0.05, 90), ("wrong", 0.05, 10)]) == {"right": 90.0, "wrong": 10.0}


def test_unequal_rates_have_the_size_of_kish() -> None:
    # 10 drawn at 1 and 10 at .1: weights 1 and 10, so (10 + 100)^2 / (10 + 1000) = 11.980198 and a share of 10 / 110.
    found = effective([("wrong", 1.0, 10), ("right", 0.1, 10)])
    assert sum(found.values()) == pytest.approx(12_100 / 1_010, abs=1e-6)
    assert found["wrong"] / sum(found.values()) == pytest.approx(1 / 11, abs=1e-6)


def test_nothing_drawn_is_worth_nothing() -> None:
    assert effective([]) == {} and effective([("right", 0.5, 0)]) == {"right": 0.0}


@pytest.mark.parametrize(("rate", "count"), [(0.0, 1), (1.1, 1), (0.5, -1)])
def test_what_can_be_no_draw_is_refused(rate: float, count: int) -> None:
    with pytest.raises(ValueError, match="expected a probability"):
        effective([("right", rate, count)])


@given(DRAWN)
def test_it_is_never_worth_more_than_was_drawn(drawn: list[tuple[str, float, int]]) -> None:
    found, n = effective(drawn), sum(count for _, _, count in drawn)
    assert 0.0 <= sum(found.values()) <= n + 1e-6
    whole = sum(count / rate for _, rate, count in drawn)
    if whole:
        weighed = sum(count / rate for cell, rate, count in drawn if cell == "a") / whole
        assert found.get("a", 0.0) / sum(found.values()) == pytest.approx(weighed, abs=1e-6)
