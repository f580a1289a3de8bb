"""Over HTTP: a word of an expert is answered again, two differ, a third corrects; managers see it, experts do not."""

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_from_a_word_to_its_correction(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", plan={"double_review": 1.0})
    ann, _ = await person(admin, "ann")
    await ann.do("lease_escalate", {"reason": "", "code": "ambiguous"}, lease=(await pull(ann, at))["id"])
    told = []
    for name, answer in (("one", "fox"), ("two", "owl"), ("three", "owl")):
        expert, _ = await person(admin, name, "expert")
        lease = await pull(expert, at)
        told.append(await expert.do("lease_submit", {"answer": answer}, lease=lease["id"]))
        await expert.refused(403, "forbidden", "double_review_list", **at)
    assert [set(one) for one in told] == [{"lease", "status", "reclaimed"}] * 3
    found = await admin.do("double_review_list", query={"state": "closed"}, **at)
    (one,) = found["data"]
    assert (one["outcome"], one["corrected"], one["rate"], len(one["experts"])) == ("second", True, 1.0, 3)
    assert found["counts"] | {"drawn": 1, "corrected": 1} == found["counts"]
    assert (await admin.do("double_review_list", query={"state": "waiting"}, **at))["data"] == []
    shown = await admin.do("project_export", **at)
    assert shown["data"][0]["answer"] == "owl"
    plan = (await admin.do("project_get", **at))["plan"]
    assert plan["double_review"] == 1.0
