"""Copies of projects and pilot projects over HTTP: a manager tries a share of a project out and brings it back."""

from uuid import UUID

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

NOBODY = str(UUID(int=1))
REASON = {"reason": "the customer knows"}


async def test_a_manager_tries_a_project_out_on_a_share_of_its_items(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c")
    manager = await key(admin, "manager")
    ann, _ = await person(admin, "ann")
    made = await manager.do("project_clone", {"name": "again", "leave_out": ["queue"]}, **at)
    assert (made["copied_from"], "queue" in {one["area"] for one in made["copied"]}) == (at["project"], False)
    assert await manager.do("project_origin_get", project=made["project"]) == made
    assert (await manager.do("project_origin_get", **at))["copied_from"] is None
    await manager.refused(404, "not_found", "project_clone", {"name": "again"}, project=NOBODY)

    asked = {"name": "tried", "share": 0.3, "seed": "birds"}
    await manager.refused(409, "targets_missing", "pilot_project_begin", asked, **at)
    targets = [{"measure": "accuracy", "least": 0.95}]
    await manager.do("project_targets_update", {"targets": targets}, if_match='"1"', **at)
    both = {"name": "tried", "share": 0.3, "items": 1}
    await manager.refused(422, "pilot_size_unclear", "pilot_project_begin", both, **at)
    pilot = await manager.do("pilot_project_begin", asked, **at)
    one = at | {"pilot": pilot["id"]}
    await manager.refused(409, "pilot_project_filling", "pilot_project_judge", **one)
    await world.decide()
    assert (pilot["drawn"], pilot["asked"]["share"], pilot["state"]) == (1, 0.3, "filling")
    assert [row["state"] for row in (await manager.do("pilot_project_list", **at))["data"]] == ["running"]
    assert len((await manager.do("pilot_project_items", **one))["data"]) == 1

    await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, {"project": pilot["id"]}))["id"])
    judged = await manager.do("pilot_project_judge", **one)
    assert judged["judged"]["outcome"] == "unclear", "one answer proves nothing"
    told = {"review_notes": True, "corrections": False}
    await manager.do("project_feedback_update", told, if_match='"1"', project=pilot["id"])
    read = await manager.do("pilot_project_get", **one)
    assert (read["now"]["targets"][0]["least"], read["settings"][0]["area"]) == (0.95, "feedback")
    for path in read["behind"]:
        answer = await manager.client.get(path, headers={"Authorization": f"Bearer {manager.key}"})
        assert answer.status_code == 200, path
    dry = await manager.do("pilot_project_promote", {"dry_run": True}, **one)
    assert (dry["hindered_by"], dry["settings"][0]["changed_in"]) == ("pilot_project_not_passed", "pilot")
    await manager.refused(409, "pilot_project_not_passed", "pilot_project_promote", {}, **one)
    over = await manager.do("pilot_project_overrule", REASON, **one)
    assert (over["state"], over["reason"]) == ("overruled", REASON["reason"])
    done = await manager.do("pilot_project_promote", {}, **one)
    assert (done["pilot"]["state"], done["hindered_by"]) == ("promoted", None)
    assert (await manager.do("project_feedback_get", **at))["review_notes"] is True
    await manager.refused(409, "pilot_project_promoted", "pilot_project_overrule", REASON, **one)
    item = {"items": [{"external_key": "late", "payload": {}}]}
    await manager.refused(409, "project_closed", "item_import", item, project=pilot["id"])
