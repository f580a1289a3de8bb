"""The way in and out: screened on evidence, onboarded step by step, paused, let go, invited again, erased."""

from datetime import timedelta
from typing import Any

import pytest

from backend.usecases.access.authenticating import Unauthenticated
from backend.usecases.agreements import agreements, signing
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import inviting, people, screening, standing
from tests.support import people as way
from tests.support.refused import refused
from tests.support.world import World


async def check(world: World, person: Caller, kind: str = "identity", **other: Any) -> dict[str, Any]:
    said = {"kind": kind, "passed": True, "evidence": {"document": "passport"}, "until": None} | other
    return await world.act(screening.annotator_check_record, annotator=person.subject.id, **said)


async def test_where_nothing_is_asked_a_claim_makes_active_at_once(world: World) -> None:
    _, told = await way.claim(world, await way.invite(world, "ann"))
    assert (told["status"], told["missing"]) == ("active", [])
    shown = await world.act(people.annotator_get, annotator=told["annotator"])
    assert shown["activated_at"] == shown["claimed_at"] == shown["status_since"]
    assert shown["origin"] == "staff" and "origin:staff" in shown["tokens"]


async def test_onboarding_ends_with_the_last_condition_in_any_order(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    await way.ask(world, checks=("identity",), approval=True, agreements=(nda["id"],))
    project = await world.project()
    await world.items(project, "a")
    ann, told = await way.claim(world, await way.invite(world, "ann"))
    agreement = f"agreement:{nda['id']}:1"
    assert (told["status"], told["missing"]) == ("onboarding", [agreement, "approval", "check:identity"])
    why = (await world.pull(ann, project))["reasons"]
    assert why[0] == {"code": "onboarding", "missing": told["missing"]}
    with refused("screening_incomplete") as caught:
        await world.act(screening.annotator_screen, annotator=ann.subject.id, reason=None)
    assert caught.value.extra["missing"] == ["identity"]
    said = await check(world, ann)
    assert said["missing"] == [agreement, "approval"]
    await world.act(screening.annotator_screen, annotator=ann.subject.id, reason="met her")
    with refused("onboarding_incomplete") as caught:
        await world.act(screening.annotator_activate, annotator=ann.subject.id, reason=None)
    assert caught.value.extra["missing"] == [agreement]
    exact = {"agreement": nda["id"], "version": 1, "sha256": nda["sha256"], "typed_name": "Ann"}
    await world.act(signing.agreement_sign, ann, **exact)
    assert await way.status(world, ann.subject.id) == "active"
    (activated,) = await world.facts("annotator.activated")
    assert activated.event.met == (agreement, "approval", "check:identity")
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_who_was_approved_before_claiming_need_not_wait(world: World) -> None:
    await way.ask(world, checks=("identity",), approval=True)
    invited = await way.invite(world, "ann")
    asked = {"kind": "identity", "passed": True, "evidence": "seen", "until": None}
    await world.act(screening.annotator_check_record, annotator=invited["id"], **asked)
    said = await world.act(screening.annotator_screen, annotator=invited["id"], reason=None)
    assert said["status"] == "screened"
    _, told = await way.claim(world, invited)
    assert told["status"] == "active"


async def test_a_failed_check_holds_back_even_where_none_is_asked(world: World) -> None:
    invited = await way.invite(world, "ann")
    failed = {"kind": "background", "passed": False, "evidence": "a conviction", "until": None}
    await world.act(screening.annotator_check_record, annotator=invited["id"], **failed)
    _, told = await way.claim(world, invited)
    assert told["missing"] == ["check:background"]


async def test_asking_for_less_activates_who_has_it_all_and_asking_for_more_stops_nobody(
    world: World,
) -> None:
    await way.ask(world, approval=True)
    ann = await way.join(world, "ann")
    assert (await way.ask(world))["activated"] == 1
    assert await way.status(world, ann.subject.id) == "active"
    assert (await way.ask(world, checks=("identity",)))["version"] == 4
    assert await way.status(world, ann.subject.id) == "active"
    with refused("stale", "stale"):
        await world.act(
            way.onboarding.onboarding_update,
            expected_version=1,
            checks=(),
            approval=False,
            agreements=(),
            courses=(),
        )


async def test_a_check_opens_work_until_its_last_moment_and_then_takes_the_lease_away(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    await way.require(world, project, check="identity")
    ann = await way.join(world, "ann")
    assert (await world.pull(ann, project))["leases"] == []
    await check(world, ann, until=await way.in_days(world, 1))
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(days=1, seconds=1)
    assert (await world.pull(ann, project))["leases"] == []
    assert (await world.system(screening.checks_expire, most=10))["expired"] == 1
    assert (await world.system(screening.checks_expire, most=10))["expired"] == 0
    with refused("lease_revoked"):
        await world.submit(ann, lease["id"], "1")
    assert await way.open_slots(world) == 2
    await check(world, ann, evidence="again")
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_a_check_that_is_failed_now_takes_the_leases_that_need_it(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    await way.require(world, project, check="identity")
    ann = await way.join(world, "ann")
    await check(world, ann)
    await world.pull(ann, project)
    assert (await check(world, ann, passed=False))["leases_revoked"] == 1
    assert await way.tokens(world, ann.subject.id, "check") == []


async def test_a_pause_gives_leases_back_and_ends_by_itself(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    ann = await way.join(world, "ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    until = await way.in_days(world, 2)
    pause = {"annotator": ann.subject.id, "reason": "on leave", "until": until}
    assert (await world.act(standing.annotator_pause, **pause))["leases_revoked"] == 1
    assert await way.open_slots(world) == 2
    assert (await world.pull(ann, project))["reasons"] == [{"code": "paused", "until": until}]
    shown = await world.act(people.annotator_get, annotator=ann.subject.id)
    assert (shown["status"], shown["reason"], shown["paused_until"]) == ("paused", "on leave", until)
    assert (await world.system(standing.annotators_resume, most=10))["resumed"] == 0
    with refused("lease_revoked"):
        await world.act(holding.lease_heartbeat, ann, lease=lease["id"])
    world.clock.moved += timedelta(days=2, seconds=1)
    assert (await world.system(standing.annotators_resume, most=10))["resumed"] == 1
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_a_pause_goes_on_behind_a_suspension(world: World) -> None:
    ann = await way.join(world, "ann")
    who = {"annotator": ann.subject.id}
    until = await way.in_days(world, 2)
    await world.act(standing.annotator_pause, **who, reason="on leave", until=until)
    await world.act(standing.annotator_suspend, **who, reason="looking into it")
    assert (await world.pull(ann))["reasons"] == [{"code": "suspended"}]
    said = await world.act(standing.annotator_reinstate, **who, reason="nothing found")
    assert said["status"] == "paused"
    assert (await world.pull(ann))["reasons"] == [{"code": "paused", "until": until}]
    assert (await world.act(standing.annotator_resume, **who, reason="back early"))["status"] == "active"


async def test_what_completes_onboarding_during_a_suspension_counts_when_it_ends(world: World) -> None:
    await way.ask(world, checks=("identity",))
    ann = await way.join(world, "ann")
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="looking into it")
    await check(world, ann)
    back = await world.act(standing.annotator_reinstate, annotator=ann.subject.id, reason="fine")
    assert back["status"] == "active"


async def test_who_leaves_has_no_keys_and_no_leases_and_may_come_back(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    invited = await way.invite(world, "ann")
    ann, told = await way.claim(world, invited)
    await world.pull(ann, project)
    said = await world.act(standing.annotator_offboard, annotator=ann.subject.id, reason="left")
    assert (said["status"], said["leases_revoked"]) == ("offboarded", 1)
    world.perform._authenticate.forget()
    with pytest.raises(Unauthenticated, match="revoked"):
        await world.perform.authenticate(told["key"])
    again = await world.act(inviting.annotator_reinvite, annotator=ann.subject.id)
    assert again["status"] == "invited"
    back, _ = await way.claim(world, again)
    assert back.subject.id == ann.subject.id
    shown = await world.act(people.annotator_get, annotator=ann.subject.id)
    assert (shown["status"], shown["ended_at"]) == ("active", None)
    assert len((await world.pull(back, project))["leases"]) == 1


async def test_a_lost_claim_token_is_replaced_and_worth_nothing(world: World) -> None:
    lost = await way.invite(world, "ann")
    stolen = await world.perform.authenticate(lost["claim_token"], "claim")
    world.clock.moved += timedelta(days=20)
    found = await world.act(inviting.annotator_reinvite, annotator=lost["id"])
    with refused("claim_refused", "forbidden"):
        await world.act(inviting.annotator_claim, stolen)
    world.perform._authenticate.forget()
    with pytest.raises(Unauthenticated):
        await world.perform.authenticate(lost["claim_token"], "claim")
    assert (await way.claim(world, found))[1]["status"] == "active"
    with refused("not_now", "conflict") as caught:
        await world.act(inviting.annotator_reinvite, annotator=lost["id"])
    assert caught.value.found == "one who is active"


async def test_the_erased_lose_drafts_and_evidence_and_can_be_given_none(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await way.join(world, "ann")
    await check(world, ann)
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(holding.lease_draft, ann, lease=lease["id"], draft={"half": "done"})
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for it")
    assert await world.rows("SELECT 1 FROM draft WHERE tenant = $1") == []
    assert await world.rows("SELECT 1 FROM holding WHERE tenant = $1") == []
    steps = (await world.act(people.annotator_history, annotator=ann.subject.id))["steps"]
    assert [one["evidence"] for one in steps if one["type"] == "annotator.check_recorded"] == [None]
    with refused("not_now", "conflict"):
        await check(world, ann)


async def test_the_history_tells_who_did_what_why_and_on_what_evidence(world: World) -> None:
    ann = await way.join(world, "ann")
    await check(world, ann)
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="looking into it")
    steps = (await world.act(people.annotator_history, annotator=ann.subject.id))["steps"]
    assert [(one["type"].partition(".")[2], one["status"]) for one in steps] == [
        ("invited", "invited"),
        ("claimed", "active"),
        ("check_recorded", "active"),
        ("suspended", "suspended"),
    ]
    assert steps[2]["evidence"] == {"document": "passport"} and steps[2]["details"]["check"] == "identity"
    assert steps[3]["reason"] == "looking into it"
    assert [one["by"]["id"] for one in steps[1:]] == [ann.subject.id, *[world.admin.subject.id] * 2]
    assert "email_index" not in steps[0]["details"] and "claim_fingerprint" not in steps[0]["details"]
    own = (await world.act(people.annotator_history, ann, annotator=ann.subject.id))["steps"]
    assert [one["evidence"] for one in own] == [None] * 4 and own[3]["reason"] == "looking into it"
    with refused("not_found"):
        await world.act(people.annotator_history, annotator=await world.project())
