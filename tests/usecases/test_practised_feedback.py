"""Practice that one had wrong is told again only to who may still see the project's data."""

from backend.usecases.proficiency.feedback import feedback_get
from backend.usecases.projects import projects
from tests.support import nda
from tests.support.practised import module, resolved
from tests.support.school import attempt, publish, said
from tests.support.world import World


async def test_who_may_not_see_the_data_any_more_is_told_neither_what_is_right_nor_why(world: World) -> None:
    project, _, _, opened = await resolved(world)
    course = (await publish(world, modules=(module(project),)))["id"]
    ann = await world.invite("ann")
    await attempt(world, ann, course, said(str(opened["a"]), answer="cat"), module="try")
    told = {"prompt": {"task": "a"}, "truth": "fox", "explanation": "Too blurry: Where?"}
    asked = {"prompt": None, "truth": None, "explanation": None}
    for agreed, seen in ((True, told), (False, asked)):
        if not agreed:
            agreement = await nda.publish(world)
            asks = {"project": project, "agreements": (agreement["id"],), "courses": ()}
            await world.act(projects.project_requirements_update, **asks)
        (one,) = (await world.act(feedback_get, ann, annotator=ann.subject.id))["training"]
        assert {name: one[name] for name in seen} == seen
