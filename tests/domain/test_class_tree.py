"""A version as it is asked: what begins so, what is below, what is like it; a hundred thousand classes among them."""

import time

from backend.domain.projects.class_list import ClassNode, levels, read
from backend.domain.projects.class_tree import Tree, differences
from tests.support.classed import ANIMALS, numbered

TREE = Tree(read(numbered(ANIMALS)))


def codes(places: list[int], tree: Tree = TREE) -> list[str]:
    return [tree.classes[place].code for place in places]


def test_a_class_is_found_once_by_code_label_or_synonym_whatever_the_capitals() -> None:
    assert codes(TREE.beginning("CAN", 0, 5)[0]) == ["dog"]
    assert codes(TREE.beginning("po", 0, 5)[0]) == ["poodle"]
    assert codes(TREE.beginning("", 0, 50)[0]).count("dog") == 1
    assert codes(TREE.beginning("b", 0, 5, "cat")[0]) == []


def test_pages_of_a_search_follow_each_other_without_a_gap() -> None:
    found, at = [], 0
    while at is not None:
        some, at = TREE.beginning("", at, 2)
        found += codes(some)
    assert sorted(found) == sorted(one["code"] for one in ANIMALS) and len(found) == len(set(found))


def test_the_class_on_a_level_above_is_the_class_itself_where_it_stands_no_deeper() -> None:
    assert [TREE.ancestor("poodle", level) for level in (1, 2, 3, 9)] == ["animal", "dog", "poodle", "poodle"]
    assert TREE.ancestor("wolf", 1) is None
    assert TREE.path("poodle") == ["animal", "dog", "poodle"]


def test_classes_like_an_unknown_one_begin_as_it_does_and_are_in_use() -> None:
    assert [one.code for one in TREE.nearest("beagl")] == ["beagle"]
    assert [one.code for one in TREE.nearest("mogg")] == []
    assert TREE.nearest("zebra") == []


def test_every_kind_of_difference_is_told() -> None:
    old = [ClassNode("a", "A"), ClassNode("b", "B"), ClassNode("c", "C", "a"), ClassNode("d", "D")]
    new = [
        ClassNode("a", "Alpha", synonyms=("first",)),
        ClassNode("c", "C", "e", deprecated=True, replaced_by="a"),
        ClassNode("d", "D"),
        ClassNode("e", "E"),
    ]
    assert differences(old, new) == [
        ("renamed", "a"),
        ("changed", "a"),
        ("moved", "c"),
        ("changed", "c"),
        ("deprecated", "c"),
        ("added", "e"),
        ("removed", "b"),
    ]
    assert ("restored", "c") in differences(new, old)
    assert differences(new, new) == []


def test_a_hundred_thousand_classes_are_checked_and_found_at_once() -> None:
    """Nothing here may grow with the square of the classes: the whole takes seconds at most, a search a blink."""
    rows = [
        {"code": f"c{n:06}", "label": f"Class {n}", "parent": f"c{n // 10:06}" if n >= 10 else None}
        for n in range(100_000)
    ]
    found = read(numbered(rows))
    assert max(levels(found)) == 5
    tree = Tree(found)
    began = time.process_time()
    for n in range(0, 100_000, 100):
        assert codes(tree.beginning(f"c{n:06}", 0, 1)[0], tree) == [f"c{n:06}"]
        assert tree.nearest(f"c{n:05}x")
    assert time.process_time() - began < 1.0
