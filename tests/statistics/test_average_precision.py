"""Average precision is what COCO and PASCAL VOC read off a curve, whatever the order of what is equally sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.average_precision import COCO_IOUS, Found, all_points, coco, curve, interval, matched

# Padilla, Netto and da Silva 2020, "A survey on performance metrics for object-detection algorithms": 24 detections of
# 15 objects, of which these places (by falling confidence) are right; 24.56 % by all points.
RIGHT = {1, 3, 10, 12, 13, 14, 23}
SURVEY = [Found(1.0 - place / 100, place in RIGHT) for place in range(1, 25)]


def test_the_known_curve_has_its_published_area() -> None:
    expected = 1 / 15 + (2 / 3) / 15 + (6 / 14) * 4 / 15 + (7 / 23) / 15
    assert all_points(SURVEY, 15) == pytest.approx(expected) and round(expected, 4) == 0.2457
    assert abs(all_points(SURVEY, 15) - 0.2456) < 1e-4


def test_coco_reads_a_curve_off_at_101_recalls() -> None:
    three = [Found(0.9, True), Found(0.8, False), Found(0.7, True)]
    assert curve(three, 2) == [(0.5, 1.0), (0.5, 0.5), (1.0, 2 / 3)]
    assert all_points(three, 2) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert coco(three, 2) == pytest.approx((51 * 1.0 + 50 * 2 / 3) / 101)
    assert coco([Found(0.9, True)], 2) == pytest.approx(51 / 101), "what is never found counts 0"
    assert coco([], 2) == all_points([], 2) == 0.0


found = st.lists(
    st.builds(Found, st.sampled_from([0.1, 0.5, 0.9]), st.booleans(), st.sampled_from([1.0, 2.0, 3.5])),
    max_size=12,
)


@given(found, st.randoms(use_true_random=False))
def test_it_is_the_best_precision_at_each_recall_or_beyond_and_knows_no_order(
    found: list[Found], dice: object
) -> None:
    true = sum(one.weight for one in found if one.right) + 1.0
    points = curve(found, true)
    best = [max((p for r, p in points if r >= n / 100 - 1e-12), default=0.0) for n in range(101)]
    assert coco(found, true) == pytest.approx(sum(best) / 101)
    other = list(found)
    dice.shuffle(other)  # type: ignore[attr-defined]
    assert coco(other, true) == pytest.approx(coco(found, true))
    assert 0.0 <= all_points(found, true) <= 1.0
    twice = [Found(one.sure, one.right, 2.0 * one.weight) for one in found]
    assert all_points(twice, 2.0 * true) == pytest.approx(all_points(found, true)), "weights are copies"


def test_its_interval_is_the_logit_one() -> None:
    low, high = interval(0.5, 100)
    assert (round(low, 4), round(high, 4)) == (0.4032, 0.5968)
    assert interval(0.5, 0) == (0.0, 1.0)
    for value in (0.0, 1.0):
        low, high = interval(value, 30)
        assert 0.0 <= low <= value <= high <= 1.0 and high - low < 0.5
    with pytest.raises(ValueError, match=r"0\.\.1"):
        interval(1.5, 10)


def test_the_surest_chooses_first_and_each_true_thing_is_found_once() -> None:
    def near(one: float, other: float) -> float:
        return 1.0 - abs(one - other)

    assert matched([(0.5, 0.0), (0.9, 0.3)], [0.1], near, (0.5, 0.85)) == [(False, True), (True, False)]
    assert matched([(0.9, 0.0)], [], near, (0.5,)) == [(False,)]
    assert COCO_IOUS[0] == 0.5 and COCO_IOUS[-1] == 0.95 and len(COCO_IOUS) == 10
