"""Coming in: a stream of items, marks on one of them, and a workflow that they go through."""

from backend.usecases.projects import intake
from backend.usecases.tasks import intakes
from tests.support.flow import publish, step
from tests.support.world import World


async def lived(world: World, here: str = "") -> None:
    """Items come in by a stream that ends, one is marked, and an item goes through two steps."""
    project = await world.project(f"{here}coming")
    begun = await world.act(intakes.intake_begin, project=project, form="ndjson", columns={}, delimiter=",")
    lines = [{"external_key": f"k{n}", "payload": n, "tags": ["night"]} for n in range(3)]
    await world.act(
        intakes.intake_stream, intake=begun["id"], from_line=1, more=False, lines=lines, header=None
    )
    (row, *_) = await world.rows("SELECT item FROM item WHERE tenant = $1 AND project = $2", project)
    await world.act(intake.item_mark, item=row["item"], tags=("day",), edge_case=True)
    steps = (step("annotate", "annotate", "check"), step("check", "review", shows=("annotate",)))
    through = await world.project(f"{here}through")
    await publish(world, through, *steps)
    await world.items(through, "a")
    await world.work(await world.invite(f"{here}walker"), through, "1")
    await world.decide()
