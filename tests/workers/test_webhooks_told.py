"""The leader has webhooks served at once: an expert's word is outside before anybody would have polled for it."""

from backend.usecases.projects import intake
from backend.usecases.tasks import escalating
from tests.support.receiving import receiving, registered
from tests.support.world import World
from tests.workers.test_schedule import leading, until


async def test_an_experts_answer_to_a_real_time_item_goes_out_while_nobody_asks(world: World) -> None:
    """Without Redis in reach, as it happens: the leader serves the webhook itself."""
    project = await world.project()
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    async with receiving(world) as receiver, leading(world):
        await registered(world, receiver.url, project=project, with_answers=True)
        items = ({"external_key": "live", "payload": {"task": "live"}, "priority": 0},)
        await world.act(intake.item_import, project=project, items=items)
        (lease,) = (await world.pull(ann, project))["leases"]
        said = {"reason": "", "note": None, "code": "ambiguous"}
        await world.act(escalating.lease_escalate, ann, lease=lease["id"], **said)
        await world.work(exp, project, "an owl")
        await world.decide()

        async def arrived() -> bool:
            return bool(receiver.taken)

        await until(arrived)
    (event,) = [one.event for one in receiver.taken]
    assert (event["type"], event["data"]["by"], event["data"]["answer"]) == (
        "task.decided",
        "expert",
        "an owl",
    )
    assert event["data"]["external_key"] == "live" and event["data"]["final"] is True
