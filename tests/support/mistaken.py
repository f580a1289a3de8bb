"""Wrong keys in tests: gold whose truth is not what it says, people who are measured on it, and its correction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.gold import hygiene
from backend.usecases.gold.rekeying import AGAIN_SECONDS
from backend.usecases.projects import intake
from backend.usecases.training import training
from backend.usecases.work import Answer, Caller, Work
from tests.support.skilled import settle, skill_of
from tests.support.world import World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0}


async def begun(world: World, golden: int = 9, name: str = "keys", **plan: Any) -> tuple[UUID, list[UUID]]:
    """A project with so much gold whose truth is yes, and two items of work; project and gold."""
    project = await world.project(name, plan=PLAN | plan)
    gold = await add(world, project, *(f"{name}g{n}" for n in range(golden)))
    await world.items(project, f"{name}x", f"{name}y")
    return project, gold


async def add(world: World, project: UUID, *names: str, truth: Any = "yes") -> list[UUID]:
    """Gold under these external keys."""
    gold = tuple({"external_key": one, "payload": {"task": one}, "truth": truth} for one in names)
    added = await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    return [UUID(str(one["id"])) for one in added["gold"]]


async def answer(world: World, who: Caller, project: UUID, n: int, **other: Any) -> None:
    """Answer so many gold items with yes, except those named by their task."""
    for _ in range(n):
        (lease,) = (await world.pull(who, project))["leases"]
        await world.submit(who, lease["id"], other.get(lease["payload"]["task"], "yes"))
    await settle(world)


async def wrong(world: World, gold: UUID, right: Any = None, **more: Any) -> dict[str, Any]:
    """Say that a key is wrong."""
    said: dict[str, Any] = {"gold": gold, "reason": "doubtful", "key": "wrong", "right": right} | more

    async def gold_retire(work: Work) -> Answer:
        """World.act takes `key` for the idempotency key."""
        return await hygiene.gold_retire(work, **said)

    return await world.act(gold_retire)


async def corrected(world: World) -> None:
    """Let the correction run to its end, and what follows from it."""
    for _ in range(4):
        await settle(world)
        world.clock.moved += timedelta(seconds=AGAIN_SECONDS)
    await settle(world)


async def evidence(world: World, who: Caller, source: str = "gold") -> list[tuple[bool | None, int]]:
    """(right or not, score) of the person's pieces of this source, in their order."""
    sql = "SELECT correct, score_ppm FROM evidence WHERE tenant = $1 AND annotator = $2 AND source = $3 ORDER BY piece"
    return [(row["correct"], row["score_ppm"]) for row in await world.rows(sql, who.subject.id, source)]


async def lived(world: World, here: str = "") -> None:
    """A key is found wrong, what is right becomes known, and it is gold again; an exam had asked it too."""
    project, gold = await begun(world, 3, f"{here}keys")
    ann, ben = await world.invite(f"{here}keyed"), await world.invite(f"{here}examined")
    await answer(world, ann, project, 3, **{f"{here}keysg0": "no"})
    course = await world.act(
        training.course_publish,
        title="exam",
        content=None,
        questions=(),
        gold=tuple(gold),
        skill=await skill_of(world, project),
        pass_mark=0.0,
        course=None,
    )
    said = tuple({"question": str(one), "answer": "yes"} for one in gold)
    await world.act(training.course_attempt, ben, course=course["id"], version=1, answers=said)
    await settle(world)
    await wrong(world, gold[0])
    await corrected(world)
    await wrong(world, gold[0], "no")
    await corrected(world)
    await add(world, project, f"{here}keysg0", truth="no")
