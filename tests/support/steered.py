"""Work that is steered from outside: held, let go, cancelled, re-classed, promoted, one by one and in bulk."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.tasks.task import TASK, AddSlot
from backend.events.ids import LeaseId
from backend.events.store.database import transaction
from backend.usecases.lanes import lane_of
from backend.usecases.tasks import escalating, holding, promoting, selection, steering
from backend.usecases.tasks.stages import ord_now
from backend.usecases.work import Answer, Work
from tests.support.world import World


async def one_more(world: World, task: Any, lane: UUID, cause: UUID) -> None:
    """One more slot of the task, as a rejected answer asks for it."""

    async def add(work: Work) -> Answer:
        work.require("project:update")
        await work.load(TASK, [task])
        wanted = AddSlot(lane=lane, ord=ord_now(work), reason="rejected", cause=LeaseId(cause))  # type: ignore[arg-type]
        work.decide(TASK, task, wanted)
        return Answer({})

    await world.system(add)


async def lived(world: World, here: str = "") -> None:
    """Everything that managers do to tasks and lanes happens, while leases are held and given back."""
    project = await world.project(f"{here}steered", plan={"overlap": 2})
    names = ("held", "gone", "expert", "moved", "soon", "bulk")
    rows = {row["external_key"]: row for row in await world.items(project, *names)}
    ann, ben = await world.invite(f"{here}sten"), await world.invite(f"{here}stig")
    exp = await world.invite(f"{here}stella", "expert")
    about: dict[str, dict[str, Any]] = {name: {"task": row["task"]} for name, row in rows.items()}
    why: dict[str, Any] = {"code": "manager", "note": "see above"}
    mine = {lease["payload"]["task"]: lease for lease in (await world.pull(ann, project, 3))["leases"]}
    await world.act(steering.task_hold, **about["held"], **why)
    await world.act(holding.lease_release, ann, lease=mine["held"]["id"], reason="")
    await one_more(world, rows["held"]["task"], lane_of(project, "annotate"), mine["held"]["id"])
    await world.act(steering.task_cancel, **about["gone"], **why)
    async with transaction(world.perform.pool, world.tenant) as conn:
        soon = await world.clock.now(conn) + timedelta(minutes=30)
    later: dict[str, Any] = {"deadline": None, "clear_deadline": False}
    await world.act(steering.task_prioritise, **about["moved"], priority=1, **later)
    await world.act(steering.task_prioritise, **about["soon"], priority=None, **later | {"deadline": soon})
    await world.act(steering.task_require, **about["moved"], conditions={"all": [{"origin": "staff"}]})
    await world.system(promoting.tasks_promote, most=100)
    await world.act(escalating.lease_escalate, ann, lease=mine["expert"]["id"], reason="", note=None)
    await world.act(steering.task_hold, **about["expert"], **why)
    (settling,) = [one for one in (await world.pull(exp, project))["leases"] if one["stage"] == "expert"]
    await world.submit(exp, settling["id"], "e")
    await world.act(steering.task_unhold, **about["expert"])
    bulk: dict[str, Any] = {"selection": {"external_keys": ["bulk", "held"]}, "dry_run": False}
    some = {"by": "class", "seed": "spring", "each": 1}
    # Not what was promoted: put back, it would be promoted again by whoever lives through this a second time.
    drawn = {"external_keys": ["bulk", "held"], "sample": some}
    few: dict[str, Any] = {"act": {"kind": "prioritise", "priority": 3}, "selection": drawn}
    await world.act(selection.tasks_bulk, project=project, **few, dry_run=False)
    await world.decide()
    for act in ({"kind": "hold"}, {"kind": "unhold"}):
        await world.act(selection.tasks_bulk, project=project, act=act, **bulk)
        await world.decide()
    await world.act(steering.lane_pause, lane=lane_of(project, "review"))
    await world.act(steering.lane_resume, lane=lane_of(project, "review"))
    await world.act(steering.lane_pause, lane=lane_of(project, "annotate"))
    await world.act(steering.task_hold, **about["bulk"], **why)
    await world.pull(ben, project)
