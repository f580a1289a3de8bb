"""Blast radius on the real database: found, looked at, requeued exactly once, kept from the cause, taken back."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend.usecases.projects import guidelines, intake, workflows
from backend.usecases.tasks import escalating, requeueing
from backend.usecases.tasks import reworking as use
from tests.support.redoing import answered, execute, generations, plan, shown, two_people
from tests.support.refused import refused
from tests.support.world import World


async def test_what_a_person_touched_is_found_and_nothing_is_changed_by_looking(world: World) -> None:
    project, ann, _ = await two_people(world)
    before = await world.rows("SELECT count(*) AS n FROM task WHERE tenant = $1")
    made = await plan(world, project, annotators=[ann.subject.id])
    found = {name: made[name] for name in ("items", "answers", "people", "decided", "state", "keeps_away")}
    assert found == {
        "items": 2,
        "answers": 2,
        "people": 1,
        "decided": 2,
        "state": "planned",
        "keeps_away": 1,
    }
    assert made["reason"] == "bad day" and made["overlaps"] == []
    assert {one["decided_by"] for one in made["sample"]} == {"aggregate"} and len(made["sample"]) == 2
    assert await world.rows("SELECT count(*) AS n FROM task WHERE tenant = $1") == before
    (planned,) = await world.facts("rework.planned")
    assert b"bad day" not in planned.event.reason


async def test_what_it_costs_is_items_times_answers_times_the_median_handling_time(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "lease_seconds": 7_200})
    people = [await world.invite(name) for name in ("ann", "ben")]
    await world.items(project, "a", "b")
    for _ in range(2):
        for who in people:
            (lease,) = (await world.pull(who, project))["leases"]
            world.clock.moved += timedelta(minutes=5)
            await world.submit(who, lease["id"], "1")
    made = await plan(world, project, annotators=[people[0].subject.id])
    assert made["handling_known"] and 300 <= made["handling_seconds"] < 310
    assert made["minutes"] in (20, 21)


async def test_what_was_done_under_a_guideline_is_found_by_its_version(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    await answered(world, project, ann, "before")
    await world.act(guidelines.guideline_publish, project=project, text="Look twice.")
    await world.act(guidelines.guideline_acknowledge, ann, project=project, version=1)
    items = await answered(world, project, ann, "after")
    made = await plan(world, project, guideline_versions=[1])
    assert [one["item"] for one in made["sample"]] == [items["after"]]
    assert made["keeps_away"] == 0


async def test_what_was_answered_or_imported_in_a_window_is_found(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    items: dict[str, UUID] = {}
    hours = []
    for name in "abc":
        items |= await answered(world, project, ann, name)
        hours.append(
            (await world.rows("SELECT max(submitted_at) AS at FROM answer WHERE tenant = $1"))[0]["at"]
        )
        world.clock.moved += timedelta(hours=1)
    soon = timedelta(minutes=30)
    middle = {"answered_from": hours[1] - soon, "answered_to": hours[1] + soon}
    assert [one["item"] for one in (await plan(world, project, **middle))["sample"]] == [items["b"]]
    later = await plan(world, project, imported_from=hours[1] - soon)
    assert {one["item"] for one in later["sample"]} == {items["b"], items["c"]}
    with refused("period_invalid", "invalid"):
        await plan(world, project, answered_from=hours[1], answered_to=hours[0])


async def test_what_was_labelled_so_or_carries_a_tag_or_waited_in_a_lane_is_found(world: World) -> None:
    project, ann, _ = await two_people(world)
    by_label = await plan(world, project, labels=["0"])
    assert (by_label["items"], by_label["selection"]) == (1, {"labels": 1})
    (lane,) = await world.rows(
        "SELECT lane FROM lane WHERE tenant = $1 AND stage = 'annotate' AND project = $2", project
    )
    assert (await plan(world, project, lanes=[lane["lane"]], steps=["annotate"]))["items"] == 3
    assert (await plan(world, project, tags=["night"]))["items"] == 0
    assert (await plan(world, project, workflow_versions=[0], annotators=[ann.subject.id]))["items"] == 2
    assert (await plan(world, project, workflow_versions=[1]))["items"] == 0
    assert (await plan(world, project, lease_reasons=["pull"]))["items"] == 3
    assert (await plan(world, project, lease_reasons=["assigned"]))["items"] == 0
    with refused("selection_unclear", "invalid"):
        await plan(world, project)


async def test_each_item_is_requeued_once_under_two_executions_at_the_same_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requeueing, "CHUNK_ITEMS", 2)
    project = await world.project()
    ann = await world.invite("ann")
    await answered(world, project, ann, *(f"i{n}" for n in range(7)))
    made = await plan(world, project, annotators=[ann.subject.id])
    await asyncio.gather(
        *(world.act(use.rework_execute, project=project, rework=made["id"]) for _ in range(4))
    )
    done = await execute(world, made)
    assert (done["state"], done["progress"]["requeued"], done["more"]) == ("executed", 7, False)
    assert set(map(tuple, (await generations(world, project)).values())) == {(1, 2)}
    requeued = [one.item for fact in await world.facts("rework.requeued") for one in fact.event.items]
    assert len(requeued) == len(set(requeued)) == 7
    assert len(await world.facts("rework.executed")) == 1
    assert await execute(world, made) == done


async def test_who_was_the_cause_gets_none_of_the_items_again_and_others_may(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    await world.items(project, "a", "b")
    for who in (ann, ben, ann, ben):
        await world.work(who, project, "1")
    await world.decide()
    await execute(world, await plan(world, project, annotators=[ann.subject.id]))
    assert (await world.pull(ann, project))["leases"] == []
    again = [await world.work(who, project, "0") for who in (ben, cas, ben, cas)]
    assert len({lease["item"] for lease in again}) in (2, 4)
    await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["generation"], row["rework"], row["judgments"]) == ("0", 2, None, 2)


async def test_the_old_result_is_marked_until_there_is_a_new_one(world: World) -> None:
    project, ann, ben = await two_people(world)
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    row = (await world.export(project))["a"]
    assert (row["answer"], row["generation"], row["rework"]) == ("1", 1, made["id"])
    assert (await world.export(project))["c"]["rework"] is None
    for _ in range(2):
        await world.work(ben, project, "0")
    await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["generation"], row["rework"]) == ("0", 2, None)
    progress = (await shown(world, made))["progress"]
    assert (progress["redone"], progress["waiting"]) == (2, 0)
    assert (await plan(world, project, annotators=[ann.subject.id]))["items"] == 0, "nothing of it stands"


async def test_leases_of_the_old_generation_are_revoked_and_what_is_sent_is_kept_as_late(
    world: World,
) -> None:
    project = await world.project(plan={"overlap": 2})
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.items(project, "a")
    await world.work(ann, project, "1")
    (lease,) = (await world.pull(ben, project))["leases"]
    await execute(world, await plan(world, project, annotators=[ann.subject.id]))
    with refused("lease_revoked"):
        await world.submit(ben, lease["id"], "1")
    assert len(await world.rows("SELECT 1 FROM late_answer WHERE tenant = $1")) == 1
    (again,) = (await world.pull(ben, project))["leases"]
    assert again["item"] is not None
    slots = await world.rows("SELECT generation FROM open_slot WHERE tenant = $1")
    assert [row["generation"] for row in slots] == [2]


async def test_a_claim_at_the_same_time_leaves_no_lease_on_what_was_cancelled(world: World) -> None:
    project = await world.project(plan={"overlap": 4})
    ann = await world.invite("ann")
    await world.items(project, "a", "b", "c")
    for _ in range(3):
        await world.work(ann, project, "1")
    others = [await world.invite(f"p{n}") for n in range(5)]
    made = await plan(world, project, annotators=[ann.subject.id])
    acts = [world.pull(who, project, 3) for who in others]
    await asyncio.gather(
        *acts[:3], world.act(use.rework_execute, project=project, rework=made["id"]), *acts[3:]
    )
    await world.decide()
    held = await world.rows(
        "SELECT t.state FROM lease l JOIN task t USING (tenant, task) WHERE l.tenant = $1 AND t.state <> 'open'"
    )
    assert held == []
    open_ = await world.rows("SELECT DISTINCT generation FROM open_slot WHERE tenant = $1")
    assert {row["generation"] for row in open_} <= {2}


async def test_a_second_plan_leaves_what_another_is_having_done_again_and_says_so(world: World) -> None:
    project, ann, ben = await two_people(world, plan={"overlap": 2})
    for _ in range(2):
        await world.work(ben, project, "1")
    await world.work(ann, project, "0")
    await world.decide()
    first = await plan(world, project, annotators=[ann.subject.id])
    second = await plan(world, project, annotators=[ann.subject.id, ben.subject.id])
    await execute(world, first)
    done = await execute(world, second)
    assert (done["progress"]["requeued"], done["progress"]["skipped"]) == (0, 0), "nothing counted stands"
    cas = await world.invite("cas")
    await world.work(cas, project, "1")
    third = await plan(world, project, annotators=[cas.subject.id])
    assert [(one["rework"], one["items"]) for one in third["overlaps"]] == [(first["id"], 1)]
    assert (await execute(world, third))["progress"] | {"requeued": 0, "skipped": 1} == (
        await shown(world, third)
    )["progress"]


async def test_a_plan_of_another_tenant_or_project_is_not_found(world: World, neighbour: World) -> None:
    project, ann, _ = await two_people(world)
    made = await plan(world, project, annotators=[ann.subject.id])
    other = await world.project("cats")
    theirs = await neighbour.project()
    for act in (use.rework_get, use.rework_execute, use.rework_undo):
        for who, where in ((world, other), (neighbour, project), (neighbour, theirs)):
            with refused("not_found", "not_found"):
                await who.act(act, project=where, rework=made["id"])
    with refused("not_found", "not_found"):
        await plan(neighbour, theirs, annotators=[ann.subject.id])
    with refused("not_found", "not_found"):
        await plan(world, project, lanes=[theirs])
    assert (await world.act(use.rework_list, project=other, cursor=None, limit=9))["data"] == []
    with refused("forbidden", "forbidden"):
        await plan(world, project, ann, annotators=[ann.subject.id])


async def test_an_item_keeps_its_class_needs_and_payload_in_the_next_generation(world: World) -> None:
    project = await world.project()
    ann, ben = await world.invite("ann"), await world.invite("ben")
    given = ({"external_key": "a", "payload": {"task": "look"}},)
    await world.act(intake.item_import, project=project, items=given)
    first = await world.work(ann, project, "1")
    await world.decide()
    await execute(world, await plan(world, project, annotators=[ann.subject.id]))
    (second,) = (await world.pull(ben, project))["leases"]
    assert second["payload"] == first["payload"] == {"task": "look"}
    lanes = await world.rows("SELECT DISTINCT lane, priority, workflow_version FROM task WHERE tenant = $1")
    assert len(lanes) == 1


async def test_what_went_through_a_workflow_begins_it_again_as_it_is_now(world: World) -> None:
    project = await world.project()
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answered(world, project, ann, "a")
    steps = (
        {"name": "look", "stage": "annotate", "slots": 1, "then": ({"to": "again"},)},
        {"name": "again", "stage": "custom", "slots": 1},
    )
    await world.act(
        workflows.workflow_publish, project=project, expected_version=1, first=("look",), steps=steps
    )
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    tasks = await world.rows(
        "SELECT step, generation, workflow_version, state FROM task WHERE tenant = $1 ORDER BY generation"
    )
    assert [tuple(row.values()) for row in tasks] == [
        ("annotate", 1, 0, "decided"),
        ("look", 2, 1, "open"),
    ]
    cas = await world.invite("cas")
    for who in (ben, cas):
        await world.work(who, project, "0")
        await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["generation"], row["rework"]) == ("0", 2, None)
    assert (await shown(world, made))["progress"]["redone"] == 1
    assert (await plan(world, project, workflow_versions=[1], steps=["look"]))["items"] == 1


async def test_an_expert_who_was_asked_about_the_old_generation_is_asked_no_more(world: World) -> None:
    project = await world.project()
    ann, ben, eve = [await world.invite(name) for name in ("ann", "ben")] + [
        await world.invite("eve", "expert")
    ]
    items = await answered(world, project, ben, "a")
    await world.items(project, "b")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="odd", note=None)
    (asked,) = (await world.pull(eve, project))["leases"]
    await execute(world, await plan(world, project, annotators=[ben.subject.id]))
    await world.submit(eve, asked["id"], "1")
    made = await plan(world, project, annotators=[eve.subject.id])
    assert (made["items"], made["sample"][0]["decided_by"]) == (1, "expert")
    await execute(world, made)
    for _ in range(2):
        await world.work(ann, project, "0")
    await world.decide()
    exported = await world.export(project)
    assert exported["a"]["item"] == items["a"]
    assert [(row["answer"], row["decided_by"]) for row in exported.values()] == [("0", "aggregate")] * 2
