"""Exact equality: the same verdict as the rules give, for every JSON value."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.proficiency import scoring
from backend.statistics.exact import Options, canonical, score

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(), v, max_size=4))
REFUSED = [float("nan"), float("inf"), {1: 2}, {1, 2}, b"x", [object()]]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("answer", "truth", "equal"),
    [
        ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}, True),
        (True, 1, False),
        ("1", 1, False),
        (None, "", False),
        ([1, 2], [2, 1], False),
        ((1, 2), [1, 2], True),
        (-0.0, 0, True),
        (2.0**53, 2**53, False),
        ("é", "e\u0301", False),
    ],
)
def test_answers_are_equal_when_json_says_the_same(answer: Any, truth: Any, equal: bool) -> None:
    found = score(answer, truth, Options())
    assert (found.value, found.passed) == (float(equal), equal)


@given(VALUES)
@example(1e16)
@example(-0.0)
@example({"b": 1, "a": {"ß": (1.0,)}})
def test_the_canonical_form_is_the_one_of_the_rules(value: Any) -> None:
    assert canonical(value) == scoring.canonical(value)


@given(VALUES, VALUES)
def test_the_verdict_is_the_one_of_the_rules_and_does_not_depend_on_the_side(one: Any, other: Any) -> None:
    assert score(one, other, Options()).passed == scoring.is_correct(one, other)
    assert score(one, other, Options()) == score(other, one, Options())


@pytest.mark.parametrize("value", [*REFUSED, nested(65)])
def test_what_the_rules_refuse_is_refused_here_too(value: Any) -> None:
    with pytest.raises(Refusal):
        scoring.canonical(value)
    with pytest.raises(ValueError, match=r"expected|JSON"):
        canonical(value)


def test_a_value_nested_64_deep_is_read() -> None:
    assert canonical(nested(64)) == "[" * 64 + "1" + "]" * 64
