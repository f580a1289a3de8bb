"""Models in a test: one is registered and routed, and items come in with what it answers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.usecases.models import registering, routing
from backend.usecases.projects import intake
from backend.usecases.review import expert_calls
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.work import Answer, Work
from tests.support.world import World

NOTHING: dict[str, Any] = {
    "default_threshold": None,
    "classes": (),
    "metric_least": None,
    "always_human": (),
    "audit_share": 0.0,
    "parallel": False,
    "low_confidence": None,
}
HALF_A_MINUTE = {"below": 0.5, "to": "expert", "seconds": 30}


async def register(world: World, name: str = "bird-net", version: str = "1") -> UUID:
    """A model's id."""
    told = await world.act(registering.model_register, name=name, version=version, notes="on a wall")
    return UUID(str(told["id"]))


async def routed(world: World, project: UUID, model: UUID | None, **said: Any) -> dict[str, Any]:
    """Route so from now on, whatever was said before."""
    version = (await world.act(routing.model_routing_get, project=project))["version"]
    given = {"project": project, "expected_version": version, "model": model}
    return await world.act(routing.model_routing_set, **given, **(NOTHING | said))


async def bring(
    world: World,
    project: UUID,
    model: UUID,
    said: Sequence[tuple[str, Any, float]],
    count: list[str] | None = None,
    **more: Any,
) -> list[dict[str, Any]]:
    """Import an item for each (external key, the model's answer, its confidence); what became of each. The statements
    that it takes are added to `count`."""

    async def item_import(work: Work, **given: Any) -> Answer:
        if count is not None:
            work.conn.add_query_logger(lambda record: count.append(record.query))
        return await intake.item_import(work, **given)

    items = tuple(
        {
            "external_key": key,
            "payload": {"task": key},
            "prediction": {"model": str(model), "answer": answer, "confidence": sure},
        }
        | more
        for key, answer, sure in said
    )
    return list((await world.act(item_import, project=project, items=items))["results"])


async def watch(world: World, project: UUID, *classes: Any) -> None:
    """Let an expert look at whatever is answered with one of these classes."""
    told = await world.act(expert_calls.watched_classes_get, project=project)
    await world.act(
        expert_calls.watched_classes_set, project=project, expected_version=told["version"], classes=classes
    )


async def ways(world: World) -> dict[str, tuple[str, str]]:
    """The model's answer (token) -> where it went and by which rule; for one project."""
    sql = "SELECT item, routed, rule FROM prediction WHERE tenant = $1"
    return {row["item"]: (row["routed"], row["rule"]) for row in await world.rows(sql)}


async def lived(world: World, here: str = "") -> None:
    """One answer stands, one is audited, two go to a person beside the model, one to an expert in time, two late."""
    project = await world.project(f"{here}foretold", plan={"overlap": 2})
    model, old = await register(world, f"{here}net"), await register(world, f"{here}net", "0")
    await world.act(registering.model_retire, model=old)
    await routed(world, project, model, default_threshold=0.9, audit_share=1.0, always_human=("owl",))
    await bring(world, project, model, [("audited", "cat", 0.95), ("owl", "owl", 1.0)])
    low = {"low_confidence": HALF_A_MINUTE | {"fallback": "machine"}}
    classes = ({"class": "dog", "threshold": 0.8, "metric": "precision", "metric_value": 0.97},)
    await routed(world, project, model, default_threshold=0.9, classes=classes, parallel=True, **low)
    await bring(world, project, model, [("stands", "dog", 0.85), ("same", "cat", 0.6), ("other", "dog", 0.6)])
    await bring(world, project, model, [("expert", "cat", 0.2), ("machine", "cat", 0.3)], priority=0)
    low = {"low_confidence": HALF_A_MINUTE | {"fallback": "queue"}}
    await routed(world, project, model, default_threshold=0.9, **low)
    await bring(world, project, model, [("queue", "cat", 0.3)], priority=0)
    people = [await world.invite(f"{here}{name}") for name in ("foa", "fob", "foc")]
    for who in people[:2]:
        for lease in (await world.pull(who, project, 9))["leases"]:
            await world.submit(who, lease["id"], "cat")
    await world.decide()
    for lease in (await world.pull(people[2], project, 9))["leases"]:
        await world.submit(people[2], lease["id"], "dog")
    await world.decide()
    exp = await world.invite(f"{here}fox", "expert")
    await world.work(exp, project, "cat")
    await world.expire(31)
    await world.system(escalations_miss, most=500)
