"""A little history in which everything happens once: what a rebuild has to reproduce."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.access import access
from backend.usecases.agreements import agreements, signing
from backend.usecases.projects import guidelines, intake, projects
from backend.usecases.review import reviews
from backend.usecases.tasks import escalating, holding
from backend.usecases.training import training
from backend.usecases.work import Answer, Caller, Work
from backend.usecases.workforce import standing
from tests.support import (
    asking,
    bulked,
    classed,
    cloned,
    coming,
    corrected,
    costed,
    disputed,
    doubled,
    escalated,
    flagged,
    foretold,
    iterated,
    labelled,
    leases,
    mistaken,
    nda,
    piloted,
    planted,
    practised,
    priced,
    queueing,
    receiving,
    recertified,
    redoing,
    routine,
    sampled,
    scored,
    shared,
    shift,
    signalled,
    skilled,
    standards,
    steered,
    stepped,
    varied,
    worn,
)
from tests.support.careers import careers
from tests.support.crowd import crowd
from tests.support.school import train
from tests.support.world import World

NAMES = tuple(f"item {n}" for n in range(12))


async def gated_project(world: World, name: str) -> tuple[UUID, dict[str, Any]]:
    """A project that asks for an agreement, an exam and a guideline; returns it with what a person has to do."""
    project = await world.project(name, plan={"overlap": 2, "review_rate": 1.0, "rework_max": 1})
    skill = (await world.act(projects.project_get, project=project))["skill"]["id"]
    text = "I tell nobody what I see."
    agreement = await world.act(agreements.agreement_publish, title="NDA", text=text, agreement=None)
    course, gold = await world.exam(project, {f"exam {n}": "ab"[n % 2] for n in range(12)}, skill)
    await world.act(
        projects.project_requirements_update,
        project=project,
        agreements=(agreement["id"],),
        courses=(course,),
    )
    await world.act(guidelines.guideline_publish, project=project, text="Look closely.")
    return project, {"agreement": agreement, "course": course, "gold": gold, "project": project}


async def qualify(world: World, who: Caller, gates: dict[str, Any]) -> None:
    """Sign, pass and acknowledge; every other answer is wrong."""
    signed = {"agreement": gates["agreement"]["id"], "version": 1, "sha256": gates["agreement"]["sha256"]}
    await world.act(signing.agreement_sign, who, **signed, typed_name="me")
    answers = tuple({"question": str(gold), "answer": "a"} for gold in gates["gold"].values())
    await world.act(training.course_attempt, who, course=gates["course"], version=1, answers=answers)
    await world.act(guidelines.guideline_acknowledge, who, project=gates["project"], version=1)


async def one(world: World, who: Caller, project: UUID) -> UUID:
    """The id of one pulled lease."""
    (lease,) = (await world.pull(who, project))["leases"]
    return UUID(str(lease["id"]))


async def live_through(world: World, here: str = "") -> None:
    """Everything that can happen happens; afterwards some leases, reviews and jobs are still open.

    Lived through again under another name for `here`, it shares no stream with the first time.
    """
    await careers(world, here)
    await train(world, here)
    await crowd(world, here)
    await skilled.lived(world, here)
    await nda.lived(world, here)
    project, gates = await gated_project(world, f"{here}birds")
    ann, ben, cas, dee = [await world.invite(f"{here}{name}") for name in ("ann", "ben", "cas", "dee")]
    rev, exp = await world.invite(f"{here}rev", "reviewer"), await world.invite(f"{here}exp", "expert")
    for who in (ann, ben, cas, dee, rev, exp):
        await qualify(world, who, gates)
    await world.items(project, *NAMES)
    await _ended_leases(world, project, ann, ben, cas)
    await _reviewed_answers(world, project, (ann, ben, cas), rev)
    await _escalated_item(world, project, ann, exp)
    await _standing(world, project, ann, dee)
    await _gold_in_work(world, ben, f"{here}cats")
    await asking.lived(world, ben, exp, project)
    await _changes(world, project, gates)
    await shift.lived(world, ben, project)
    await redoing.lived(world, here)
    await steered.lived(world, here)
    await queueing.lived(world, here)
    await leases.lived(world, here)
    await coming.lived(world, here)
    await iterated.lived(world, here)
    await piloted.lived(world, here)
    await scored.lived(world, here)
    await escalated.lived(world, here)
    await practised.lived(world, here)
    await doubled.lived(world, here)
    await flagged.lived(world, here)
    await disputed.lived(world, here)
    await corrected.lived(world, here)
    await mistaken.lived(world, here)
    await worn.lived(world, here)
    await foretold.lived(world, here)
    await stepped.lived(world, here)
    await planted.lived(world, here)
    await labelled.lived(world, here)
    await bulked.lived(world, here)
    await sampled.lived(world, here)
    await standards.lived(world, here)
    await costed.lived(world, here)
    await priced.lived(world, here)
    await recertified.lived(world, here)
    await routine.lived(world, here)
    await signalled.lived(world, here)
    await classed.lived(world, here)
    await cloned.lived(world, here)
    await shared.lived(world, here)
    await receiving.lived(world, here)
    await varied.lived(world, here)


async def _ended_leases(world: World, project: UUID, ann: Caller, ben: Caller, cas: Caller) -> None:
    """Every way a lease can end: skipped, released, abandoned, reclaimed, late."""
    await world.act(holding.lease_skip, ann, lease=await one(world, ann, project), reason="unclear")
    await world.act(holding.lease_release, ann, lease=await one(world, ann, project), reason="break")
    lost = [await one(world, who, project) for who in (ann, ben)]
    kept = await one(world, cas, project)
    world.clock.moved += timedelta(minutes=20)
    await world.act(holding.lease_heartbeat, cas, lease=kept)
    assert (await world.system(holding.leases_expire, most=10))["expired"] == 2
    assert (await world.submit(ann, lost[0], "a"))["reclaimed"]
    await world.act(holding.lease_release, ann, lease=await one(world, ann, project), reason="break")
    again = [await one(world, who, project) for who in (ben, ben)]
    try:
        await world.submit(ben, lost[1], "late")
    except Refusal as refusal:
        assert refusal.code == "lease_lost"
    for lease in again:
        await world.submit(ben, lease, "b")
    await world.submit(cas, kept, "a")


async def _reviewed_answers(world: World, project: UUID, people: tuple[Caller, ...], rev: Caller) -> None:
    """Verdicts of all three kinds; a rejected answer opens a slot, the second one sends the item to an expert."""
    for who in people:
        for _ in range(4):
            await world.submit(who, await one(world, who, project), "a")
    verdicts = (
        "accept",
        "correct",
        "reject",
        "accept",
        "reject",
        "reject",
        "accept",
        "accept",
        "correct",
        "reject",
    )
    for verdict in verdicts:
        (lease,) = (await world.act(reviews.review_pull, rev, project=project, max=1))["leases"]
        given = {
            "verdict": verdict,
            "correction": "c" if verdict == "correct" else None,
            "note": "look again",
        }
        await world.act(reviews.review_submit, rev, lease=lease["id"], **given)
    await world.decide()


async def _escalated_item(world: World, project: UUID, ann: Caller, exp: Caller) -> None:
    """A person asks for an expert, whose answer stands."""
    lease = await one(world, ann, project)
    await world.act(escalating.lease_escalate, ann, lease=lease, reason="unsure", note="two birds?")
    await world.submit(exp, await one(world, exp, project), "expert says")


async def _standing(world: World, project: UUID, ann: Caller, dee: Caller) -> None:
    """Suspended with a lease in hand, reinstated; another person is erased; a key comes and goes."""
    await one(world, dee, project)
    for act in (standing.annotator_suspend, standing.annotator_reinstate):
        await world.act(act, annotator=dee.subject.id, reason="audit")
    await one(world, dee, project)
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for")
    made = await world.act(access.key_create, kind="user", roles=("manager",), scopes=("*",), days=1)

    async def key_revoke(work: Work) -> Answer:
        """World.act takes `key` for the idempotency key."""
        return await access.key_revoke(work, key=made["key_id"], reason="lost")

    await world.act(key_revoke)


async def _gold_in_work(world: World, ben: Caller, name: str) -> None:
    """A project in which every pull is gold while there is any."""
    project = await world.project(name, plan={"gold_share": 1.0})
    gold = ({"external_key": "gold", "payload": {}, "truth": "cat", "edge_case": True},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, "plain")
    for _ in range(2):
        await world.submit(ben, await one(world, ben, project), "cat")
    await world.decide()


async def _changes(world: World, project: UUID, gates: dict[str, Any]) -> None:
    """What people edit later: the plan (a new sampling period), the agreement's and the guideline's next version."""
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan={"overlap": 3})
    agreement = gates["agreement"]["id"]
    await world.act(
        agreements.agreement_publish, title="NDA", text="I tell no one at all.", agreement=agreement
    )
    await world.act(guidelines.guideline_publish, project=project, text="Look twice.")
    await world.items(project, "late item")
