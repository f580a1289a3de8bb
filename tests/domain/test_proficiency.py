"""Proficiency: canonical answers, and the Beta distribution against values known exactly."""

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.proficiency.scoring import canonical, category, is_correct
from backend.statistics.beta import Beta, beta_quantile, incomplete_beta, prior_of_pool

# --- scoring


def test_key_order_and_integral_floats_do_not_matter() -> None:
    assert canonical({"b": [1.0, None], "a": "é"}) == '{"a":"\\u00e9","b":[1,null]}'
    assert is_correct({"x": 1, "y": 2.0}, {"y": 2, "x": 1.0})


@pytest.mark.parametrize(
    ("answer", "truth"), [(1, True), ("1", 1), ([1, 2], [2, 1]), (None, False), (1.5, 1)]
)
def test_answers_that_say_something_else_are_wrong(answer: Any, truth: Any) -> None:
    assert not is_correct(answer, truth)


@pytest.mark.parametrize("answer", [math.nan, math.inf, {1: 2}, {1, 2}, b"x"])
def test_what_json_cannot_say_is_refused(answer: Any) -> None:
    with pytest.raises(Refusal, match="answer_invalid"):
        canonical(answer)


def test_an_answer_nested_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(Refusal, match="nested deeper"):
        canonical(deep)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("cat", '"cat"'),
        (3, "3"),
        (3.0, "3"),
        (True, "true"),
        ({"label": "cat"}, '{"label":"cat"}'),
        (None, None),
        (1.5, None),
        (["cat"], None),
        ({"label": ["cat"]}, None),
        ({"label": "cat", "box": 1}, None),
    ],
)
def test_scalars_and_single_labels_are_categories(answer: Any, expected: str | None) -> None:
    assert category(answer) == expected


# --- beta

PROBABILITY = st.floats(0.001, 0.999)


@given(PROBABILITY)
def test_a_uniform_share_has_the_identity_as_distribution(x: float) -> None:
    assert incomplete_beta(1, 1, x) == pytest.approx(x, abs=1e-13)
    assert beta_quantile(1, 1, x) == pytest.approx(x, abs=1e-12)


@given(PROBABILITY, st.floats(0.1, 60))
def test_with_b_of_one_the_distribution_is_a_power(x: float, a: float) -> None:
    assert incomplete_beta(a, 1, x) == pytest.approx(x**a, rel=1e-9, abs=1e-13)
    assert incomplete_beta(1, a, x) == pytest.approx(-math.expm1(a * math.log1p(-x)), rel=1e-9, abs=1e-13)


@given(st.floats(0.5, 500))
def test_equal_parameters_have_their_median_in_the_middle(a: float) -> None:
    assert beta_quantile(a, a, 0.5) == pytest.approx(0.5, abs=1e-9)


def test_the_arcsine_law_is_met() -> None:
    for x in (0.01, 0.2, 0.5, 0.77, 0.999):
        assert incomplete_beta(0.5, 0.5, x) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)), abs=1e-12)


@pytest.mark.parametrize(("n", "x"), product((1, 5, 20, 60), (0.03, 0.5, 0.9)))
def test_whole_parameters_give_tails_of_the_binomial(n: int, x: float) -> None:
    for k in range(1, n + 1):
        tail = math.fsum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(k, n + 1))
        assert incomplete_beta(k, n - k + 1, x) == pytest.approx(tail, rel=1e-9, abs=1e-13)


@given(st.floats(0.5, 2_000), st.floats(0.5, 2_000), st.floats(0.001, 0.999))
def test_a_quantile_is_where_the_distribution_reaches_its_probability(a: float, b: float, q: float) -> None:
    assert incomplete_beta(a, b, beta_quantile(a, b, q)) == pytest.approx(q, abs=1e-7)


def test_a_quantile_needs_a_probability() -> None:
    assert (beta_quantile(2, 3, 0.0), beta_quantile(2, 3, 1.0)) == (0.0, 1.0)
    with pytest.raises(ValueError, match=r"found 1.1"):
        Beta(2, 3).quantile(1.1)


def test_evidence_adds_to_the_parameters() -> None:
    after = Beta(1, 1).updated(correct=7, total=10)
    assert (after.a, after.b, after.mean) == (8, 4, 8 / 12)
    assert after.cdf(0.5) == pytest.approx(sum(math.comb(11, j) for j in range(8, 12)) / 2**11)


@pytest.mark.parametrize(
    ("correct", "total", "a", "b"), [(0, 0, 1, 1), (2, 2, 3, 1), (3, 4, 4, 2), (899, 1198, 6, 2)]
)
def test_the_pool_is_a_prior_of_at_most_eight_answers(correct: int, total: int, a: float, b: float) -> None:
    prior = prior_of_pool(correct, total)
    assert [prior.a, prior.b] == pytest.approx([a, b])
