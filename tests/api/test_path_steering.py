"""Steering over HTTP: a manager holds, cancels and re-classes what is open, one task or all of a selection."""

from typing import Any

from tests.api.people import NOBODY, At, codes, moment, pass_time, person, project, pull, sweep
from tests.api.speaker import Speaker
from tests.support.world import World

ALL: dict[str, Any] = {"selection": {}, "dry_run": False}


async def tasks(admin: Speaker, at: At, **query: str) -> list[dict[str, Any]]:
    return list((await admin.do("task_list", query=query, **at))["data"])


async def test_a_manager_steers_single_tasks(admin: Speaker) -> None:
    at = await project(admin)
    given = [{"external_key": name, "payload": {"item": name}} for name in "abc"]
    imported = (await admin.do("item_import", {"items": given}, **at))["results"]
    first, second, third = [one["task"] for one in imported]
    ann, _ = await person(admin, "ann")
    why = {"code": "unclear", "note": "Which bird?"}
    held = await admin.do("task_hold", why, task=first)
    assert (held["state"], held["held_code"]) == ("held", "unclear")
    (found,) = await tasks(admin, at, state="held", code="unclear")
    assert (found["id"], found["skips"]) == (first, 0)
    moved = await admin.do("task_prioritise", {"priority": 3}, task=second)
    assert (moved["priority"], moved["changed"]) == (3, True)
    asked = {"conditions": {"all": [{"origin": "crowd"}]}}
    await admin.do("task_require", asked, task=third)
    lease = await pull(ann, at)
    assert lease["payload"] == {"item": "b"}
    assert await codes(ann, at) != []
    await admin.do("task_unhold", task=first)
    assert (await pull(ann, at))["payload"] == {"item": "a"}
    gone = await admin.do("task_cancel", {"code": "mistake"}, task=second)
    assert (gone["state"], gone["revoked"]) == ("cancelled", [lease["id"]])
    await ann.refused(409, "lease_revoked", "lease_submit", {"answer": "x"}, lease=lease["id"])
    cancelled = await admin.do("item_cancel", {"code": "mistake"}, item=held["item"])
    assert cancelled["cancelled"] == [first] and len(cancelled["revoked"]) == 1
    await admin.refused(409, "not_now", "task_hold", {}, task=first)


async def test_a_lane_is_paused_and_resumed(admin: Speaker) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    (task,) = await tasks(admin, at)
    lane = (await admin.do("task_prioritise", {"priority": 1}, task=task["id"]))["lane"]
    paused = await admin.do("lane_pause", lane=lane)
    assert paused == {"id": lane, "project": at["project"], "paused": True}
    assert await codes(ann, at) != []
    await admin.do("lane_resume", lane=lane)
    await pull(ann, at)


async def test_one_act_is_done_to_all_that_a_selection_matches(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c")
    ann, _ = await person(admin, "ann")
    act = {"kind": "cancel", "code": "mistake", "note": "Wrong set."}
    looked = await admin.do("tasks_bulk", {"selection": {}, "act": act, "dry_run": True}, **at)
    assert (looked["matched"], looked["by_state"], len(looked["first"])) == (3, {"open": 3}, 3)
    some = {"selection": {"external_keys": ["a", "b"]}, "act": act, "dry_run": False}
    begun = await admin.do("tasks_bulk", some, **at)
    assert (await admin.do("tasks_bulk_get", bulk=begun["bulk"]))["status"] == "running"
    await sweep(world)
    over = await admin.do("tasks_bulk_get", bulk=begun["bulk"])
    assert (over["status"], over["changed"], over["act"]) == ("done", 2, "cancel")
    assert (await pull(ann, at))["payload"] == {"item": "c"}

    again = await admin.do("tasks_bulk", {**ALL, "act": {"kind": "prioritise", "priority": 1}}, **at)
    stopped = await admin.do("tasks_bulk_stop", bulk=again["bulk"])
    assert (stopped["status"], stopped["changed"]) == ("stopped", 0)
    await sweep(world)
    assert [one["priority"] for one in await tasks(admin, at, state="open")] == [2]


async def test_an_act_is_done_to_so_many_of_each_stratum(world: World, admin: Speaker) -> None:
    at = await project(admin)
    tags = ["lang:de"] * 4 + ["lang:en"] * 3
    given = [{"external_key": str(n), "payload": n, "tags": [tag]} for n, tag in enumerate(tags)]
    imported = (await admin.do("item_import", {"items": given}, **at))["results"]
    language = {row["task"]: tag for row, tag in zip(imported, tags, strict=True)}
    sample = {"by": "tag:lang", "seed": "spring-2030", "quotas": {"de": 2, "en": 5}}
    body: dict[str, Any] = {"selection": {"sample": sample}, "act": {"kind": "prioritise", "priority": 1}}
    seen = (await admin.do("tasks_bulk", body | {"dry_run": True}, **at))["sample"]
    rows = {one["stratum"]: (one["matches"], one["taken"], one["short"]) for one in seen["strata"]}
    assert rows == {"de": (4, 2, 0), "en": (3, 3, 2)}
    body["selection"]["imported_to"] = seen["imported_to"]
    begun = await admin.do("tasks_bulk", body | {"dry_run": False}, **at)
    assert begun["sample"] is None
    await sweep(world)
    over = await admin.do("tasks_bulk_get", bulk=begun["bulk"])
    told = {name: seen[name] for name in ("matched", "taken", "digest")}
    assert (over["status"], over["changed"], over["sampled"]) == ("done", 5, told)
    up = sorted(language[one["id"]] for one in await tasks(admin, at) if one["priority"] == 1)
    assert up == ["lang:de"] * 2 + ["lang:en"] * 3


async def test_a_sample_that_nobody_can_draw_is_refused(admin: Speaker) -> None:
    at = await project(admin, "a")
    fair = {"by": "class", "seed": "s", "each": 1}
    for wrong, code in (
        ({"by": "colour"}, "body_invalid"),
        ({"by": "tag:"}, "body_invalid"),
        ({"seed": ""}, "body_invalid"),
        ({"seed": "Mrs Example"}, "body_invalid"),
        ({"each": -1}, "body_invalid"),
        ({"each": 200_001}, "body_invalid"),
        ({"quotas": {}}, "body_invalid"),
        ({"quotas": {"de": "2"}}, "body_invalid"),
        ({"most": 3}, "body_invalid"),
        ({"quotas": {"2": 1}}, "sample_unclear"),
    ):
        body = {"selection": {"sample": fair | wrong}, "act": {"kind": "hold"}, "dry_run": False}
        await admin.refused(422, code, "tasks_bulk", body, **at)
    assert [one["state"] for one in await tasks(admin, at)] == ["open"]


async def test_a_near_deadline_promotes_by_itself(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    (task,) = await tasks(admin, at)
    due = await moment(world, hours=2)
    await admin.do("task_prioritise", {"deadline": due}, task=task["id"])
    assert "tasks_promote" not in await sweep(world)
    pass_time(world, minutes=70)
    assert (await sweep(world))["tasks_promote"] == 1
    assert "tasks_promote" not in await sweep(world)
    assert [one["priority"] for one in await tasks(admin, at)] == [1]


async def test_bad_steering_is_refused_and_changes_nothing(admin: Speaker) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    (task,) = await tasks(admin, at)
    named = {"task": task["id"]}
    for operation, body in (("task_hold", {}), ("task_cancel", {}), ("task_unhold", None)):
        await ann.refused(403, "forbidden", operation, body, **named)
        await admin.refused(404, "not_found", operation, body, task=NOBODY)
    await admin.refused(404, "not_found", "item_cancel", {}, item=NOBODY)
    await admin.refused(404, "not_found", "lane_pause", lane=NOBODY)
    await admin.refused(404, "not_found", "tasks_bulk_get", bulk=NOBODY)
    await admin.refused(422, "body_invalid", "task_hold", {"code": "Mrs Example"}, **named)
    await admin.refused(422, "body_invalid", "task_prioritise", {"priority": 4}, **named)
    await admin.refused(422, "reclass_unclear", "task_prioritise", {}, **named)
    unknown = {"conditions": {"all": [{"skill": NOBODY}]}}
    await admin.refused(422, "skill_unknown", "task_require", unknown, **named)
    for act in ({"kind": "burn"}, {"kind": "require"}, {"kind": "hold", "priority": 1}):
        await admin.refused(422, "body_invalid", "tasks_bulk", {**ALL, "act": act}, **at)
    wrong = {"selection": {"tasks": [NOBODY]}, "act": {"kind": "hold"}, "dry_run": True}
    await admin.refused(404, "not_found", "tasks_bulk", wrong, **at)
    (same,) = await tasks(admin, at)
    assert same == task
