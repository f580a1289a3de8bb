"""Verdicts in bulk in tests: short ways to fill the holding tank and to decide much of it, and a history of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.usecases.gold import promoting
from backend.usecases.review import bulk_deciding, waiting
from backend.usecases.work import Answer, Caller, Work
from tests.support import flow, redoing
from tests.support.planted import planted_always, stocked
from tests.support.world import World

NOTHING_ASKED = dict.fromkeys(
    ("annotator", "answer_class", "step", "unsure", "vendor", "answered_from", "answered_to", "review_step")
)


async def tank(world: World, *answers: str, here: str = "", **plan: Any) -> tuple[UUID, Caller, Caller]:
    """A project in which ann gave these answers to as many items, all of which wait for review; ann and a reviewer."""
    project = await world.project(f"{here}tank", plan={"review_rate": 1.0} | plan)
    await world.items(project, *(f"{here}tank {n}" for n in range(len(answers))))
    ann = await world.invite(f"{here}tank ann")
    for answer in answers:
        await world.work(ann, project, answer)
    await world.decide()
    return project, ann, await world.invite(f"{here}tank rev", "reviewer")


async def statements_of(world: World, rev: Caller, project: UUID, *mosts: int) -> list[int]:
    """Reject so many of what waits, one act after the other; how often each asked the database."""
    asked: list[int] = []

    async def counting(work: Work, **said: Any) -> Answer:
        statements: list[Any] = []
        work.conn.add_query_logger(statements.append)
        answer = await bulk_deciding.reviews_bulk(work, **said)
        await work.flush()
        work.conn.remove_query_logger(statements.append)
        asked.append(len(statements))
        return answer

    counting.__name__ = "reviews_bulk"
    said = {"verdict": "reject", "note": None, "dry_run": False, "skip_refused": False, "project": project}
    for most in mosts:
        done = await world.act(counting, rev, selection={"most": most}, **said)
        assert done["decided"] == most
    return asked


async def listed(world: World, project: UUID, by: Caller | None = None, **asked: Any) -> list[dict[str, Any]]:
    """Everything that the list shows, page by page."""
    said: dict[str, Any] = NOTHING_ASKED | {"limit": 200} | asked
    found, cursor = [], None
    while True:
        page = await world.act(waiting.reviews_waiting, by, project=project, cursor=cursor, **said)
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def bulk(
    world: World,
    who: Caller,
    project: UUID,
    verdict: str = "approve",
    *,
    leases: Sequence[UUID] | None = None,
    tasks: Sequence[UUID] | None = None,
    dry_run: bool = False,
    skip_refused: bool = False,
    note: str | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """Decide many as this person."""
    named = {name: list(ids) for name, ids in (("leases", leases), ("tasks", tasks)) if ids is not None}
    selection = named | asked
    said = {"verdict": verdict, "note": note, "dry_run": dry_run, "skip_refused": skip_refused}
    return await world.act(bulk_deciding.reviews_bulk, who, project=project, selection=selection, **said)


async def in_steps(
    world: World, *answers: str, here: str = "", often: int = 1, **plan: Any
) -> tuple[UUID, Caller, Caller]:
    """A project whose answers are all looked at in a step, and done again where rejected; ann gave these to as many
    items. With ann, and a reviewer."""
    project = await world.project(f"{here}in steps", plan=plan)
    look = flow.step("look", "review", flow.back("draw", often=often), shows=["draw"])
    await flow.publish(world, project, flow.step("draw", "annotate", "look"), look)
    await world.items(project, *(f"{here}step {n}" for n in range(len(answers))))
    ann = await world.invite(f"{here}step ann")
    for answer in answers:
        await world.work(ann, project, answer)
    await world.decide()
    return project, ann, await world.invite(f"{here}step rev", "reviewer")


async def promoted(world: World, here: str = "") -> tuple[UUID, Caller, UUID]:
    """A project with one item beyond doubt, promoted to gold; one of its people, and the item."""
    plan = {"overlap": 2, "escalate_below": 1.0, "double_review": 0.0}
    project = await world.project(f"{here}sure", plan=plan)
    (one,) = await world.items(project, f"{here}sure")
    people = [await world.invite(f"{here}sure {n}") for n in range(2)]
    for who in people:
        await world.work(who, project, "1")
    await world.decide()
    await world.work(await world.invite(f"{here}sure exp", "expert"), project, "1")
    await world.decide()
    made = await world.act(promoting.gold_promote, project=project, tasks=None, all=True, limit=10)
    assert len(made["gold"]) == 1, "one item is beyond doubt"
    return project, people[0], UUID(str(one["item"]))


async def lived(world: World, here: str = "") -> None:
    """Let through and rejected in bulk, a planted answer among them; gold is doubted, and in part trusted again."""
    project, _, rev = await tank(world, "1", "0", "1", "0", "1", here=here)
    await bulk(world, rev, project, "reject", most=2, note="look again")
    await bulk(world, rev, project, "approve", most=2)
    await world.decide()
    project, _, rev = await in_steps(world, "1", "0", "1", here=here)
    for verdict in ("reject", "approve"):
        await bulk(world, rev, project, verdict, most=1)
        await world.decide()
    project, _, rev = await stocked(world, "0", "1", here=f"{here}bulk ")
    with planted_always():
        await bulk(world, rev, project, "approve", most=10)
    for n in range(2):
        project, ann, _ = await promoted(world, f"{here}{n} ")
        made = await redoing.plan(world, project, annotators=[ann.subject.id])
        await redoing.execute(world, made)
        if n:
            await redoing.undo(world, made)
