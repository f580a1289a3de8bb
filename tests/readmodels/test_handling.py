"""Handling times: folded from the log, without pauses and late answers, and known from twenty answers on."""

from uuid import UUID

from backend.domain.tasks.limits import hard_seconds
from backend.events.queue import QueueSettings
from backend.events.store.database import transaction
from backend.readmodels import handling
from backend.readmodels.histogram import seconds_of
from tests.support.leases import assign, later, pause, release, resume, sweep
from tests.support.world import World


async def cells(world: World) -> dict[int, int]:
    """Bucket -> how many."""
    await world.follow()
    return {r["bucket"]: r["n"] for r in await world.rows("SELECT bucket, n FROM handling WHERE tenant = $1")}


async def p95(world: World, project: UUID | None = None) -> dict[tuple[UUID, str], float]:
    """What is known of every step."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await handling.p95_seconds(conn, world.tenant, project)


async def test_the_time_from_opening_to_the_answer_counts(world: World) -> None:
    project = await world.project(plan={"lease_seconds": 3_600})
    await world.items(project, *(f"i{n}" for n in range(20)))
    ann = await world.invite("ann")
    for n in range(20):
        (lease,) = (await world.pull(ann, project))["leases"]
        await later(world, seconds=100 if n < 18 else 1_000)
        await world.submit(ann, lease["id"], "1")
        if n == 18:
            await world.follow()
            assert await p95(world) == {}, "below twenty answers nothing is known"
    await world.follow()
    (((about, step), seconds),) = (await p95(world)).items()
    assert (about, step) == (project, "annotate") and abs(seconds - 1_000) < 60
    assert await p95(world, UUID(int=7)) == {}


async def test_the_time_a_lease_lay_aside_does_not_count(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await later(world, seconds=50)
    await pause(world, ann, lease["id"])
    await later(world, seconds=3_000)
    await resume(world, ann, lease["id"])
    await later(world, seconds=50)
    await pause(world, ann, lease["id"])
    await later(world, seconds=2_000)
    await world.submit(ann, lease["id"], "1")
    (bucket,) = await cells(world)
    assert abs(seconds_of(bucket) - 100) < 10
    assert not await world.rows("SELECT 1 FROM laid_aside WHERE tenant = $1")


async def test_what_was_opened_by_its_answer_or_taken_back_says_nothing_of_time(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    given = await assign(world, rows[0]["task"], ann)
    await world.submit(ann, given["lease"], "1")
    (lease,) = (await world.pull(ben, project))["leases"]
    await later(world, minutes=6)
    assert await sweep(world) == 1
    assert (await world.submit(ben, lease["id"], "1"))["reclaimed"] is True
    assert await cells(world) == {}


async def test_what_was_given_back_is_forgotten(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await pause(world, ann, lease["id"])
    await world.follow()
    assert len(await world.rows("SELECT 1 FROM laid_aside WHERE tenant = $1")) == 1
    await release(world, ann, lease["id"])
    assert await cells(world) == {}
    assert not await world.rows("SELECT 1 FROM laid_aside WHERE tenant = $1")


async def test_a_step_that_takes_long_gives_its_leases_longer(world: World) -> None:
    project = await world.project(plan={"lease_seconds": 7_200})
    await world.items(project, *(f"i{n}" for n in range(20)))
    ann = await world.invite("ann")
    for _ in range(20):
        (lease,) = (await world.pull(ann, project))["leases"]
        await later(world, seconds=1_000)
        await world.submit(ann, lease["id"], "1")
    await world.follow()
    (known,) = (await p95(world, project)).values()
    assert abs(hard_seconds(QueueSettings(), known) - 4_000) <= 200
