"""Nothing decides an item before its round is open: models, experts and people wait, and catch up when it opens."""

from typing import Any
from uuid import UUID

from backend.usecases.models import later, registering
from backend.usecases.projects import pilots, targets
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.tasks import escalating
from tests.support.flow import publish, result, step
from tests.support.foretold import HALF_A_MINUTE, bring, register, routed
from tests.support.iterated import move, opened, plan
from tests.support.world import World

WAYS = "SELECT routed, rule FROM prediction WHERE tenant = $1 ORDER BY item"


async def ways(world: World) -> list[tuple[str, str]]:
    return [(row["routed"], row["rule"]) for row in await world.rows(WAYS)]


async def ready(world: World, **said: Any) -> tuple[UUID, UUID, UUID]:
    project, model = await world.project(), await register(world)
    await routed(world, project, model, **said)
    return project, model, await plan(world, project)


async def test_answers_that_came_before_a_round_are_used_when_it_opens(world: World) -> None:
    low = HALF_A_MINUTE | {"fallback": "machine"}
    project, model, round_ = await ready(world, default_threshold=0.9, low_confidence=low)
    said = [("sure", "cat", 0.97), ("low", "cat", 0.6), ("owl", "owl", 0.97)]
    await bring(world, project, model, said, iteration=str(round_))
    await bring(world, project, model, [("now", "cat", 0.2)], iteration=str(round_), priority=0)
    assert await ways(world) == [("waiting", "planned_round")] * 4
    assert (await world.pull(await world.invite("exp", "expert"), project))["leases"] == []
    assert await world.facts("task.decided") == []
    await routed(world, project, model, default_threshold=0.9, low_confidence=low, always_human=("owl",))
    await opened(world, project, round_)
    assert await ways(world) == [
        ("machine", "threshold"),
        ("human", "below_threshold"),
        ("human", "always_human"),
        ("expert", "low_confidence"),
    ]
    assert await result(world, project, "sure") == ("cat", "model")
    routings = {fact.event.routing_version for fact in await world.facts("prediction.routed")}
    assert routings == {2}, "by what is in force when it opens"
    ann = await world.invite("ann")
    assert len((await world.pull(ann, project, 9))["leases"]) == 2


async def test_a_step_of_a_workflow_waits_for_its_round_and_a_retired_models_answer_for_people(
    world: World,
) -> None:
    project, model, round_ = await ready(world, default_threshold=0.9)
    await publish(world, project, step("label", "annotate", "more"), step("more", "custom"))
    await bring(world, project, model, [("a", "cat", 0.97)], iteration=str(round_))
    (item,) = await bring(world, project, model, [("b", "cat", 0.1)], iteration=str(round_))
    await world.act(registering.model_retire, model=model)
    other = await register(world, version="2")
    said: dict[str, Any] = {"model": other, "answer": "cat", "confidence": 0.97}
    assert (await world.act(later.item_predict, item=item["item"], **said))["routed"] == "waiting"
    await routed(world, project, other, default_threshold=0.9)
    await opened(world, project, round_)
    (moved,) = await world.facts("item.routed")
    assert moved.event.item == item["item"] and moved.event.opened == ("more",)
    assert sorted(await ways(world)) == [
        ("human", "other_model"),
        ("human", "other_model"),
        ("machine", "threshold"),
    ]


async def test_an_expert_who_is_asked_in_a_planned_round_waits_for_it(world: World) -> None:
    project, round_ = await world.project(), None
    round_ = await plan(world, project)
    await world.items(project, "a", "b")
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    first, second = (await world.pull(ann, project, 2))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=first["id"], reason="odd", note=None)
    (held,) = (await world.pull(exp, project))["leases"]
    await move(world, project, round_, "a", "b")
    await world.act(escalating.lease_escalate, ann, lease=second["id"], reason="odd", note=None)
    assert (await world.pull(exp, project))["leases"] == [], "asked while the round is planned"
    await world.submit(exp, held["id"], "cat")
    await world.decide()
    assert await world.facts("task.decided") == [], "a lease in hand is finished, and counts when it opens"
    await opened(world, project, round_)
    assert await result(world, project, first["payload"]["task"]) == ("cat", "expert")
    await world.work(exp, project, "dog")
    assert await result(world, project, second["payload"]["task"]) == ("dog", "expert")


async def test_what_people_answered_under_leases_in_hand_is_decided_when_the_round_opens(
    world: World,
) -> None:
    project = await world.project()
    round_ = await plan(world, project)
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await move(world, project, round_, "a")
    await world.submit(ann, lease["id"], "cat")
    await world.decide()
    assert await result(world, project) == (None, None)
    await opened(world, project, round_)
    assert await result(world, project) == ("cat", "aggregate")


async def test_an_expert_is_not_late_while_the_round_is_planned(world: World) -> None:
    low = HALF_A_MINUTE | {"fallback": "machine"}
    project, model, round_ = await ready(world, default_threshold=0.9, low_confidence=low)
    await bring(world, project, model, [("a", "cat", 0.2)], priority=0)
    await move(world, project, round_, "a")
    await world.expire(60)
    await world.system(escalations_miss, most=9)
    assert await result(world, project) == (None, None)
    await opened(world, project, round_)
    await world.system(escalations_miss, most=9)
    assert await result(world, project) == ("cat", "model")


async def piloted(world: World, *, with_model: bool) -> tuple[UUID, dict[str, Any]]:
    """A second pilot, which draws from what waits with its predictions."""
    project, model = await world.project(plan={"overlap": 1}), await register(world)
    await routed(world, project, model, default_threshold=0.9)
    wanted = [{"measure": "accuracy", "least": 0.99}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    await world.items(project, "first")
    begun = await world.act(pilots.pilot_begin, project=project, items=1, seed="s")
    await world.decide()
    await bring(world, project, model, [("sure", "cat", 0.97), ("low", "cat", 0.1)])
    assert await ways(world) == [("waiting", "planned_round")] * 2
    await world.work(await world.invite("ann"), project, "cat")
    await world.decide()
    await world.act(pilots.pilot_judge, project=project, pilot=begun["id"])
    second = await world.act(pilots.pilot_begin, project=project, items=2, seed="s", with_model=with_model)
    await world.decide()
    return project, second


async def test_in_a_pilot_people_decide_everything_unless_it_is_to_test_the_model_too(world: World) -> None:
    project, pilot = await piloted(world, with_model=False)
    assert await ways(world) == [("human", "pilot")] * 2
    for _ in range(2):
        await world.work(await world.invite(f"p{_}"), project, "cat")
    await world.decide()
    told = await world.act(pilots.pilot_judge, project=project, pilot=pilot["id"])
    found = told["judged"]["by_model"]
    assert (found["items"], found["decided"], found["compared"], found["agreed"]) == (2, 0, 2, 2)


async def test_what_a_model_decided_in_a_pilot_is_counted_apart(world: World) -> None:
    project, pilot = await piloted(world, with_model=True)
    assert await ways(world) == [("machine", "threshold"), ("human", "below_threshold")]
    await world.work(await world.invite("ben"), project, "dog")
    await world.decide()
    told = await world.act(pilots.pilot_get, project=project, pilot=pilot["id"])
    found = told["now"]["by_model"]
    assert told["with_model"] and (found["items"], found["decided"]) == (2, 1)
    assert (found["compared"], found["agreed"], found["agreement"]) == (1, 0, 0.0)
