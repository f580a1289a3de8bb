"""Spans by vote: the characters most marked, cut where most cut."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.span_fusion import Fused, Span, fuse
from benchmarks.quality import fusion, sets

spans = st.builds(
    lambda start, size, label: Span(start, start + size, label),
    st.integers(0, 15),
    st.integers(1, 8),
    st.sampled_from(["per", "loc"]),
)
crowds = st.lists(st.lists(spans, max_size=4), min_size=1, max_size=5)


def places(found: list[Fused]) -> list[tuple[int, int]]:
    return [(one.span.start, one.span.end) for one in found]


def marks(*pairs: tuple[int, int]) -> list[Span]:
    return [Span(start, end) for start, end in pairs]


def test_the_characters_most_marked_are_in() -> None:
    found = fuse([marks((0, 10)), marks((2, 8)), marks((4, 12))])
    assert places(found) == [(2, 10)]
    assert found[0].support == pytest.approx((2 * 2 + 3 * 4 + 2 * 2) / (3 * 8))


def test_half_is_not_most_and_an_empty_answer_is_a_vote() -> None:
    assert fuse([marks((0, 5)), []]) == []
    assert places(fuse([marks((0, 5)), marks((0, 5)), []])) == [(0, 5)]
    assert fuse([]) == fuse([[], []]) == []


def test_neighbours_stay_two_where_most_keep_them_apart() -> None:
    apart, together = marks((0, 5), (5, 9)), marks((0, 9))
    assert places(fuse([apart, apart, together])) == [(0, 5), (5, 9)]
    assert places(fuse([apart, together, together])) == [(0, 9)]


def test_the_label_is_the_one_most_gave() -> None:
    answers = [[Span(0, 5, "loc")], [Span(0, 5, "per")], [Span(0, 5, "per")]]
    (found,) = fuse(answers)
    assert found.span.label == "per" and found.label_share == pytest.approx(2 / 3)


def test_labels_that_may_overlap_are_voted_on_one_by_one() -> None:
    answer = [Span(0, 20, "org"), Span(5, 10, "loc")]
    assert [one.span for one in fuse([answer, answer, []], exclusive=False)] == answer
    assert fuse([[Span(0, 5, "loc")], [Span(0, 5, "per")], [Span(0, 5, "org")]], exclusive=False) == []


def test_a_heavier_annotator_outweighs_two() -> None:
    assert places(fuse([marks((0, 5)), [], []], weights=[3.0, 1.0, 1.0])) == [(0, 5)]


@settings(max_examples=150)
@given(crowds, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_annotators_and_spans_does_not_matter(
    answers: list[list[Span]], dice: random.Random, exclusive: bool
) -> None:
    turned = [dice.sample(answer, len(answer)) for answer in answers]
    dice.shuffle(turned)
    assert fuse(turned, exclusive=exclusive) == fuse(answers, exclusive=exclusive)


@given(crowds)
def test_a_character_is_in_exactly_where_more_than_half_marked_it(answers: list[list[Span]]) -> None:
    marked = [{at for span in answer for at in range(span.start, span.end)} for answer in answers]
    asked = {at for at in range(30) if 2 * sum(at in one for one in marked) > len(answers)}
    found = fuse(answers)
    assert {at for one in found for at in range(one.span.start, one.span.end)} == asked
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))
    assert all(0.5 < one.support <= 1.0 and 0.0 < one.label_share <= 1.0 for one in found)


def test_what_is_no_span_and_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="start < end"):
        fuse([marks((5, 5))])
    with pytest.raises(ValueError, match="a weight above 0"):
        fuse([[]], weights=[1.0, 1.0])


@pytest.mark.skipif(not (sets.SETS / fusion.SPAN_SET).is_dir(), reason="../shared/data is not here")
def test_fifteen_readers_together_beat_the_mean_of_them() -> None:
    row = fusion.spans("exact span F1", fusion.exact)
    assert row["single_pooled"] == pytest.approx(0.605, abs=0.001)
    assert row["fused"] >= 0.75 and row["fused"] > row["whole_span_majority"] > row["single_mean"]
