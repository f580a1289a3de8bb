"""Labels as sets: known values, and what order, repetition and a change of sides do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.labels import Options, score

SETS = st.lists(st.sampled_from("abcdef"), max_size=8)


def test_two_of_three_answered_and_two_of_four_true() -> None:
    found = score(["a", "b", "x"], ["a", "b", "c", "d"], Options())
    assert found.detail == {
        "precision": pytest.approx(2 / 3),
        "recall": 0.5,
        "f1": pytest.approx(4 / 7),
        "jaccard": 0.4,
        "hits": 2,
        "answered": 3,
        "true": 4,
    }
    assert found.value == pytest.approx(4 / 7) and not found.passed


def test_a_single_label_is_a_set_of_one() -> None:
    assert score("cat", "cat", Options()).passed
    assert score("cat", ["cat"], Options()).passed
    assert score("cat", "dog", Options()).value == 0.0


def test_nothing_answered_is_right_only_where_nothing_is_true() -> None:
    assert score([], [], Options()).value == score([], [], Options("jaccard")).value == 1.0
    assert score([], ["a"], Options()).value == score(["a"], [], Options()).value == 0.0


def test_the_measure_asked_for_becomes_the_value() -> None:
    values = {m: score(["a"], ["a", "b"], Options(m)).value for m in ("precision", "recall", "jaccard")}  # type: ignore[arg-type]
    assert values == {"precision": 1.0, "recall": 0.5, "jaccard": 0.5}
    with pytest.raises(ValueError, match="jaccard"):
        Options("accuracy")  # type: ignore[arg-type]


@given(SETS, SETS)
def test_order_and_repetition_do_not_count(answer: list[str], truth: list[str]) -> None:
    assert score(answer, truth, Options()) == score(answer[::-1] + answer, truth[::-1], Options())


@given(SETS, SETS)
def test_the_other_way_round_precision_is_recall(answer: list[str], truth: list[str]) -> None:
    one, other = score(answer, truth, Options()), score(truth, answer, Options())
    assert one.value == other.value
    assert (one.detail["precision"], one.detail["recall"]) == (
        other.detail["recall"],
        other.detail["precision"],
    )


@given(SETS, SETS)
def test_f1_and_jaccard_order_answers_alike(answer: list[str], truth: list[str]) -> None:
    f1, jaccard = (score(answer, truth, Options(m)).value for m in ("f1", "jaccard"))  # type: ignore[arg-type]
    assert f1 == pytest.approx(2 * jaccard / (1 + jaccard))
    assert (f1 == 1.0) == (set(answer) == set(truth))
