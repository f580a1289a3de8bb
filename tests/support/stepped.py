"""Models inside workflows and planned rounds, in the history that a rebuild reproduces."""

from backend.usecases.projects import pilots, targets
from tests.support.flow import publish, step
from tests.support.foretold import bring, register, routed
from tests.support.iterated import opened, plan
from tests.support.world import World

SPLIT = {"field": "agreement", "op": "lt", "value": 1}


async def lived(world: World, here: str = "") -> None:
    """A step is decided by a model, another beside one; what waited for a round is used, and a pilot counts it."""
    project, model = await world.project(f"{here}stepped"), await register(world, f"{here}step net")
    await routed(world, project, model, default_threshold=0.9)
    await publish(world, project, step("label", "annotate", "check"), step("check", "custom"))
    round_ = await plan(world, project, f"{here}round")
    await bring(world, project, model, [("sure", "cat", 0.97)], iteration=str(round_))
    await opened(world, project, round_)
    settle = step("settle", "adjudicate", shows=["label"])
    beside = step("label", "annotate", {"to": "settle", "all": [SPLIT]}, slots=1, model=model)
    await publish(world, project, beside, settle)
    await bring(world, project, model, [("split", "cat", 0.97)])
    ann = await world.invite(f"{here}steve")
    for lease in (await world.pull(ann, project, 9))["leases"]:
        await world.submit(ann, lease["id"], "dog")
    await world.decide()
    await world.items(project, "in the pilot")
    wanted = [{"measure": "accuracy", "least": 0.99}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    begun = {"project": project, "items": 1, "seed": "s", "with_model": True}
    pilot = await world.act(pilots.pilot_begin, **begun)
    await world.decide()
    await world.act(pilots.pilot_judge, project=project, pilot=pilot["id"])
