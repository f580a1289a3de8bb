"""Workflows: what is published, and what is refused with the place that is wrong."""

from dataclasses import replace

import pytest

from backend.domain.projects.workflow import WORKFLOW, Publish
from backend.events.projects import Conditions
from backend.events.workflows import Arrow, Step, WorkflowPublished
from backend.events.workflows import Test as Is
from tests.domain.facts import PROJECT_A, PROJECT_B
from tests.domain.gwt import given

REJECTED = Is(field="answer.verdict", op="eq", value='"reject"')
LABEL = Step(name="label", stage="annotate", then=(Arrow(to="check"),))
CHECK = Step(
    name="check",
    stage="review",
    shows=("label",),
    then=(Arrow(to="label", all_of=(REJECTED,), loops_max=2, to_author=True),),
)
PUBLISH = Publish(project=PROJECT_A, first=("label",), steps=(LABEL, CHECK))
PUBLISHED = WorkflowPublished(project=PROJECT_A, version=1, first=("label",), steps=(LABEL, CHECK))


def publish(*steps: Step, first: tuple[str, ...] = ("label",)) -> Publish:
    return Publish(project=PROJECT_A, first=first, steps=steps)


def to(*names: str) -> tuple[Arrow, ...]:
    return tuple(Arrow(to=name) for name in names)


def test_a_workflow_is_published_in_versions() -> None:
    given(WORKFLOW).when(PUBLISH).then(PUBLISHED)
    given(WORKFLOW, PUBLISHED).when(PUBLISH).then()
    alone = publish(replace(LABEL, then=()))
    given(WORKFLOW, PUBLISHED).when(alone).then(
        WorkflowPublished(project=PROJECT_A, version=2, first=("label",), steps=alone.steps)
    )
    given(WORKFLOW, PUBLISHED).when(replace(PUBLISH, project=PROJECT_B)).then_refused("not_now", "conflict")


def test_a_cycle_needs_a_limit_and_the_refusal_names_it() -> None:
    endless = replace(CHECK, then=(Arrow(to="label", all_of=(REJECTED,)),))
    refusal = given(WORKFLOW).when(publish(LABEL, endless)).then_refused("workflow_cyclic", "invalid")
    assert refusal.extra["cycle"] == ["label", "check", "label"]
    own = replace(LABEL, then=(Arrow(to="label"),))
    refusal = given(WORKFLOW).when(publish(own)).then_refused("workflow_cyclic")
    assert refusal.extra["cycle"] == ["label", "label"]
    assert given(WORKFLOW).when(publish(replace(LABEL, then=(Arrow(to="label", loops_max=1),)))).events


def test_every_step_can_be_reached() -> None:
    lost = Step(name="lost", stage="custom")
    refusal = (
        given(WORKFLOW).when(publish(LABEL, CHECK, lost)).then_refused("workflow_unreachable", "invalid")
    )
    assert refusal.extra["steps"] == ["lost"]
    assert given(WORKFLOW).when(publish(LABEL, CHECK, lost, first=("label", "lost"))).events


@pytest.mark.parametrize(
    ("steps", "first"),
    [
        ((replace(LABEL, then=to("nowhere")),), ("label",)),
        ((replace(LABEL, then=()),), ("other",)),
        ((replace(LABEL, then=(), apart_from=("other",)),), ("label",)),
        ((LABEL, replace(CHECK, shows=("other",))), ("label",)),
    ],
)
def test_only_steps_of_the_workflow_are_named(steps: tuple[Step, ...], first: tuple[str, ...]) -> None:
    given(WORKFLOW).when(publish(*steps, first=first)).then_refused("step_unknown", "invalid")


ALONE = replace(LABEL, then=())


@pytest.mark.parametrize(
    ("steps", "at"),
    [
        ((), "steps"),
        ((replace(ALONE, name="Label"),), "steps"),
        ((ALONE, ALONE), "steps"),
        ((replace(ALONE, stage="guess"),), "label.stage"),
        ((replace(ALONE, slots=51),), "label"),
        ((replace(ALONE, priority=4),), "label"),
        ((replace(ALONE, shows=("label",)),), "label.shows"),
        ((replace(ALONE, needs=Conditions(all_of=("course:x",))),), "label.needs"),
        ((replace(ALONE, tool="[1]"),), "label.tool"),
        ((replace(ALONE, scoring='{"a":"' + "x" * 70_000 + '"}'),), "label.scoring"),
        ((replace(ALONE, answer_schema="{"),), "label.answer_schema"),
        ((replace(LABEL, then=(Arrow(to="check", share_ppm=0),)), CHECK), "label.then.check"),
        ((replace(LABEL, then=(Arrow(to="check", loops_max=51),)), CHECK), "label.then.check"),
        ((replace(LABEL, then=(Arrow(to="check", author_seconds=1),)), CHECK), "label.then.check"),
        ((replace(LABEL, then=to("check", "check")), CHECK), "label.then"),
        ((replace(LABEL, then=(Arrow(to="check", otherwise=True, share_ppm=5),)), CHECK), "label.then.check"),
        ((LABEL, replace(CHECK, joins=True)), "check.joins"),
        ((LABEL, replace(CHECK, shows=())), "check.shows"),
        ((LABEL, Step(name="check", stage="adjudicate")), "check.shows"),
        ((replace(LABEL, shows=("check",)), replace(CHECK, then=())), "label.shows"),
    ],
)
def test_a_wrong_place_is_named(steps: tuple[Step, ...], at: str) -> None:
    refusal = given(WORKFLOW).when(publish(*steps)).then_refused("workflow_invalid", "invalid")
    assert refusal.extra["at"] == at


def test_the_steps_to_begin_with_are_named_once() -> None:
    for first in ((), ("label", "label")):
        given(WORKFLOW).when(publish(ALONE, first=first)).then_refused("workflow_invalid")
    given(WORKFLOW).when(publish(LABEL, CHECK, first=("label", "check"))).then_refused("workflow_invalid")


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("colour", "eq", "1"),
        ("answer..x", "eq", "1"),
        ("answer.a b", "eq", "1"),
        ("answer", "like", '"x"'),
        ("answer", "lt", '"x"'),
        ("answer", "lt", "true"),
        ("answer", "in", '"x"'),
        ("answer", "in", "[]"),
        ("answer", "eq", "not json"),
        ("agreement", "lt", "2"),
        ("agreement", "contains", "0.5"),
        ("confidence", "ge", '"much"'),
        ("tag", "lt", '"x"'),
        ("tag", "eq", '""'),
        ("priority", "eq", "4"),
        ("priority", "eq", "1.5"),
        ("edge_case", "gt", "true"),
        ("edge_case", "eq", "1"),
    ],
)
def test_a_condition_goes_with_its_field(field: str, op: str, value: str) -> None:
    arrow = Arrow(to="check", any_of=(Is(field=field, op=op, value=value),))
    wrong = publish(replace(LABEL, then=(arrow,)), CHECK)
    given(WORKFLOW).when(wrong).then_refused("arrow_condition_invalid", "invalid")


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("answer", "eq", '{"label":"cat"}'),
        ("answer.boxes.0.x", "ge", "1.5"),
        ("answer.tags", "contains", '"x"'),
        ("answer", "in", '["a",1,null]'),
        ("agreement", "lt", "0.5"),
        ("tag", "in", '["a","b"]'),
        ("priority", "le", "1"),
        ("edge_case", "eq", "true"),
    ],
)
def test_a_condition_that_can_hold_is_accepted(field: str, op: str, value: str) -> None:
    arrow = Arrow(to="check", all_of=(Is(field=field, op=op, value=value),))
    assert given(WORKFLOW).when(publish(replace(LABEL, then=(arrow,)), CHECK)).events


def test_a_graph_that_doubles_an_item_again_and_again_is_refused() -> None:
    steps = []
    for n in range(8):
        steps.append(Step(name=f"a{n}", stage="annotate", then=to(f"b{n}", f"c{n}")))
        steps += [Step(name=f"{side}{n}", stage="annotate", then=to(f"a{n + 1}")) for side in "bc"]
    steps.append(Step(name="a8", stage="annotate"))
    given(WORKFLOW).when(publish(*steps, first=("a0",))).then_refused("workflow_invalid", "invalid")
    joined = [replace(step, joins=step.name[0] == "a" and step.name != "a0") for step in steps]
    assert given(WORKFLOW).when(publish(*joined, first=("a0",))).events
