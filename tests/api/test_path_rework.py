"""Rework over HTTP: a manager looks at what somebody touched, has it done again, and takes it back."""

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_a_manager_finds_what_somebody_touched_has_it_done_again_and_takes_it_back(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    ben, _ = await person(admin, "ben")
    for _ in range(2):
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    manager = await key(admin, "manager")

    wanted = {"selection": {"annotators": [ann_id], "labels": ["1"]}, "reason": "saw nothing that day"}
    made = await manager.do("rework_plan", wanted, **at)
    assert (made["items"], made["state"], made["selection"]) == (
        2,
        "planned",
        {"annotators": [ann_id], "labels": 1},
    )
    one = at | {"rework": made["id"]}
    done = await manager.do("rework_execute", **one)
    assert (done["state"], done["progress"]["requeued"]) == ("executed", 2)
    assert await manager.do("rework_execute", **one) == done
    assert (await ann.do("lease_pull", at))["leases"] == []
    await ben.do("lease_submit", {"answer": "0"}, lease=(await pull(ben, at))["id"])
    await world.decide()
    exported = (await manager.do("project_export", **at))["data"]
    assert sorted((row["generation"], row["rework"]) for row in exported) == [(1, made["id"]), (2, None)]
    assert (await manager.do("project_quality", **at))["under_rework"] == 1

    back = await manager.do("rework_undo", **one)
    assert (back["state"], back["progress"]["taken_back"], back["progress"]["redone"]) == ("undone", 1, 1)
    assert await manager.do("rework_undo", **one) == back == await manager.do("rework_get", **one)
    listed = await manager.do("rework_list", **at)
    assert [row["id"] for row in listed["data"]] == [made["id"]]
    await manager.refused(409, "rework_undone", "rework_execute", **one)


async def test_a_plan_is_refused_clearly_and_changes_nothing(admin: Speaker) -> None:
    at = await project(admin, "a")
    ann, ann_id = await person(admin, "ann")
    problem = await admin.refused(422, "selection_unclear", "rework_plan", {"selection": {}}, **at)
    assert problem["action"] == "fix and resend"
    backwards = {"answered_from": "2030-01-02T00:00:00Z", "answered_to": "2030-01-01T00:00:00Z"}
    await admin.refused(422, "period_invalid", "rework_plan", {"selection": backwards}, **at)
    await admin.refused(422, "body_invalid", "rework_plan", {"selection": {"people": [ann_id]}}, **at)
    nobody = {"annotators": ["00000000-0000-0000-0000-000000000001"]}
    await admin.refused(404, "not_found", "rework_plan", {"selection": nobody}, **at)
    await ann.refused(403, "forbidden", "rework_plan", {"selection": {"annotators": [ann_id]}}, **at)
    assert (await admin.do("rework_list", **at))["data"] == []
