"""Spans: known values, the figures of a real corpus, and an oracle that marks every single place."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.spans import Counts, Options, counts, measures, pooled, score, spans

TE3 = Path(__file__).parents[2] / ".." / "shared" / "data" / "te3_time_main"
SPAN = st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from(["", "x", "y"])).map(
    lambda s: {"start": s[0], "end": s[0] + s[1], "label": s[2]}
)
SPANS = st.lists(SPAN, max_size=7)


def test_exact_overlap_and_length_by_hand() -> None:
    # One span exact, one cut short (5 of 10 places), one too many.
    found = score([[0, 4], [10, 15], [30, 33]], [[0, 4], [10, 20]], Options()).detail
    assert (found["exact_precision"], found["exact_recall"], found["exact_f1"]) == (1 / 3, 0.5, 0.4)
    assert (found["overlap_precision"], found["overlap_recall"]) == (2 / 3, 1.0)
    assert (found["length_precision"], found["length_recall"]) == (9 / 12, 9 / 14)


def test_spans_that_only_touch_do_not_overlap_because_the_end_is_not_included() -> None:
    assert counts([[0, 5]], [[5, 9]]).answered_overlapping == 0


def test_the_same_place_under_another_label_is_another_span() -> None:
    drug = {"start": 0, "end": 4, "label": "drug"}
    assert score([drug], [{**drug, "label": "dose"}], Options("overlap")).value == 0.0
    assert score([drug], [drug], Options()).passed
    assert score([[0, 4]], [{"start": 0, "end": 4}], Options()).passed


@pytest.mark.parametrize("measure", ["exact", "overlap", "length"])
def test_nothing_marked_is_right_only_where_nothing_is_true(measure: Any) -> None:
    options = Options(measure)
    assert score([], [], options).value == 1.0
    assert score([], [[0, 1]], options).value == score([[0, 1]], [], options).value == 0.0
    found = score([], [[0, 1]], options).detail
    assert (found["overlap_precision"], found["overlap_recall"]) == (0.0, 0.0)


def test_a_span_marked_twice_counts_once() -> None:
    assert counts([[0, 4], [0, 4]], [[0, 4]]) == Counts(1, 1, 1, 1, 1, 4.0, 4.0, 4.0)


@pytest.mark.parametrize(
    "wrong",
    ["ab", [[1, 1]], [[2, 1]], [[0]], [{"start": 1}], [[0, True]], [[0, float("nan")]], {"a": 1}, None],
)
def test_what_is_no_list_of_spans_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        spans(wrong)


def _places(marked: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(s["label"], p) for s in marked for p in range(s["start"], s["end"])}


def _overlapping(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> int:
    each = {tuple(sorted(s.items())): s for s in some}.values()
    return sum(bool(_places([s]) & _places(others)) for s in each)


@given(SPANS, SPANS)
def test_counts_are_those_of_marking_every_place(
    answer: list[dict[str, Any]], truth: list[dict[str, Any]]
) -> None:
    found = counts(answer, truth)
    assert found.answered_overlapping == _overlapping(answer, truth)
    assert found.true_overlapped == _overlapping(truth, answer)
    assert found.length_shared == len(_places(answer) & _places(truth))
    assert (found.length_answered, found.length_true) == (len(_places(answer)), len(_places(truth)))


@given(SPANS, SPANS)
def test_order_changes_nothing_and_the_other_way_round_precision_is_recall(
    answer: list[dict[str, Any]], truth: list[dict[str, Any]]
) -> None:
    one, other = measures(counts(answer, truth)), measures(counts(truth[::-1], answer[::-1]))
    for measure in ("exact", "overlap", "length"):
        assert one[f"{measure}_precision"] == other[f"{measure}_recall"]
        assert one[f"{measure}_f1"] == pytest.approx(other[f"{measure}_f1"])
        assert 0.0 <= one[f"{measure}_f1"] <= 1.0
    assert one["exact_f1"] <= one["overlap_f1"] + 1e-12


@given(st.lists(st.tuples(SPANS, SPANS), max_size=4))
def test_the_counts_of_a_pool_do_not_depend_on_its_order(pairs: list[tuple[Any, Any]]) -> None:
    each = [counts(answer, truth) for answer, truth in pairs]
    assert pooled(each) == pooled(each[::-1])
    assert pooled(each).true == sum(one.true for one in each)


@pytest.mark.skipif(not TE3.is_dir(), reason="real answers (../shared/data) are not beside this checkout")
def test_temporal_expressions_give_the_published_figures() -> None:
    truth = {row["task"]: json.loads(row["truth"]) for row in _rows("truth.csv")}
    pool = pooled(counts(json.loads(row["answer"]), truth[row["task"]]) for row in _rows("answers.csv"))
    found = measures(pool)
    assert found["exact_f1"] == pytest.approx(0.605, abs=0.001)
    assert found["overlap_precision"] == pytest.approx(0.80, abs=0.001)
    assert found["overlap_recall"] == pytest.approx(0.976, abs=0.001)


def _rows(name: str) -> list[dict[str, str]]:
    with (TE3 / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
