"""Iterations over HTTP: a manager plans a batch, fills it from a file and by hand, opens it, and closes it when it is
done."""

from typing import Any

from tests.api.people import key, moment, person, project, pull
from tests.api.speaker import Speaker
from tests.api.test_path_intake import CSV, begin, streamed
from tests.support.world import World

CSV_FILE = b"external_key,payload.n,iteration\na,1,week 1\nb,2,week 9\nc,3,\n"


async def test_a_manager_plans_a_batch_fills_it_opens_it_and_closes_it(world: World, admin: Speaker) -> None:
    at = await project(admin, "old")
    manager = await key(admin, "manager")
    ann, _ = await person(admin, "ann")
    targets = {"items": 2, "due": await moment(world, days=1)}
    made = await manager.do("iteration_plan", {"name": "week 1", "targets": targets}, **at)
    one = at | {"iteration": made["id"]}
    assert (made["state"], made["targets"]["agreement"], made["releasing"]) == ("planned", None, None)
    assert await manager.do("iteration_plan", {"name": "week 1", "targets": targets}, **at) == made

    intake = await begin(admin, at, "csv")
    told = await streamed(admin, intake, CSV_FILE, CSV)
    assert (told["created"], told["refused"]) == (2, 1)
    refused = await admin.do("intake_results", query={"status": "refused"}, intake=intake)
    assert [(line["line"], line["problem"]["code"]) for line in refused["data"]] == [(3, "iteration_unknown")]
    act: dict[str, Any] = {"kind": "to_iteration", "iteration": made["id"]}
    wanted = {"selection": {"external_keys": ["old"]}, "act": act, "dry_run": False}
    await manager.do("tasks_bulk", wanted, **at)
    await world.decide()
    assert (await manager.do("iteration_get", **one))["progress"]["held"] == 2

    await manager.do("iteration_open", **one)
    await world.decide()
    await manager.refused(409, "iteration_unmet", "iteration_close", {}, **one)
    for _ in range(3):
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    over = await manager.do("iteration_close", {}, **one)
    assert (over["state"], over["closed"]["reached"]["decided"]) == ("closed", 2)
    listed = await manager.do("iteration_list", query={"state": "closed"}, **at)
    assert [row["id"] for row in listed["data"]] == [made["id"]]
    item = {"external_key": "late", "payload": 1, "iteration": "week 1"}
    problem = await admin.refused(409, "iteration_closed", "item_create", item, **at)
    assert problem["where"] == "/iteration"


async def test_a_plan_that_makes_no_sense_is_refused_and_changes_nothing(
    world: World, admin: Speaker
) -> None:
    at = await project(admin)
    for body, code in (
        ({"name": "x", "targets": {}}, "body_invalid"),
        ({"name": "x", "targets": {"items": 0}}, "body_invalid"),
        ({"name": "x", "targets": {"items": 1, "acceptance": 90}}, "body_invalid"),
        ({"name": " x", "targets": {"items": 1}}, "iteration_name_invalid"),
    ):
        await admin.refused(422, code, "iteration_plan", body, **at)
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "iteration_plan", {"name": "x", "targets": {"items": 1}}, **at)
    assert await world.facts("iteration.planned") == []
