"""Disputes in tests: errors of people that were told of ten by ten, disputed, and looked at again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.gold.disclosing import gold_disclose
from backend.usecases.proficiency.feedback import feedback_get
from backend.usecases.projects.feedback import project_feedback_update
from backend.usecases.review import dispute_deciding as deciding
from backend.usecases.review import disputing
from backend.usecases.work import Caller
from tests.support.skilled import answer_gold, gold, settle
from tests.support.world import World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0}


async def begun(world: World, who: Caller, here: str = "", golden: int = 9) -> UUID:
    """A project in which somebody has answered one item with `said` and then meets so much gold, and two items more."""
    project = await world.project(f"{here}jays", plan=PLAN)
    await world.items(project, f"{here}w")
    await world.work(who, project, "said")
    await gold(world, project, golden)
    await world.items(project, f"{here}x", f"{here}y")
    return project


async def judge(world: World, rev: Caller, project: UUID, *verdict: Any) -> None:
    """Pull one review, give the verdict, let it sink in and decide what follows."""
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], *verdict)
    await settle(world)


async def leases(world: World, who: Caller) -> list[UUID]:
    """The leases under which the person answered, oldest first."""
    facts = await world.facts("lease.submitted")
    return [one.event.lease for one in facts if one.actor.id == who.subject.id]


async def told(world: World, who: Caller, project: UUID, rev: Caller, *verdict: Any) -> list[UUID]:
    """One review and nine gold items, the last of them wrong: the leases, in the order of the answers; with them a ten
    is full and told of."""
    await answer_gold(world, who, project, *["yes"] * 8, "no")
    await judge(world, rev, project, *verdict)
    return await leases(world, who)


async def feedback(world: World, who: Caller, reader: Caller | None = None) -> dict[str, Any]:
    """What is told of somebody, to themselves unless said otherwise."""
    return await world.act(feedback_get, reader or who, annotator=who.subject.id)


async def switch(world: World, project: UUID, version: int = 1, **said: Any) -> dict[str, Any]:
    """Change what the project tells of reviews."""
    given = {"review_notes": False, "corrections": False} | said
    return await world.act(project_feedback_update, project=project, expected_version=version, **given)


async def dispute(world: World, who: Caller, lease: UUID) -> UUID:
    """Dispute the answer given under this lease."""
    opened = await world.act(disputing.dispute_open, who, lease=lease, reason="look again")
    return UUID(str(opened["id"]))


async def refusal_of(world: World, who: Caller, lease: UUID) -> Refusal:
    """With what a dispute is refused."""
    try:
        await dispute(world, who, lease)
    except Refusal as refusal:
        return refusal
    raise AssertionError("expected a refusal, found a dispute")


async def pull(world: World, who: Caller, project: UUID | None = None) -> dict[str, Any]:
    """Ask for a dispute to decide."""
    return await world.act(deciding.disputes_pull, who, project=project)


async def resolve(
    world: World, who: Caller | None, about: UUID, outcome: str = "upheld", **more: Any
) -> dict[str, Any]:
    """Decide a dispute."""
    said = {"dispute": about, "outcome": outcome, "reason": "I looked"} | more
    return await world.act(deciding.dispute_resolve, who, **said)


async def disputes(world: World, who: Caller | None = None, **query: Any) -> dict[str, Any]:
    """List disputes."""
    anything = dict.fromkeys(("state", "outcome", "project", "annotator", "cursor"))
    return await world.act(disputing.dispute_list, who, **(anything | {"limit": 50} | query))


async def lived(world: World, here: str = "") -> None:
    """All that can happen to disputes: opened, taken, over, given back, decided; gold disclosed; feedback set."""
    who, rev = await world.invite(f"{here}disputer"), await world.invite(f"{here}judge", "reviewer")
    eve = await world.invite(f"{here}arbiter", "reviewer")
    project = await begun(world, who, here)
    met = await told(world, who, project, rev, "correct", "no", "see the guideline")
    await switch(world, project, review_notes=True, dispute_days=30)
    first, second = await dispute(world, who, met[0]), await dispute(world, who, met[-1])
    await pull(world, eve)
    world.clock.moved += timedelta(seconds=2 * deciding.HOLD_SECONDS)
    await world.system(deciding.disputes_return, most=10)
    (case,) = (await pull(world, eve))["disputes"]
    await world.act(deciding.dispute_give_back, eve, dispute=case["id"])
    await pull(world, eve)
    await resolve(world, eve, first, "reversed")
    await resolve(world, eve, second, "void", gold_wrong=True)
    await settle(world)
    (row,) = await world.rows("SELECT gold FROM answer WHERE tenant = $1 AND lease = $2", met[1])
    for words in ("it is a jay", "it is a blue jay"):
        await world.act(gold_disclose, gold=row["gold"], explanation=words)
    await settle(world)
