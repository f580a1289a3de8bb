"""A voter weighs what Bayes' rule says, and nothing at chance."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.majority import majority
from backend.statistics.weighted import posterior, weight, weighted_majority

VOTES = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), min_size=1, max_size=9)


def test_the_weight_is_the_logarithm_of_the_odds_against_one_wrong_class() -> None:
    assert weight(0.75, 2) == pytest.approx(math.log(3))
    assert weight(0.75, 4) == pytest.approx(math.log(9))


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_at_chance_an_answer_weighs_nothing_and_below_it_speaks_against_itself(classes: int) -> None:
    assert weight(1 / classes, classes) == pytest.approx(0, abs=1e-12)
    assert weight(0.9 / classes, classes) < 0 < weight(1.1 / classes, classes)


@pytest.mark.parametrize(("accuracy", "classes"), [(-0.1, 2), (1.1, 2), (math.nan, 2), (0.5, 1)])
def test_what_is_no_share_or_leaves_no_choice_is_refused(accuracy: float, classes: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        weight(accuracy, classes)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 9))
def test_who_is_right_more_often_weighs_no_less(one: float, other: float, classes: int) -> None:
    assert weight(min(one, other), classes) <= weight(max(one, other), classes) < math.inf


def test_one_expert_outvotes_two_who_are_hardly_better_than_chance() -> None:
    assert weighted_majority([("a", 0.55), ("a", 0.6), ("b", 0.95)], 2).top == ("b",)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9), st.floats(0.4, 1))
def test_with_equal_voters_better_than_chance_it_is_the_majority(answers: list[str], accuracy: float) -> None:
    assert weighted_majority([(answer, accuracy) for answer in answers], 3).top == majority(answers).top


@given(VOTES)
def test_the_order_of_the_votes_does_not_matter(votes: list[tuple[str, float]]) -> None:
    assert weighted_majority(votes, 3) == weighted_majority(votes[::-1], 3)
    assert posterior(votes, "abc") == posterior(sorted(votes), "abc")


def test_the_posterior_is_what_counting_all_worlds_gives() -> None:
    """One-coin annotators, three classes alike before: the probability of each truth given the answers."""
    votes, classes = [("a", 0.7), ("b", 0.9), ("b", 0.4)], "abc"

    def likelihood(truth: str) -> float:
        return math.prod(skill if answer == truth else (1 - skill) / 2 for answer, skill in votes)

    whole = sum(likelihood(truth) for truth in classes)
    assert posterior(votes, classes) == pytest.approx({truth: likelihood(truth) / whole for truth in classes})


@given(VOTES)
def test_a_posterior_sums_to_one_and_its_best_answered_class_has_the_most_weight(
    votes: list[tuple[str, float]],
) -> None:
    found = posterior(votes, "abc")
    assert math.fsum(found.values()) == pytest.approx(1)
    answered = {answer for answer, _ in votes}
    best = max(found[answer] for answer in answered)
    assert all(found[one] == pytest.approx(best) for one in weighted_majority(votes, 3).top)


def test_no_rule_of_the_answers_is_right_more_often() -> None:
    """Three annotators, two classes: among all 256 rules that map answers to a class, none beats the weights."""
    skills, patterns = (0.9, 0.6, 0.55), list(product("ab", repeat=3))

    def chance(pattern: tuple[str, ...], truth: str) -> float:
        return 0.5 * math.prod(p if x == truth else 1 - p for x, p in zip(pattern, skills, strict=True))

    ours = [weighted_majority(list(zip(one, skills, strict=True)), 2).top[0] for one in patterns]
    right = [
        sum(chance(one, said) for one, said in zip(patterns, rule, strict=True))
        for rule in product("ab", repeat=8)
    ]
    assert sum(chance(one, said) for one, said in zip(patterns, ours, strict=True)) == pytest.approx(
        max(right)
    )


def test_a_class_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="found \\['z'\\]"):
        posterior([("z", 0.5)], "abc")
    with pytest.raises(ValueError, match="2 or more"):
        posterior([("a", 0.5)], "a")
    assert posterior([], "ab") == {"a": 0.5, "b": 0.5}
