"""Leases handed on, on the real database: given by name, delegated, moved with the draft or without, taken away."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic_core import from_json

from backend.domain.errors import Refusal
from backend.usecases.agreements import agreements, signing
from backend.usecases.projects import intake
from backend.usecases.review import reviews
from backend.usecases.tasks import submitting
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.leases import (
    assign,
    delegate,
    draft,
    later,
    listed,
    pause,
    reassign,
    release,
    revoke,
    row,
    shown,
    start,
    sweep,
)
from tests.support.refused import refused
from tests.support.world import World

NOBODY = UUID(int=7)


async def two(world: World, **plan: Any) -> tuple[UUID, Caller, Caller, UUID]:
    """A project with one item, which ann has begun; and ben, her colleague."""
    project = await world.project(plan=plan)
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (lease,) = (await world.pull(ann, project))["leases"]
    return project, ann, ben, lease["id"]


async def held_by(world: World, who: Caller) -> list[dict[str, Any]]:
    return await world.rows("SELECT * FROM lease WHERE tenant = $1 AND annotator = $2", who.subject.id)


# --- delegating


async def test_a_holder_hands_a_lease_to_a_colleague_with_the_draft(world: World) -> None:
    project, ann, ben, lease = await two(world)
    await draft(world, ann, lease, {"boxes": [1]})
    told = await delegate(world, ann, lease, ben.subject.id, reason="your field")
    assert told == {"lease": lease, "status": "reassigned"}, "whose lease it is now is not hers to know"
    (mine,) = await held_by(world, ben)
    assert (mine["state"], mine["assigned"], mine["ring"]) == ("held", True, 0)
    why = from_json(mine["why"])
    assert (why["by"], why["of"]) == ("delegation", str(lease))
    (first,) = (await world.pull(ben, project))["leases"]
    assert (first["id"], first["payload"]) == (mine["lease"], {"task": "a"})
    seen = await world.act(submitting.lease_submit, ben, lease=first["id"], answer="1", client_seconds=None)
    assert seen["reclaimed"] is False
    with refused("lease_lost", "conflict"):
        await start(world, ann, lease)


async def test_what_was_begun_is_read_by_who_took_it_over(world: World) -> None:
    project, ann, ben, lease = await two(world)
    await draft(world, ann, lease, {"boxes": [1]})
    await delegate(world, ann, lease, ben.subject.id)
    (first,) = (await world.pull(ben, project))["leases"]
    assert (await shown(world, ben, first["id"]))["draft"] == {"boxes": [1]}


async def test_a_lease_may_be_handed_on_without_what_was_begun(world: World) -> None:
    _, ann, ben, lease = await two(world)
    await draft(world, ann, lease, {"boxes": [1]})
    await delegate(world, ann, lease, ben.subject.id, keep_draft=False)
    drafts = await world.rows("SELECT annotator FROM draft WHERE tenant = $1")
    assert [one["annotator"] for one in drafts] == [ann.subject.id]


async def test_why_a_colleague_may_not_take_over_is_not_told(world: World) -> None:
    project, ann, _, lease = await two(world)
    await world.items(project, *"bcdef")
    rev = await world.invite("rev", "reviewer")
    away, full = await world.invite("away"), await world.invite("full")
    await world.act(standing.annotator_suspend, annotator=away.subject.id, reason="")
    await world.pull(full, project, most=3)
    told = set()
    for somebody in (rev.subject.id, away.subject.id, full.subject.id, NOBODY):
        with refused("cannot_take_over", "conflict") as caught:
            await delegate(world, ann, lease, somebody)
        told.add((str(caught.value), str(caught.value.extra)))
    assert len(told) == 1
    assert (await row(world, lease))["annotator"] == ann.subject.id, "nothing has changed"


async def test_who_has_met_the_item_does_not_take_it_over(world: World) -> None:
    project, ann, ben, lease = await two(world, overlap=2)
    (other,) = (await world.pull(ben, project))["leases"]
    await world.submit(ben, other["id"], "1")
    with refused("cannot_take_over"):
        await delegate(world, ann, lease, ben.subject.id)
    with refused("already_worked"):
        await reassign(world, lease, ben.subject.id)


async def test_nobody_hands_on_what_is_not_theirs_or_to_themselves(world: World) -> None:
    _, ann, ben, lease = await two(world)
    with refused("not_found"):
        await delegate(world, ben, lease, ben.subject.id)
    with refused("already_yours", "conflict"):
        await delegate(world, ann, lease, ann.subject.id)
    await release(world, ann, lease)
    with refused("lease_lost", "conflict"):
        await delegate(world, ann, lease, ben.subject.id)


async def test_who_handed_a_lease_on_may_meet_the_item_again(world: World) -> None:
    project, ann, ben, lease = await two(world)
    await delegate(world, ann, lease, ben.subject.id)
    (mine,) = await held_by(world, ben)
    await release(world, ben, mine["lease"])
    (again,) = (await world.pull(ann, project))["leases"]
    assert again["payload"] == {"task": "a"}


async def test_what_a_colleague_does_not_open_in_time_is_everybodys(world: World) -> None:
    project, ann, ben, lease = await two(world)
    await delegate(world, ann, lease, ben.subject.id)
    await later(world, hours=4, seconds=1)
    assert await sweep(world) == 1
    assert not await held_by(world, ben)
    assert (await world.pull(ann, project))["leases"]


async def test_gold_is_handed_on_like_work(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, "a", "b")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "x"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (lease,) = (await world.pull(ann, project))["leases"]
    assert lease["payload"] == {"task": "g"}
    before = await world.rows("SELECT count(*) AS n FROM open_slot WHERE tenant = $1")
    await delegate(world, ann, lease["id"], ben.subject.id)
    assert await world.rows("SELECT count(*) AS n FROM open_slot WHERE tenant = $1") == before
    (mine,) = await held_by(world, ben)
    await world.submit(ben, mine["lease"], "x")
    (scored,) = await world.facts("lease.gold_scored")
    assert (scored.event.annotator, scored.event.correct) == (ben.subject.id, True)


async def test_a_review_is_never_handed_to_the_author(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, "a")
    ann = await world.invite("ann", "annotator", "reviewer")
    rev, other = await world.invite("rev", "reviewer"), await world.invite("other", "reviewer")
    await world.work(ann, project, "1")
    (review,) = (await world.review_pull(rev, project))["leases"]
    with refused("cannot_take_over"):
        await delegate(world, rev, review["id"], ann.subject.id)
    await delegate(world, rev, review["id"], other.subject.id)
    (mine,) = (await world.act(reviews.review_pull, other, project=project, max=1))["leases"]
    assert mine["answer"] == "1"
    await world.review(other, mine["id"], "accept")


# --- moving


async def test_a_manager_moves_a_lease_with_its_draft_and_says_why(world: World) -> None:
    _, ann, ben, lease = await two(world)
    await pause(world, ann, lease, {"boxes": [3]})
    moved = await reassign(world, lease, ben.subject.id, reason="ann is ill")
    assert moved["annotator"] == ben.subject.id and moved["lease"] != lease
    assert moved["expires_at"] == moved["start_by"] < moved["hard_until"]
    (fact,) = await world.facts("lease.reassigned")
    assert (fact.event.next, fact.event.delegated) == (moved["lease"], False)
    assert b"ill" not in bytes(fact.event.reason)
    (kept,) = await world.rows("SELECT lease FROM draft WHERE tenant = $1 AND annotator = $2", ben.subject.id)
    assert kept["lease"] == lease, "the ciphertext stays bound to the lease it was written under"


async def test_a_manager_is_told_why_somebody_may_not(world: World) -> None:
    project, ann, ben, lease = await two(world)
    await world.items(project, *"bcd")
    await world.pull(ben, project, most=3)
    with refused("at_capacity", "conflict"):
        await reassign(world, lease, ben.subject.id)
    moved = await reassign(world, lease, ben.subject.id, over_capacity=True)
    assert len(await held_by(world, ben)) == 4
    rev = await world.invite("rev", "reviewer")
    with refused("not_qualified", "conflict"):
        await reassign(world, moved["lease"], rev.subject.id)
    with refused("not_found"):
        await reassign(world, moved["lease"], NOBODY)
    with refused("not_found"):
        await reassign(world, uuid4(), ann.subject.id)
    with refused("forbidden"):
        await reassign(world, moved["lease"], ann.subject.id, by=ann)


async def test_of_two_managers_who_move_a_lease_at_once_one_does(world: World) -> None:
    _, _, ben, lease = await two(world)
    eve = await world.invite("eve")
    done = await asyncio.gather(
        reassign(world, lease, ben.subject.id), reassign(world, lease, eve.subject.id), return_exceptions=True
    )
    assert sorted(isinstance(one, dict) for one in done) == [False, True]
    assert [one.code for one in done if isinstance(one, Refusal)] == ["lease_lost"]
    assert len(await world.rows("SELECT 1 FROM lease WHERE tenant = $1")) == 1


async def test_an_answer_sent_after_the_lease_was_moved_is_kept(world: World) -> None:
    _, ann, ben, lease = await two(world)
    moved = await reassign(world, lease, ben.subject.id)
    with refused("lease_lost", "conflict") as caught:
        await world.submit(ann, lease, "late")
    assert caught.value.extra["late_answer"]
    assert (await world.submit(ben, moved["lease"], "1"))["reclaimed"] is False


# --- assigning


async def test_an_assignment_beyond_somebodys_capacity_is_asked_for(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, *"abcd")
    ann = await world.invite("ann")
    for one in rows[:3]:
        await assign(world, one["task"], ann)
    with refused("at_capacity", "conflict"):
        await assign(world, rows[3]["task"], ann)
    assert (await assign(world, rows[3]["task"], ann, over_capacity=True))["lease"]


async def test_what_is_assigned_waits_no_longer_than_its_project_says(world: World) -> None:
    project = await world.project()
    (item,) = await world.items(project, "a")
    given = await assign(world, item["task"], await world.invite("ann"))
    assert given["hard_until"] - given["start_by"] == timedelta(hours=8)
    assert given["expires_at"] == given["start_by"]


# --- taking away


async def test_a_manager_takes_a_lease_away_and_the_answer_is_kept(world: World) -> None:
    project, ann, ben, lease = await two(world)
    assert await revoke(world, lease, "wrong person") == {"lease": lease, "status": "revoked"}
    assert (await revoke(world, lease))["status"] == "revoked"
    (fact,) = await world.facts("lease.revoked")
    assert fact.event.reason == "manager" and b"wrong" not in bytes(fact.event.note)
    with refused("lease_revoked", "conflict") as caught:
        await world.submit(ann, lease, "late")
    assert caught.value.extra["late_answer"]
    assert (await world.pull(ben, project))["leases"]
    with refused("forbidden"):
        await revoke(world, lease, by=ann)
    with refused("not_found"):
        await revoke(world, uuid4())


async def test_what_was_answered_is_not_taken_away(world: World) -> None:
    _, ann, _, lease = await two(world)
    await world.submit(ann, lease, "1")
    with refused("lease_lost", "conflict"):
        await revoke(world, lease)


# --- listing


async def test_a_person_lists_their_own_leases_and_nobody_elses(world: World) -> None:
    project, ann, ben, lease = await two(world, overlap=2)
    await world.pull(ben, project)
    (mine,) = (await listed(world, ann))["data"]
    real = await row(world, lease)
    assert (mine["id"], mine["state"], mine["annotator"]) == (lease, "started", ann.subject.id)
    assert real["item"] not in mine.values() and real["task"] not in mine.values()
    assert (await listed(world, ann, annotator=ann.subject.id))["data"][0]["id"] == lease
    with refused("forbidden"):
        await listed(world, ann, annotator=ben.subject.id)


async def test_a_manager_lists_who_holds_what_and_for_how_long(world: World) -> None:
    project, ann, ben, lease = await two(world, overlap=2)
    await later(world, minutes=2)
    (other,) = (await world.pull(ben, project))["leases"]
    await pause(world, ben, other["id"])
    first, second = (await listed(world))["data"]
    assert (first["id"], second["id"]) == (lease, other["id"]), "the oldest first"
    assert 120 <= first["age_seconds"] < 125 and second["age_seconds"] < 5
    assert first["task"] == (await row(world, lease))["task"]
    assert [one["id"] for one in (await listed(world, state="paused"))["data"]] == [other["id"]]
    assert [one["id"] for one in (await listed(world, annotator=ann.subject.id))["data"]] == [lease]
    assert not (await listed(world, project=await world.project("bees")))["data"]
    page = await listed(world, limit=1)
    rest = await listed(world, limit=1, cursor=page["next_cursor"])
    assert [one["id"] for one in (*page["data"], *rest["data"])] == [lease, other["id"]]
    assert rest["next_cursor"] is None


async def test_a_lease_is_not_moved_to_who_has_not_signed_what_it_asks_for(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    signed = {"agreement": nda["id"], "version": 1, "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, ann, **signed)
    (lease,) = (await world.pull(ann, project))["leases"]
    with refused("agreement_required", "conflict"):
        await reassign(world, lease["id"], ben.subject.id)
    with refused("cannot_take_over", "conflict"):
        await delegate(world, ann, lease["id"], ben.subject.id)
    await world.act(signing.agreement_sign, ben, **signed)
    assert await reassign(world, lease["id"], ben.subject.id)
