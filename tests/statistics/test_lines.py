"""Poly-lines agree by the length that runs within the tolerance, exactly and whatever their points."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.lines import Options, overlap, score
from backend.statistics.reach import distances, length, share_within

PLACE = st.integers(0, 20)
LINE = st.lists(st.tuples(PLACE, PLACE), min_size=2, max_size=5).filter(lambda line: len(set(line)) > 1)
LINES = st.lists(
    st.builds(
        lambda label, line: {"label": label, "line": [list(p) for p in line]}, st.sampled_from("ab"), LINE
    ),
    max_size=4,
)
STRAIGHT = ((0.0, 0.0), (10.0, 0.0))


def one(*line: tuple[float, float], label: str = "lane") -> dict[str, Any]:
    return {"label": label, "line": [list(point) for point in line]}


def sampled(line: Any, other: Any, reach: float, steps: int = 80) -> float:
    """The share by walking the line in small steps and measuring each time."""
    walked = within = 0.0
    for start, end in pairwise(line):
        piece = math.dist(start, end) / steps
        points = [
            tuple(s + (e - s) * (i + 0.5) / steps for s, e in zip(start, end, strict=True))
            for i in range(steps)
        ]
        walked += piece * steps
        within += piece * sum(gap <= reach for gap in distances(points, other))
    return within / walked


def test_a_line_beside_another_is_within_reach_where_it_runs_beside_it() -> None:
    assert share_within(((0, 3), (20, 3)), STRAIGHT, 3) == pytest.approx(0.5)
    # Beyond the end, the circle of radius 5 reaches 4 further along at a height of 3.
    assert share_within(((0, 3), (20, 3)), STRAIGHT, 5) == pytest.approx(0.7)
    assert share_within(((0, 6), (20, 6)), STRAIGHT, 5) == 0.0
    assert share_within(((5, -10), (5, 10)), STRAIGHT, 5) == pytest.approx(0.5)


def test_overlap_is_f_of_correctness_and_completeness() -> None:
    """All of the answer lies on half of the truth: 2 * 1 * .5 / 1.5."""
    assert overlap(((0, 0), (5, 0)), STRAIGHT, 1e-9) == pytest.approx(2 / 3)


def test_lines_are_found_and_counted() -> None:
    answer = [one((0, 1), (10, 1)), one((0, 50), (10, 50)), one((30, 30), (40, 40), label="kerb")]
    truth = [one((30, 31), (40, 41)), one((0, 0), (5, 0), (10, 0))]
    found = score(answer, truth, Options(tolerance=2))
    assert found.value == pytest.approx(0.8)
    assert found.detail["mean_overlap"] == pytest.approx(1.0, abs=0.05)
    assert found.detail["class_agreement"] == 0.5
    assert found.detail["rmse_px"] == pytest.approx(1.0, abs=0.15)
    assert score(answer, truth, Options(tolerance=2, same_class=True)).detail["hits"] == 1


def test_a_point_given_twice_in_a_line_reaches_no_further() -> None:
    assert share_within(((0, 0), (0, 10)), ((1, 0), (0, 0), (0, 0)), 5) == pytest.approx(0.5)


def test_distances_from_a_line_end_at_its_ends() -> None:
    assert distances([(5, 3), (13, 4), (0, 0)], STRAIGHT) == pytest.approx([3.0, 5.0, 0.0])


@settings(max_examples=40)
@given(LINE, LINE, st.sampled_from([0.5, 2.3, 5.1]))
def test_the_share_is_that_of_a_walk_in_small_steps(line: Any, other: Any, reach: float) -> None:
    assert share_within(line, other, reach) == pytest.approx(sampled(line, other, reach), abs=0.04)


@given(LINE, LINE, st.floats(0, 10), st.floats(0, 10))
def test_a_wider_reach_never_covers_less(line: Any, other: Any, one: float, more: float) -> None:
    assert share_within(line, other, min(one, more)) <= share_within(line, other, max(one, more)) + 1e-12


@given(LINE, st.integers(0, 3), st.floats(0.1, 0.9))
def test_more_points_on_the_same_line_change_nothing(line: Any, place: int, part: float) -> None:
    place = min(place, len(line) - 2)
    start, end = line[place], line[place + 1]
    between = tuple(s + (e - s) * part for s, e in zip(start, end, strict=True))
    finer = (*line[: place + 1], between, *line[place + 1 :])
    assert overlap(finer, line, 1e-6) == pytest.approx(1.0)
    assert length(finer) == pytest.approx(length(line))


@given(LINES, st.sampled_from([0.0, 5.0]))
def test_the_truth_itself_is_right(truth: list[Any], tolerance: float) -> None:
    found = score(truth, truth, Options(tolerance=tolerance))
    assert found.value == 1.0
    # Within the tolerance of each other, lines are as good in another's place.
    if tolerance == 0.0 and truth:
        assert found.detail["rmse_px"] == pytest.approx(0.0, abs=1e-6)


@given(LINES, LINES, st.data())
def test_the_order_of_lines_changes_not_a_bit(
    answer: list[Any], truth: list[Any], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answer)), data.draw(st.permutations(truth))
    assert score(*shuffled, Options()) == score(answer, truth, Options())


@given(LINES, LINES)
def test_every_measure_is_a_share(answer: list[Any], truth: list[Any]) -> None:
    detail = score(answer, truth, Options(target="mean_overlap")).detail
    for name in ("precision", "recall", "f1", "mean_overlap", "class_agreement"):
        part = detail[name]
        assert part is None or 0.0 <= float(part) <= 1.0


def test_empty_against_empty_is_right() -> None:
    assert score([], [], Options()).value == 1.0
    assert score([], [one(*STRAIGHT)], Options()).value == 0.0


@pytest.mark.parametrize(
    "answer",
    [None, [one((1, 1))], [one((1, 1), (1, 1))], [one((0, 0), (math.inf, 0))], [{"label": "a", "line": 7}]],
)
def test_what_is_no_list_of_lines_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(answer, [], Options())


@pytest.mark.parametrize("bad", [{"overlap": 2}, {"tolerance": -1}, {"target": "oks"}])
def test_options_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Options(**bad)
