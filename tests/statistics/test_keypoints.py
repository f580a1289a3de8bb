"""Object keypoint similarity is COCO's, to the sixth digit."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.keypoints import COCO_PERSON, Options, oks, score

# A pair of people published with an implementation of OKS (Y. Utsuro, 2023): 0.852633 counts points that both label,
# COCO's rule those of the truth.
TRUE = (
    *(
        (541, 299, 2),
        (576, 280, 2),
        (579, 315, 2),
        (583, 351, 2),
        (564, 394, 2),
        (586, 316, 2),
        (621, 351, 2),
    ),
    *(
        (605, 406, 2),
        (680, 320, 2),
        (692, 310, 2),
        (648, 322, 2),
        (664, 391, 2),
        (697, 316, 2),
        (641, 356, 2),
    ),
    *((692, 419, 2), (0, 0, 0), (541, 287, 2)),
)
ANSWERED = (
    *(
        (542, 297, 2),
        (584, 278, 2),
        (574, 305, 2),
        (586, 347, 2),
        (565, 391, 2),
        (584, 309, 2),
        (620, 353, 2),
    ),
    *((612, 406, 2), (696, 305, 2), (685, 317, 2), (0, 0, 0), (659, 391, 2), (699, 323, 2), (644, 350, 2)),
    *((689, 418, 2), (0, 0, 0), (542, 287, 2)),
)
AREA = 20_000
THREE = Options(sigmas=(0.05, 0.05, 0.1))
POINT = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 2))


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    points = [list(draw(POINT)) for _ in range(3)]
    points[0][2] = 2
    return {"label": draw(st.sampled_from("ab")), "keypoints": points, "area": draw(st.integers(50, 900))}


OBJECTS = st.lists(objects(), max_size=4)


def person(points: Any, **more: Any) -> dict[str, Any]:
    return {"label": "person", "keypoints": [list(point) for point in points], **more}


def test_the_published_pair_scores_as_coco_has_it() -> None:
    assert oks(ANSWERED, TRUE, AREA) == pytest.approx(0.799344, abs=5e-7)
    found = score([person(ANSWERED)], [person(TRUE, area=AREA)], Options())
    assert found.value == pytest.approx(0.799344, abs=5e-7) and found.passed


def test_the_published_figure_counts_only_points_that_both_label() -> None:
    both = [place for place in range(17) if TRUE[place][2] > 0 and ANSWERED[place][2] > 0]
    shown = [[one[place] for place in both] for one in (ANSWERED, TRUE)]
    assert oks(*shown, AREA, [COCO_PERSON[place] for place in both]) == pytest.approx(0.852633, abs=5e-7)


def test_one_sigma_off_in_every_point_is_e_to_the_minus_an_eighth() -> None:
    """d = s sigma and k = 2 sigma: exp(-d^2 / (2 s^2 k^2)) = exp(-1/8)."""
    true = [(0.0, 0.0, 2.0)] * 3
    answered = [(100 * sigma, 0.0, 1.0) for sigma in THREE.sigmas]
    assert oks(answered, true, 10_000, THREE.sigmas) == pytest.approx(math.exp(-1 / 8))


def test_the_answers_own_visibility_plays_no_part() -> None:
    blind = [(x, y, 0) for x, y, _ in ANSWERED]
    assert oks(blind, TRUE, AREA) == oks(ANSWERED, TRUE, AREA)


def test_where_the_truth_labels_nothing_points_are_to_stay_near_the_box() -> None:
    unseen = [(0.0, 0.0, 0.0)]
    assert oks([(19.0, -9.0, 2.0)], unseen, 100, [0.5], box=(0, 0, 10, 10)) == 1.0
    # 5 pixels beyond the box grown by its own width: exp(-25 / (8 * 100 * .25)).
    assert oks([(25.0, 5.0, 2.0)], unseen, 100, [0.5], box=(0, 0, 10, 10)) == pytest.approx(math.exp(-0.125))
    with pytest.raises(ValueError, match="found neither"):
        oks(unseen, unseen, 100, [0.5])


def test_the_size_is_that_of_the_box_where_no_area_is_given() -> None:
    boxed = score([person(ANSWERED)], [person(TRUE, box=[500, 200, 700, 300])], Options())
    assert boxed.value == pytest.approx(0.799344, abs=5e-7)


def test_a_missing_and_a_spurious_object_count_as_nothing() -> None:
    true = person(TRUE, area=AREA)
    assert score([person(TRUE)], [true, true], Options()).value == pytest.approx(2 / 3)
    assert score([person(TRUE)] * 2, [true], Options()).value == pytest.approx(2 / 3)
    assert score([], [], Options()).value == 1.0
    assert score([], [true], Options()).value == 0.0 == score([true], [], Options()).value


def test_objects_of_another_class_count_where_classes_do_not() -> None:
    true = {**person(TRUE, area=AREA), "label": "dog"}
    found = score([person(TRUE)], [true], Options())
    assert found.value == 1.0 and found.detail["class_agreement"] == 0.0
    assert score([person(TRUE)], [true], Options(same_class=True)).value == 0.0


@given(OBJECTS, OBJECTS)
def test_the_value_is_a_share_and_the_best_pairing(answer: list[Any], truth: list[Any]) -> None:
    found = score(answer, truth, THREE)
    table = [[oks(a["keypoints"], t["keypoints"], t["area"], THREE.sigmas) for t in truth] for a in answer]
    places = list(range(len(truth))) + [-1] * len(answer)
    best = max(
        math.fsum(table[i][j] for i, j in enumerate(way) if j >= 0)
        for way in set(itertools.permutations(places, len(answer)))
    )
    things = len(answer) + len(truth)
    assert found.value == pytest.approx(2 * best / things if things else 1.0, abs=1e-8)


@given(OBJECTS, OBJECTS, st.data())
def test_the_order_of_objects_changes_not_a_bit(
    answer: list[Any], truth: list[Any], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answer)), data.draw(st.permutations(truth))
    assert score(*shuffled, THREE) == score(answer, truth, THREE)


@given(OBJECTS)
def test_the_truth_itself_is_right(truth: list[Any]) -> None:
    assert score(truth, truth, THREE).value == 1.0


@given(objects(), st.floats(0, 20), st.floats(0, 20))
def test_further_away_is_never_better(true: dict[str, Any], one: float, other: float) -> None:
    def shifted(by: float) -> float:
        points = [[x + by, y, v] for x, y, v in true["keypoints"]]
        return oks(points, true["keypoints"], true["area"], THREE.sigmas)

    assert shifted(max(one, other)) <= shifted(min(one, other))


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ([person(ANSWERED[:3])], [person(TRUE, area=AREA)]),
        ([person(ANSWERED)], [person(TRUE)]),
        ([person(ANSWERED)], [person(TRUE, area=0)]),
        ([person(ANSWERED)], [person(TRUE, area="big")]),
        ([{"keypoints": "none"}], [person(TRUE, area=AREA)]),
        ([{"keypoints": [[1, 2]]}], [person(TRUE, area=AREA)]),
        (["person"], [person(TRUE, area=AREA)]),
        (None, []),
    ],
)
def test_what_cannot_be_compared_is_refused(answer: Any, truth: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(answer, truth, Options())


@pytest.mark.parametrize("sigmas", [(), (0.0,), (-0.1, 0.1), (math.inf,)])
def test_sigmas_that_are_none_are_refused(sigmas: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="sigmas"):
        Options(sigmas=sigmas)
