"""The spammer score: nought for who answers blindly, one for who is always right, and chance taken off."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta
from backend.statistics.spammer import Rule, score_beyond_chance, spammer_score, suspicion

tables = st.integers(2, 5).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 30), min_size=size, max_size=size), min_size=size, max_size=size
    )
)
shares = st.floats(0.0, 1.0)


@given(shares, shares)
def test_with_two_classes_it_is_the_squared_informedness(sensitivity: float, specificity: float) -> None:
    confusion = [[specificity, 1.0 - specificity], [1.0 - sensitivity, sensitivity]]
    found = spammer_score(confusion)
    assert found == pytest.approx((sensitivity + specificity - 1.0) ** 2, abs=1e-12)


@given(tables)
def test_it_is_the_published_sum_over_pairs_of_classes(table: list[list[int]]) -> None:
    rows = [np.array(row) / sum(row) for row in table if sum(row)]
    k = len(rows)
    found = spammer_score(table)
    if k < 2:
        assert found is None
        return
    pairs = sum(float(((rows[c] - rows[d]) ** 2).sum()) for c in range(k) for d in range(c + 1, k))
    assert found == pytest.approx(pairs / (k * (k - 1)), abs=1e-12)
    assert found is not None and 0.0 <= found <= 1.0


@given(tables, st.randoms(use_true_random=False))
def test_the_names_of_classes_do_not_matter(table: list[list[int]], dice: random.Random) -> None:
    order = list(range(len(table)))
    dice.shuffle(order)
    renamed = [[table[r][c] for c in order] for r in order]
    assert spammer_score(renamed) == pytest.approx(spammer_score(table), abs=1e-12)


def test_who_is_always_right_and_who_is_always_wrong_score_one() -> None:
    right = [[9, 0, 0], [0, 5, 0], [0, 0, 2]]
    assert spammer_score(right) == spammer_score([right[1], right[2], right[0]]) == 1.0
    assert score_beyond_chance(right) == 1.0


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6))
def test_who_answers_the_same_whatever_is_true_scores_nought(row: list[float]) -> None:
    assert spammer_score([row] * len(row)) == pytest.approx(0.0, abs=1e-12)


def test_from_few_answers_chance_alone_looks_like_knowledge_and_is_taken_off() -> None:
    rng = np.random.default_rng(5)
    blind = [rng.multinomial(4, [0.2] * 5, size=5) for _ in range(2000)]
    assert np.mean([spammer_score(table) for table in blind]) == pytest.approx(0.2, abs=0.01)
    # Held at nought from below, so its mean stays a little above.
    assert np.mean([score_beyond_chance(table) or 0.0 for table in blind]) < 0.04
    knowing = np.full((5, 5), 0.05) + np.eye(5) * 0.75
    able = [np.array([rng.multinomial(4, row) for row in knowing]) for _ in range(2000)]
    assert np.mean([score_beyond_chance(table) for table in able]) == pytest.approx(0.5625, abs=0.015)


def test_answers_are_set_aside_only_when_blind_often_enough_and_worse_than_the_pool() -> None:
    pool, poor, fair = Beta(16.0, 4.0), Beta(11.0, 11.0), Beta(18.0, 4.0)
    blind, seeing, few = [[6, 6], [5, 5]], [[11, 0], [1, 10]], [[5, 5], [4, 4]]
    assert suspicion(blind, poor, pool).set_aside
    assert not suspicion(seeing, poor, pool).set_aside
    assert not suspicion(few, poor, pool).set_aside
    assert suspicion(few, poor, pool, Rule(answers_min=18)).set_aside
    found = suspicion(blind, fair, pool)
    assert not found.set_aside and found.skill_upper > found.pool_lower and found.answers == 22.0


def test_who_met_a_single_class_is_not_judged() -> None:
    found = suspicion([[30, 30], [0, 0]], Beta(1.0, 9.0), Beta(16.0, 4.0))
    assert found.score is None and not found.set_aside


@pytest.mark.parametrize("wrong", [[1.0, 2.0], [[1.0, -1.0], [0.0, 1.0]], [[float("nan"), 1.0], [0.0, 1.0]]])
def test_what_is_no_table_of_counts_is_refused(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="expected a table of counts"):
        spammer_score(wrong)
