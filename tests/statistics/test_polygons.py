"""Polygons are judged by the areas they share; what crosses itself is mended or refused."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics import boxes
from backend.statistics.polygons import Options, iou, polygon, score

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
BOW_TIE = [[0, 0], [10, 10], [10, 0], [0, 10]]


def one(label: str, outline: Any) -> dict[str, Any]:
    return {"label": label, "polygon": outline}


@st.composite
def stars(draw: st.DrawFn) -> dict[str, Any]:
    """A simple polygon: a radius for each direction around a centre."""
    x, y = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    radii = draw(st.lists(st.integers(2, 9), min_size=3, max_size=8))
    turn = 2 * math.pi / len(radii)
    outline = [[x + r * math.cos(i * turn), y + r * math.sin(i * turn)] for i, r in enumerate(radii)]
    return one(draw(st.sampled_from("ab")), outline)


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    x, y, w, h = (draw(st.integers(1, 9)) for _ in range(4))
    label = draw(st.sampled_from("ab"))
    outline = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]]
    return one(label, outline), {"label": label, "box": [x, y, x + w, y + h]}


POLYGONS = st.lists(stars(), max_size=4)


def test_iou_of_known_areas() -> None:
    half = polygon([[0, 0], [10, 0], [0, 10]])
    assert iou(polygon(SQUARE), half) == pytest.approx(0.5)
    assert iou(polygon(SQUARE), polygon([[10, 0], [20, 0], [20, 10], [10, 10]])) == 0.0


def test_a_hole_is_no_area() -> None:
    ring = polygon([SQUARE, [[2, 2], [8, 2], [8, 8], [2, 8]]])
    assert ring.area == pytest.approx(64.0)
    assert iou(ring, polygon(SQUARE)) == pytest.approx(0.64)


def test_an_outline_that_crosses_itself_is_the_areas_it_encloses() -> None:
    assert polygon(BOW_TIE).area == pytest.approx(50.0)
    assert score([one("a", BOW_TIE)], [one("a", SQUARE)], Options()).detail["mean_iou"] == pytest.approx(0.5)


def test_an_outline_that_crosses_itself_is_refused_where_repair_is_off() -> None:
    with pytest.raises(ValueError, match="Self-intersection"):
        score([one("a", BOW_TIE)], [one("a", SQUARE)], Options(repair=False))


def test_a_repair_leaves_no_lines_beside_the_area() -> None:
    with_a_thorn = [[0, 0], [10, 0], [10, 10], [20, 10], [10, 10], [0, 10]]
    assert iou(polygon(with_a_thorn), polygon(SQUARE)) == pytest.approx(1.0)


@given(st.lists(rectangles(), max_size=4), st.lists(rectangles(), max_size=4), st.booleans())
def test_upright_rectangles_score_as_boxes_do(answer: list[Any], truth: list[Any], same_class: bool) -> None:
    drawn = score([p for p, _ in answer], [p for p, _ in truth], Options(same_class=same_class))
    boxed = boxes.score([b for _, b in answer], [b for _, b in truth], boxes.Options(same_class=same_class))
    assert drawn.value == boxed.value
    assert drawn.detail["mean_iou"] == pytest.approx(boxed.detail["mean_iou"])


@given(POLYGONS, POLYGONS, st.data())
def test_neither_the_order_nor_where_an_outline_begins_changes_a_bit(
    answer: list[Any], truth: list[Any], data: st.DataObject
) -> None:
    def turned(found: dict[str, Any]) -> dict[str, Any]:
        outline = found["polygon"]
        start = data.draw(st.integers(0, len(outline) - 1))
        outline = outline[start:] + outline[:start]
        return {
            **found,
            "polygon": data.draw(st.sampled_from([outline, outline[::-1], [*outline, outline[0]]])),
        }

    other = [turned(one) for one in data.draw(st.permutations(answer))]
    assert score(other, truth, Options(iou=0.1)) == score(answer, truth, Options(iou=0.1))


@given(POLYGONS, POLYGONS)
def test_every_measure_is_a_share_and_the_truth_itself_is_right(answer: list[Any], truth: list[Any]) -> None:
    found = score(answer, truth, Options(iou=0.1, target="mean_iou"))
    assert 0.0 <= found.value <= 1.0
    assert score(truth, truth, Options()).value == 1.0


@given(stars(), stars())
def test_iou_is_the_same_both_ways(left: dict[str, Any], right: dict[str, Any]) -> None:
    one, other = polygon(left["polygon"]), polygon(right["polygon"])
    assert iou(one, other) == pytest.approx(iou(other, one), abs=1e-12)


@pytest.mark.parametrize(
    "outline",
    [
        [],
        [[0, 0], [1, 1]],
        [[0, 0], [1, 1], [2, 2]],
        [[0, 0], [0, 0], [0, 0]],
        [[0, 0], [1, 0], [1, float("inf")]],
        [[0, 0], [1, 0], "11"],
        [[[0, 0], [1, 1]]],
        [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
        "square",
        None,
        {"outer": SQUARE},
        [SQUARE, None],
        [[]],
    ],
)
def test_what_has_no_area_is_refused(outline: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score([one("a", outline)], [], Options())


def test_options_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        Options(target="dice")
