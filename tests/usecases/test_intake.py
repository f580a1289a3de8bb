"""Items come in one by one and by the batch: each judged by itself, each in the lane of its class and needs."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.projects import intake, item_listing, queueing
from tests.support.refused import refused
from tests.support.skilled import define, grant
from tests.support.world import World

NOBODY = str(UUID(int=7))


def item(key: str, **more: Any) -> dict[str, Any]:
    return ({} if "payload_uri" in more else {"payload": {"task": key}}) | {"external_key": key} | more


async def bring(world: World, project: UUID, *items: Any) -> list[dict[str, Any]]:
    return list((await world.act(intake.item_import, project=project, items=items))["results"])


async def create(world: World, project: UUID, **said: Any) -> dict[str, Any]:
    return await world.act(intake.item_create, project=project, item=item(**said))


async def test_one_bad_item_stops_no_other_and_each_row_says_what_became_of_it(world: World) -> None:
    project = await world.project()
    await world.items(project, "old")
    given = (
        item("a"),
        item("b", tags=["Not a tag"]),
        item("old"),
        7,
        item("c", needs={"all": [{"skill": NOBODY}]}),
        item("d", needs={"all": [{"team": NOBODY}]}),
        item("e", needs={"none": [{"vendor": NOBODY}]}),
        item("f", needs={"all": [{"agreement": NOBODY}]}),
        item("g", tags=[f"t{n}" for n in range(33)]),
        item("a"),
        item("h", payload_uri="javascript:alert(1)"),
    )
    answer = await world.act(intake.item_import, project=project, items=given)
    rows = answer["results"]
    assert [one["status"] for one in rows] == [
        "created", "refused", "exists", "refused", "refused", "refused", "refused", "refused", "refused", "exists",
        "refused",
    ]  # fmt: skip
    codes = [one["problem"]["code"] for one in rows if one["problem"]]
    assert codes == [
        "tags_invalid", "item_invalid", "skill_unknown", "team_unknown", "vendor_unknown", "needs_invalid",
        "tags_invalid", "payload_uri_invalid",
    ]  # fmt: skip
    assert rows[1]["problem"]["where"] == "/tags/0"
    assert (answer["created"], answer["exists"], answer["refused"]) == (1, 2, 8)
    assert rows[9]["item"] == rows[0]["item"] and rows[9]["task"] == rows[0]["task"]
    assert len(await world.facts("item.imported")) == 2
    assert len(await world.facts("task.opened")) == 2


async def test_the_same_item_again_is_the_same_outcome_and_another_under_its_key_names_it(
    world: World,
) -> None:
    project = await world.project()
    skill = await define(world, "german", "language")
    said = {
        "key": "a",
        "tags": ["b", "a"],
        "priority": 1,
        "deadline": "2030-01-01T00:00:00Z",
        "group": "g",
        "needs": {"all": [{"skill": skill, "level_min": 2}]},
    }
    made = await create(world, project, **said)
    assert made["status"] == "created" and made["group"] is not None
    await world.act(intake.item_mark, item=made["item"], tags=("other",), edge_case=True)
    assert await create(world, project, **said) == made, "compared with what was sent, not with its marks now"
    for other in (
        {"payload": {"task": "b"}},
        {"tags": ["a"]},
        {"priority": 2},
        {"deadline": None},
        {"group": "h"},
        {"edge_case": True},
        {"needs": None},
    ):
        with refused("item_exists", "conflict") as caught:
            await create(world, project, **said | other)
        assert caught.value.extra == {"item": str(made["item"])}
    assert len(await world.facts("item.imported")) == 1


async def test_two_who_create_the_same_item_at_once_create_it_once(world: World) -> None:
    project = await world.project()
    made = await asyncio.gather(*(create(world, project, key="a") for _ in range(6)))
    assert len({one["item"] for one in made}) == 1
    assert len(await world.facts("task.opened")) == 1


async def test_each_combination_waits_in_its_own_lane_and_only_who_meets_it_gets_it(world: World) -> None:
    project = await world.project()
    german = await define(world, "german", "language")
    needs = {"all": [{"skill": str(german), "level_min": 2}]}
    rows = await bring(
        world,
        project,
        item("plain"),
        item("urgent", priority=1),
        item("german", needs=needs),
        item("german too", needs={"all": [{"level_min": 2, "skill": str(german)}], "any": []}),
    )
    opened = {fact.event.item: fact.event for fact in await world.facts("task.opened")}
    lanes = [opened[one["item"]].lane for one in rows]
    assert len(set(lanes)) == 3 and lanes[2] == lanes[3]
    assert [opened[one["item"]].priority for one in rows] == [2, 1, 2, 2]
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await grant(world, ben, german, 3)
    got = [lease["payload"]["task"] for lease in (await world.pull(ann, project, 4))["leases"]]
    while more := (await world.pull(ann, project, 4))["leases"]:
        got += [lease["payload"]["task"] for lease in more]
        assert len(got) < 10
    assert got[0] == "urgent" and set(got) == {"urgent", "plain"}
    (lease,) = (await world.pull(ben, project))["leases"]
    assert lease["payload"]["task"] == "german"


async def test_a_group_is_one_for_its_project_and_nobody_reads_its_name(world: World) -> None:
    one, other = await world.project("one"), await world.project("other")
    first, second = await bring(world, one, item("a", group="film 7"), item("b", group="film 7"))
    (third,) = await bring(world, other, item("a", group="film 7"))
    assert first["group"] == second["group"] != third["group"]
    opened = await world.facts("task.opened")
    assert [fact.event.group for fact in opened] == [first["group"], first["group"], third["group"]]
    bodies = await world.rows("SELECT body FROM event WHERE tenant = $1")
    assert not any(b"film 7" in bytes(row["body"]) for row in bodies)
    slots = await world.rows("SELECT item_group FROM open_slot WHERE tenant = $1")
    assert {row["item_group"] for row in slots} == {first["group"], third["group"]}


async def test_items_beyond_the_limit_of_lanes_are_refused_and_the_others_come_in(world: World) -> None:
    project = await world.project()
    settings = {"lanes_max": 4}
    await world.act(queueing.project_queue_update, project=project, expected_version=1, settings=settings)
    rows = await bring(
        world, project, item("a", priority=0), item("b", priority=1), item("c"), item("d", priority=0)
    )
    assert [one["status"] for one in rows] == ["created", "refused", "created", "created"]
    assert rows[1]["problem"]["code"] == "too_many_lanes"
    with refused("too_many_lanes", "conflict"):
        await create(world, project, key="e", priority=3)


async def test_an_item_is_read_as_it_was_sent(world: World) -> None:
    project = await world.project()
    skill = await define(world, "night", "domain")
    made = await create(
        world,
        project,
        key="a",
        payload_uri="s3://bucket/a.png",
        sha256="0" * 64,
        media_type="image/png",
        tags=["scene:rain"],
        deadline="2030-01-31T12:00:00+02:00",
        needs={"all": [{"skill": str(skill), "level_min": 2}], "none": [{"origin": "crowd"}]},
    )
    shown = await world.act(intake.item_get, item=made["item"])
    assert shown["payload"] == {"uri": "s3://bucket/a.png", "sha256": "0" * 64, "media_type": "image/png"}
    assert (shown["tags"], shown["edge_case"], shown["priority"]) == (["scene:rain"], False, 2)
    assert shown["deadline"].isoformat() == "2030-01-31T10:00:00+00:00"
    assert shown["needs"] == {
        "all": [{"skill": skill, "level_min": 2}],
        "any": [],
        "none": [{"origin": "crowd"}],
    }
    assert (shown["state"], shown["tasks"]) == ("open", [made["task"]])


async def listed(world: World, project: UUID, most: int = 2, **said: Any) -> list[str]:
    """The external keys of all pages."""
    names: list[str] = []
    asked: dict[str, Any] = {"tag": None, "edge_case": None, "state": None} | said
    cursor = None
    for _ in range(100):
        page = await world.act(item_listing.item_list, project=project, **asked, cursor=cursor, limit=most)
        assert len(page["data"]) <= most
        names += [one["external_key"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return names
    raise AssertionError("the pages never end")


async def test_items_are_listed_by_tag_mark_and_state_page_by_page(world: World) -> None:
    project, other = await world.project(), await world.project("other")
    await bring(world, other, item("x", tags=["night"], edge_case=True))
    rows = await bring(
        world,
        project,
        item("a", tags=["night"]),
        item("b", edge_case=True),
        item("c", tags=["night", "rain"], edge_case=True),
        item("d"),
        item("e", tags=["night"]),
    )
    gold = ({"external_key": "g", "payload": 1, "truth": "y"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=True)
    ann = await world.invite("ann")
    done = (await world.work(ann, project, "cat"))["payload"]["task"]
    await world.decide()
    assert await listed(world, project) == ["a", "b", "c", "d", "e", "g"]
    assert await listed(world, project, tag="night") == ["a", "c", "e"]
    assert await listed(world, project, edge_case=True) == ["b", "c"]
    assert await listed(world, project, edge_case=False) == ["a", "d", "e", "g"]
    assert await listed(world, project, tag="night", edge_case=True) == ["c"]
    assert await listed(world, project, tag="fog") == []
    assert await listed(world, project, state="decided") == [done]
    assert await listed(world, project, state="no_work") == ["g"]
    left = [name for name in ("a", "c", "e") if name != done]
    assert await listed(world, project, state="open", tag="night") == left
    await world.act(intake.item_mark, item=rows[2]["item"], tags=("fog",), edge_case=False)
    assert await listed(world, project, tag="night") == ["a", "e"]
    assert await listed(world, project, tag="fog") == ["c"]
    assert await listed(world, project, edge_case=True) == ["b"]


async def test_a_page_looks_at_so_many_items_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.readmodels.intake.LOOKED_MAX", 2)
    project = await world.project()
    await bring(world, project, *(item(f"k{n}", edge_case=n == 5) for n in range(6)))
    asked: dict[str, Any] = {"tag": None, "edge_case": None, "state": "decided"}
    page = await world.act(item_listing.item_list, project=project, **asked, cursor=None, limit=50)
    assert page["data"] == [] and page["next_cursor"] is not None, "short, and still with a next page"
    assert await listed(world, project, state="open", most=50) == [f"k{n}" for n in range(6)]


async def test_a_mark_is_refused_where_it_says_nothing_sensible(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    with refused("tags_invalid", "invalid"):
        await world.act(intake.item_mark, item=row["item"], tags=("X",), edge_case=None)
    with refused("not_found", "not_found"):
        await world.act(intake.item_mark, item=UUID(int=7), tags=(), edge_case=None)
    await world.act(intake.item_mark, item=row["item"], tags=None, edge_case=None)
    assert await world.facts("item.marked") == []


async def test_the_schema_of_items_is_that_of_what_is_taken(world: World) -> None:
    project = await world.project()
    shown = await world.act(intake.item_schema, project=project)
    assert json.dumps(shown["item"]) and shown["answers"] == {}
    assert shown["item"]["properties"].keys() >= {"external_key", "payload", "needs"}
