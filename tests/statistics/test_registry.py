"""The registry and answers of several fields: every kind is there, odd answers are worth 0, weights add up."""

import json
from dataclasses import is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics import registry
from backend.statistics.fields import Field, Options, score
from backend.statistics.registry import KINDS, compare, options_of, scorer

NAME = Field("exact", weight=1.0)
AGE = Field("numbers", {"absolute": 2}, weight=3.0)
NOTE = Field("text", {"threshold": 0.5}, weight=0.0, required=False)
FORM = Options({"name": NAME, "age": AGE, "note": NOTE})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3),
)
TRUTHS: dict[str, Any] = {
    "exact": {"a": 1},
    "labels": ["a"],
    "numbers": [1, 2],
    "spans": [[0, 4]],
    "text": "a b",
    "ranking": ["a", "b"],
    "boxes": [{"label": "a", "box": [0, 0, 2, 2]}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_options_of_its_own_and_knows_its_name(kind: str) -> None:
    found = scorer(kind)
    assert is_dataclass(found.options) and callable(found.score)
    name: str = registry._module(kind).KIND
    assert name == kind


def test_an_unknown_kind_and_options_a_kind_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one of boxes"):
        scorer("smell")
    with pytest.raises(ValueError, match="numbers: expected its own options"):
        options_of("numbers", {"tolerance": 1})
    with pytest.raises(ValueError, match="threshold"):
        options_of("text", {"threshold": 2})


@pytest.mark.parametrize("kind", sorted(TRUTHS))
@given(answer=JSON)
def test_whatever_is_answered_gives_a_score_that_json_can_say(kind: str, answer: Any) -> None:
    found = compare(kind, answer, TRUTHS[kind], options_of(kind, {}))
    assert 0.0 <= found.value <= 1.0
    json.dumps(found.detail, allow_nan=False)
    assert not (found.passed and "unreadable" in found.detail)


@pytest.mark.parametrize("kind", sorted(TRUTHS))
def test_the_truth_itself_is_a_full_answer(kind: str) -> None:
    found = compare(kind, TRUTHS[kind], TRUTHS[kind], options_of(kind, {}))
    assert (found.value, found.passed) == (1.0, True)


def test_an_unreadable_answer_is_worth_0_and_an_unreadable_truth_is_an_error() -> None:
    found = compare("text", 5, "five", options_of("text", {"threshold": 0.0}))
    assert (found.value, found.passed) == (0.0, False) and "found int" in str(found.detail["unreadable"])
    with pytest.raises(ValueError, match="expected a text, found int"):
        compare("text", "five", 5, options_of("text", {}))


def test_fields_weigh_as_they_are_told() -> None:
    found = score({"name": "Bo", "age": 41}, {"name": "Al", "age": 40}, FORM)
    assert (found.value, found.passed) == (0.75, False)
    assert (found.detail["age.passed"], found.detail["age.mae"], found.detail["name.value"]) == (1, 1.0, 0.0)


def test_only_required_fields_decide_whether_it_passes() -> None:
    truth = {"name": "Al", "age": 40, "note": "came late"}
    found = score({"name": "Al", "age": 40, "note": "on time"}, truth, FORM)
    assert (found.value, found.passed, found.detail["note.passed"]) == (1.0, True, 0)


def test_a_missing_field_is_worth_0_and_null_is_right_only_where_the_truth_says_null() -> None:
    assert score({"name": "Al"}, {"name": "Al", "age": 40}, FORM).value == 0.25
    assert score({"name": "Al", "age": None}, {"name": "Al", "age": None}, FORM).value == 1.0
    assert score({"name": "Al", "age": 0}, {"name": "Al", "age": None}, FORM).value == 0.25


def test_a_field_without_truth_is_not_judged() -> None:
    assert score({"name": "Al", "age": 7}, {"name": "Al"}, FORM).value == 1.0
    with pytest.raises(ValueError, match="at least one field"):
        score({"name": "Al"}, {"note": "x"}, FORM)


def test_fields_are_read_from_json_and_may_hold_fields() -> None:
    inner = {"fields": {"city": {"kind": "exact"}, "zip": {"kind": "exact", "weight": 3}}}
    form = options_of("fields", {"fields": {"address": {"kind": "fields", "options": inner}}})
    found = compare("fields", {"address": {"city": "Bonn"}}, {"address": {"city": "Bonn", "zip": 1}}, form)
    assert (found.value, found.detail["address.city.passed"]) == (0.25, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"a": {"kind": "smell"}},
        {"a": {"weight": -1}},
        {"a": {"weight": 0}},
        {"a": {"sort": "exact"}},
        {"a": {"kind": "numbers", "options": {"nope": 1}}},
        {"a": 5},
    ],
)
def test_fields_that_cannot_be_scored_are_refused_before_any_answer(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        options_of("fields", {"fields": wrong})


@given(st.floats(0, 10), st.floats(0.1, 10), st.booleans(), st.booleans())
def test_the_value_lies_between_the_worst_field_and_the_best(a: float, b: float, x: bool, y: bool) -> None:
    form = Options({"a": Field(weight=a), "b": Field(weight=b)})
    found = score({"a": x, "b": y}, {"a": True, "b": True}, form)
    assert min(x, y) <= found.value <= max(x, y)
    assert found.passed == (x and y)
