"""Out of work over HTTP: suspended, let go and invited again, erased so that nothing of the person can be read."""

from typing import Any

from tests.api.people import (
    claim,
    codes,
    events,
    learn,
    nda,
    pass_time,
    person,
    project,
    pull,
    quiz,
    sign,
    status,
)
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_a_suspended_person_stops_at_once_and_is_reinstated(admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    lease = await pull(ann, at)
    stopped = await admin.do("annotator_suspend", {"reason": "audit"}, annotator=ann_id)
    assert (stopped["status"], stopped["leases_revoked"]) == ("suspended", 1)
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    assert await codes(ann, at) == ["suspended"]
    again = await admin.refused(409, "not_now", "annotator_resume", {}, annotator=ann_id)
    assert again["found"] and again["mend"]
    await admin.do("annotator_reinstate", {"reason": "all well"}, annotator=ann_id)
    await pull(ann, at)


async def test_who_has_left_is_locked_out_and_comes_back_with_a_new_key(world: World, admin: Speaker) -> None:
    made = await nda(admin)
    at = await project(admin, "a", agreements=[made["id"]])
    ann, ann_id = await person(admin, "ann")
    await sign(ann, made["id"])
    lease = await pull(ann, at)
    left = await admin.do("annotator_offboard", {"reason": "the contract ended"}, annotator=ann_id)
    assert (left["status"], left["leases_revoked"]) == ("offboarded", 1)
    pass_time(world, seconds=2)
    await ann.refused(401, "key_revoked", "lease_get", lease=lease["id"])

    invited = await admin.do("annotator_reinvite", annotator=ann_id)
    assert (invited["id"], await status(admin, ann_id)) == (ann_id, "invited")
    back, told = await claim(admin, invited["claim_token"])
    assert (told["annotator"], told["status"]) == (ann_id, "active")
    again = {"claim_token": invited["claim_token"]}
    await Speaker(admin.client).refused(409, "claim_used", "annotator_claim", again)
    await ann.refused(401, "key_revoked", "lease_pull", at)
    await pull(back, at)


async def whole_life(admin: Speaker) -> tuple[Speaker, str, dict[str, Any]]:
    """Somebody about whom there is everything that can be known, with a lease and a draft."""
    made, course = await nda(admin), await quiz(admin)
    at = await project(admin, "a", agreements=[made["id"]], courses=[course])
    ann, ann_id = await person(admin, "ann")
    check = {"kind": "background", "passed": True, "evidence": {"passport": "X-1234567"}}
    await admin.do("annotator_check_record", check, annotator=ann_id)
    await sign(ann, made["id"])
    await learn(ann, course)
    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": "begun"}, lease=lease["id"])
    return ann, ann_id, {"agreement": made, "at": at, "lease": lease["id"]}


async def test_of_an_erased_person_only_what_proves_something_remains(world: World, admin: Speaker) -> None:
    ann, ann_id, scene = await whole_life(admin)
    who, agreement = {"annotator": ann_id}, scene["agreement"]
    ben, _ = await person(admin, "ben")
    before = await admin.do("agreement_evidence", query=who, agreement=agreement["id"])
    erased = await admin.do("annotator_erase", {"reason": "asked for it"}, **who)
    assert (erased["status"], erased["leases_revoked"]) == ("erased", 1)
    pass_time(world, seconds=2)
    await ann.refused(401, "key_revoked", "lease_pull", scene["at"])

    shown = await admin.do("annotator_get", **who)
    assert (shown["name"], shown["email"], shown["tokens"]) == (None, None, [])
    steps = (await admin.do("annotator_history", **who))["steps"]
    assert steps[-1]["status"] == "erased" and steps[-1]["reason"] == "asked for it"
    assert "passport" not in str(steps)
    told = await admin.do("agreement_evidence", query=who, agreement=agreement["id"])
    assert told["erased"]
    signed = next(one for one in told["chain"] if one["what"] == "signed")
    assert (signed["typed_name"], signed["address"]) == (None, None)
    assert signed["sha256"] == agreement["sha256"]
    hashes = [[one["event_sha256"] for one in told["chain"]] for told in (before, told)]
    assert hashes[0] == hashes[1], "what was signed is still proven"
    (text,) = told["texts"]
    assert (text["text"], text["intact"]) == ("Say nothing.", True)

    await sign(ben, agreement["id"])
    course = (await ben.do("course_list"))["data"][0]["id"]
    await learn(ben, course)
    lease = await pull(ben, scene["at"])
    assert "draft" not in await ben.do("lease_get", lease=lease["id"])
    assert await world.rows("SELECT 1 FROM draft WHERE tenant = $1") == []

    count = await events(world)
    again = await admin.do("annotator_erase", {"reason": "asked again"}, **who)
    assert (again["status"], again["leases_revoked"]) == ("erased", 0)
    assert await events(world) == count, "erased twice is erased once"


async def test_nothing_is_done_to_an_erased_person(world: World, admin: Speaker) -> None:
    _, ann_id, _ = await whole_life(admin)
    who = {"annotator": ann_id}
    await admin.do("annotator_erase", {"reason": "asked"}, **who)
    count = await events(world)
    check = {"kind": "background", "passed": True, "evidence": "seen"}
    alone: tuple[tuple[str, dict[str, Any]], ...] = (
        ("annotator_reinvite", {}),
        ("annotator_check_record", check),
        ("annotator_screen", {}),
        ("annotator_activate", {}),
        ("annotator_pause", {"reason": "x"}),
        ("annotator_resume", {}),
        ("annotator_suspend", {"reason": "x"}),
        ("annotator_reinstate", {"reason": "x"}),
        ("annotator_offboard", {"reason": "x"}),
        ("annotator_move", {"origin": "crowd"}),
        ("activity_update", {"activity": "break"}),
        ("schedule_update", {"time_zone": "UTC"}),
        ("annotator_limits_update", {"limits": {}}),
        ("annotator_token_create", {}),
    )
    more = {"annotator": ann_id, "more": 1, "reason": "x"}
    at = {"course": (await admin.do("course_list"))["data"][0]["id"]}
    others: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
        ("course_attempts_allow", more, at),
        ("course_assign", {"annotators": [ann_id]}, at),
        ("compliance_record", {"kind": "hipaa", "annotator": ann_id, "evidence": 1}, {}),
    )
    for operation, body, path in (*((*one, who) for one in alone), *others):
        response = await admin.send(operation, body, **path)
        assert response.status_code in (404, 409), (operation, response.text)
    assert await events(world) == count
