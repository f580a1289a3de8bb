"""Flags over HTTP: a manager looks for suspicion, reads the case and decides; the person concerned sees none of it."""

from uuid import UUID

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.flagged import suspect
from tests.support.world import World


async def test_a_manager_reads_a_case_settles_it_and_takes_it_back(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    for _ in range(2):
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    manager = await key(admin, "manager")
    skill = (await manager.do("project_get", **at))["skill"]["id"]
    looked = await manager.do("flags_scan", {"skill": skill})
    assert (looked["answers"], looked["people"], looked["raised"], looked["limited"]) == (2, 1, [], False)

    flag = str(await suspect(world, UUID(ann_id), UUID(skill)))
    (listed,) = (await manager.do("flag_list"))["data"]
    assert (listed["id"], listed["state"], listed["annotator"], listed["other"]) == (
        flag,
        "open",
        ann_id,
        None,
    )
    case = await manager.do("flag_get", flag=flag)
    assert case["formula"] and case["says"] and case["thresholds"] == {"answers_min": 20}
    said = {"decision": "discounted", "reason": "they told me so"}
    done = await manager.do("flag_settle", said, flag=flag)
    assert (done["state"], done["decision"], done["reason"]) == ("settled", "discounted", "they told me so")
    assert [one["fact"] for one in done["history"]] == ["flag.raised", "flag.settled", "answers.discounted"]
    (offer,) = done["rework"]
    assert (offer["project"], offer["decided"]) == (at["project"], 2)
    plan = await manager.do("rework_plan", {"selection": offer["selection"]}, project=offer["project"])
    assert plan["items"] == 2
    assert await manager.do("flag_redecide", flag=flag) == {"tasks": 2, "next": None}
    back = await manager.do("flag_settle", {"decision": "dismissed", "reason": "a mistake"}, flag=flag)
    assert back["discounted"] == [] and back["history"][-1]["fact"] == "answers.restored"


async def test_bad_decisions_are_refused_clearly_and_nobody_else_gets_in(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a")
    skill = (await admin.do("project_get", **at))["skill"]["id"]
    ann, ann_id = await person(admin, "ann")
    ben, ben_id = await person(admin, "ben")
    pair = str(await suspect(world, UUID(ann_id), UUID(skill), "copying", UUID(ben_id)))
    said = {"decision": "discounted", "reason": "one of them"}
    problem = await admin.refused(422, "whose_unclear", "flag_settle", said, flag=pair)
    assert problem["action"] == "fix and resend"
    late = said | {"annotators": [ben_id], "since": "2090-01-01T00:00:00Z"}
    await admin.refused(422, "since_invalid", "flag_settle", late, flag=pair)
    await admin.refused(422, "body_invalid", "flag_settle", said | {"decision": "banned"}, flag=pair)
    await admin.refused(409, "nothing_discounted", "flag_redecide", flag=pair)
    await admin.refused(404, "not_found", "flags_scan", {"skill": "00000000-0000-0000-0000-000000000001"})
    for who in (ann, ben):
        await who.refused(403, "forbidden", "flag_get", flag=pair)
        await who.refused(403, "forbidden", "flag_list")
        await who.refused(403, "forbidden", "flag_settle", said, flag=pair)
