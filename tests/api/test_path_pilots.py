"""Pilots and deliveries over HTTP: a manager sees a small batch judged before production opens, and what is handed over
held back."""

from uuid import UUID

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

NOBODY = str(UUID(int=1))
REASON = {"reason": "the customer knows"}


async def test_a_manager_pilots_a_project_and_delivers_it(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c")
    manager = await key(admin, "manager")
    ann, _ = await person(admin, "ann")
    await manager.refused(409, "targets_missing", "pilot_begin", {"items": 1}, **at)
    targets = [{"measure": "accuracy", "least": 0.95}]
    await manager.do("project_targets_update", {"targets": targets}, if_match='"1"', **at)

    pilot = await manager.do("pilot_begin", {"items": 1, "seed": "birds"}, **at)
    await world.decide()
    assert (pilot["drawn"], pilot["matched"], pilot["judged"]) == (1, 3, None)
    assert pilot["targets_version"] == (await manager.do("project_targets_get", **at))["version"] == 2
    await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    assert (await ann.do("lease_pull", at))["leases"] == [], "everything else waits"
    one = at | {"pilot": pilot["id"]}
    judged = await manager.do("pilot_judge", **one)
    assert judged["judged"]["outcome"] == "unclear", "one answer proves nothing"
    assert (await manager.do("pilot_get", **one))["now"]["targets"][0]["least"] == 0.95
    assert [row["number"] for row in (await manager.do("pilot_list", **at))["data"]] == [1]
    await manager.refused(404, "not_found", "pilot_get", **at, pilot=NOBODY)
    over = await manager.do("pilot_overrule", REASON, **one)
    assert (over["state"], over["reason"]) == ("overruled", REASON["reason"])

    await world.decide()
    for _ in range(2):
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    lot = await manager.do("delivery_prepare", {}, **at)
    here = {"delivery": lot["id"]}
    assert (lot["state"], lot["items"]) == ("held", 3)
    problem = await manager.refused(409, "delivery_held", "delivery_export", **here)
    assert problem["outcome"] == "unclear"
    assert (await manager.do("delivery_withdraw", REASON, **here))["state"] == "withdrawn"
    await manager.refused(409, "delivery_withdrawn", "delivery_export", **here)
    again = {"delivery": (await manager.do("delivery_prepare", {"items": 2}, **at))["id"]}
    await manager.do("delivery_release", REASON, **again)
    assert (await manager.do("delivery_get", **again))["state"] == "released"
    assert len((await manager.do("delivery_export", **again))["data"]) == 2
    listed = await manager.do("delivery_list", **at)
    assert [(row["number"], row["state"]) for row in listed["data"]] == [(2, "released"), (1, "withdrawn")]
