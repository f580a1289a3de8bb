"""Review by sample over HTTP: the tenant's floor, what was drawn and why, and whether it was drawn fairly."""

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_the_audit_floor_is_read_and_changed_under_its_version(admin: Speaker) -> None:
    found = await admin.do("audit_floor_get")
    told = await admin.do("audit_floor_set", {"floor": 0.25}, if_match=f'"{found["version"]}"')
    assert told == {"version": found["version"] + 1, "floor": 0.25, "said_by": "tenant"}
    await admin.refused(412, "stale", "audit_floor_set", {"floor": 0.5}, if_match=f'"{found["version"]}"')
    much = {"floor": 1.5}
    await admin.refused(422, "body_invalid", "audit_floor_set", much, if_match=f'"{told["version"]}"')


async def test_draws_are_listed_checked_and_accounted_for(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c", plan={"review_rate": 1.0})
    ann, _ = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    for said in ("1", "1", "0"):
        await ann.do("lease_submit", {"answer": said}, lease=(await pull(ann, at))["id"])
    (review,) = (await rev.do("review_pull", at))["leases"]
    await rev.do("review_submit", {"verdict": "reject"}, lease=review["id"])
    page = await admin.do("review_draws", **at, query={"limit": 2})
    assert [one["reason"] for one in page["data"]] == ["fixed", "fixed"]
    rest = await admin.do("review_draws", **at, query={"cursor": page["next_cursor"], "period": 1})
    assert (len(rest["data"]), rest["next_cursor"]) == (1, None)
    await admin.refused(409, "period_undisclosed", "review_recheck", **at, query={"period": 1})
    version = (await admin.do("project_get", **at))["plan_version"]
    await admin.do("project_plan_update", {"rework_max": 9}, if_match=f'"{version}"', **at)
    checked = await admin.do("review_recheck", **at, query={"period": 1})
    assert (checked["draws"], checked["mismatches"], checked["within"]) == (3, 0, True)
    told = await admin.do("review_yield", **at, query={"by": "annotator"})
    assert (told["answers"], told["reviewed"], told["errors"]) == (3, 1, 1)
    assert [one["reason"] for one in told["reasons"]] == ["fixed"]
    await ann.refused(403, "forbidden", "review_draws", **at)
