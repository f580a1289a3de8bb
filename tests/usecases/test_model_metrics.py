"""A class is a model's or people's by a metric that is measured here; overrides win; each change of sides is told."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.models import previewing, routing
from backend.usecases.projects import scoring
from tests.support.foretold import bring, register, routed, ways
from tests.support.labelled import answered
from tests.support.world import World

METRIC = {"kind": "precision", "at_least": 0.8, "sure": False, "n_min": 4}


async def preview(world: World, project: UUID, **more: Any) -> dict[str, Any]:
    asked = {"model": None, "kind": "precision", "at_least": 0.8, "sure": False, "n_min": 4} | more
    return await world.act(previewing.model_routing_preview, project=project, **asked)


async def compared(
    world: World, project: UUID, model: UUID, said: dict[str, tuple[str, str]], who: str = "ann"
) -> None:
    """Items (key -> what the model and what people say) that people answer."""
    await bring(world, project, model, [(key, answer, 0.95) for key, (answer, _) in said.items()])
    person = await world.invite(who)
    while leases := (await world.pull(person, project))["leases"]:
        await world.submit(person, leases[0]["id"], said.get(leases[0]["payload"]["task"], ("", "owl"))[1])
    await world.decide()


async def measured(world: World) -> tuple[UUID, UUID]:
    """Cats that a model knows, dogs that it takes cats for, owls that it hardly met; with a metric in force."""
    project, model = await world.project(), await register(world)
    await routed(world, project, model, default_threshold=0.9, metric=METRIC)
    said = {f"cat{n}": ("cat", "cat") for n in range(5)} | {"owl": ("owl", "owl")}
    said |= {f"dog{n}": ("dog", "cat" if n else "dog") for n in range(4)}
    await compared(world, project, model, said)
    return project, model


async def test_a_class_goes_to_its_side_once_enough_was_compared(world: World) -> None:
    project, model = await measured(world)
    assert set((await ways(world)).values()) == {("human", "class_unmeasured")}
    facts = [fact.event for fact in await world.facts("model.class_measured")]
    assert sorted((e.side, e.n, e.value_ppm) for e in facts) == [
        ("machine", 5, 1_000_000),
        ("people", 1, 1_000_000),
        ("people", 4, 250_000),
    ]
    assert all((e.kind, e.at_least_ppm, e.n_min, e.version) == ("precision", 800_000, 4, 1) for e in facts)
    await bring(
        world, project, model, [("c", "cat", 0.95), ("d", "dog", 0.99), ("o", "owl", 1.0), ("h", "hen", 1.0)]
    )
    last = [fact.event for fact in await world.facts("item.predicted")][-4:]
    assert [(e.routed, e.rule, e.class_version) for e in last] == [
        ("machine", "threshold", 1),
        ("human", "class_metric", 1),
        ("human", "class_metric", 1),
        ("human", "class_unmeasured", 0),
    ]
    await compared(world, project, model, {"d2": ("dog", "cat")}, "ben")
    assert len(await world.facts("model.class_measured")) == 4, "only the hen's is new"


async def test_another_rule_measures_anew_and_until_then_people_answer(world: World) -> None:
    project, model = await measured(world)
    await routed(
        world, project, model, default_threshold=0.9, metric=METRIC | {"sure": True, "at_least": 0.9}
    )
    await bring(world, project, model, [("early", "cat", 1.0)])
    assert (await world.facts("item.predicted"))[-1].event.rule == "class_unmeasured"
    await world.decide()
    cat = [
        fact.event for fact in await world.facts("model.class_measured") if fact.event.value_ppm == 1_000_000
    ]
    assert [(e.version, e.side, e.sure) for e in cat if e.n == 5] == [
        (1, "machine", False),
        (2, "people", True),
    ]


async def test_an_override_wins_over_the_metric_and_history_says_whose_it_is(world: World) -> None:
    project, model = await measured(world)
    overrides = ({"class": "dog", "to": "machine"}, {"class": "cat", "to": "people"})
    more = {"default_threshold": 0.9, "metric": METRIC, "overrides": overrides}
    told = await routed(world, project, model, **more)
    assert [dict(one) for one in told["overrides"]] == list(overrides)
    await bring(world, project, model, [("c", "cat", 1.0), ("d", "dog", 0.1)])
    last = [fact.event for fact in await world.facts("item.predicted")][-2:]
    assert [(e.routed, e.rule) for e in last] == [
        ("human", "override_people"),
        ("machine", "override_machine"),
    ]
    await routed(world, project, model, always_human=("dog",), **more)
    await bring(world, project, model, [("d2", "dog", 1.0)])
    assert (await world.facts("item.predicted"))[-1].event.rule == "always_human"
    versions = (await world.act(routing.model_routing_history, project=project, cursor=None, limit=9))["data"]
    assert [len(one["overrides"]) for one in versions] == [2, 2, 0]
    assert {one["set_by"] for one in versions} == {world.admin.subject.id}


async def test_the_slider_tells_what_would_be_and_changes_nothing(world: World) -> None:
    project, _ = await measured(world)
    before = len(await world.rows("SELECT 1 FROM event WHERE tenant = $1"))
    told = await preview(world, project)
    assert len(await world.rows("SELECT 1 FROM event WHERE tenant = $1")) == before
    by = {one["label"]: one for one in told["classes"]}
    assert {name: (one["side"], one["because"], one["now"]) for name, one in by.items()} == {
        "cat": ("machine", "threshold", "machine"),
        "dog": ("people", "class_metric", "people"),
        "owl": ("people", "class_metric", "people"),
    }
    assert (by["cat"]["value"], by["cat"]["compared"], by["dog"]["value"]) == (1.0, 5, 0.25)
    assert (told["all"]["items"], told["all"]["machine"], told["all"]["error"]) == (10, 5.0, 0.0)
    lower = await preview(world, project, at_least=0.2)
    assert (lower["all"]["machine"], lower["all"]["deflection"]) == (9.0, 0.9)
    assert lower["all"]["error"] == pytest.approx(3 / 9) and lower["all"]["error_high"] > 3 / 9
    recall = await preview(world, project, kind="recall")
    assert {one["label"]: one["value"] for one in recall["classes"]}["cat"] == 5 / 8
    area = await preview(world, project, kind="average_precision")
    assert {one["label"]: one["value"] for one in area["classes"]}["cat"] == pytest.approx(5 / 8)
    nobody = await preview(world, project, model=await register(world, version="2"))
    assert nobody["classes"] == [] and nobody["all"]["items"] == 0


def boxes(*said: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"label": label, "box": [left, 0, left + 10, 10]} for label, left in said]


async def test_things_in_pictures_are_measured_class_by_class_and_the_weakest_class_decides(
    world: World,
) -> None:
    project, model = await world.project(), await register(world)
    asked = {"project": project, "expected_version": 1, "kind": "boxes", "options": {}}
    await world.act(scoring.project_scoring_update, **asked)
    metric = {"kind": "average_precision", "at_least": 0.6, "sure": False, "n_min": 3}
    await routed(world, project, model, default_threshold=0.9, metric=metric)
    said = boxes(("cat", 0), ("dog", 100))
    await bring(world, project, model, [(f"p{n}", said, 0.95) for n in range(3)])
    await answered(world, await world.invite("ann"), project, boxes(("cat", 1), ("dog", 50)))
    await world.decide()
    facts = [fact.event for fact in await world.facts("model.class_measured")]
    assert sorted((e.side, e.value_ppm, e.n) for e in facts) == [("machine", 1_000_000, 3), ("people", 0, 3)]
    await bring(world, project, model, [("cats", boxes(("cat", 5)), 0.95), ("both", said, 0.95)])
    last = [fact.event for fact in await world.facts("item.predicted")][-2:]
    assert [(e.routed, e.rule) for e in last] == [("machine", "threshold"), ("human", "class_metric")]
    told = await preview(world, project, kind="map", at_least=0.5, n_min=3)
    values = {one["label"]: one["value"] for one in told["classes"]}
    # A box moved by a tenth of its side overlaps by 9 / 11: at seven of COCO's ten levels it is found.
    assert values == {"cat": pytest.approx(0.7), "dog": 0.0}
    assert {one["label"]: one["items"] for one in told["classes"]} == {"cat": 5, "dog": 4}
