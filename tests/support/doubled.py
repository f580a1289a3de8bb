"""Double reviews in tests: items that one expert settled, and a history in which others look at them again."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import intake, projects
from backend.usecases.tasks import escalating
from backend.usecases.work import Caller
from tests.support.world import World

PLAN = {"double_review": 1.0}
"""Every word of an expert is drawn."""


async def escalated(world: World, *names: str, here: str = "", **plan: Any) -> UUID:
    """A project in which somebody asked for an expert on each of these items."""
    project = await world.project(f"{here}doubled", plan=PLAN | plan)
    await world.items(project, *names)
    who = await world.invite(f"{here}asker")
    for _ in names:
        (lease,) = (await world.pull(who, project))["leases"]
        await world.act(escalating.lease_escalate, who, lease=lease["id"], reason="", note=None)
    return project


async def experts(world: World, n: int, here: str = "") -> list[Caller]:
    """So many experts."""
    return [await world.invite(f"{here}expert{one}", "expert") for one in range(n)]


async def lived(world: World, here: str = "") -> None:
    """Two experts agree on one item, differ on another, which a third decides; one word is drawn and passed over, and a
    second opinion is waited for. An expert meets gold."""
    project = await escalated(world, "same", "torn", "late", here=here)
    people = await experts(world, 3, here)
    said = {"same": ["fox", "fox"], "torn": ["fox", "owl", "owl"], "late": ["fox"]}
    for turn, who in enumerate(people):
        for _ in range(3):
            for lease in (await world.pull(who, project))["leases"]:
                answers = said[lease["payload"]["task"]]
                if turn < len(answers):
                    await world.submit(who, lease["id"], answers[turn])
    seldom = await escalated(world, "a", "b", "c", here=f"{here}seldom", double_review=0.000001)
    for _ in range(3):
        await world.work(people[0], seldom, "fox")
    more = await escalated(world, "d", here=f"{here}golden", gold_share=0.0)
    gold = ({"external_key": "gold", "payload": {}, "truth": "fox"},)
    await world.act(intake.gold_add, project=more, gold=gold, exam_only=False)
    asked = {"project": more, "expected_version": 1, "plan": {"gold_share": 1.0}}
    await world.act(projects.project_plan_update, **asked)
    for _ in range(2):
        await world.work(people[1], more, "fox")
