"""The n worst: chosen by class and confidence, done again under one plan, and never taken for a sample."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import item_listing, projects
from backend.usecases.quality.worst import mislabels_sample
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

ASKED: dict[str, Any] = {"seed": "s", "classes": None, "reason": None}
LIST: dict[str, Any] = {"tag": None, "edge_case": None, "state": None, "cursor": None, "limit": 50}


async def decided(world: World) -> tuple[UUID, list[Caller], dict[str, UUID]]:
    """A project of items that two people agree upon (a, b: dog; c: cat) and one that they do not (d)."""
    project = await world.project(plan={"overlap": 2})
    people = [await world.invite("ann"), await world.invite("ben")]
    names = {"a": ("dog", "dog"), "b": ("dog", "dog"), "c": ("cat", "cat"), "d": ("dog", "cat")}
    made = await world.items(project, *names)
    items = {one["external_key"]: one["item"] for one in made}
    for place, who in enumerate(people):
        for lease in (await world.pull(who, project, most=3))["leases"]:
            await world.submit(who, lease["id"], names[lease["payload"]["task"]][place])
        await world.work(who, project, names["d"][place])
    await world.decide()
    await world.follow()
    return project, people, items


async def drawn(world: World, project: UUID, n: int, **asked: Any) -> dict[str, Any]:
    return await world.act(mislabels_sample, project=project, n=n, dry_run=False, **ASKED | asked)


async def listed(world: World, project: UUID, **asked: Any) -> list[UUID]:
    page = await world.act(item_listing.item_list, project=project, **LIST | asked)
    return [one["id"] for one in page["data"]]


async def test_a_look_names_the_worst_and_changes_nothing(world: World) -> None:
    project, _, items = await decided(world)
    seen = [
        await world.act(mislabels_sample, project=project, n=2, dry_run=True, **ASKED | {"seed": seed})
        for seed in ("s", "s", "t", "u", "v", "w")
    ]
    assert seen[0] == seen[1]
    assert {one["items"][0]["item"] for one in seen} == {items["d"]}, "nobody agrees on it"
    assert len({one["items"][1]["item"] for one in seen}) > 1, "among equals the seed decides"
    assert (seen[0]["open"], seen[0]["drawn"], seen[0]["rework"]) == (4, 2, None)
    assert seen[0]["items"][0]["risk"] > seen[0]["items"][1]["risk"]
    assert not await world.facts("rework.planned")


async def test_the_worst_are_done_again_once_with_the_draw_in_the_log(world: World) -> None:
    project, _, items = await decided(world)
    told = await drawn(world, project, 1)
    (fact,) = await world.facts("rework.worst_drawn")
    assert [one.item for one in fact.event.items] == [items["d"]]
    assert (fact.event.rework, fact.event.seed, fact.event.wanted) == (told["rework"], "s", 1)
    (again,) = await world.facts("rework.requeued")
    assert [one.item for one in again.event.items] == [items["d"]]
    rest = await drawn(world, project, 10)
    assert {one["item"] for one in rest["items"]} == {items["a"], items["b"], items["c"]}
    assert (await drawn(world, project, 10))["drawn"] == 0, "all of them are done again already"


async def test_only_the_classes_asked_for_are_meant(world: World) -> None:
    project, _, items = await decided(world)
    told = await drawn(world, project, 10, classes=["cat"])
    assert items["c"] in {one["item"] for one in told["items"]}
    assert {one["label"] for one in told["items"]} == {"cat"}
    with refused("classes_not_categories", "invalid"):
        await drawn(world, project, 10, classes=[["cat"]])
    with refused("sample_size_invalid", "invalid"):
        await drawn(world, project, 0)


async def test_what_comes_of_the_worst_is_no_sample_of_anybodys_work(world: World) -> None:
    project, _, items = await decided(world)
    await drawn(world, project, 1)
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"review_rate": 1.0}
    )
    cas, dee = await world.invite("cas"), await world.invite("dee")
    rev = await world.invite("rev", "reviewer")
    await world.items(project, "e")
    for who in (cas, dee):
        for lease in (await world.pull(who, project, most=2))["leases"]:
            await world.submit(who, lease["id"], "dog")
    while leases := (await world.review_pull(rev, project, 10))["leases"]:
        for lease in leases:
            await world.review(rev, lease["id"], "accept")
    await world.decide()
    await world.follow()
    judged = await world.rows("SELECT item FROM judged WHERE tenant = $1")
    assert len(judged) == 2, "both answers to e"
    assert items["d"] not in {row["item"] for row in judged}
    weights = await world.rows("SELECT weight FROM evidence WHERE tenant = $1 AND source = 'review'")
    assert sorted(row["weight"] for row in weights) == [0.0, 0.0, 1.0, 1.0]


async def test_items_are_listed_by_class_and_by_how_sure_their_results_are(world: World) -> None:
    project, _, items = await decided(world)
    by_sureness = await listed(world, project, sort="confidence")
    assert by_sureness[0] == items["d"]
    assert set(by_sureness) == set(items.values())
    pages, cursor = [], None
    while True:
        page = await world.act(
            item_listing.item_list,
            project=project,
            **LIST | {"cursor": cursor, "limit": 1},
            sort="confidence",
        )
        pages += [one["id"] for one in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert pages == by_sureness
    assert items["c"] in await listed(world, project, label="cat")
    dogs, cats = [set(await listed(world, project, label=one)) for one in ("dog", "cat")]
    assert dogs | cats == set(items.values())
    assert not dogs & cats
    assert await listed(world, project, confidence_to=0.6) == [items["d"]]
    assert set(await listed(world, project, confidence_from=0.6)) == set(items.values()) - {items["d"]}
    assert await listed(world, project, decided_by="review") == []
    assert set(await listed(world, project, decided_by="aggregate")) == set(items.values())
    assert await listed(world, project, label="42") == []
    with refused("cursor_invalid", "invalid"):
        await listed(world, project, cursor=f"500000|{items['a']}")
