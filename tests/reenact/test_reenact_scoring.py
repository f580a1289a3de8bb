"""Accuracy splits ties, and the majority over the real crowds is the published one."""

import json
from pathlib import Path

import pytest

from backend.reenact.dataset import read
from backend.reenact.scoring import accuracy, canonical, credit, majority

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


def test_a_tie_with_the_truth_in_it_earns_its_share() -> None:
    assert credit(["a", "b"], "a") == 0.5
    assert credit(["a", "b", "c"], "d") == 0.0
    assert credit(["a"], "a") == 1.0
    assert credit([], "a") == 0.0


def test_answers_are_equal_when_their_canonical_texts_are() -> None:
    assert credit([{"b": 1.0, "a": [2]}], {"a": [2], "b": 1}) == 1.0
    assert credit(["1"], 1) == 0.0
    assert canonical("ä") == '"\\u00e4"'


def test_tied_answers_that_say_the_same_are_one() -> None:
    assert credit([1, 1.0], 1) == 1.0


def test_the_majority_names_all_that_are_tied() -> None:
    assert majority(["x", "y", "y", "x", "z"]) == ["x", "y"]
    assert majority([[1], [1.0], [2]]) == [[1]]
    assert majority([]) == []


def test_accuracy_leaves_out_tasks_without_a_truth() -> None:
    assert accuracy({"t1": ["a", "b"], "t2": ["a"], "t3": ["a"]}, {"t1": "a", "t2": "b"}) == 0.25
    assert accuracy({"t3": ["a"]}, {}) is None


def test_an_undecided_task_counts_as_wrong() -> None:
    assert accuracy({"t1": [], "t2": ["a"]}, {"t1": "a", "t2": "a"}) == 0.5


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared crowd answers are not beside this repository")
@pytest.mark.parametrize("name", ["bluebirds", "dog", "snow_rte", "snow_temp", "vldb_d_possent"])
def test_the_majority_of_a_real_crowd_is_as_accurate_as_published(name: str) -> None:
    data = read(SHARED / name)
    tops = {task: majority(list(given.values())) for task, given in data.answers.items()}
    expected = json.loads((SHARED / "expected.json").read_text("utf-8"))[name]["mv_expected"]
    found = accuracy(tops, data.truth)
    assert found is not None
    assert round(found, 4) == expected
