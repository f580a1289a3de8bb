"""Copied answers: pairs that share their mistakes are found, hard items and two classes accuse nobody."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.copying import Rule, at_least, find

CLASSES = "abcdef"
Answers = list[tuple[str, str, str]]


def crowd(
    people: int = 20, tasks: int = 200, right: float = 0.75, seed: int = 1
) -> tuple[Answers, dict[str, str]]:
    dice = random.Random(seed)
    truth = {f"t{n:03}": dice.choice(CLASSES) for n in range(tasks)}
    answers = [
        (f"w{w:02}", task, true if dice.random() < right else dice.choice(CLASSES))
        for w in range(people)
        for task, true in truth.items()
    ]
    return answers, truth


def copied(answers: Answers, source: str, copier: str, share: float, seed: int = 2) -> Answers:
    """The copier's answers replaced by the source's, with this probability each."""
    dice = random.Random(seed)
    given_by = {task: answer for who, task, answer in answers if who == source}
    return [
        (who, task, given_by[task] if who == copier and dice.random() < share else answer)
        for who, task, answer in answers
    ]


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_who_copies_is_found_with_their_source(share: float) -> None:
    answers, truth = crowd()
    found = find(copied(answers, "w03", "w07", share), truth)
    assert [(pair.first, pair.second) for pair in found.pairs] == [("w03", "w07")]
    (pair,) = found.pairs
    assert len(pair.tasks) == pair.identical <= pair.common and pair.p < found.limit
    assert pair.chance == pytest.approx(1 / 5, abs=0.1)


def test_strangers_are_not_accused() -> None:
    tested = accused = 0
    for seed in range(10):
        answers, truth = crowd(right=0.5, seed=seed)
        found = find(answers, truth)
        tested, accused = tested + found.tested, accused + len(found.pairs)
    assert (tested, accused) == (1900, 0)


def test_tempting_wrong_answers_are_not_copying() -> None:
    dice = random.Random(4)
    truth = {f"t{n:03}": "a" for n in range(150)}
    trap = {task: dice.choice("bcdef") for task in truth}
    answers = [
        (f"w{w:02}", task, trap[task] if dice.random() < 0.5 else "a") for w in range(12) for task in truth
    ]
    found = find(answers, truth)
    assert found.tested == 66 and found.pairs == ()


def test_with_two_classes_every_wrong_answer_is_identical_and_proves_nothing() -> None:
    answers = [(who, f"t{n}", "no") for who in ("w1", "w2", "w3") for n in range(100)]
    found = find(answers, {f"t{n}": "yes" for n in range(100)})
    assert found.tested == 3 and found.pairs == ()


def test_fewer_than_ten_common_mistakes_are_not_tested() -> None:
    answers, truth = crowd(people=2, tasks=30, right=0.0)
    both = [t for t in truth if all(a != truth[t] for _, task, a in answers if task == t)]
    assert find([one for one in answers if one[1] in both[:9]], truth).tested == 0
    assert find([one for one in answers if one[1] in both[:10]], truth).tested == 1


def test_the_more_pairs_are_tested_the_more_certain_one_must_be() -> None:
    answers, truth = crowd(people=60, right=0.5)
    found = find(answers, truth)
    assert found.tested == 60 * 59 // 2 and found.limit == 0.05 / found.tested
    assert find(answers[:400], truth).limit == 1e-4


def test_the_order_of_answers_and_tasks_without_truth_do_not_matter() -> None:
    answers, truth = crowd(people=12, right=0.4)
    answers = copied(answers, "w03", "w07", 0.8)
    once = find(answers, truth)
    shuffled = [*answers, ("w01", "unknown", "a"), ("w02", "unknown", "a")]
    random.Random(9).shuffle(shuffled)
    assert find(shuffled, truth) == once and once.pairs


def test_a_looser_rule_tells_more() -> None:
    answers, truth = crowd(right=0.5)
    assert len(find(answers, truth, Rule(p_max=0.2, family_max=1e9)).pairs) > 5


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.0, 1.0))
def test_the_binomial_tail_is_the_sum_of_its_terms(hits: int, more: int, chance: float) -> None:
    draws = hits + more
    terms = (math.comb(draws, k) * chance**k * (1.0 - chance) ** (draws - k) for k in range(hits, draws + 1))
    assert at_least(hits, draws, chance) == pytest.approx(math.fsum(terms), rel=1e-9, abs=1e-12)


def test_more_hits_than_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 <= hits <= draws"):
        at_least(3, 2, 0.5)
