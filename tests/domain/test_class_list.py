"""Classes as they are sent: all of them fit together or nothing is taken, and the line that does not is named."""

from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.class_list import CLASSES_MAX, LEVELS_MAX, levels, lines, of_line, read
from tests.support.classed import ANIMALS, numbered


def wrong(*rows: Any) -> list[tuple[str, str]]:
    """The places and rules of what is wrong."""
    with pytest.raises(Refusal) as refused:
        read(numbered(rows))
    assert refused.value.code == "taxonomy_invalid"
    return [(one["where"], one["rule"]) for one in refused.value.extra["problems"]]


def test_classes_are_read_and_spelled_and_read_again() -> None:
    found = read(numbered(ANIMALS))
    assert [of_line(line) for line in lines(found)] == found
    assert levels(found) == [1, 2, 2, 3, 3, 3, 3]
    assert b"".join(lines(found[:1])) == b'{"code":"animal","label":"Animal"}\n'


def test_a_parent_may_stand_behind_its_children() -> None:
    assert levels(read(numbered(reversed(ANIMALS)))) == [3, 3, 3, 3, 2, 2, 1]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("dog", "type"),
        ({"code": "dog"}, "label"),
        ({"label": "Dog"}, "code"),
        ({"code": " dog", "label": "Dog"}, "code"),
        ({"code": "d\nog", "label": "Dog"}, "code"),
        ({"code": "d" * 201, "label": "Dog"}, "code"),
        ({"code": "dog", "label": "Dog", "colour": "brown"}, "field"),
        ({"code": "dog", "label": "Dog", "synonyms": "hound"}, "synonyms"),
        ({"code": "dog", "label": "Dog", "deprecated": "perhaps"}, "deprecated"),
        ({"code": "dog", "label": "Dog", "replaced_by": "animal"}, "replaced_by"),
        ({"code": "dog", "label": "Dog", "parent": "plant"}, "parent"),
        ({"code": "dog", "label": "Dog", "parent": "dog"}, "parent"),
        ({"code": "animal", "label": "Dog"}, "code"),
        ({"code": "dog", "label": "Dog", "deprecated": True, "replaced_by": "wolf"}, "replaced_by"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(row: Any, rule: str) -> None:
    assert wrong({"code": "animal", "label": "Animal"}, row) == [("line 2", rule)]


def test_parents_that_lead_in_a_circle_are_refused_all_of_them() -> None:
    circle = [
        {"code": one, "label": one, "parent": other} for one, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    below = {"code": "d", "label": "d", "parent": "a"}
    assert wrong(*circle, below) == [(f"line {n}", "parent") for n in (1, 2, 3, 4)]


def test_a_tree_may_be_deep_but_not_too_deep() -> None:
    chain = [
        {"code": f"{n}", "label": "x", "parent": f"{n - 1}" if n else None} for n in range(LEVELS_MAX + 1)
    ]
    assert max(levels(read(numbered(chain[:-1])))) == LEVELS_MAX
    assert wrong(*chain) == [(f"line {LEVELS_MAX + 1}", "parent")]


def test_nothing_and_more_than_a_hundred_thousand_are_refused() -> None:
    assert wrong() == [("classes", "count")]
    assert wrong(*([{}] * (CLASSES_MAX + 1))) == [("classes", "count")]
