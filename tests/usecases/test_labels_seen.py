"""What results say is counted by kind, whatever shape they have."""

from typing import Any

import pytest

from backend.statistics.registry import options_of
from backend.usecases.quality.reports.labels_seen import GRID, grid, see

FIELDS = {"fields": {"species": {"kind": "labels"}, "count": {"kind": "numbers"}}}
KINDS: list[tuple[str, dict[str, Any], list[Any], dict[str, int], int]] = [
    ("exact", {}, ["a", "a", 1, True, {"label": "a"}], {"a": 3, "1": 1, "true": 1}, 0),
    ("exact", {}, [{"x": 1}, [1]], {}, 0),
    ("labels", {}, [["a", "b", "a"], "a", []], {"a": 2, "b": 1}, 0),
    (
        "spans",
        {},
        [[{"start": 0, "end": 2, "label": "x"}, {"start": 4, "end": 5, "label": "x"}], 7],
        {"x": 2},
        1,
    ),
    ("boxes", {}, [[{"label": "a", "box": [0, 0, 2, 2]}], [{"box": [0, 0, 2, 2]}]], {"a": 1}, 1),
    ("points", {}, [[{"label": "a", "point": [1, 1]}, {"label": "b", "point": [1]}]], {}, 1),
    ("fields", FIELDS, [{"species": ["wren"], "count": 4}, 5], {"species: wren": 1}, 1),
    ("numbers", {}, [4, 5], {}, 0),
]


@pytest.mark.parametrize(("kind", "options", "answers", "things", "unread"), KINDS)
def test_things_are_counted_as_their_kind_says(
    kind: str, options: dict[str, Any], answers: list[Any], things: dict[str, int], unread: int
) -> None:
    seen = see(kind, options_of(kind, options), answers)
    assert (dict(seen.things), seen.unread, seen.results) == (things, unread, len(answers))


def test_classes_of_one_item_are_together_once() -> None:
    seen = see("labels", options_of("labels", {}), [["b", "a"], ["a", "b", "b"], ["a"]])
    assert dict(seen.pairs) == {("a", "b"): 2}
    assert (seen.items["a"], seen.items["b"]) == (3, 2)


def test_a_map_counts_each_centre_once_and_what_lies_outside_at_the_edge() -> None:
    cells = grid([(0.0, 0.0), (99.0, 99.0), (100.0, 100.0), (-5.0, 500.0)], (100.0, 100.0))
    assert (cells[0][0], cells[GRID - 1][GRID - 1], cells[GRID - 1][0]) == (1, 2, 1)
    assert sum(map(sum, cells)) == 4
    assert sum(map(sum, grid([(1.0, 1.0)], (0.0, 0.0)))) == 1
