"""Models answer with a confidence: what stands, what people see, what is compared, and who has the last word."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.review.sampling import draw, draw_text, is_sampled
from backend.events.ids import LeaseId, ProjectId
from backend.usecases.models import later, registering, routing
from backend.usecases.projects import intake, scoring
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from tests.support.foretold import HALF_A_MINUTE, NOTHING, bring, register, routed
from tests.support.refused import refused
from tests.support.world import World

OPEN = "SELECT count(*) AS n FROM open_slot WHERE tenant = $1"
WAYS = "SELECT routed, rule FROM prediction WHERE tenant = $1 ORDER BY prediction"


async def ready(world: World, plan: dict[str, Any] | None = None, **said: Any) -> tuple[UUID, UUID]:
    """A project that routes the answers of a model."""
    project = await world.project(plan=plan or {})
    model = await register(world)
    await routed(world, project, model, **said)
    return project, model


async def way(world: World) -> list[tuple[str, str]]:
    return [(row["routed"], row["rule"]) for row in await world.rows(WAYS)]


async def open_slots(world: World) -> int:
    return int((await world.rows(OPEN))[0]["n"])


async def sweep(world: World, seconds: float) -> int:
    world.clock.moved += timedelta(seconds=seconds)
    return int((await world.system(escalations_miss, most=100))["missed"])


async def test_a_model_is_registered_once_and_answers_no_more_when_retired(world: World) -> None:
    model = await register(world)
    assert await register(world) == model
    project = await world.project()
    await world.act(registering.model_retire, model=model)
    (listed,) = (await world.act(registering.model_list))["data"]
    assert (listed["name"], listed["version"], listed["notes"]) == ("bird-net", "1", "on a wall")
    assert listed["retired_at"] is not None
    with refused("model_retired"):
        await register(world)
    with refused("model_retired"):
        await routed(world, project, model)
    (row,) = await bring(world, project, model, [("a", "cat", 0.9)])
    assert (row["status"], row["problem"]["code"]) == ("refused", "model_unknown")
    assert row["problem"]["where"] == "/prediction/model"


async def test_a_sure_answer_stands_and_nobody_is_asked(world: World) -> None:
    project, model = await ready(world, {"overlap": 3}, default_threshold=0.9)
    (row,) = await bring(world, project, model, [("a", "cat", 0.97)])
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"], told["confidence"]) == ("cat", "model", 0.97)
    assert (told["state"], told["judgments"], told["answers"]) == ("decided", 0, [])
    assert await open_slots(world) == 0
    ann = await world.invite("ann")
    assert (await world.pull(ann, project))["leases"] == []
    (said,) = (await world.act(later.item_predictions, item=row["item"]))["data"]
    assert (said["routed"], said["rule"], said["answer"]) == ("machine", "threshold", "cat")
    assert said["correct"] is None


@pytest.mark.parametrize(
    ("said", "answer", "sure", "rule"),
    [
        ({"default_threshold": 0.9}, "cat", 0.899999, "below_threshold"),
        ({"default_threshold": 0.9, "always_human": ("cat",)}, "cat", 1.0, "always_human"),
        (
            {"default_threshold": 0.5, "classes": ({"class": "cat", "threshold": 0.99},)},
            "cat",
            0.98,
            "below_threshold",
        ),
        (
            {
                "default_threshold": 0.5,
                "metric_least": 0.6,
                "classes": ({"class": "cat", "threshold": 0.5, "metric": "map", "metric_value": 0.59},),
            },
            "cat",
            0.98,
            "metric",
        ),
        ({}, "cat", 1.0, "below_threshold"),
    ],
)
async def test_what_is_not_sure_enough_is_answered_by_people_who_see_nothing_of_it(
    world: World, said: dict[str, Any], answer: Any, sure: float, rule: str
) -> None:
    project, model = await ready(world, **said)
    await bring(world, project, model, [("a", answer, sure)])
    assert await way(world) == [("human", rule)]
    ann = await world.invite("ann")
    lease = await world.work(ann, project, "dog")
    assert "prediction" not in lease and "cat" not in str(lease)
    await world.decide()
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"]) == ("dog", "aggregate")
    (compared,) = await world.facts("model.audited")
    assert (compared.event.correct, compared.event.routed, compared.event.by) == (False, "human", "aggregate")


async def test_without_routing_or_by_another_model_an_answer_is_only_kept(world: World) -> None:
    project = await world.project()
    model, other = await register(world), await register(world, version="2")
    await bring(world, project, model, [("a", "cat", 1.0)])
    await routed(world, project, other, default_threshold=0.1)
    await bring(world, project, model, [("b", "cat", 1.0)])
    assert await way(world) == [("human", "no_routing"), ("human", "other_model")]
    assert await open_slots(world) == 2


async def test_what_is_audited_is_answered_blindly_and_anybody_can_draw_again(world: World) -> None:
    project, model = await ready(world, default_threshold=0.5, audit_share=0.5)
    await bring(world, project, model, [(f"i{n}", "cat", 0.9) for n in range(40)])
    key = world.perform.vault.draw_key(world.tenant, ProjectId(project), 1)
    facts = [fact.event for fact in await world.facts("item.predicted")]
    for one in facts:
        drawn = draw(key, LeaseId(one.item))
        assert (one.period, one.draw) == (1, draw_text(drawn))
        assert one.routed == ("audit" if is_sampled(drawn, one.audit_ppm) else "machine")
    audited = [one.item for one in facts if one.routed == "audit"]
    assert 5 < len(audited) < 35 and await open_slots(world) == len(audited)
    ann = await world.invite("ann")
    for answer in ("cat", "dog"):
        await world.work(ann, project, answer)
    await world.decide()
    compared = [fact.event for fact in await world.facts("model.audited")]
    assert sorted((one.routed, one.correct) for one in compared) == [("audit", False), ("audit", True)]


async def test_beside_a_model_one_person_answers_and_where_they_agree_it_is_decided(world: World) -> None:
    plan = {"overlap": 3, "stop_at": 0.99, "overlap_max": 5}
    project, model = await ready(world, plan, parallel=True, default_threshold=0.9)
    await bring(world, project, model, [("a", "cat", 0.6)])
    assert await open_slots(world) == 1
    await world.work(await world.invite("ann"), project, "cat")
    await world.decide()
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"], told["judgments"]) == ("cat", "aggregate", 1)
    assert await open_slots(world) == 0


async def test_where_a_person_and_the_model_differ_a_second_person_breaks_the_tie(world: World) -> None:
    project, model = await ready(world, parallel=True, default_threshold=0.9)
    await bring(world, project, model, [("a", "cat", 0.6), ("b", "cat", 0.6)])
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for _ in range(2):
        await world.work(ann, project, "dog")
    await world.decide()
    (first, second) = await world.facts("task.slot_added")
    assert first.event.reason == second.event.reason == "model_disagrees"
    assert (await world.pull(ann, project))["leases"] == [], "nobody breaks their own tie"
    by_name = {
        lease["payload"]["task"]: lease["id"] for lease in (await world.pull(ben, project, 2))["leases"]
    }
    await world.submit(ben, by_name["a"], "cat")
    await world.submit(ben, by_name["b"], "dog")
    await world.decide()
    told = await world.export(project)
    assert (told["a"]["answer"], told["b"]["answer"]) == ("cat", "dog")
    assert told["a"]["judgments"] == 2
    compared = {fact.event.item: fact.event.correct for fact in await world.facts("model.audited")}
    assert sorted(compared.values()) == [False, True]


async def test_answers_that_are_near_enough_agree_by_the_projects_scoring(world: World) -> None:
    project, model = await ready(world, parallel=True, default_threshold=0.9)
    about: dict[str, Any] = {"project": project, "expected_version": 1}
    await world.act(scoring.project_scoring_update, **about, kind="numbers", options={"absolute": 0.5})
    await bring(world, project, model, [("a", 10.0, 0.6)])
    await world.work(await world.invite("ann"), project, 10.25)
    await world.decide()
    assert await world.facts("task.slot_added") == []
    assert (await world.export(project))["a"]["answer"] == 10.125


async def unsure(world: World, fallback: str, plan: dict[str, Any] | None = None) -> UUID:
    """A project with a real-time item that waits for an expert half a minute."""
    low = HALF_A_MINUTE | {"fallback": fallback}
    project, model = await ready(world, plan, default_threshold=0.9, low_confidence=low)
    await bring(world, project, model, [("a", "cat", 0.3)], priority=0)
    return project


async def expert(world: World) -> Caller:
    return await world.invite("exp", "expert")


async def test_a_doubtful_item_in_real_time_goes_to_an_expert_with_a_deadline(world: World) -> None:
    project = await unsure(world, "queue")
    assert await way(world) == [("expert", "low_confidence")]
    (opened,) = await world.facts("escalation.opened")
    assert opened.event.reason == "model_unsure"
    assert opened.event.due_by - opened.at == timedelta(seconds=30)
    assert (await world.pull(await world.invite("ann"), project))["leases"] == []
    await world.work(await expert(world), project, "dog")
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"], told["state"]) == ("dog", "expert", "decided")
    (compared,) = await world.facts("model.audited")
    assert (compared.event.correct, compared.event.by) == (False, "expert")
    assert await sweep(world, 60) == 0 and await open_slots(world) == 0


async def test_items_of_other_classes_wait_for_no_expert(world: World) -> None:
    low = HALF_A_MINUTE | {"fallback": "queue"}
    project, model = await ready(world, default_threshold=0.9, low_confidence=low)
    await bring(world, project, model, [("a", "cat", 0.3)], priority=1)
    assert await way(world) == [("human", "below_threshold")]


async def test_where_the_expert_is_late_the_item_goes_to_everybody(world: World) -> None:
    project = await unsure(world, "queue")
    assert await sweep(world, 29) == 0 and await open_slots(world) == 1
    assert await sweep(world, 2) == 1 and await open_slots(world) == 2
    await world.work(await world.invite("ann"), project, "cat")
    await world.decide()
    assert (await world.export(project))["a"]["decided_by"] == "aggregate"
    await world.work(await expert(world), project, "dog")
    assert (await world.export(project))["a"]["answer"] == "dog", "late is better than never"
    assert [fact.event.correct for fact in await world.facts("model.audited")] == [True, False]


async def test_where_the_expert_is_late_the_models_answer_stands_after_all(world: World) -> None:
    project = await unsure(world, "machine")
    assert await sweep(world, 31) == 1
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"], told["confidence"]) == ("cat", "model", 0.3)
    assert (told["state"], await open_slots(world)) == ("decided", 1), "the expert may still answer"
    assert (await world.pull(await world.invite("ann"), project))["leases"] == []
    await world.work(await expert(world), project, "dog")
    told = (await world.export(project))["a"]
    assert (told["answer"], told["decided_by"]) == ("dog", "expert")


async def test_an_answer_that_comes_later_stands_only_where_nobody_has_begun(world: World) -> None:
    project, model = await ready(world, default_threshold=0.9)
    fresh, begun, known = [row["item"] for row in await world.items(project, "fresh", "begun", "known")]
    ann = await world.invite("ann")
    leases = {one["payload"]["task"]: one["id"] for one in (await world.pull(ann, project, 3))["leases"]}
    for name in ("fresh", "known"):
        await world.act(holding.lease_release, ann, lease=leases[name], reason="")
    said: dict[str, Any] = {"model": model, "answer": "cat", "confidence": 0.95}
    assert (await world.act(later.item_predict, item=fresh, **said))["routed"] == "machine"
    told = await world.act(later.item_predict, item=begun, **said)
    assert (told["routed"], told["rule"]) == ("human", "underway")
    assert (await world.export(project))["fresh"]["decided_by"] == "model"
    again = await world.act(later.item_predict, item=fresh, **said)
    assert again["routed"] == "machine" and len(await world.facts("task.decided")) == 1
    with refused("prediction_exists"):
        await world.act(later.item_predict, item=fresh, **(said | {"answer": "dog"}))
    low = said | {"confidence": 0.2}
    assert (await world.act(later.item_predict, item=known, **low))["rule"] == "below_threshold"
    await world.submit(ann, leases["begun"], "cat")
    await world.decide()
    assert [fact.event.correct for fact in await world.facts("model.audited")] == [True]


async def test_every_version_of_a_routing_stays_with_who_said_it(world: World) -> None:
    project, model = await ready(world, default_threshold=0.9, always_human=("owl",))
    await routed(world, project, model, default_threshold=0.9, always_human=("owl",))
    await routed(world, project, model, default_threshold=0.8)
    page = await world.act(routing.model_routing_history, project=project, cursor=None, limit=1)
    assert [(one["version"], one["always_human"]) for one in page["data"]] == [(3, [])]
    rest = await world.act(
        routing.model_routing_history, project=project, cursor=page["next_cursor"], limit=9
    )
    (first,) = rest["data"]
    assert (first["version"], first["always_human"], first["default_threshold"]) == (2, ["owl"], 0.9)
    assert first["set_by"] == world.admin.subject.id
    said: dict[str, Any] = {"project": project, "expected_version": 1, "model": None}
    with refused("model_routing_changed"):
        await world.act(routing.model_routing_set, **said, **NOTHING)


async def test_a_thousand_items_with_predictions_take_few_statements(world: World) -> None:
    project, model = await ready(world, default_threshold=0.8, audit_share=0.3, parallel=True)
    low = HALF_A_MINUTE | {"fallback": "queue"}
    await routed(world, project, model, default_threshold=0.8, audit_share=0.3, low_confidence=low)
    await statements(world, project, model, 10, "lanes are opened")
    # Of so many some are drawn and some are not.
    few = await statements(world, project, model, 100, "few")
    many = await statements(world, project, model, 1_000, "many")
    assert many <= few + 2
    ways = await world.rows("SELECT routed, count(*) AS n FROM prediction WHERE tenant = $1 GROUP BY 1")
    assert {row["routed"] for row in ways} == {"machine", "audit", "human", "expert"}


async def statements(world: World, project: UUID, model: UUID, n: int, here: str) -> int:
    """How many statements it takes to import so many items, with each kind of confidence among them."""
    counted: list[str] = []

    async def item_import(work: Any, **given: Any) -> Any:
        work.conn.add_query_logger(lambda record: counted.append(record.query))
        return await intake.item_import(work, **given)

    items = tuple(
        {
            "external_key": f"{here}{k}",
            "payload": k,
            "priority": 0,
            "prediction": {"model": str(model), "answer": "ab"[k % 2], "confidence": (k % 10) / 10},
        }
        for k in range(n)
    )
    told = await world.act(item_import, project=project, items=items)
    assert told["created"] == n
    return len(counted)
