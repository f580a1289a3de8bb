"""The Rasch model: what was put in comes out, whatever the order, and a wrong key shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.rasch import item_rest, rasch

answer = st.tuples(st.integers(0, 5), st.integers(0, 4), st.booleans())


def simulated(
    people: int, questions: int, seed: int
) -> tuple[np.ndarray, np.ndarray, list[int], list[int], list[bool]]:
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(1.0, 1.0, people), rng.normal(0.0, 1.0, questions)
    who, what = np.divmod(np.arange(people * questions), questions)
    right = rng.random(len(who)) < 1.0 / (1.0 + np.exp(difficulty[what] - ability[who]))
    return ability, difficulty, who.tolist(), what.tolist(), right.tolist()


def test_difficulties_that_were_put_in_come_out() -> None:
    _, difficulty, who, what, right = simulated(400, 30, 3)
    found = rasch(who, what, right)
    apart = (found.difficulty - found.centre) - (difficulty - difficulty.mean())
    assert np.abs(apart).max() < 0.45 and np.sqrt((apart**2).mean()) < 0.18
    within = np.abs(apart) < 1.96 * found.error
    assert within.mean() > 0.85
    assert (found.error < 0.2).all()


def test_at_the_top_every_slope_is_nought() -> None:
    _, _, who, what, right = simulated(40, 12, 5)
    found = rasch(who, what, right)
    p = 1.0 / (1.0 + np.exp(found.difficulty[what] - found.ability[who]))
    of_people = np.bincount(who, np.asarray(right) - p) - found.ability
    of_questions = np.bincount(what, p - np.asarray(right)) - (found.difficulty - found.centre)
    assert np.abs(of_people).max() < 1e-5 and np.abs(of_questions).max() < 1e-5


@settings(max_examples=40, deadline=None)
@given(st.lists(answer, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(answers: list[tuple[int, int, bool]], random: object) -> None:
    mixed = list(answers)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (rasch(*zip(*given, strict=True)) for given in (answers, mixed))
    assert one.difficulty == pytest.approx(other.difficulty, abs=1e-6)


def test_a_question_that_able_people_miss_correlates_below_zero() -> None:
    _, _, who, what, right = simulated(120, 12, 8)
    turned = [not said if asked == 4 else said for asked, said in zip(what, right, strict=True)]
    told = item_rest(who, what, turned)
    assert told[4] is not None and told[4][2] < 0.0
    assert all(one is not None and one[2] > 0.0 for n, one in enumerate(told) if n != 4)


def test_few_people_or_all_alike_say_nothing() -> None:
    assert item_rest([0, 1, 2], [0, 0, 0], [True, False, True]) == [None]
    people = [n for n in range(12) for _ in range(5)]
    asked = [n for _ in range(12) for n in range(5)]
    assert item_rest(people, asked, [True] * 60) == [None] * 5


def test_no_answers_or_uneven_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="expected as many of each"):
        rasch([], [], [])
    with pytest.raises(ValueError, match="expected as many of each"):
        rasch([0], [0, 1], [True])
