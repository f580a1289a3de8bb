"""Which classes an answer may name: where codes stand, and what each rule refuses."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.class_list import read as classes
from backend.domain.projects.class_rule import ClassRule, SetTaxonomy, Setting, check, decide, read, spelled
from backend.domain.projects.class_tree import Tree
from backend.events.ids import ProjectId, TaxonomyId
from tests.support.classed import ANIMALS, numbered

TREE = Tree(classes(numbered(ANIMALS)))
ABOUT = TaxonomyId(UUID(int=1))


def refused(answer: Any, *at: str, **rule: Any) -> tuple[str, str]:
    """The code of the refusal, and its first place."""
    with pytest.raises(Refusal) as found:
        check(ClassRule(at=at or ("",), **rule), TREE, answer)
    return found.value.code, found.value.extra["problems"][0]["where"]


@pytest.mark.parametrize(
    ("answer", "at"),
    [
        ("dog", ("",)),
        ({"label": "dog"}, ("/label",)),
        ({"label": None}, ("/label",)),
        (["dog", "cat"], ("/*",)),
        ([{"label": "dog", "box": [0, 0, 1, 1]}], ("/*/label",)),
        ([], ("/*/label",)),
        ({"a/b": {"~": "dog"}, "other": "wolf"}, ("/a~1b/~0",)),
        ({"one": "dog", "all": [["cat"], ["tabby"]]}, ("/one", "/all/*/*")),
    ],
)
def test_known_classes_pass_wherever_they_stand(answer: Any, at: tuple[str, ...]) -> None:
    check(ClassRule(at=at), TREE, answer)


@pytest.mark.parametrize(
    ("answer", "at", "where"),
    [
        ("wolf", "", "/"),
        (None, "", "/"),
        (7, "", "/"),
        ({"label": "dog"}, "", "/"),
        ("dog", "/label", "/label"),
        ({"lable": "dog"}, "/label", "/label"),
        (["dog", "wolf"], "/*", "/1"),
        ("dog", "/*", "/0"),
        ([{"label": "dog"}, {"box": []}], "/*/label", "/1/label"),
    ],
)
def test_what_names_no_class_is_refused_at_its_place(answer: Any, at: str, where: str) -> None:
    assert refused(answer, at) == ("class_unknown", where)


def test_deprecated_classes_and_those_with_others_below_are_refused_as_the_rule_says() -> None:
    assert refused("moggy") == ("class_deprecated", "/")
    check(ClassRule(deprecated="accept"), TREE, "moggy")
    assert refused("dog", leaves_only=True) == ("class_not_leaf", "/")
    check(ClassRule(leaves_only=True), TREE, "poodle")


def test_a_refusal_never_repeats_the_answer() -> None:
    with pytest.raises(Refusal) as found:
        check(ClassRule(), TREE, "Mrs Smith of Elm Street")
    assert "Smith" not in str(found.value) + str(found.value.extra)


def test_a_rule_is_spelled_and_read_again_and_a_place_that_is_none_is_refused() -> None:
    rule = ClassRule(at=("/*/label", ""), deprecated="accept", leaves_only=True, steps=("label",))
    assert read(spelled(rule)) == rule
    for place in ("label", "/~2", "/" + "x" * 500):
        with pytest.raises(Refusal, match="taxonomy_place_invalid"):
            spelled(ClassRule(at=(place,)))


def test_the_same_setting_again_is_no_other_setting() -> None:
    command = SetTaxonomy(project=ProjectId(ABOUT), taxonomy=ABOUT, version=1, rule="{}")
    (first,) = decide(command, Setting())
    assert (first.setting, first.version) == (1, 1)
    assert decide(command, Setting(setting=1, taxonomy=ABOUT, version=1, rule="{}")) == []
