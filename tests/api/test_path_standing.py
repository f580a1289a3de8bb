"""What a person sees of themselves over HTTP: it has moved when the submit is answered."""

from pydantic import TypeAdapter

from backend.api.at_once import StandingShown
from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_after_a_submit_the_standing_has_moved(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    ann, me = await person(admin, "ann")
    ben, _ = await person(admin, "ben")
    before = await ann.do("annotator_standing", annotator=me)
    lease = await pull(ann, at)
    await ann.do("lease_submit", {"answer": "1"}, lease=lease["id"])
    at_once = await ann.do("annotator_standing", annotator=me)
    assert before["work"] == [] and [one["submitted_today"] for one in at_once["work"]] == [1]
    await world.follow()
    await world.decide()
    shown = TypeAdapter(StandingShown).validate_python(await ann.do("annotator_standing", annotator=me))
    assert (shown.work[0].submitted_week, shown.holding.held, shown.told.errors) == (1, 0, 0)
    assert await admin.do("annotator_standing", annotator=me) == shown.model_dump(mode="json")
    await ben.refused(403, "forbidden", "annotator_standing", annotator=me)
