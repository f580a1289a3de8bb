"""Masks share pixels and boundaries; two ways to write one mean the same."""

import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.masks import PIXELS_MAX, Options, boundary_f, mask, score

SQUARE = [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
BESIDE = [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]]


@st.composite
def rows(draw: st.DrawFn, height: int = 5, width: int = 7) -> list[list[int]]:
    return [[draw(st.integers(0, 1)) for _ in range(width)] for _ in range(height)]


def run_lengths(found: list[list[int]]) -> dict[str, Any]:
    """Down the columns, zeros first, as COCO writes it."""
    counts, last = [0], 0
    for column in zip(*found, strict=True):
        for one in column:
            if one != last:
                counts.append(0)
                last = one
            counts[-1] += 1
    return {"size": [len(found), len(found[0])], "counts": counts}


def near_by_hand(one: Any, other: Any, reach: int) -> float:
    """The share of boundary pixels of one with one of the other's in reach, looking at every pair."""

    def edge(found: Any) -> list[tuple[int, int]]:
        def inside(r: int, c: int) -> bool:
            return 0 <= r < len(found) and 0 <= c < len(found[0]) and bool(found[r][c])

        return [
            (r, c)
            for r in range(len(found))
            for c in range(len(found[0]))
            if found[r][c] and not all(inside(r + i, c + j) for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0)))
        ]

    hits = [any(math.dist(p, q) <= reach for q in edge(other)) for p in edge(one)]
    return sum(hits) / len(hits)


def test_iou_and_dice_of_known_masks() -> None:
    found = score(SQUARE, BESIDE, Options())
    assert found.value == found.detail["iou"] == pytest.approx(2 / 6)
    assert found.detail["dice"] == pytest.approx(0.5)
    assert (found.detail["answered_px"], found.detail["true_px"]) == (4, 4)


def test_a_square_shifted_by_one_has_its_boundary_within_one() -> None:
    assert boundary_f(mask(SQUARE), mask(BESIDE), 1)[2] == 1.0
    assert boundary_f(mask(SQUARE), mask(BESIDE), 0)[2] == 0.5


def test_cocos_run_lengths_go_down_the_columns() -> None:
    assert mask({"size": [2, 3], "counts": [1, 2, 3]}).tolist() == [
        [False, True, False],
        [True, False, False],
    ]


@given(rows())
def test_run_lengths_and_rows_are_the_same_mask(found: list[list[int]]) -> None:
    assert np.array_equal(mask(run_lengths(found)), mask(found))
    assert score(run_lengths(found), found, Options()).value == 1.0


@given(rows(), rows())
def test_dice_is_two_iou_over_one_and_iou(one: list[list[int]], other: list[list[int]]) -> None:
    detail = score(one, other, Options()).detail
    share = float(detail["iou"] or 0.0)
    assert detail["dice"] == pytest.approx(2 * share / (1 + share))


@given(rows(), rows(), st.sampled_from(["iou", "dice", "boundary_f"]))
def test_every_measure_is_a_share_the_same_both_ways(
    one: list[list[int]], other: list[list[int]], target: str
) -> None:
    there, back = score(one, other, Options(target=target)), score(other, one, Options(target=target))
    assert 0.0 <= there.value == back.value <= 1.0
    assert score(one, one, Options(target=target)).value == 1.0


@given(rows(), rows(), st.integers(0, 9))
def test_boundaries_are_compared_as_by_hand(one: list[list[int]], other: list[list[int]], reach: int) -> None:
    if not any(map(any, one)) or not any(map(any, other)):
        return
    precision, recall, _ = boundary_f(mask(one), mask(other), reach)
    assert precision == pytest.approx(near_by_hand(one, other, reach))
    assert recall == pytest.approx(near_by_hand(other, one, reach))


@given(rows(), rows())
def test_a_wider_tolerance_never_lowers_the_boundary(one: list[list[int]], other: list[list[int]]) -> None:
    found = [boundary_f(mask(one), mask(other), reach)[2] for reach in range(9)]
    assert found == sorted(found)


@pytest.mark.parametrize("target", ["iou", "dice", "boundary_f"])
def test_empty_against_empty_is_right_and_against_something_wrong(target: str) -> None:
    empty = [[0] * 4] * 4
    assert score(empty, empty, Options(target=target)).value == 1.0
    assert score(empty, SQUARE, Options(target=target)).value == 0.0
    assert score(SQUARE, empty, Options(target=target)).value == 0.0


@pytest.mark.parametrize(
    "found",
    [
        [],
        [[]],
        [[0, 1], [0]],
        [[0, 2]],
        [[0.0, 1.0]],
        [[True, False]],
        "0110",
        None,
        {"size": [2, 2], "counts": [3]},
        {"size": [2, 2], "counts": "02"},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [PIXELS_MAX, PIXELS_MAX], "counts": [PIXELS_MAX**2]},
        {"size": [0, 4], "counts": []},
        {"size": [4], "counts": [4]},
        {"counts": [4]},
    ],
)
def test_what_is_no_mask_is_refused(found: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        mask(found)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="of the truth's size"):
        score([[0, 1]], [[0], [1]], Options())


def test_a_large_picture_takes_no_time() -> None:
    """3,000 x 3,000 with a disc of 1,000 pixels' radius and one a little beside it."""
    y, x = np.ogrid[:3000, :3000]
    one, other = ((x - middle) ** 2 + (y - 1500) ** 2 < 1_000_000 for middle in (1500, 1520))
    began = time.process_time()
    assert boundary_f(one, other, 34)[2] == 1.0
    assert boundary_f(one, other, 10)[2] < 1.0
    assert time.process_time() - began < 4.0
