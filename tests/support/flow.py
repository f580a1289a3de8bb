"""Workflows in tests: steps as the API says them, and short ways to take an item through."""

from typing import Any
from uuid import UUID

from backend.readmodels import tasks
from backend.usecases.projects import workflows
from backend.usecases.tasks.showing import shown_answers
from backend.usecases.work import Answer, Caller, Work
from tests.support.world import World

REJECT = {"field": "answer.verdict", "op": "eq", "value": "reject"}


def step(name: str, stage: str = "annotate", *then: Any, **more: Any) -> dict[str, Any]:
    """A step; an arrow is a step's name, or the arrow itself."""
    arrows = [{"to": one} if isinstance(one, str) else one for one in then]
    return {"name": name, "stage": stage, "then": arrows, **more}


def back(to: str, often: int = 1, **more: Any) -> dict[str, Any]:
    """The arrow by which what was rejected goes back."""
    return {"to": to, "all": [REJECT], "loops_max": often, **more}


async def publish(
    world: World, project: UUID, *steps: dict[str, Any], first: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Publish the next version, beginning with the first of the steps unless told otherwise."""
    (row,) = await world.rows(
        "SELECT workflow_version AS n FROM project WHERE tenant = $1 AND project = $2", project
    )
    begins = first or (steps[0]["name"],)
    told = {"project": project, "expected_version": row["n"] + 1, "first": begins, "steps": steps}
    return await world.act(workflows.workflow_publish, **told)


async def flow(world: World, *steps: dict[str, Any], first: tuple[str, ...] = (), **plan: Any) -> UUID:
    """A project with this workflow and one item, `a`."""
    project = await world.project(plan=plan)
    await publish(world, project, *steps, first=first)
    await world.items(project, "a")
    return project


async def answer(world: World, who: Caller, project: UUID, said: Any) -> dict[str, Any]:
    """Pull one lease, answer it, and let the item go on; returns the lease."""
    lease = await world.work(who, project, said)
    await world.decide()
    return lease


async def judge(world: World, who: Caller, project: UUID, *verdict: Any) -> dict[str, Any]:
    """Pull one review, give the verdict, and let the item go on; returns the lease."""
    told = await world.review_pull(who, project)
    assert told["leases"], told["reasons"]
    (lease,) = told["leases"]
    await world.review(who, lease["id"], *verdict)
    await world.decide()
    return dict(lease)


async def nothing(world: World, who: Caller, project: UUID) -> bool:
    """Whether there is no work for this person."""
    return not (await world.pull(who, project))["leases"]


async def shown(world: World, lease: UUID) -> list[dict[str, Any]]:
    """What of other people's answers the lease shows."""

    async def look(work: Work) -> Answer:
        rows = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [lease])
        return Answer({"shown": (await shown_answers(work, rows))[lease]})

    return list((await world.act(look))["shown"])


async def steps_of(world: World, project: UUID) -> list[tuple[str, str, int]]:
    """(step, state, workflow version) of every task, oldest first."""
    rows = await world.rows(
        "SELECT step, state, workflow_version FROM task WHERE tenant = $1 AND project = $2 ORDER BY first_ord",
        project,
    )
    return [(row["step"], row["state"], row["workflow_version"]) for row in rows]


async def result(world: World, project: UUID, key: str = "a") -> tuple[Any, Any]:
    """(answer, decided by) of an item."""
    row = (await world.export(project))[key]
    return row["answer"], row["decided_by"]
