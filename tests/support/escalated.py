"""Escalation in a history: reasons and watched classes are said, answers flagged, experts are late and differ."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.review import expert_calls, explaining, reviews
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.tasks import escalating, submitting
from backend.usecases.work import Caller
from tests.support.world import World

BLURRY = {"code": "blurry", "label": "Too blurry", "asks": "Where?"}


async def lived(world: World, here: str = "") -> None:
    """One item is contested and resolved, one is late, one is watched, one waits because two people are unsure."""
    asked = {"overlap": 2, "experts_max": 2, "escalate_below": 0.6, "review_rate": 1.0}
    deadlines = {"expert_start_seconds": 60, "expert_seconds": 120}
    project = await world.project(f"{here}escalated", plan=asked | deadlines)
    said: dict[str, Any] = {"project": project, "expected_version": 1}
    await world.act(expert_calls.escalation_reasons_set, **said, reasons=(BLURRY,))
    await world.act(expert_calls.watched_classes_set, **said, classes=("gun",))
    await world.items(project, "torn", "late", "watched", "unsure")
    ann, ben = await world.invite(f"{here}urs"), await world.invite(f"{here}uta")
    mine, theirs = [
        {lease["payload"]["task"]: lease["id"] for lease in (await world.pull(who, project, 3))["leases"]}
        for who in (ann, ben)
    ]
    for who, leases, answer in ((ann, mine, "cat"), (ben, theirs, "dog")):
        await world.submit(who, leases["torn"], answer)
    await world.decide()
    for name in ("una", "udo"):
        expert = await world.invite(f"{here}{name}", "expert")
        await world.work(expert, project, f"fox of {name}")
    await _explained(world, expert, project)
    about = {"lease": mine["late"], "reason": "dark", "note": None, "code": "blurry"}
    await world.act(escalating.lease_escalate, ann, **about)
    for who, leases in ((ann, mine), (ben, theirs)):
        await world.submit(who, leases["watched"], "gun")
        (unsure,) = (await world.pull(who, project))["leases"]
        sent = {"lease": unsure["id"], "answer": ["cat"], "client_seconds": 7, "unsure": True}
        await world.act(submitting.lease_submit, who, **sent)
    await world.decide()
    world.clock.moved += timedelta(minutes=3)
    await world.system(escalations_miss, most=500)
    await _regions(world, await world.invite(f"{here}uwe", "reviewer"), project)


async def _explained(world: World, expert: Caller, project: UUID) -> None:
    """The expert says why, twice, and a manager says it better."""
    (word,) = [one.event for one in await world.facts("escalation.resolved") if one.event.project == project]
    for words in ("a tail", "a red tail"):
        await world.act(explaining.lease_explain, expert, lease=word.lease, words=words)
    await world.act(explaining.escalation_explain, escalation=word.escalation, words="Tail and ears.")


async def _regions(world: World, rev: Caller, project: UUID) -> None:
    """One answer is wrong in one place."""
    while leases := (await world.review_pull(rev, project))["leases"]:
        lease, parts = leases[0], isinstance(leases[0]["answer"], list)
        said = {"verdict": "reject" if parts else "accept", "correction": None, "note": None}
        wrong = ({"at": "/0", "verdict": "reject", "code": "wrong_class"},) if parts else ()
        await world.act(reviews.review_submit, rev, lease=lease["id"], **said, regions=wrong)
