"""Boxes by vote: what most drew, where the median drew it, whoever comes first."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.box_fusion import Box, Rule, fuse
from benchmarks.quality import fusion, sets

places = st.integers(0, 12)
sizes = st.integers(1, 8)
boxes = st.builds(
    lambda label, x, y, w, h: Box(label, (float(x), float(y), float(x + w), float(y + h))),
    st.sampled_from("ab"),
    places,
    places,
    sizes,
    sizes,
)
crowds = st.lists(st.lists(boxes, max_size=4), min_size=1, max_size=5)


def at(x: float, y: float, label: str = "cell") -> Box:
    return Box(label, (x, y, x + 10.0, y + 10.0))


def test_what_most_drew_stays_and_what_half_drew_goes() -> None:
    answers = [[at(0, 0), at(50, 50)], [at(1, 0), at(50, 51)], [at(0, 1)], [at(100, 0)]]
    (only,) = fuse(answers)
    assert only.corners == (0.0, 0.0, 10.0, 10.0) and only.support == 0.75
    assert [one.support for one in fuse(answers, rule=Rule(share_min=0.49))] == [0.75, 0.5]


def test_an_empty_answer_is_a_vote_too() -> None:
    assert fuse([[at(0, 0)], [], []]) == []
    assert len(fuse([[at(0, 0)], [at(0, 0)], []])) == 1
    assert fuse([[], []]) == [] and fuse([]) == []


def test_one_careless_hand_moves_no_corner() -> None:
    answers = [[at(0, 0)], [at(0, 0)], [Box("cell", (-2.0, 0.0, 12.0, 13.0))]]
    assert fuse(answers)[0].corners == (0.0, 0.0, 10.0, 10.0)


def test_the_label_is_voted_on_and_its_share_told() -> None:
    (found,) = fuse([[at(0, 0, "a")], [at(0, 0, "b")], [at(0, 0, "b")]])
    assert found.label == "b" and found.label_share == pytest.approx(2 / 3)
    assert dict(found.labels) == pytest.approx({"a": 1 / 3, "b": 2 / 3})
    assert fuse([[at(0, 0, "b")], [at(0, 0, "a")]])[0].label == "a", "ties to the first in the alphabet"


def test_weights_count_in_both_votes() -> None:
    answers = [[at(0, 0, "a"), at(40, 40)], [at(0, 0, "b")], [at(0, 0, "b")]]
    found = fuse(answers, weights=[3.0, 1.0, 1.0])
    assert [(one.label, one.support) for one in found] == [("a", 1.0), ("cell", 0.6)]


def test_two_neighbours_of_one_annotator_are_two_things() -> None:
    answers = [[at(0, 0), at(4, 0)], [at(0, 0), at(4, 0)], [at(0, 0), at(4, 0)]]
    assert [one.corners[0] for one in fuse(answers)] == [0.0, 4.0]


@settings(max_examples=150)
@given(crowds, st.randoms(use_true_random=False))
def test_the_order_of_annotators_and_of_their_boxes_does_not_matter(
    answers: list[list[Box]], dice: random.Random
) -> None:
    turned = [dice.sample(answer, len(answer)) for answer in answers]
    dice.shuffle(turned)
    assert fuse(turned) == fuse(answers)


@given(crowds)
def test_supports_are_shares_and_no_more_is_kept_than_drawn(answers: list[list[Box]]) -> None:
    found = fuse(answers)
    assert all(0.5 < one.support <= 1.0 and 0.0 < one.label_share <= 1.0 for one in found)
    assert sum(one.support for one in found) * len(answers) <= sum(map(len, answers)) + 1e-9
    assert all(one.corners[0] < one.corners[2] and one.corners[1] < one.corners[3] for one in found)


@given(st.lists(st.integers(0, 6), unique=True, max_size=5), st.integers(1, 6))
def test_those_who_agree_are_taken_at_their_word(columns: list[int], count: int) -> None:
    answer = [at(20.0 * column, 0.0) for column in columns]
    found = fuse([answer] * count)
    assert [Box(one.label, one.corners) for one in found] == sorted(answer, key=lambda box: box.corners)


def test_what_is_no_box_and_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="x0 < x1"):
        fuse([[Box("a", (5.0, 0.0, 5.0, 3.0))]])
    with pytest.raises(ValueError, match="a weight above 0"):
        fuse([[at(0, 0)]], weights=[0.0])


@pytest.mark.skipif(not (sets.SETS / fusion.BOX_SETS[0]).is_dir(), reason="../shared/data is not here")
def test_ten_pathologists_together_beat_the_best_of_them() -> None:
    row = fusion.boxes_of(fusion.BOX_SETS[0])
    assert row["single_pooled"] == pytest.approx(0.921, abs=0.001)
    assert row["fused"] >= 0.96 > row["single_best"] and row["fused_class_agreement"] >= 0.96
