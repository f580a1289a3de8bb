"""The load cap on the real database: who is far ahead today is served what has waited, and everybody is told why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.readmodels import staffing
from backend.usecases.insight import lease_reasons
from backend.usecases.projects import intake
from backend.usecases.tasks import holding, queue
from backend.usecases.work import Answer, Caller, Work
from tests.support.leases import later, say
from tests.support.skilled import explained
from tests.support.world import World

CAP = {"load_cap_percent": 150, "load_cap_wait_seconds": 60}


async def bring(world: World, project: UUID, name: str, n: int, **more: Any) -> None:
    """Import so many items, each shown as this name and its number."""
    items = tuple({"external_key": f"{name}{k}", "payload": {"task": f"{name}{k}"}} | more for k in range(n))
    await world.act(intake.item_import, project=project, items=items)


async def works(world: World, who: Caller, project: UUID, most: int) -> list[str]:
    """Pull and answer up to so often; what was shown."""
    shown: list[str] = []
    for _ in range(most):
        for lease in (await world.pull(who, project))["leases"]:
            shown.append(lease["payload"]["task"])
            await world.submit(who, lease["id"], "1")
    return shown


async def ahead(world: World, **plan: Any) -> tuple[UUID, Caller, Caller, Caller]:
    """A project in which two people were given six tasks each this morning, and one eighteen: (6 + 6 + 18) / 3 is the
    least mean that counts, and far over. Nothing is left to do."""
    project = await world.project(plan=plan)
    await say(world, project, **CAP)
    ann, ben, cid = [await world.invite(name) for name in ("ann", "ben", "cid")]
    await bring(world, project, "early", 30)
    for who in (ben, cid):
        assert len(await works(world, who, project, 6)) == 6
    assert len(await works(world, ann, project, 30)) == 18
    return project, ann, ben, cid


async def test_who_is_far_ahead_waits_while_others_are_served_and_is_told_why(world: World) -> None:
    project, ann, ben, _ = await ahead(world)
    await bring(world, project, "fresh", 3)
    (reason,) = (await world.pull(ann, project))["reasons"]
    numbers = {"leases_today": 18, "mean_today": 10.0, "cap": 15, "wait_seconds": 60}
    assert {name: reason[name] for name in numbers} == numbers
    assert (reason["code"], reason["project"], reason["count"]) == ("over_load_cap", project, 1)
    assert 0 < reason["retry_after_s"] <= 60
    body, failing = await explained(world, ann, project=project)
    assert (failing["condition"], body["served_now"]) == ("over_load_cap", False)
    assert failing["required"] == {"leases_today_below": 15, "or_waited_s": 60}
    assert failing["actual"]["opens_at"] - failing["actual"]["waits_since"] == timedelta(seconds=60)
    assert "comes first" in failing["mend"]
    assert await works(world, ben, project, 1) == ["fresh0"]
    body, failing = await explained(world, ben, project=project)
    assert body["served_now"] and failing == {}


async def test_if_nobody_else_comes_the_work_goes_to_whoever_is_ahead_and_the_claim_says_so(
    world: World,
) -> None:
    project, ann, _, _ = await ahead(world)
    await bring(world, project, "fresh", 1)
    await later(world, seconds=61)
    _, failing = await explained(world, ann, project=project)
    assert failing == {}, "the wait is over"
    (lease,) = (await world.pull(ann, project))["leases"]
    why = (await world.act(lease_reasons.lease_why, lease=lease["id"]))["why"]
    told = {"leases_today": 18, "mean_today": 10.0, "cap": 15, "wait_seconds": 60}
    assert why["over_load_cap"] == told and why["waited_s"] >= 60
    (first,) = await world.rows("SELECT why FROM lease_ended WHERE tenant = $1 ORDER BY claimed_at LIMIT 1")
    assert "over_load_cap" not in first["why"], "nobody was ahead then"


async def test_who_is_ahead_is_given_all_that_has_waited_so_long_and_nothing_else(world: World) -> None:
    project, ann, ben, _ = await ahead(world)
    for name, seconds in (("a", 31), ("b", 30), ("c", 2), ("d", 0)):
        await bring(world, project, name, 2)
        await later(world, seconds=seconds)
    assert await works(world, ann, project, 9) == ["a0", "a1"]
    await later(world, seconds=30)
    assert await works(world, ann, project, 9) == ["b0", "b1"]
    assert await works(world, ben, project, 9) == ["c0", "c1", "d0", "d1"]


async def test_real_time_work_and_other_projects_know_no_cap(world: World) -> None:
    project, ann, _, _ = await ahead(world)
    other = await world.project("fish")
    await bring(world, other, "fish", 1)
    await bring(world, project, "now", 2, priority=0)
    assert await works(world, ann, project, 3) == ["now0", "now1"]
    assert await works(world, ann, other, 3) == ["fish0"]


async def test_in_one_transaction_each_is_given_what_the_cap_leaves_them(world: World) -> None:
    project, ann, ben, cid = await ahead(world)

    async def together(work: Work) -> Answer:
        meta = world.meta(queue.lease_pull, None, {})
        works = [work.beside(who, meta) for who in (ann, ben, cid)]
        asked = [{"project": project, "max": 2} for _ in works]
        return Answer({"all": [one.body for one in await queue.lease_pull_together(works, asked)]})

    await bring(world, project, "fresh", 9)
    of_ann, *others = (await world.system(together))["all"]
    assert [len(one["leases"]) for one in others] == [2, 2]
    assert [reason["code"] for reason in of_ann["reasons"]] == ["over_load_cap"]
    await later(world, seconds=61)
    assert len((await world.system(together))["all"][0]["leases"]) == 2


async def test_taken_back_the_cap_holds_nobody_from_the_next_pull_on(world: World) -> None:
    project, ann, _, _ = await ahead(world)
    await bring(world, project, "fresh", 1)
    await say(world, project, load_cap_percent=0)
    assert await works(world, ann, project, 1) == ["fresh0"]


async def test_what_is_counted_now_and_then_is_what_each_pull_has_added(world: World) -> None:
    project, ann, ben, cid = await ahead(world)
    await bring(world, project, "fresh", 1)
    (lease,) = (await world.pull(ben, project))["leases"]
    pulse = world.perform.pulses.of(world.tenant)
    added = dict(pulse.loads.of[project].given)
    async with transaction(world.perform.pool, world.tenant) as conn:
        moment = await world.clock.now(conn)
        counted = await staffing.given_today(conn, world.tenant, [project], moment)
        tomorrow = await staffing.given_today(conn, world.tenant, [project], moment + timedelta(days=1))
    assert added == counted[project] == {ann.subject.id: 18, ben.subject.id: 7, cid.subject.id: 6}
    assert tomorrow == {}, "every day begins anew"
    await world.act(holding.lease_release, ben, lease=lease["id"], reason="")
    async with transaction(world.perform.pool, world.tenant) as conn:
        pulse.loads.counted_at = float("-inf")
        await pulse.renew(conn, world.tenant, moment)
    assert pulse.loads.of[project].given == added, "what was opened and given back was given"


async def test_without_a_cap_nothing_is_ever_counted(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await bring(world, project, "early", 1)
    assert await works(world, ann, project, 1) == ["early0"]
    pulse = world.perform.pulses.of(world.tenant)
    async with transaction(world.perform.pool, world.tenant) as conn:
        await pulse.renew(conn, world.tenant, await world.clock.now(conn))
    assert pulse.loads.of == {} and pulse.loads.counted_at == float("-inf")
