"""Rankings: Kendall's tau by hand and with ties, and pairwise accuracy beside it."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.ranking import Options, compared, pairwise_accuracy, ranks, score, tau_b

ITEMS = list("abcde")
TIED = st.lists(st.integers(0, 4), min_size=2, max_size=7).map(
    lambda found: {str(place): rank for place, rank in enumerate(found)}
)


def test_one_neighbouring_pair_exchanged_of_five_items() -> None:
    found = score(["b", "a", "c", "d", "e"], ITEMS, Options())
    assert (found.value, found.detail["tau_b"], found.passed) == (0.9, 0.8, True)


def test_the_reverse_is_worth_nothing_and_the_same_order_everything() -> None:
    assert score(ITEMS[::-1], ITEMS, Options()).value == 0.0
    assert score(ITEMS, ITEMS, Options("tau")).value == 1.0


def test_tau_b_with_ties_is_the_published_value() -> None:
    # scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) documents -0.47140452079103173.
    one = {str(i): r for i, r in enumerate([12, 2, 1, 12, 2])}
    other = {str(i): r for i, r in enumerate([1, 4, 7, 1, 0])}
    assert tau_b(compared(ranks(one), ranks(other))) == pytest.approx(-0.47140452079103173, abs=1e-15)


def test_a_tie_in_the_answer_is_half_a_pair_and_a_tie_in_the_truth_is_none() -> None:
    found = compared(ranks([["a", "b"], "c"]), ranks(["a", "b", "c"]))
    assert pairwise_accuracy(found) == pytest.approx(2.5 / 3)
    assert score(["b", "a", "c"], [["a", "b"], "c"], Options()).value == 1.0


def test_a_list_and_an_object_of_ranks_say_the_same() -> None:
    assert score({"a": 1, "b": 2, "c": 10}, ["a", "b", "c"], Options()).detail["tau_b"] == 1.0


def test_without_an_order_tau_says_nothing() -> None:
    found = score([["a", "b"]], ["a", "b"], Options("tau"))
    assert (found.detail["tau_b"], found.value) == (None, 0.5)
    assert score(["a"], ["a"], Options()).value == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        ["a", "b"],
        ["a", "a", "b", "c"],
        ["a", "b", "d"],
        "abc",
        None,
        {"a": 1, "b": 2, "c": "3"},
        {"a": 10**400},
    ],
)
def test_other_items_or_no_ranking_at_all_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(wrong, ["a", "b", "c"], Options())


@given(st.permutations(ITEMS), st.permutations(ITEMS))
def test_without_ties_pairs_and_tau_are_the_same_value(answer: list[str], truth: list[str]) -> None:
    pairs, tau = score(answer, truth, Options()), score(answer, truth, Options("tau"))
    assert pairs.value == pytest.approx(tau.value)
    assert score(answer[::-1], truth, Options()).value == pytest.approx(1 - pairs.value)


@given(TIED, st.randoms(use_true_random=False))
def test_tau_is_the_same_both_ways_and_stays_in_bounds(one: dict[str, int], draw: random.Random) -> None:
    shuffled = list(one.values())
    draw.shuffle(shuffled)
    other = dict(zip(one, shuffled, strict=True))
    there, back = (tau_b(compared(ranks(a), ranks(b))) for a, b in ((one, other), (other, one)))
    assert there == back
    assert there is None or -1.0 <= there <= 1.0
