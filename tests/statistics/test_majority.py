"""The majority tells its ties, and a model overwrites it only when it has earned that."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.majority import agreement, expected_accuracy, leading, majorities, majority, safe
from benchmarks.quality.aggregation import triples, truths
from benchmarks.quality.sets import CATEGORICAL, SETS, load

ANSWERS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12)


def test_the_class_named_most_often_is_on_top() -> None:
    found = majority(["b", "a", "b"])
    assert found.weights == (("a", 1.0), ("b", 2.0))
    assert (found.top, found.tied, found.share) == (("b",), False, 2 / 3)


def test_a_tie_is_told_and_not_broken() -> None:
    found = majority(["b", "a", "c", "b", "a"])
    assert (found.top, found.tied, found.share) == (("a", "b"), True, 0.4)


def test_weights_that_differ_by_rounding_alone_are_tied() -> None:
    assert leading([("a", 0.3), ("b", 0.1), ("b", 0.2)]).top == ("a", "b")


def test_a_majority_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="found none"):
        majority([])


@given(ANSWERS)
def test_the_order_of_the_answers_does_not_matter(answers: list[str]) -> None:
    assert majority(sorted(answers)) == majority(answers) == majority(answers[::-1])


@given(ANSWERS)
def test_what_is_on_top_was_said_and_nothing_was_said_more_often(answers: list[str]) -> None:
    found = majority(answers)
    assert {answers.count(one) for one in found.top} == {max(map(answers.count, answers))}
    assert 1 / len(answers) <= found.share <= 1


@given(ANSWERS)
def test_one_more_vote_for_a_class_on_top_leaves_it_there_alone(answers: list[str]) -> None:
    first = majority(answers).top[0]
    assert majority([*answers, first]).top == (first,)


def test_a_tie_counts_by_its_chance_to_be_right() -> None:
    tops = {"1": ("a",), "2": ("a", "b"), "3": ("b", "c"), "unknown": ("a",)}
    assert expected_accuracy(tops, {"1": "a", "2": "a", "3": "a", "unanswered": "a"}) == 0.5
    with pytest.raises(ValueError, match="found none"):
        expected_accuracy(tops, {"other": "a"})


@pytest.mark.parametrize("name", CATEGORICAL)
@pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
def test_the_majority_of_a_real_crowd_is_exactly_as_right_as_expected(name: str) -> None:
    crowd, expected = load(name), json.loads((SETS / "expected.json").read_text())[name]
    found = majorities(triples(crowd))
    assert (
        round(expected_accuracy({t: one.top for t, one in found.items()}, truths(crowd)), 4)
        == expected["mv_expected"]
    )
    judged = [found[task] for task in truths(crowd)]
    # The README's share of ties is over what was judged.
    assert round(sum(one.tied for one in judged) / len(judged), 4) == pytest.approx(
        expected["mv_tie_fraction"], abs=2e-4
    )


def test_agreement_is_over_audited_tasks_that_both_know() -> None:
    votes, model = {"1": ("a",), "2": ("a", "b"), "3": ("b",)}, {"1": ("a",), "2": ("b",), "4": ("a",)}
    assert agreement(votes, model, ["1", "2", "2", "3", "4", "5"]) == (2, 0.5)
    assert agreement(votes, model, ["5"]) == (0, 0.0)


def test_an_unanchored_model_never_overwrites_the_majority_silently() -> None:
    found = safe(["a"], ["b"], gold_answers=[5, 4, 90])
    assert (found.classes, found.by, found.because) == (("a",), "majority", "unanchored")
    assert (found.model, found.disagrees) == (("b",), True)


def test_a_model_anchored_by_gold_of_everyone_decides_and_tells_what_it_overruled() -> None:
    found = safe(["a", "b"], ["b"], gold_answers=[5, 7])
    assert (found.classes, found.by, found.because, found.disagrees) == (("b",), "model", "anchored", True)


def test_a_model_that_agrees_with_the_majority_on_the_audited_sample_decides() -> None:
    assert safe(["a"], ["b"], gold_answers=[0], agreed=(100, 0.95)).because == "agreeing"
    assert safe(["a"], ["b"], gold_answers=[0], agreed=(100, 0.94)).by == "majority"
    assert safe(["a"], ["b"], gold_answers=[0], agreed=(99, 1.0)).by == "majority"


def test_nobody_is_no_anchor() -> None:
    assert safe(["a"], ["b"], gold_answers=[]).by == "majority"


@given(ANSWERS, ANSWERS, st.lists(st.integers(0, 9), max_size=4), st.integers(0, 200), st.floats(0, 1))
def test_what_stands_is_the_majority_or_a_model_with_a_reason(
    voted: list[str], modelled: list[str], gold: list[int], audited: int, share: float
) -> None:
    found = safe(set(voted), set(modelled), gold_answers=gold, agreed=(audited, share))
    assert found.classes == tuple(sorted(set(voted if found.by == "majority" else modelled)))
    assert (found.by == "majority") == (found.because == "unanchored")
    assert found.disagrees == (set(voted) != set(modelled))
