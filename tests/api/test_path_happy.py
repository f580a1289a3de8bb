"""From an invitation to accepted work, through everything that may be asked before and every step proven after."""

from typing import Any

from tests.api.people import (
    At,
    claim,
    events,
    failing,
    invited,
    key,
    learn,
    nda,
    onboarding,
    pass_time,
    person,
    project,
    pull,
    quiz,
    require,
    sign,
    skill,
    status,
    why,
)
from tests.api.speaker import Speaker
from tests.support.world import World

EVIDENCE = {"document": "passport", "seen_by": "HR"}
TRUTHS = {"g1": "cat", "g2": "dog"}


async def exam(admin: Speaker, at: At, level: int) -> dict[str, Any]:
    """An exam on gold that gives the project's skill at this level: its id, and gold id -> truth."""
    gold = [{"external_key": name, "payload": name, "truth": TRUTHS[name]} for name in TRUTHS]
    made = (await admin.do("gold_add", {"gold": gold, "exam_only": True}, **at))["gold"]
    about = {"skill": await skill(admin, at), "gold": [one["id"] for one in made], "level": level}
    course = await admin.do("course_publish", {"title": "Exam", "content": None, "pass_mark": 1} | about)
    return {"id": course["id"], "truths": {one["id"]: TRUTHS[one["external_key"]] for one in made}}


async def sit(who: Speaker, made: dict[str, Any]) -> dict[str, Any]:
    """Take the exam and know everything."""
    asked = (await who.do("course_get", course=made["id"]))["questions"]
    answers = [{"question": one["id"], "answer": made["truths"][one["id"]]} for one in asked]
    return dict(await who.do("course_attempt", {"version": 1, "answers": answers}, course=made["id"]))


async def test_an_invited_person_is_screened_onboarded_qualified_and_then_works(admin: Speaker) -> None:
    manager = await key(admin, "manager")
    agreement, course = await nda(manager), await quiz(manager)
    await onboarding(
        manager, checks=["background"], approval=True, agreements=[agreement["id"]], courses=[course]
    )
    at = await project(manager, "a")
    examined = await exam(manager, at, level=2)
    about = await skill(manager, at)
    await require(manager, at, conditions={"all": [{"skill": about, "level_min": 2}]})
    guideline = await manager.do("guideline_publish", {"text": "Look twice."}, **at)

    asked = await invited(manager, "ann")
    who = {"annotator": asked["id"]}
    early = await manager.refused(409, "screening_incomplete", "annotator_screen", {}, **who)
    assert early["missing"] == ["background"]
    check = {"kind": "background", "passed": True, "evidence": EVIDENCE}
    await manager.do("annotator_check_record", check, **who)
    assert (await manager.do("annotator_screen", {"reason": "met her"}, **who))["status"] == "screened"

    ann, told = await claim(manager, asked["claim_token"])
    tokens = {f"agreement:{agreement['id']}:1", f"course:{course}:1"}
    assert (told["status"], set(told["missing"])) == ("onboarding", tokens)
    first, *others = await why(ann, at)
    assert (first["code"], set(first["missing"])) == ("onboarding", tokens)
    assert [one["code"] for one in others] == ["agreement_required", "training_required"]
    before = ["status", "agreement", "course", "guideline", "skill_level"]
    assert await failing(manager, asked["id"], at) == await failing(ann, asked["id"], at) == before
    refused = await manager.refused(409, "onboarding_incomplete", "annotator_activate", {}, **who)
    assert set(refused["missing"]) == tokens

    await sign(ann, agreement["id"])
    assert await status(manager, asked["id"]) == "onboarding"
    assert (await learn(ann, course))["course_passed"]
    assert await status(manager, asked["id"]) == "active", "by itself, with the last thing that was missing"
    assert {one["code"] for one in await why(ann, at)} == {"guideline_required", "not_qualified"}
    assert (await sit(ann, examined))["passed"]
    (held,) = (await ann.do("annotator_skills", **who))["skills"]
    assert (held["skill"], held["level"], held["sources"][0]["source"]) == (about, 2, "exam")
    await ann.do("guideline_acknowledge", version=guideline["version"], **at)
    assert await failing(manager, asked["id"], at) == []

    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": {"so far": "c"}}, lease=lease["id"])
    shown = await ann.do("lease_get", lease=lease["id"])
    assert (shown["payload"], shown["draft"]) == ({"item": "a"}, {"so far": "c"})
    assert (await ann.do("lease_submit", {"answer": "cat"}, lease=lease["id"]))["status"] == "submitted"
    assert (await manager.do("project_get", **at))["progress"]["open_slots"] == 0


async def test_every_step_of_a_person_is_told_with_who_and_evidence(admin: Speaker) -> None:
    manager = await key(admin, "manager")
    agreement = await nda(manager)
    await onboarding(manager, checks=["background"], approval=True, agreements=[agreement["id"]])
    asked = await invited(manager, "ann")
    who = {"annotator": asked["id"]}
    for passed in (False, True):
        check = {"kind": "background", "passed": passed, "evidence": EVIDENCE | {"n": int(passed)}}
        await manager.do("annotator_check_record", check, **who)
    await manager.do("annotator_screen", {"reason": "met her"}, **who)
    ann, _ = await claim(manager, asked["claim_token"])
    await sign(ann, agreement["id"])
    await manager.do("annotator_pause", {"reason": "holiday"}, **who)
    await manager.do("annotator_resume", {}, **who)
    await manager.do("annotator_suspend", {"reason": "audit"}, **who)
    await manager.do("annotator_reinstate", {"reason": "all well"}, **who)
    await manager.do("annotator_offboard", {"reason": "over"}, **who)

    steps = (await manager.do("annotator_history", **who))["steps"]
    assert [one["status"] for one in steps] == [
        "invited",
        "invited",
        "invited",
        "screened",
        "onboarding",
        "active",
        "paused",
        "active",
        "suspended",
        "active",
        "offboarded",
    ]
    kinds = [one["by"]["kind"] for one in steps]
    assert kinds == ["user"] * 4 + ["annotator"] * 2 + ["user"] * 5
    assert [one["evidence"] for one in steps[1:3]] == [EVIDENCE | {"n": 0}, EVIDENCE | {"n": 1}]
    assert [one["reason"] for one in steps if one["reason"]] == [
        "met her",
        "holiday",
        "audit",
        "all well",
        "over",
    ]
    met = next(one for one in steps if one["status"] == "active")["details"]["met"]
    assert f"agreement:{agreement['id']}:1" in met
    assert [one["at"] for one in steps] == sorted(one["at"] for one in steps)


async def test_a_person_sees_their_own_steps_without_the_evidence(admin: Speaker) -> None:
    asked = await invited(admin, "ann")
    who = {"annotator": asked["id"]}
    check = {"kind": "background", "passed": True, "evidence": EVIDENCE}
    await admin.do("annotator_check_record", check, **who)
    ann, _ = await claim(admin, asked["claim_token"])
    steps = (await ann.do("annotator_history", **who))["steps"]
    assert len(steps) == 3
    assert "passport" not in str(steps)
    ben, _ = await claim(admin, (await invited(admin, "ben"))["claim_token"])
    await ben.refused(403, "forbidden", "annotator_history", **who)


async def test_a_front_end_works_for_an_active_person_and_signs_nothing_for_them(
    world: World, admin: Speaker
) -> None:
    made = await nda(admin)
    at = await project(admin, "a")
    ann, ann_id = await person(admin, "ann")
    front = await key(admin, "frontend")
    token = (await front.do("annotator_token_create", {"minutes": 5}, annotator=ann_id))["token"]
    shop = Speaker(admin.client, token)
    signature = {"version": 1, "sha256": made["sha256"], "typed_name": "A. Name"}
    await shop.refused(403, "forbidden", "agreement_sign", signature, agreement=made["id"])
    lease = await pull(shop, at)
    await shop.do("lease_draft", {"draft": 1}, lease=lease["id"])
    assert (await ann.do("lease_get", lease=lease["id"]))["draft"] == 1
    await require(admin, at, agreements=[made["id"]])
    await shop.refused(403, "agreement_required", "lease_get", lease=lease["id"])
    await admin.do("annotator_suspend", {"reason": "audit"}, annotator=ann_id)
    await shop.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    await front.refused(409, "not_active", "annotator_token_create", {}, annotator=ann_id)
    await admin.do("annotator_reinstate", {"reason": "well"}, annotator=ann_id)
    count = await events(world)
    stands = await admin.do("annotator_activate", {}, annotator=ann_id)
    assert (stands["status"], await events(world)) == ("active", count), "who is active already stays so"
    pass_time(world, minutes=5, seconds=1)
    await shop.refused(403, "token_invalid", "lease_pull", at)
