"""Escalation: what annotators flag or answers leave open goes to an expert, whose answer stands."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.projects import intake
from backend.usecases.tasks import escalating, holding
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.refused import refused
from tests.support.world import World


async def flag(world: World, who: Caller, lease: UUID, note: str | None = None) -> dict[str, Any]:
    return await world.act(escalating.lease_escalate, who, lease=lease, reason="odd", note=note)


async def test_a_flagged_item_goes_to_an_expert_whose_answer_decides(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    (lease,) = (await world.pull(ann, project))["leases"]
    said = await flag(world, ann, lease["id"], "two birds")
    assert said["status"] == "escalated" and said["escalation"]
    assert await flag(world, ann, lease["id"], "two birds") == said, "the same again"
    assert (await world.pull(await world.invite("ben"), project))["leases"] == [], "the experts' now"
    (theirs,) = (await world.pull(exp, project))["leases"]
    assert (theirs["stage"], theirs["payload"]) == ("expert", {"task": "a"})
    await world.submit(exp, theirs["id"], {"label": "both"})
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"], row["confidence"]) == ({"label": "both"}, "expert", 1.0)
    (opened,), (resolved,) = await world.facts("escalation.opened"), await world.facts("escalation.resolved")
    assert (opened.event.reason, opened.event.raised_by) == ("annotator_flagged", ann.subject.id)
    assert (resolved.event.expert, resolved.event.lease) == (exp.subject.id, theirs["id"])


async def test_the_note_is_ciphertext(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await flag(world, ann, lease["id"], "two birds")
    (event,) = await world.facts("lease.escalated")
    assert event.event.note and b"birds" not in event.event.note


async def test_the_answers_there_are_give_an_aggregate_that_the_expert_overrules(world: World) -> None:
    for n, flag_last in enumerate((False, True)):
        project = await world.project(f"p{n}", plan={"overlap": 2})
        await world.items(project, "a")
        ann, ben = await world.invite(f"ann{n}"), await world.invite(f"ben{n}")
        (flagged,) = (await world.pull(ben, project))["leases"]
        if not flag_last:
            await flag(world, ben, flagged["id"])
        await world.work(ann, project, "1")
        if flag_last:
            await flag(world, ben, flagged["id"])
        await world.decide()
        assert (await world.export(project))["a"]["decided_by"] == "aggregate", flag_last
        await world.work(await world.invite(f"exp{n}", "expert"), project, "0")
        await world.decide()
        row = (await world.export(project))["a"]
        assert (row["answer"], row["decided_by"], row["unreviewed"]["answer"]) == ("0", "expert", "1")


async def test_an_aggregate_never_overrules_an_expert(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(3)]
    leases = [(await world.pull(who, project))["leases"][0] for who in people]
    await flag(world, people[0], leases[0]["id"])
    await world.work(await world.invite("exp", "expert"), project, "0")
    for who, lease in zip(people[1:], leases[1:], strict=True):
        await world.submit(who, lease["id"], "1")
    await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == ("0", "expert")
    assert len(row["answers"]) == 3, "every answer is there"


async def test_after_the_experts_answer_nobody_is_asked_any_more(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await flag(world, ann, lease["id"])
    await world.work(await world.invite("exp", "expert"), project, "0")
    assert await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1") == []
    assert (await world.pull(await world.invite("ben"), project))["leases"] == []


@pytest.mark.parametrize("way", ["released", "skipped", "expired", "suspended"])
async def test_a_slot_given_back_after_the_experts_answer_does_not_come_back(world: World, way: str) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (flagged,), (other,) = [(await world.pull(who, project))["leases"] for who in (ann, ben)]
    await flag(world, ann, flagged["id"])
    await world.work(await world.invite("exp", "expert"), project, "0")
    match way:
        case "released":
            await world.act(holding.lease_release, ben, lease=other["id"], reason="")
        case "skipped":
            await world.act(holding.lease_skip, ben, lease=other["id"], reason="")
        case "expired":
            await world.expire()
        case _:
            await world.act(standing.annotator_suspend, annotator=ben.subject.id, reason="")
    assert await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1") == []
    with refused("lease_revoked" if way == "suspended" else "lease_lost"):
        await world.submit(ben, other["id"], "1")


async def test_two_flags_on_one_item_are_one_escalation(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    for name in ("ann", "ben"):
        who = await world.invite(name)
        (lease,) = (await world.pull(who, project))["leases"]
        await flag(world, who, lease["id"])
    assert len(await world.facts("escalation.opened")) == 1
    assert len((await world.pull(await world.invite("exp", "expert"), project, 3))["leases"]) == 1


async def test_who_flagged_or_answered_is_never_the_expert(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    ann, ben = (
        await world.invite("ann", "annotator", "expert"),
        await world.invite("ben", "annotator", "expert"),
    )
    await world.work(ann, project, "1")
    (lease,) = (await world.pull(ben, project))["leases"]
    await flag(world, ben, lease["id"])
    for who in (ann, ben):
        assert (await world.pull(who, project))["leases"] == []


async def test_an_unsure_aggregate_goes_to_an_expert(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "escalate_below": 0.6})
    await world.items(project, "sure", "torn")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who, torn in ((ann, "1"), (ben, "0")):
        for lease in (await world.pull(who, project, 2))["leases"]:
            await world.submit(who, lease["id"], torn if lease["payload"]["task"] == "torn" else "1")
    await world.decide()
    (opened,) = await world.facts("escalation.opened")
    assert (opened.event.reason, opened.event.raised_by) == ("low_confidence", None)
    before = await world.export(project)
    assert before["torn"]["top"] == ["0", "1"] and before["sure"]["confidence"] >= 0.6
    lease = await world.work(await world.invite("exp", "expert"), project, "0")
    assert lease["payload"] == {"task": "torn"}
    row = (await world.export(project))["torn"]
    assert (row["answer"], row["decided_by"], row["unreviewed"]["top"]) == ("0", "expert", ["0", "1"])


async def test_an_expert_who_passes_leaves_the_item_to_another_expert(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    await flag(world, ann, (await world.pull(ann, project))["leases"][0]["id"])
    one, two = await world.invite("one", "expert"), await world.invite("two", "expert")
    (lease,) = (await world.pull(one, project))["leases"]
    await flag(world, one, lease["id"])
    assert (await world.pull(one, project))["leases"] == []
    await world.work(two, project, "0")
    assert (await world.export(project))["a"]["decided_by"] == "expert"


async def test_flagging_tells_nobody_what_is_gold(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, "a")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "1"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann = await world.invite("ann")
    said = {}
    for _ in range(2):
        (lease,) = (await world.pull(ann, project))["leases"]
        said[lease["payload"]["task"]] = await flag(world, ann, lease["id"])
    assert set(said) == {"a", "g"}
    assert {name: type(value) for name, value in said["a"].items()} == {
        n: type(v) for n, v in said["g"].items()
    }
    assert len(await world.facts("escalation.opened")) == 1


async def test_a_submitted_lease_cannot_be_flagged(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    lease = await world.work(ann, project, "1")
    with refused("lease_lost", "conflict"):
        await flag(world, ann, lease["id"])
    with refused("lease_lost", "conflict"):
        await world.act(holding.lease_release, ann, lease=lease["id"], reason="")
