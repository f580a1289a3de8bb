"""Practice on escalations in tests: items that somebody flagged and an expert settled, and a course that asks them."""

from typing import Any
from uuid import UUID

from backend.usecases.review.expert_calls import escalation_reasons_set
from backend.usecases.tasks import escalating
from backend.usecases.training import practising
from backend.usecases.work import Caller
from tests.support.school import attempt, publish, said
from tests.support.world import World

BLURRY = {"code": "blurry", "label": "Too blurry", "asks": "Where?"}
NAMES = ("a", "b", "c", "d")


async def flagged(world: World, who: Caller, project: UUID, *names: str) -> dict[str, UUID]:
    """The person asks for an expert on these items; external key -> escalation."""
    items = {one["external_key"]: one["item"] for one in await world.items(project, *names)}
    for _ in names:
        (lease,) = (await world.pull(who, project))["leases"]
        given = {"lease": lease["id"], "reason": "", "note": None, "code": "blurry"}
        await world.act(escalating.lease_escalate, who, **given)
    opened = {one.event.item: one.event.escalation for one in await world.facts("escalation.opened")}
    return {name: opened[item] for name, item in items.items()}


async def answered(world: World, expert: Caller, project: UUID, **answers: Any) -> None:
    """The expert answers what waits, each item as it is said here."""
    for _ in answers:
        (lease,) = (await world.pull(expert, project))["leases"]
        await world.submit(expert, lease["id"], answers[lease["payload"]["task"]])


async def begun(world: World, here: str = "", **plan: Any) -> tuple[UUID, Caller, Caller, dict[str, UUID]]:
    """A project, who asked there for an expert on four items, the expert, and external key -> escalation."""
    project = await world.project(f"{here}practised", plan=plan)
    said_so = {"project": project, "expected_version": 1, "reasons": (BLURRY,)}
    await world.act(escalation_reasons_set, **said_so)
    asker, expert = await world.invite(f"{here}asks"), await world.invite(f"{here}knows", "expert")
    return project, asker, expert, await flagged(world, asker, project, *NAMES)


async def resolved(world: World, here: str = "", **plan: Any) -> tuple[UUID, Caller, Caller, dict[str, UUID]]:
    """The same, with "fox" for a and b and "owl" for c and d."""
    project, asker, expert, opened = await begun(world, here, **plan)
    await answered(world, expert, project, a="fox", b="fox", c="owl", d="owl")
    return project, asker, expert, opened


def module(project: UUID, **more: Any) -> dict[str, Any]:
    """Practice that draws from the project's blurry ones."""
    named = {"project": project, "code": "blurry"} | more
    return {"id": "try", "kind": "practice", "title": "What was blurry", "escalations": named}


async def questions(world: World, project: UUID, by: Caller | None = None, **more: Any) -> dict[str, Any]:
    """What experts decided of the blurry ones, as questions."""
    asked = {"code": "blurry", "since": None, "until": None, "cursor": None, "limit": 50} | more
    return await world.act(practising.escalation_questions, by, project=project, **asked)


async def lived(world: World, here: str = "") -> None:
    """A course teaches what an expert decided; then less of it, which the expert need not answer and somebody else gets
    wrong; then nothing. Another one goes on teaching it."""
    project, _, expert, _ = await resolved(world, here)
    course = (await publish(world, modules=(module(project),)))["id"]
    await publish(world, course=course, modules=(module(project, limit=1),))
    (fact,) = [one for one in await world.facts("course.published") if one.event.taught][-1:]
    wrong = said(str(fact.event.taught[0].escalations[0].escalation), answer="cat")
    for who in (expert, await world.invite(f"{here}learns")):
        await attempt(world, who, course, wrong, module="try", version=2)
    await publish(world, course=course, modules=({"id": "read", "kind": "content", "title": "Read"},))
    await publish(world, modules=(module(project),))
