"""Points count where they are within the tolerance: as many as can be, then the nearest."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.points import Options, pairs, rmse, score

PLACE = st.integers(0, 15)
POINTS = st.lists(
    st.builds(lambda label, x, y: {"label": label, "point": [x, y]}, st.sampled_from("ab"), PLACE, PLACE),
    max_size=5,
)
OPTIONS = st.builds(Options, tolerance=st.sampled_from([0.0, 1.0, 5.0, 7.5]), same_class=st.booleans())


def one(x: float, y: float, label: str = "tip") -> dict[str, Any]:
    return {"label": label, "point": [x, y]}


def test_a_point_at_exactly_the_tolerance_counts_and_one_beyond_does_not() -> None:
    assert score([one(3, 4)], [one(0, 0)], Options(tolerance=5)).value == 1.0
    assert score([one(3, 4.001)], [one(0, 0)], Options(tolerance=5)).value == 0.0
    assert score([one(3, 4)], [one(3, 4)], Options(tolerance=0)).value == 1.0


def test_the_tolerance_may_be_a_share_of_the_diagonal() -> None:
    options = Options(tolerance=0.01, of="diagonal", size_px=(300, 400))
    assert score([one(5, 0)], [one(0, 0)], options).detail["tolerance_px"] == 5.0
    assert score([one(5, 0)], [one(0, 0)], options).passed
    assert not score([one(5.1, 0)], [one(0, 0)], options).passed


def test_rmse_is_that_of_the_points_hit() -> None:
    found = score([one(3, 4), one(100, 0), one(50, 50)], [one(0, 0), one(101, 0)], Options())
    assert found.detail["rmse_px"] == pytest.approx(math.sqrt((25 + 1) / 2))
    assert found.detail["precision"] == pytest.approx(2 / 3)
    assert rmse([3.0, 4.0]) == pytest.approx(math.sqrt(12.5)) and rmse([]) is None


def test_two_points_are_found_rather_than_one_nearer() -> None:
    """The first answer lies on the second truth, but only so may both be found."""
    found = pairs([one(4, 0), one(8, 0)], [one(0, 0), one(4, 0)], Options(tolerance=4))
    assert [(pair.answered, pair.true) for pair in found] == [(0, 0), (1, 1)]


@given(POINTS, POINTS, OPTIONS)
def test_as_many_are_found_as_can_be(answer: list[Any], truth: list[Any], options: Options) -> None:
    near = [[math.dist(a["point"], t["point"]) <= options.tolerance for t in truth] for a in answer]
    places = list(range(len(truth))) + [-1] * len(answer)
    most = max(
        sum(j >= 0 and near[i][j] for i, j in enumerate(way))
        for way in itertools.islice(itertools.permutations(places, len(answer)), 40_000)
    )
    if not options.same_class:
        assert score(answer, truth, options).detail["hits"] >= most


@given(POINTS, POINTS, OPTIONS, st.data())
def test_the_order_of_points_changes_not_a_bit(
    answer: list[Any], truth: list[Any], options: Options, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answer)), data.draw(st.permutations(truth))
    assert score(*shuffled, options) == score(answer, truth, options)


@given(POINTS, OPTIONS)
def test_the_truth_itself_is_right(truth: list[Any], options: Options) -> None:
    found = score(truth, truth, options)
    assert found.value == 1.0
    assert found.detail["class_agreement"] in (1.0, None)
    assert found.detail["rmse_px"] in (0.0, None)


@given(POINTS, POINTS)
def test_a_wider_tolerance_never_finds_less(answer: list[Any], truth: list[Any]) -> None:
    found = [score(answer, truth, Options(tolerance=reach)).value for reach in (0, 1, 2, 4, 8, 16, 32)]
    assert found == sorted(found)


@pytest.mark.parametrize(
    "answer", [None, "x", [[1, 2]], [one(math.nan, 1)], [{"label": "a", "point": [1, 2, 3]}]]
)
def test_what_is_no_list_of_points_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(answer, [], Options())


@pytest.mark.parametrize(
    "bad",
    [
        {"tolerance": -1},
        {"of": "cm"},
        {"of": "diagonal"},
        {"of": "diagonal", "size_px": [0, 4]},
        {"of": "diagonal", "size_px": [3, 4], "tolerance": 5},
        {"target": "mean_iou"},
        {"threshold": 2},
    ],
)
def test_options_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Options(**bad)
