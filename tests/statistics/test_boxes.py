"""Boxes are paired one to one, in any order, and the figures of ten pathologists come out."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.statistics.boxes import Options, corners, iou, pairs, score
from backend.statistics.regions import THINGS_MAX

SETS = Path(__file__).resolve().parents[3] / "shared" / "data"
PLACE = st.integers(0, 12)


@st.composite
def box(draw: st.DrawFn) -> dict[str, Any]:
    x, y = draw(PLACE), draw(PLACE)
    corner = [x, y, x + draw(st.integers(1, 8)), y + draw(st.integers(1, 8))]
    return {"label": draw(st.sampled_from("ab")), "box": corner}


BOXES = st.lists(box(), max_size=6)
OPTIONS = st.builds(
    Options,
    iou=st.sampled_from([0.0, 0.2, 0.5, 0.75, 1.0]),
    target=st.sampled_from(["f1", "precision", "recall", "mean_iou"]),
    same_class=st.booleans(),
)


def one(label: str, *corner: float) -> dict[str, Any]:
    return {"label": label, "box": list(corner)}


def test_iou_of_known_boxes() -> None:
    assert iou((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert iou((0, 0, 4, 4), (1, 1, 3, 3)) == 0.25


def test_the_best_pairing_is_found_where_the_nearest_first_fails() -> None:
    """The first answer lies a little better on the second truth than the second answer, which has no other."""
    answer = [one("a", 0, 0, 10, 10), one("a", 0, 2, 10, 12)]
    truth = [one("a", 0, -4, 10, 6), one("a", 0, 1, 10, 11)]
    found = pairs(answer, truth, Options(iou=0.4))
    assert [(pair.answered, pair.true) for pair in found] == [(0, 0), (1, 1)]


def test_a_pair_too_far_apart_takes_nobodys_partner_away() -> None:
    """Crosswise the two IoUs of .48 add up to more than the .50 that counts, but neither is enough."""
    answer = [one("a", 0, 0, 10, 10), one("a", 0, 6.8, 10, 16.8)]
    truth = [one("a", 0, 3.3, 10, 13.3), one("a", 0, -3.5, 10, 6.5)]
    table = [[iou(corners(a["box"]), corners(t["box"])) for t in truth] for a in answer]
    assert table[0][1] + table[1][0] > table[0][0] >= 0.5 > max(table[0][1], table[1][0])
    assert [(pair.answered, pair.true) for pair in pairs(answer, truth, Options())] == [(0, 0)]


def test_precision_recall_and_agreement_are_counted() -> None:
    answer = [one("a", 0, 0, 10, 10), one("b", 20, 0, 30, 10), one("a", 50, 50, 60, 60)]
    truth = [one("a", 0, 0, 10, 10), one("a", 20, 0, 30, 8)]
    found = score(answer, truth, Options())
    assert found.value == found.detail["f1"] == pytest.approx(0.8)
    assert found.detail["precision"] == pytest.approx(2 / 3)
    assert found.detail["recall"] == 1.0
    assert found.detail["mean_iou"] == pytest.approx(0.9)
    assert found.detail["class_agreement"] == 0.5
    strict = score(answer, truth, Options(same_class=True))
    assert strict.value == pytest.approx(0.4)
    assert (strict.detail["hits"], strict.detail["paired"]) == (1, 2)
    assert strict.detail["class_agreement"] == 0.5
    assert score(answer, truth, Options(target="mean_iou", threshold=0.9)).passed


def test_with_same_class_two_on_one_place_find_their_own() -> None:
    answer = [one("rider", 0, 0, 10, 10), one("horse", 0, 0, 10, 9)]
    truth = [one("horse", 0, 0, 10, 10), one("rider", 0, 0, 10, 9)]
    assert score(answer, truth, Options(same_class=True)).value == 1.0


@pytest.mark.parametrize("target", ["f1", "precision", "recall", "mean_iou"])
def test_empty_against_empty_is_right_and_against_something_wrong(target: str) -> None:
    options = Options(target=target)
    assert score([], [], options).value == 1.0 and score([], [], options).passed
    assert score([], [one("a", 0, 0, 1, 1)], options).value == 0.0
    assert score([one("a", 0, 0, 1, 1)], [], options).value == 0.0


@given(BOXES, BOXES, OPTIONS)
def test_every_measure_is_a_share(answer: list[Any], truth: list[Any], options: Options) -> None:
    found = score(answer, truth, options)
    assert 0.0 <= found.value <= 1.0
    for name in ("precision", "recall", "f1", "mean_iou", "class_agreement"):
        part = found.detail[name]
        assert part is None or 0.0 <= float(part) <= 1.0


@given(BOXES, BOXES, OPTIONS, st.data())
def test_the_order_of_boxes_changes_not_a_bit(
    answer: list[Any], truth: list[Any], options: Options, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answer)), data.draw(st.permutations(truth))
    assert score(*shuffled, options) == score(answer, truth, options)


@given(BOXES, OPTIONS)
def test_an_answer_that_is_the_truth_is_right_in_everything(truth: list[Any], options: Options) -> None:
    found = score(truth, truth, options)
    assert found.value == 1.0 and found.passed
    assert found.detail["class_agreement"] in (1.0, None)


@given(BOXES, BOXES, st.booleans())
def test_answer_and_truth_swapped_swap_precision_and_recall(
    answer: list[Any], truth: list[Any], same_class: bool
) -> None:
    there = score(answer, truth, Options(same_class=same_class)).detail
    back = score(truth, answer, Options(same_class=same_class)).detail
    assert (there["precision"], there["recall"], there["f1"]) == (
        back["recall"],
        back["precision"],
        back["f1"],
    )
    assert there["mean_iou"] == pytest.approx(back["mean_iou"])


@given(BOXES, BOXES)
def test_the_total_of_the_pairing_is_the_best_of_all(answer: list[Any], truth: list[Any]) -> None:
    assume(len(answer) <= 4 and len(truth) <= 4)
    options = Options(iou=0.3)
    places = list(range(len(truth))) + [-1] * len(answer)
    table = [[iou(corners(a["box"]), corners(t["box"])) for t in truth] for a in answer]
    best = max(
        sum(table[i][j] for i, j in enumerate(way) if j >= 0 and table[i][j] >= options.iou)
        for way in itertools.permutations(places, len(answer))
    )
    assert sum(pair.alike for pair in pairs(answer, truth, options)) == pytest.approx(best, abs=1e-8)


@given(BOXES, BOXES, st.integers(-40, 40), st.sampled_from([0.5, 2.0, 4.0]))
def test_moving_and_scaling_the_picture_changes_nothing(
    answer: list[Any], truth: list[Any], shift: int, scale: float
) -> None:
    def moved(found: list[Any]) -> list[Any]:
        return [{**one, "box": [(part + shift) * scale for part in one["box"]]} for one in found]

    assert score(moved(answer), moved(truth), Options()) == score(answer, truth, Options())


@pytest.mark.parametrize(
    "answer",
    [
        "boxes",
        {"label": "a", "box": [0, 0, 1, 1]},
        [{"box": [0, 0, 1, 1]}],
        [{"label": 1, "box": [0, 0, 1, 1]}],
        [one("a", 0, 0, 1)],
        [one("a", 5, 0, 1, 1)],
        [one("a", 0, 0, 0, 1)],
        [one("a", 0, 0, float("nan"), 1)],
        [one("a", 0, 0, 1e300, 1)],
        [one("a", 0, 0, 1e-200, 1e-200)],
        [{"label": "a", "box": [0, 0, True, 1]}],
        [{"label": "a", "box": "0011"}],
        [one("a", 0, 0, 1, 1)] * (THINGS_MAX + 1),
        None,
        7,
    ],
)
def test_what_is_no_list_of_boxes_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(answer, [], Options())


@pytest.mark.parametrize("bad", [{"target": "accuracy"}, {"iou": 1.5}, {"threshold": -0.1}])
def test_options_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Options(**bad)


@pytest.mark.skipif(not SETS.is_dir(), reason="the real crowd answers (../shared/data) are not here")
def test_the_known_figures_of_both_pathology_sets_come_out() -> None:
    from benchmarks.quality.shapes import KNOWN, MEASURES, pooled

    for name, known in KNOWN.items():
        found = pooled(name)
        assert [found[measure] for measure in MEASURES] == pytest.approx(known, abs=0.001)
