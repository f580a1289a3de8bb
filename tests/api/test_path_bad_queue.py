"""What is wrong with requests to the queue is refused clearly, and nothing is changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from backend.usecases.access import access
from tests.api.people import NOBODY, At, events, key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World, found

MIB = 1_048_576
LABEL: dict[str, Any] = {"name": "label", "stage": "annotate", "slots": 1, "then": [{"to": "check"}]}
CHECK: dict[str, Any] = {"name": "check", "stage": "review", "shows": ["label"]}
SHAPE = {
    "type": "object",
    "required": ["label"],
    "properties": {"label": {"enum": ["cat", "dog"]}},
    "additionalProperties": False,
}
"""What an answer must look like."""


@asynccontextmanager
async def unchanged(world: World) -> AsyncIterator[None]:
    """Inside of this no fact is recorded."""
    before = await events(world)
    yield
    assert await events(world) == before, "a refused request leaves no fact"


def steps(*steps: dict[str, Any]) -> dict[str, Any]:
    """A workflow that begins with its first step."""
    return {"first": [steps[0]["name"]], "steps": list(steps)}


async def shaped(admin: Speaker) -> tuple[At, Speaker, str]:
    """A project whose answers must have a shape, somebody in it, and the lease that they hold."""
    at = await project(admin)
    one = LABEL | {"then": [], "answer_schema": SHAPE}
    await admin.do("workflow_publish", steps(one), if_match='"1"', **at)
    await admin.do("item_import", {"items": [{"external_key": "a", "payload": 1}]}, **at)
    ann, _ = await person(admin, "ann")
    return at, ann, str((await pull(ann, at))["id"])


async def stranger(world: World, admin: Speaker) -> Speaker:
    """An administrator of another tenant of the same installation."""
    other = await found(world.perform, world.clock, world.woken, (world.postgres, world.database))
    made = await other.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=365)
    return Speaker(admin.client, made["key"])


async def test_a_workflow_that_goes_round_without_a_limit_is_refused(world: World, admin: Speaker) -> None:
    at = await project(admin)
    back = CHECK | {"then": [{"to": "label"}]}
    itself = LABEL | {"then": [{"to": "label", "share": 0.5}]}
    async with unchanged(world):
        for workflow, cycle in (
            (steps(LABEL, back), ["label", "check", "label"]),
            (steps(itself), ["label", "label"]),
        ):
            told = await admin.refused(
                422, "workflow_cyclic", "workflow_publish", workflow, if_match='"1"', **at
            )
            assert told["cycle"] == cycle and "loops_max" in told["mend"] + told["expected"]
        assert (await admin.do("workflow_get", **at))["version"] == 0


async def test_an_answer_schema_that_cannot_be_checked_by_is_refused(world: World, admin: Speaker) -> None:
    at = await project(admin)
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"type": "cat"}, "/type"),
        ({"properties": {"x": {"minimum": "1"}}}, "/properties/x/minimum"),
        ({"$ref": "https://example.org/schema.json"}, "/$ref"),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "/$defs/a"),
        ({"pattern": "("}, "/pattern"),
    )
    async with unchanged(world):
        for schema, where in wrong:
            workflow = steps(LABEL | {"then": [], "answer_schema": schema})
            told = await admin.refused(
                422, "answer_schema_invalid", "workflow_publish", workflow, if_match='"1"', **at
            )
            assert where in told["where"], (schema, told)
            assert told["action"] == "fix and resend" and told["expected"] and told["mend"]


async def test_needs_that_name_an_unknown_skill_are_refused_wherever_they_are_said(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a")
    (task,) = (await admin.do("task_list", **at))["data"]
    needs = {"all": [{"skill": NOBODY, "level_min": 2}]}
    item = {"external_key": "b", "payload": 1, "needs": needs}
    async with unchanged(world):
        await admin.refused(422, "skill_unknown", "item_create", item, **at)
        told = await admin.do("item_import", {"items": [item]}, **at)
        assert (told["created"], told["refused"]) == (0, 1)
        assert told["results"][0]["problem"]["code"] == "skill_unknown"
        workflow = steps(LABEL | {"then": [], "needs": needs})
        await admin.refused(422, "skill_unknown", "workflow_publish", workflow, if_match='"1"', **at)
        asked = {"agreements": [], "courses": [], "conditions": needs}
        await admin.refused(422, "skill_unknown", "project_requirements_update", asked, **at)
        await admin.refused(422, "skill_unknown", "task_require", {"conditions": needs}, task=task["id"])
        act = {"selection": {}, "act": {"kind": "require", "conditions": needs}, "dry_run": False}
        await admin.refused(422, "skill_unknown", "tasks_bulk", act, **at)


async def test_an_answer_that_is_too_large_or_of_another_shape_leaves_the_lease_as_it_was(
    world: World, admin: Speaker
) -> None:
    _, ann, lease = await shaped(admin)
    async with unchanged(world):
        before = await ann.do("lease_get", lease=lease)
        large = {"answer": {"label": "x" * 10 * MIB}}
        told = await ann.refused(413, "body_too_large", "lease_submit", large, lease=lease)
        assert told["limit_bytes"] == MIB and told["action"] == "fix and resend"
        for answer, where in (({"label": "cow"}, "/label"), ("cat", "/"), ({"label": "cat", "n": 1}, "/")):
            told = await ann.refused(422, "answer_invalid", "lease_submit", {"answer": answer}, lease=lease)
            assert [one["where"] for one in told["problems"]] == [where], told
        assert await ann.do("lease_get", lease=lease) == before
    done = await ann.do("lease_submit", {"answer": {"label": "cat"}}, lease=lease)
    assert (done["status"], done["reclaimed"]) == ("submitted", False)


async def test_a_refused_answer_may_be_mended_under_the_same_idempotency_key_or_a_new_one(
    admin: Speaker,
) -> None:
    _, ann, lease = await shaped(admin)
    said = {"answer": {"label": "cow"}}
    for _ in range(2):
        await ann.refused(422, "answer_invalid", "lease_submit", said, lease=lease, idempotency="k")
    await ann.do("lease_submit", {"answer": {"label": "dog"}}, lease=lease, idempotency="l")


async def test_what_belongs_to_another_tenant_is_not_there(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    (one, two) = (await admin.do("task_list", **at))["data"]
    (lane,) = {row["lane"] for row in (await admin.do("lane_list", query=at))["data"] if row["open_slots"]}
    lease = await pull(ann, at)
    await ann.do("lease_submit", {"answer": "cat"}, lease=lease["id"])
    plan = await admin.do("rework_plan", {"selection": {"annotators": [ann_id]}}, **at)
    bulk = {"selection": {}, "act": {"kind": "cancel"}, "dry_run": False}
    begun = await admin.do("tasks_bulk", bulk, **at)
    theirs = await stranger(world, admin)
    mine = await project(theirs, "c")
    eve, _ = await person(theirs, "eve")
    async with unchanged(world):
        for operation in ("lease_get", "lease_heartbeat", "lease_start", "lease_pause", "lease_release"):
            await eve.refused(404, "not_found", operation, lease=lease["id"])
        await eve.refused(404, "not_found", "lease_submit", {"answer": "dog"}, lease=lease["id"])
        assert (await eve.do("lease_pull", at))["leases"] == []
        for operation, body, where in (
            ("task_get", None, {"task": one["id"]}),
            ("task_history", None, {"task": one["id"]}),
            ("task_hold", {}, {"task": two["id"]}),
            ("task_unhold", {}, {"task": two["id"]}),
            ("task_cancel", {}, {"task": two["id"]}),
            ("task_prioritise", {"priority": 0}, {"task": two["id"]}),
            ("task_require", {"conditions": {}}, {"task": two["id"]}),
            ("lease_assign", {"annotator": ann_id}, {"task": two["id"]}),
            ("item_get", None, {"item": one["item"]}),
            ("item_mark", {"edge_case": True}, {"item": one["item"]}),
            ("item_cancel", {}, {"item": two["item"]}),
            ("lane_pause", None, {"lane": lane}),
            ("lane_resume", None, {"lane": lane}),
            ("lease_why", None, {"lease": lease["id"]}),
            ("tasks_bulk_get", None, {"bulk": begun["bulk"]}),
            ("tasks_bulk_stop", None, {"bulk": begun["bulk"]}),
            ("tasks_bulk", bulk, at),
            ("tasks_bulk", bulk | {"selection": {"tasks": [two["id"]]}}, mine),
            ("rework_get", None, at | {"rework": plan["id"]}),
            ("rework_execute", {}, at | {"rework": plan["id"]}),
            ("rework_undo", {}, mine | {"rework": plan["id"]}),
            ("workflow_get", None, at),
            ("project_queue_get", None, at),
            ("item_create", {"external_key": "x", "payload": 1}, at),
        ):
            await theirs.refused(404, "not_found", operation, body, **where)
        conditions = {"agreements": [], "courses": [], "conditions": {"all": [{"skill": NOBODY}]}}
        await theirs.refused(422, "skill_unknown", "project_requirements_update", conditions, **mine)
    assert (await admin.do("lane_list", query=at))["data"] != []
    assert (await theirs.do("lane_list"))["data"][0]["project"] == mine["project"]


async def test_more_lanes_than_a_project_may_have_are_refused_and_the_rest_goes_on(
    world: World, admin: Speaker
) -> None:
    at = await project(admin)
    await admin.do("project_queue_update", {"lanes_max": 3}, if_match='"1"', **at)
    given = [{"external_key": f"k{n}", "payload": n, "priority": n} for n in range(4)]
    told = await admin.do("item_import", {"items": given}, **at)
    lanes = (await admin.do("lane_list", query=at))["data"]
    assert len(lanes) == 3
    refused = [one for one in told["results"] if one["status"] == "refused"]
    assert refused and {one["problem"]["code"] for one in refused} == {"too_many_lanes"}
    assert told["created"] + told["refused"] == 4
    (other, *_) = {0, 1, 2, 3} - {one["priority"] for one in lanes}
    (task, *_) = (await admin.do("task_list", **at))["data"]
    async with unchanged(world):
        late = {"external_key": "z", "payload": 1, "priority": other}
        problem = await admin.refused(409, "too_many_lanes", "item_create", late, **at)
        assert problem["mend"]
        await admin.refused(409, "too_many_lanes", "task_prioritise", {"priority": other}, task=task["id"])


async def test_a_class_that_there_is_not_and_a_deadline_without_its_zone_are_refused(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a")
    (task,) = (await admin.do("task_list", **at))["data"]
    for wrong, code in (
        ({"priority": 7}, "priority_invalid"),
        ({"deadline": "2030-01-31T12:00:00"}, "deadline_invalid"),
        ({"deadline": "2030-01-31"}, "deadline_invalid"),
    ):
        item = {"external_key": "b", "payload": 1} | wrong
        (field,) = wrong
        async with unchanged(world):
            told = await admin.refused(422, "body_invalid", "item_create", item, **at)
            assert field in str(told["problems"])
            (row,) = (await admin.do("item_import", {"items": [item]}, **at))["results"]
            assert (row["status"], row["problem"]["code"]) == ("refused", code), row
            await admin.refused(422, "body_invalid", "task_prioritise", wrong, task=task["id"])
            act = {"selection": {}, "act": {"kind": "prioritise"} | wrong, "dry_run": False}
            await admin.refused(422, "body_invalid", "tasks_bulk", act, **at)


async def test_a_selection_that_says_what_nobody_knows_is_refused_and_no_task_is_touched(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", "b")
    act = {"act": {"kind": "cancel"}, "dry_run": False}
    manager = await key(admin, "manager")
    before = await manager.do("task_list", **at)
    async with unchanged(world):
        for selection, field in (
            ({"colour": "red"}, "colour"),
            ({"states": ["open"], "tag": "night"}, "tag"),
            ({"states": ["lost"]}, "states"),
            ({"priorities": [7]}, "priorities"),
            ({"deadline_before": "2030-01-31T12:00:00"}, "deadline_before"),
            ({"tasks": []}, "tasks"),
        ):
            body = {"selection": selection} | act
            told = await manager.refused(422, "body_invalid", "tasks_bulk", body, **at)
            assert field in str(told["problems"]), told
        for ids in ({"tasks": [NOBODY]}, {"items": [NOBODY]}, {"external_keys": ["z"]}):
            await manager.refused(404, "not_found", "tasks_bulk", {"selection": ids} | act, **at)
    assert await manager.do("task_list", **at) == before
