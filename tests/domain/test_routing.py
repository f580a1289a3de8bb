"""Routing: which arrows an item takes out of a step."""

from collections.abc import Mapping
from typing import Any

import pytest

from backend.domain.tasks.routing import Facts, after
from backend.events.workflows import Arrow, Step
from backend.events.workflows import Test as Is

SURE = Facts(
    answer={"label": "cat", "boxes": [{"x": 2}], "tags": ["a"], "n": 1, "yes": True},
    agreement_ppm=750_000,
    confidence_ppm=900_000,
    tags=("night", "rain"),
    priority=1,
    edge_case=True,
)


def taken(*arrows: Arrow, facts: Facts = SURE, draws: Mapping[str, int] | None = None) -> list[str]:
    step = Step(name="s", stage="annotate", then=arrows)
    return [arrow.to for arrow in after(step, facts, draws or {}).taken]


def on(field: str, op: str, value: str) -> Arrow:
    return Arrow(to="x", all_of=(Is(field=field, op=op, value=value),))


@pytest.mark.parametrize(
    ("field", "op", "value", "holds"),
    [
        ("answer.label", "eq", '"cat"', True),
        ("answer.label", "ne", '"cat"', False),
        ("answer.label", "in", '["dog","cat"]', True),
        ("answer.label", "contains", '"ca"', True),
        ("answer.label", "gt", "1", False),
        ("answer.boxes.0.x", "ge", "2", True),
        ("answer.boxes.0.x", "eq", "2.0", True),
        ("answer.boxes.7.x", "eq", "null", True),
        ("answer.nothing.here", "ne", '"cat"', True),
        ("answer.tags", "contains", '"a"', True),
        ("answer.tags", "eq", '["a"]', True),
        ("answer.yes", "eq", "1", False),
        ("answer.n", "eq", "true", False),
        ("answer", "eq", '{"label":"cat"}', False),
        ("agreement", "lt", "0.75", False),
        ("agreement", "le", "0.75", True),
        ("confidence", "gt", "0.8", True),
        ("tag", "eq", '"rain"', True),
        ("tag", "ne", '"rain"', False),
        ("tag", "in", '["snow","night"]', True),
        ("tag", "ne", '"snow"', True),
        ("priority", "le", "1", True),
        ("priority", "in", "[0,2]", False),
        ("edge_case", "eq", "true", True),
        ("edge_case", "ne", "true", False),
        ("decided_by", "eq", '"machine"', False),
        ("decided_by", "in", '["aggregate","review"]', True),
    ],
)
def test_a_condition_holds_or_not(field: str, op: str, value: str, holds: bool) -> None:
    assert taken(on(field, op, value)) == (["x"] if holds else [])


def test_every_arrow_that_holds_is_taken() -> None:
    yes, no = (
        Is(field="edge_case", op="eq", value="true"),
        Is(field="edge_case", op="eq", value="false"),
    )
    arrows = (
        Arrow(to="a"),
        Arrow(to="b", all_of=(yes, no)),
        Arrow(to="c", any_of=(yes, no)),
        Arrow(to="d", any_of=(no,)),
        Arrow(to="e", all_of=(yes,), any_of=(no,)),
    )
    assert taken(*arrows) == ["a", "c"]


def test_a_share_is_taken_by_its_draw() -> None:
    arrow = Arrow(to="a", share_ppm=300_000)
    assert taken(arrow, draws={"a": 299_999}) == ["a"]
    assert taken(arrow, draws={"a": 300_000}) == []
    assert taken(Arrow(to="a")) == ["a"], "the whole needs no draw"


def test_otherwise_is_taken_when_nothing_else_is() -> None:
    some, rest = Arrow(to="a", share_ppm=500_000), Arrow(to="b", otherwise=True)
    assert taken(some, rest, draws={"a": 0}) == ["a"]
    assert taken(some, rest, draws={"a": 999_999}) == ["b"]


def test_an_arrow_taken_too_often_is_exhausted() -> None:
    def ways(times: int) -> tuple[list[str], list[str]]:
        facts = Facts(answer=1, agreement_ppm=0, confidence_ppm=0, loops={("s", "s"): times})
        found = after(Step(name="s", stage="custom", then=(back, Arrow(to="b"))), facts, {})
        return [arrow.to for arrow in found.taken], [arrow.to for arrow in found.exhausted]

    back = Arrow(to="s", loops_max=2)
    assert ways(1) == (["s", "b"], [])
    assert ways(2) == (["b"], ["s"])


def test_an_exhausted_arrow_leaves_nothing_to_otherwise() -> None:
    facts = Facts(answer=1, agreement_ppm=0, confidence_ppm=0, loops={("s", "s"): 1})
    step = Step(name="s", stage="custom", then=(Arrow(to="s", loops_max=1), Arrow(to="b", otherwise=True)))
    found = after(step, facts, {})
    assert (found.taken, len(found.exhausted)) == ((), 1)


@pytest.mark.parametrize("answer", [None, 1, "x", [], {}, [[1]], {"label": {}}])
def test_no_answer_breaks_a_condition(answer: Any) -> None:
    facts = Facts(answer=answer, agreement_ppm=0, confidence_ppm=0)
    for op in ("eq", "ne", "lt", "ge", "contains"):
        taken(on("answer.label.x", op, "1"), facts=facts)
        taken(on("answer", op, "1"), facts=facts)
    assert taken(on("answer.label", "ge", "0"), facts=facts) == []
