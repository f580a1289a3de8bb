"""Models inside workflows: what decides a step sends its item on, and beside people a model is one more voice."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.models import later, registering
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.tasks import reworking
from tests.support.flow import answer, nothing, publish, result, step, steps_of
from tests.support.foretold import HALF_A_MINUTE, bring, register, routed, watch
from tests.support.refused import refused
from tests.support.world import World

UNSURE = {"field": "confidence", "op": "lt", "value": 0.95}
BY_MACHINE = {"field": "decided_by", "op": "eq", "value": "machine"}
SPLIT = {"field": "agreement", "op": "lt", "value": 1}
WAYS = "SELECT routed, rule FROM prediction WHERE tenant = $1 ORDER BY item"


async def ways(world: World) -> list[tuple[str, str]]:
    return [(row["routed"], row["rule"]) for row in await world.rows(WAYS)]


async def ready(world: World, *steps: dict[str, Any], **said: Any) -> tuple[UUID, UUID]:
    project, model = await world.project(), await register(world)
    await publish(world, project, *steps)
    await routed(world, project, model, **said)
    return project, model


CHECKED = (
    step("label", "annotate", {"to": "check", "all": [UNSURE, BY_MACHINE]}, slots=2),
    step("check", "custom", shows=["label"]),
)


async def test_a_sure_answer_decides_the_first_step_and_the_item_goes_along_the_arrows(world: World) -> None:
    project, model = await ready(world, *CHECKED, default_threshold=0.9)
    await bring(world, project, model, [("sure", "cat", 0.97), ("less", "cat", 0.92), ("low", "cat", 0.4)])
    assert await ways(world) == [("machine", "threshold")] * 2 + [("human", "below_threshold")]
    assert await result(world, project, "sure") == ("cat", "model")
    assert await result(world, project, "less") == (None, None), "a condition asked for another look"
    predicted = [fact.event for fact in await world.facts("item.predicted")]
    moved = [fact.event for fact in await world.facts("item.routed")]
    assert [one.prediction for one in moved] == [predicted[0].prediction, predicted[1].prediction]
    assert [(one.taken, one.through) for one in moved] == [((), True), (("check",), False)]
    assert [one.by for one in (fact.event for fact in await world.facts("task.decided"))] == ["model"] * 2
    ann = await world.invite("ann")
    seen = {}
    for lease in (await world.pull(ann, project, 9))["leases"]:
        seen[lease["payload"]["task"]] = (lease["step"], [one["answer"] for one in lease["shown"]])
        await world.submit(ann, lease["id"], "dog")
    assert seen == {"less": ("check", ["cat"]), "low": ("label", [])}
    await world.decide()
    assert await result(world, project, "less") == ("dog", "aggregate")
    assert await world.facts("model.audited") == [], "another kind of step says nothing of the answer"


async def test_many_items_that_a_model_decides_take_few_statements(world: World) -> None:
    project, model = await ready(world, *CHECKED, default_threshold=0.5)

    async def imported(n: int, here: str) -> int:
        said, counted = [(f"{here}{k}", "cat", 0.9) for k in range(n)], list[str]()
        await bring(world, project, model, said, count=counted)
        return len(counted)

    await imported(2, "lanes")
    few, many = await imported(2, "few"), await imported(60, "many")
    assert many <= few + 2


@pytest.mark.parametrize(
    ("said", "rule", "to"),
    [
        ({"always_human": ("cat",)}, "always_human", "human"),
        ({"audit_share": 1.0}, "audit_share", "audit"),
        ({"parallel": True, "default_threshold": 0.999}, "below_threshold", "human"),
    ],
)
async def test_what_may_not_stand_is_answered_by_people_in_a_step_as_well(
    world: World, said: dict[str, Any], rule: str, to: str
) -> None:
    project, model = await ready(world, step("label"), **({"default_threshold": 0.5} | said))
    await bring(world, project, model, [("a", "cat", 0.99)])
    assert await ways(world) == [(to, rule)]
    await answer(world, await world.invite("ann"), project, "cat")
    (compared,) = await world.facts("model.audited")
    assert (compared.event.correct, compared.event.routed) == (True, to)


async def test_a_class_that_an_expert_always_looks_at_is_decided_by_no_machine(world: World) -> None:
    project, model = await ready(world, step("label", slots=1), default_threshold=0.5)
    plain = await world.project("plain")
    await routed(world, plain, model, default_threshold=0.5)
    for one in (project, plain):
        await watch(world, one, "cat")
        await bring(world, one, model, [("a", "cat", 0.99)])
    assert await ways(world) == [("human", "watched_class")] * 2
    await answer(world, await world.invite("ann"), project, "cat")
    (opened,) = await world.facts("escalation.opened")
    assert opened.event.reason == "watched_class"


async def test_where_items_begin_with_several_annotate_steps_a_model_decides_none(world: World) -> None:
    project, model = await world.project(), await register(world)
    await publish(world, project, step("one"), step("two"), first=("one", "two"))
    await routed(world, project, model, default_threshold=0.5)
    await bring(world, project, model, [("a", "cat", 0.99)])
    assert await ways(world) == [("human", "workflow")]
    with refused("workflow_invalid", "invalid"):
        await publish(world, project, step("one", "annotate", "two"), step("two", model=model))


async def test_beside_a_model_a_difference_goes_to_the_step_that_breaks_the_tie(world: World) -> None:
    project, model = await world.project(), await register(world)
    label = step("label", "annotate", {"to": "settle", "all": [SPLIT]}, slots=1, model=model)
    await publish(world, project, label, step("settle", "adjudicate", shows=["label"]))
    await bring(world, project, model, [("same", "cat", 0.99), ("other", "cat", 0.99)])
    assert await ways(world) == [("human", "parallel")] * 2, "nothing is said about thresholds"
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    for lease in (await world.pull(ann, project, 9))["leases"]:
        said = "cat" if lease["payload"]["task"] == "same" else "dog"
        await world.submit(ann, lease["id"], said)
    await world.decide()
    assert await result(world, project, "same") == ("cat", "aggregate")
    lease = await answer(world, exp, project, "cat")
    assert lease["payload"]["task"] == "other"
    assert [one["answer"] for one in lease["shown"]] in (["cat", "dog"], ["dog", "cat"]), (
        "each label, blindly"
    )
    assert await result(world, project, "other") == ("cat", "expert")
    last = {fact.event.item: fact.event for fact in await world.facts("model.audited")}
    assert sorted((one.correct, one.by) for one in last.values()) == [(True, "aggregate"), (True, "expert")]


async def test_an_answer_that_comes_later_decides_the_step_that_nobody_has_begun(world: World) -> None:
    project, model = await ready(world, *CHECKED, default_threshold=0.9)
    (row,) = await world.items(project, "a")
    said: dict[str, Any] = {"model": model, "answer": "cat", "confidence": 0.97}
    assert (await world.act(later.item_predict, item=row["item"], **said))["routed"] == "machine"
    assert await result(world, project) == ("cat", "model")
    assert await steps_of(world, project) == [("label", "decided", 1)]
    assert await nothing(world, await world.invite("ann"), project)


async def test_what_a_model_decided_in_a_step_is_found_and_done_again_by_people(world: World) -> None:
    project, model = await ready(world, step("label", slots=1), default_threshold=0.9)
    await bring(world, project, model, [("a", "cat", 0.97)])
    about: dict[str, Any] = {"project": project, "selection": {"annotators": [model]}}
    plan = await world.act(reworking.rework_plan, **about)
    assert (plan["items"], plan["decided"]) == (1, 1)
    await world.act(reworking.rework_execute, project=project, rework=plan["id"])
    await answer(world, await world.invite("ann"), project, "dog")
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"], told["generation"]) == ("dog", "aggregate", 2)
    (compared,) = await world.facts("model.audited")
    assert (compared.event.correct, compared.event.routed) == (False, "machine")


async def test_where_the_expert_is_late_the_models_answer_sends_a_step_on(world: World) -> None:
    low = HALF_A_MINUTE | {"fallback": "machine"}
    said = {"default_threshold": 0.9, "low_confidence": low}
    project, model = await ready(world, step("label", "annotate", "check"), step("check", "custom"), **said)
    await bring(world, project, model, [("a", "cat", 0.2)], priority=0)
    assert await ways(world) == [("expert", "low_confidence")]
    await world.expire(31)
    await world.system(escalations_miss, most=9)
    (moved,) = await world.facts("item.routed")
    assert moved.event.opened == ("check",) and moved.event.prediction is not None


async def test_what_fell_to_people_stays_theirs_when_the_routing_changes_or_the_model_is_retired(
    world: World,
) -> None:
    project, model = await ready(world, step("label"), default_threshold=0.9, always_human=("owl",))
    (low, owl) = await bring(world, project, model, [("low", "cat", 0.5), ("owl", "owl", 1.0)])
    await routed(world, project, model, default_threshold=0.1)
    other = await register(world, version="2")
    await routed(world, project, other, default_threshold=0.1)
    said: dict[str, Any] = {"model": other, "answer": "owl", "confidence": 0.9}
    assert (await world.act(later.item_predict, item=owl["item"], **said))["rule"] == "routed_before"
    await routed(world, project, None)
    for one in (model, other):
        await world.act(registering.model_retire, model=one)
    ann = await world.invite("ann")
    for _ in (low, owl):
        await world.work(ann, project, "owl")
    await world.decide()
    assert {await result(world, project, key) for key in ("low", "owl")} == {("owl", "aggregate")}
    compared = sorted(
        (one.event.answer_class == one.event.truth_class) for one in await world.facts("model.audited")
    )
    assert compared == [False, True, True], "what was answered is still held against what people decided"
