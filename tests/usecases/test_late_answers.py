"""A submit under a lease that has ended: taken back when it can be, kept when it cannot, never dropped, never twice."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.agreements import agreements, signing
from backend.usecases.projects import intake
from backend.usecases.tasks import escalating, holding, queue
from backend.usecases.tasks.late import late_answer_get
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.refused import refused
from tests.support.world import World


async def held(world: World, overlap: int = 1, **plan: Any) -> tuple[UUID, Caller, dict[str, Any]]:
    """A project with one item, a person, and their lease on it."""
    project = await world.project(plan={"overlap": overlap} | plan)
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    return project, ann, lease


async def counted(world: World) -> list[UUID]:
    return [
        row["lease"] for row in await world.rows("SELECT lease FROM answer WHERE tenant = $1 ORDER BY lease")
    ]


async def kept(world: World, who: Caller, lease: UUID, answer: Any, code: str = "lease_lost") -> UUID:
    """Submit, be refused, and return the late answer's id, having read it as its author."""
    with refused(code, "conflict") as caught:
        await world.submit(who, lease, answer)
    late = UUID(caught.value.extra["late_answer"])
    shown = await world.act(late_answer_get, who, late_answer=late)
    assert (shown["answer"], shown["lease"], shown["annotator"]) == (answer, lease, who.subject.id)
    return late


async def open_slots(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1"))


async def test_an_expired_lease_is_taken_back_while_its_slot_is_open(world: World) -> None:
    project, ann, lease = await held(world)
    assert await world.expire() == 1 and await open_slots(world) == 1
    said = await world.submit(ann, lease["id"], "1")
    assert said == {"lease": lease["id"], "status": "submitted", "reclaimed": True}
    (event,) = await world.facts("lease.submitted")
    assert event.event.reclaimed and await open_slots(world) == 0
    assert await counted(world) == [lease["id"]]
    assert await world.decide() == 1
    assert (await world.export(project))["a"]["answer"] == "1"
    assert (await world.pull(ann, project))["leases"] == [], "met the item now"


async def test_a_lease_is_lost_by_nobody_before_it_is_swept(world: World) -> None:
    _, ann, lease = await held(world)
    world.clock.moved += world.clock.moved.resolution * 10**12
    assert (await world.submit(ann, lease["id"], "1"))["reclaimed"] is False


async def test_a_released_lease_is_taken_back(world: World) -> None:
    _, ann, lease = await held(world)
    await world.act(holding.lease_release, ann, lease=lease["id"], reason="")
    assert (await world.submit(ann, lease["id"], "1"))["reclaimed"] is True
    assert await counted(world) == [lease["id"]]


async def test_once_somebody_else_has_the_slot_the_answer_is_kept_and_not_counted(world: World) -> None:
    project, ann, lease = await held(world)
    await world.expire()
    ben = await world.invite("ben")
    (his,) = (await world.pull(ben, project))["leases"]
    late = await kept(world, ann, lease["id"], "1")
    assert await counted(world) == []
    await world.submit(ben, his["id"], "0")
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "0"
    assert (await world.act(late_answer_get, late_answer=late))["answer"] == "1"


async def test_a_late_answer_is_its_authors_and_the_managers(world: World) -> None:
    project, ann, lease = await held(world)
    await world.expire()
    ben = await world.invite("ben")
    await world.pull(ben, project)
    late = await kept(world, ann, lease["id"], "1")
    with refused("forbidden") as others:
        await world.act(late_answer_get, ben, late_answer=late)
    with refused("forbidden") as nothing:
        await world.act(late_answer_get, ben, late_answer=UUID(int=7))
    assert str(others.value) == str(nothing.value)
    with refused("not_found"):
        await world.act(late_answer_get, late_answer=UUID(int=7))


async def test_the_same_late_answer_again_is_the_same_one(world: World) -> None:
    project, ann, lease = await held(world)
    await world.expire()
    await world.pull(await world.invite("ben"), project)
    first = await kept(world, ann, lease["id"], "1")
    assert await kept(world, ann, lease["id"], "1") == first
    assert await kept(world, ann, lease["id"], "0") != first
    assert len(await world.rows("SELECT 1 FROM late_answer WHERE tenant = $1")) == 2


async def test_an_answer_kept_as_late_stays_late_when_the_slot_opens_again(world: World) -> None:
    project, ann, lease = await held(world)
    await world.expire()
    ben = await world.invite("ben")
    (his,) = (await world.pull(ben, project))["leases"]
    late = await kept(world, ann, lease["id"], "1")
    await world.act(holding.lease_release, ben, lease=his["id"], reason="")
    assert await kept(world, ann, lease["id"], "1") == late, "the same request has the same outcome"
    assert (await world.submit(ann, lease["id"], "0"))["reclaimed"] is True


async def test_an_answer_after_a_suspension_is_kept(world: World) -> None:
    _, ann, lease = await held(world)
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="")
    await kept(world, ann, lease["id"], "1", "lease_revoked")
    await world.act(standing.annotator_reinstate, annotator=ann.subject.id, reason="")
    await kept(world, ann, lease["id"], "0", "lease_revoked")
    assert await counted(world) == [] and await open_slots(world) == 1


async def test_a_suspended_person_takes_nothing_back(world: World) -> None:
    _, ann, lease = await held(world)
    await world.expire()
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="")
    await kept(world, ann, lease["id"], "1")
    assert await open_slots(world) == 1


async def test_who_no_longer_holds_what_the_work_asks_for_takes_nothing_back(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    exact = {"agreement": nda["id"], "typed_name": "Ann"}
    await world.act(signing.agreement_sign, ann, version=1, sha256=nda["sha256"], **exact)
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.expire()
    newer = await world.act(agreements.agreement_publish, title="NDA", text="v2", agreement=nda["id"])
    await kept(world, ann, lease["id"], "1")
    await world.act(signing.agreement_sign, ann, version=2, sha256=newer["sha256"], **exact)
    assert (await world.submit(ann, lease["id"], "0"))["reclaimed"] is True


@pytest.mark.parametrize("way", ["skip", "escalate"])
async def test_who_declined_takes_nothing_back(world: World, way: str) -> None:
    _, ann, lease = await held(world)
    if way == "skip":
        await world.act(holding.lease_skip, ann, lease=lease["id"], reason="")
    else:
        await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="", note=None)
    await kept(world, ann, lease["id"], "1")
    assert await counted(world) == []


async def test_an_old_lease_gives_way_to_the_same_persons_new_one(world: World) -> None:
    project, ann, old = await held(world)
    await world.expire()
    (new,) = (await world.pull(ann, project))["leases"]
    await kept(world, ann, old["id"], "1")
    assert (await world.submit(ann, new["id"], "1"))["reclaimed"] is False
    assert await counted(world) == [new["id"]]


async def test_another_answer_after_the_first_is_kept_beside_it(world: World) -> None:
    project, ann, lease = await held(world)
    await world.submit(ann, lease["id"], "1")
    await kept(world, ann, lease["id"], "0")
    assert (await world.submit(ann, lease["id"], "1"))["status"] == "submitted"
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "1"
    assert len(await world.facts("lease.submitted")) == 1


async def test_nobody_submits_under_anothers_lease(world: World) -> None:
    _, _, lease = await held(world)
    ben = await world.invite("ben")
    with refused("not_found") as foreign:
        await world.submit(ben, lease["id"], "1")
    with refused("not_found") as nothing:
        await world.submit(ben, UUID(int=7), "1")
    assert str(foreign.value) == str(nothing.value)


async def test_a_late_answer_to_gold_is_scored(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, "a")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "1"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    assert lease["payload"] == {"task": "g"}
    await world.expire()
    assert (await world.submit(ann, lease["id"], "1"))["reclaimed"] is True
    (scored,) = await world.facts("lease.gold_scored")
    assert scored.event.correct


async def test_an_ended_lease_shows_its_end_and_no_payload(world: World) -> None:
    _, ann, lease = await held(world)
    await world.expire()
    shown = await world.act(queue.lease_get, ann, lease=lease["id"])
    assert (shown["state"], shown["payload"]) == ("abandoned", None)
    with refused("lease_lost"):
        await world.act(holding.lease_heartbeat, ann, lease=lease["id"])
    with refused("lease_lost"):
        await world.act(holding.lease_skip, ann, lease=lease["id"], reason="")


async def test_a_heartbeat_keeps_a_lease_alive(world: World) -> None:
    _, ann, lease = await held(world, lease_seconds=60)
    assert await world.expire(50) == 0
    beat = await world.act(holding.lease_heartbeat, ann, lease=lease["id"])
    assert beat["expires_at"] > lease["expires_at"]
    assert await world.expire(50) == 0
    assert await world.expire(11) == 1


async def test_release_and_expiry_bar_nobody_but_a_skip_does(world: World) -> None:
    project, ann, lease = await held(world)
    await world.act(holding.lease_release, ann, lease=lease["id"], reason="")
    assert (await world.act(holding.lease_release, ann, lease=lease["id"], reason=""))["status"] == "released"
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.expire()
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(holding.lease_skip, ann, lease=lease["id"], reason="too dark")
    assert (await world.pull(ann, project))["leases"] == []
    assert len((await world.pull(await world.invite("ben"), project))["leases"]) == 1


async def test_a_late_verdict_is_taken_back_or_kept(world: World) -> None:
    project, ann, lease = await held(world, review_rate=1.0)
    await world.submit(ann, lease["id"], "1")
    rev, other = await world.invite("rev", "reviewer"), await world.invite("other", "reviewer")
    (first,) = (await world.review_pull(rev, project))["leases"]
    await world.expire()
    (second,) = (await world.review_pull(other, project))["leases"]
    with refused("lease_lost", "conflict") as caught:
        await world.review(rev, first["id"], "correct", "0", "look closer")
    kept = await world.act(late_answer_get, rev, late_answer=UUID(caught.value.extra["late_answer"]))
    assert kept["answer"] == {"verdict": "correct", "correction": "0", "note": "look closer"}
    await world.expire()
    with refused("lease_lost"):
        await world.review(rev, first["id"], "correct", "0", "look closer")
    assert (await world.review(other, second["id"], "accept"))["verdict"] == "accept"
    (given,) = await world.facts("review.verdict_given")
    assert given.event.reviewer == other.subject.id
    (verdict,) = [one for one in await world.facts("lease.submitted") if one.stream == second["id"]]
    assert verdict.event.reclaimed
    assert await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1") == []
