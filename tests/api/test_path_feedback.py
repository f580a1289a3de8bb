"""What people and managers read of errors and trend over HTTP."""

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_a_person_reads_trend_and_errors_and_a_manager_their_source(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", plan={"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0})
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    leases = [await pull(ann, at)]
    gold = [{"external_key": f"g{n}", "payload": n, "truth": "cat"} for n in range(9)]
    await admin.do("gold_add", {"gold": gold}, **at)
    await admin.do("item_import", {"items": [{"external_key": "b", "payload": 1}]}, **at)
    await ann.do("lease_submit", {"answer": "dog"}, lease=leases[0]["id"])
    for _ in gold:
        leases.append(await pull(ann, at))
        await ann.do("lease_submit", {"answer": "dog"}, lease=leases[-1]["id"])
    (review,) = (await rev.do("review_pull", at))["leases"]
    await rev.do("review_submit", {"verdict": "accept"}, lease=review["id"])
    await world.follow()
    (own,) = (await ann.do("proficiency_get", annotator=ann_id))["skills"]
    assert own["trend"] == [{"evidence": 10, "correct": 1, "total": 10}]
    assert [one["lease"] for one in own["errors"]] == [lease["id"] for lease in leases[:0:-1]]
    assert {tuple(one) for one in own["errors"]} == {("lease", "at")}
    (told,) = (await admin.do("proficiency_get", annotator=ann_id))["skills"]
    assert told["trend"] == own["trend"]
    assert [one.pop("source") for one in told["errors"]] == ["gold"] * 9
    assert told["errors"] == own["errors"]


async def test_a_manager_reads_every_piece_of_evidence_page_by_page_and_the_person_none(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", plan={"gold_share": 1.0, "review_rate": 0.0, "live_floor": 0.0})
    ann, ann_id = await person(admin, "ann")
    gold = [{"external_key": f"g{n}", "payload": n, "truth": "cat"} for n in range(5)]
    await admin.do("gold_add", {"gold": gold}, **at)
    await admin.do("item_import", {"items": [{"external_key": "b", "payload": 1}]}, **at)
    leases = []
    for said in ("cat", "dog", "cat", "cat", "dog"):
        leases.append(await pull(ann, at))
        await ann.do("lease_submit", {"answer": said}, lease=leases[-1]["id"])
    await world.follow()
    (told,) = (await admin.do("proficiency_get", annotator=ann_id))["skills"]
    assert (told["total"], told["correct"]) == (5, 3) and 4 < told["n_eff"] <= 5
    path = {"annotator": ann_id, "skill": told["skill"]}
    page = await admin.do("proficiency_evidence", **path, query={"limit": 3})
    rest = await admin.do("proficiency_evidence", **path, query={"limit": 3, "cursor": page["next_cursor"]})
    found = [*page["data"], *rest["data"]]
    assert rest["next_cursor"] is None and [one["lease"] for one in found] == [
        one["id"] for one in leases[::-1]
    ]
    assert [one["correct"] for one in found] == [False, True, True, False, True]
    assert {one["event"]["name"] for one in found} == {"lease.gold_scored"}
    await ann.refused(403, "forbidden", "proficiency_evidence", **path)
