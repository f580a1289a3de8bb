"""Feedback and disputes over HTTP: an error is told, disputed, taken, and decided."""

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_an_error_is_told_disputed_and_decided_over_http(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", plan={"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0})
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    eve, _ = await person(admin, "eve", "reviewer")
    leases = [await pull(ann, at)]
    gold = [{"external_key": f"g{n}", "payload": n, "truth": "cat"} for n in range(9)]
    await admin.do("gold_add", {"gold": gold}, **at)
    await admin.do("item_import", {"items": [{"external_key": "b", "payload": 1}]}, **at)
    await ann.do("lease_submit", {"answer": "dog"}, lease=leases[0]["id"])
    for _ in gold:
        leases.append(await pull(ann, at))
        await ann.do("lease_submit", {"answer": "cat"}, lease=leases[-1]["id"])
    (review,) = (await rev.do("review_pull", at))["leases"]
    said = {"verdict": "correct", "correction": "cat", "note": "a tail"}
    await rev.do("review_submit", said, lease=review["id"])
    await world.follow()
    was = await admin.do("project_feedback_get", **at)
    assert was["version"] == 1 and not was["review_notes"]
    given = {"review_notes": True, "corrections": True}
    await admin.do("project_feedback_update", given, if_match='"1"', **at)
    told = await ann.do("feedback_get", annotator=ann_id)
    (error,) = told["errors"]
    assert error["lease"] == leases[0]["id"] and error["review"]["note"] == "a tail"
    opened = await ann.do("dispute_open", {"lease": error["lease"], "reason": "it is a dog"})
    (case,) = (await eve.do("disputes_pull", {}))["disputes"]
    assert (case["id"], case["answer"], case["truth"]) == (opened["id"], "dog", "cat")
    read = await eve.do("dispute_get", dispute=opened["id"])
    assert read["case"] == case
    await eve.do("dispute_give_back", {}, dispute=opened["id"])
    decided = {"outcome": "reversed", "reason": "a dog"}
    assert (await eve.do("dispute_resolve", decided, dispute=opened["id"]))["result_changed"]
    (own,) = (await ann.do("dispute_list"))["data"]
    assert (own["state"], own["words"], own["resolved_by"]) == ("resolved", "a dog", None)
    assert (await admin.do("dispute_list"))["summary"]["reversed"] == 1
    disclosed = await admin.do(
        "gold_disclose",
        {"explanation": "whiskers"},
        gold=(await world.rows("SELECT gold FROM gold WHERE tenant = $1 LIMIT 1"))[0]["gold"],
    )
    assert disclosed["why"] == "withdrawn"
    assert len((await ann.do("feedback_get", annotator=ann_id))["disclosed"]) == 1
