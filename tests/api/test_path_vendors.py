"""Vendors over HTTP: their people stop and stand with them, their managers see their own people and nothing else."""

from typing import Any

import pytest

from tests.api.people import (
    NOBODY,
    codes,
    failing,
    invited,
    key,
    pass_time,
    person,
    project,
    pull,
    require,
    status,
    sweep,
)
from tests.api.speaker import BY_ID, Speaker
from tests.support.world import World


async def vendor(admin: Speaker, name: str = "Label Works") -> str:
    """A registered vendor."""
    return str((await admin.do("vendor_register", {"name": name}))["id"])


async def test_a_vendors_people_stop_with_it_and_stand_again_with_it(admin: Speaker) -> None:
    works = await vendor(admin)
    at = await project(admin, "a", "b", "c")
    ann, ann_id = await person(admin, "ann", vendor=works)
    _, ben_id = await person(admin, "ben", vendor=works)
    cas, _ = await person(admin, "cas")
    await admin.do("annotator_suspend", {"reason": "audit"}, annotator=ben_id)
    lease = await pull(ann, at)
    stopped = await admin.do("vendor_suspend", {"reason": "contract"}, vendor=works)
    assert (stopped["status"], stopped["people"], stopped["leases_revoked"]) == ("suspended", 1, 1)
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    assert await codes(ann, at) == ["suspended"]
    await pull(cas, at)
    for operation, body in (("annotator_reinstate", {"reason": "x"}), ("annotator_reinvite", {})):
        answer = await admin.send(operation, body, annotator=ann_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "vendor_suspended"), operation
    new = {"name": "Dee", "email": "dee@example.invalid", "vendor": works}
    await admin.refused(409, "vendor_suspended", "annotator_invite", new)
    shown = await admin.do("vendor_get", vendor=works)
    assert (shown["status"], shown["reason"], shown["people"]) == ("suspended", "contract", 2)

    stands = await admin.do("vendor_reinstate", {"reason": "settled"}, vendor=works)
    assert (stands["status"], stands["people"]) == ("active", 1)
    await pull(ann, at)
    assert await status(admin, ben_id) == "suspended", "who was stopped for another reason stays so"


async def test_who_moves_away_from_a_vendor_loses_what_came_with_it(world: World, admin: Speaker) -> None:
    works = await vendor(admin)
    at = await project(admin, "a")
    said = {"kind": "iso27001", "vendor": works, "evidence": {"number": "12-345"}}
    record = (await admin.do("compliance_record", said))["id"]
    await require(admin, at, conditions={"all": [{"vendor": works}, {"compliance": "iso27001"}]})
    ann, ann_id = await person(admin, "ann", vendor=works)
    lease = await pull(ann, at)
    moved = await admin.do("annotator_move", {"origin": "crowd"}, annotator=ann_id)
    assert moved["leases_revoked"] == 1
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    assert await failing(admin, ann_id, at) == ["vendor", "compliance"]
    await admin.do("annotator_move", {"vendor": works}, annotator=ann_id)
    await pull(ann, at)
    ended = await admin.do("compliance_withdraw", {"reason": "forged"}, record=record)
    assert (ended["withdrawn"], ended["leases_revoked"]) == (True, 1)
    query = {"vendor": works, "ended": "true"}
    (listed,) = (await admin.do("compliance_list", query=query))["data"]
    assert (listed["in_force"], listed["reason"], listed["evidence"]) == (
        False,
        "forged",
        {"number": "12-345"},
    )
    assert (await admin.do("compliance_list", query={"vendor": works}))["data"] == []
    pass_time(world, days=1)
    assert "compliance_expire" not in await sweep(world)


async def test_teams_have_the_people_of_their_vendor(admin: Speaker) -> None:
    works, other = await vendor(admin), await vendor(admin, "Other Hands")
    night = (await admin.do("team_create", {"name": "night", "vendor": works}))["id"]
    await admin.refused(409, "team_exists", "team_create", {"name": "night", "vendor": works})
    await admin.do("team_create", {"name": "night", "vendor": other})
    await admin.refused(409, "vendor_exists", "vendor_register", {"name": "Label Works"})
    new = {"name": "Ann", "email": "ann@example.invalid", "vendor": other, "team": night}
    await admin.refused(422, "team_mismatch", "annotator_invite", new)
    _, ann_id = await person(admin, "ann", team=night)
    shown = await admin.do("annotator_get", annotator=ann_id)
    assert (shown["origin"], shown["vendor"], shown["team"]) == ("vendor", works, night)
    (team,) = (await admin.do("team_list", query={"vendor": works}))["data"]
    assert (team["name"], team["people"]) == ("night", 1)
    assert [one["people"] for one in (await admin.do("vendor_list"))["data"]] == [1, 0]


@pytest.mark.parametrize("of", ["vendor", "team"])
async def test_a_vendors_manager_works_with_their_own_people(admin: Speaker, of: str) -> None:
    works = await vendor(admin)
    team = (await admin.do("team_create", {"name": "night", "vendor": works}))["id"]
    limits = {"vendor": works} | ({"team": team} if of == "team" else {})
    boss = await key(admin, "vendor_manager", **limits)
    course = await admin.do("course_list")
    assert course["data"] == []
    asked = await invited(boss, "ann")
    shown = await boss.do("annotator_get", annotator=asked["id"])
    assert (shown["vendor"], shown["team"]) == (works, team if of == "team" else None)
    for name in ("ben", "cas"):
        await person(admin, name)
    (listed,) = (await boss.do("annotator_list"))["data"]
    assert listed["id"] == asked["id"]
    (row,) = (await boss.do("workforce_roster"))["data"]
    assert row["id"] == asked["id"]
    assert [one["id"] for one in (await boss.do("vendor_list"))["data"]] == [works]
    await boss.do("annotator_suspend", {"reason": "audit"}, annotator=asked["id"])
    await boss.do("annotator_reinstate", {"reason": "well"}, annotator=asked["id"])
    everyone = {"title": "News", "text": "Hear.", "audience": "all"}
    await boss.refused(403, "audience_too_wide", "announcement_publish", everyone)


REASON = {"reason": "x"}
BODIES: dict[str, Any] = {
    "annotator_check_record": {"kind": "background", "passed": True, "evidence": 1},
    "annotator_erase": REASON,
    "annotator_offboard": REASON,
    "annotator_pause": REASON,
    "annotator_reinstate": REASON,
    "annotator_suspend": REASON,
    "activity_update": {"activity": "break"},
    "annotator_limits_update": {"limits": {}},
    "schedule_update": {"time_zone": "UTC"},
    "skill_grant": {"level": 1} | REASON,
    "skill_reopen": REASON,
    "skill_withdraw": REASON,
}


async def test_for_a_vendors_manager_other_people_and_the_customers_data_do_not_exist(admin: Speaker) -> None:
    works, other = await vendor(admin), await vendor(admin, "Other Hands")
    boss = await key(admin, "vendor_manager", vendor=works)
    at = await project(admin, "a")
    (theirs, theirs_id), (_, staff_id) = await person(admin, "ben", vendor=other), await person(admin, "cas")
    lease = await pull(theirs, at)
    about_people = [route for route in BY_ID.values() if "annotator" in route.path_names]
    assert len(about_people) > 20
    for route in about_people:
        for stranger in (theirs_id, staff_id):
            more = {name: NOBODY for name in route.path_names if name != "annotator"}
            query = at if route.operation_id == "annotator_eligibility" else None
            answer = await boss.send(
                route.operation_id, BODIES.get(route.operation_id), annotator=stranger, query=query, **more
            )
            assert answer.status_code in (403, 404), (route.operation_id, answer.text)
            # Answers and truths are the customer's, suspicions the security's: forbidden, whoever it is about.
            if route.method == "GET" and route.operation_id not in ("feedback_get", "fraud_case"):
                assert answer.status_code == 404, (route.operation_id, answer.text)
    await theirs.do("lease_heartbeat", lease=lease["id"])
    await boss.refused(404, "not_found", "vendor_get", vendor=other)

    task = await admin.do("project_export", **at)
    item = task["data"][0]["item"]
    for operation, path in (
        ("project_get", at),
        ("project_export", at),
        ("project_quality", at),
        ("guideline_get", at),
        ("item_get", {"item": item}),
        ("task_get", {"task": NOBODY}),
        ("late_answer_get", {"late_answer": NOBODY}),
        ("project_list", {}),
        ("access_list", {}),
        ("lease_pull", {}),
    ):
        await boss.refused(403, "forbidden", operation, **path)
    assert "Ben" not in (await boss.send("workforce_roster")).text
    bulk = {"selection": {"ids": [theirs_id]}, "act": {"kind": "suspend", "reason": "x"}, "preview": False}
    did = await boss.do("annotator_bulk", bulk | {"expect": 0})
    assert (did["matched"], did["would"]["changed"]) == (0, 0)
    assert await status(admin, theirs_id) == "active"
