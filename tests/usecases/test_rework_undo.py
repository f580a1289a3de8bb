"""Taking rework back: before anybody began it, afterwards, and while it runs."""

import pytest

from backend.usecases.tasks import requeueing
from backend.usecases.tasks import reworking as use
from tests.support.redoing import answered, execute, generations, plan, shown, two_people, undo
from tests.support.refused import refused
from tests.support.world import World


async def test_undone_before_anybody_began_the_former_results_stand_again(world: World) -> None:
    project, ann, ben = await two_people(world)
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    back = await undo(world, made)
    assert (back["state"], back["progress"]["taken_back"], back["progress"]["kept"]) == ("undone", 2, 0)
    row = (await world.export(project))["a"]
    assert (row["answer"], row["generation"], row["rework"]) == ("1", 1, None)
    assert (await world.pull(ben, project))["leases"] == []
    assert await undo(world, made) == back
    assert len(await world.facts("task.cancelled")) == 2
    with refused("rework_undone", "conflict"):
        await world.act(use.rework_execute, project=project, rework=made["id"])
    again = await execute(world, await plan(world, project, annotators=[ann.subject.id]))
    assert again["progress"]["requeued"] == 2
    assert (await generations(world, project))["a"] == [1, 3]


async def test_undone_afterwards_what_was_begun_again_is_kept_and_counted(world: World) -> None:
    project = await world.project()
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    await answered(world, project, ann, "a", "b", "c")
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    await world.work(ben, project, "0")
    (lease,) = (await world.pull(cas, project))["leases"]
    back = await undo(world, made)
    progress = back["progress"]
    assert (progress["taken_back"], progress["kept"], progress["redone"]) == (1, 1, 1)
    await world.submit(cas, lease["id"], "0")
    await world.decide()
    exported = await world.export(project)
    assert sorted(row["answer"] for row in exported.values()) == ["0", "0", "1"]
    assert [row["rework"] for row in exported.values()] == [None] * 3
    assert (await shown(world, made))["progress"]["redone"] == 2


async def test_undone_while_it_runs_it_goes_no_further(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requeueing, "CHUNK_ITEMS", 2)
    project = await world.project()
    ann = await world.invite("ann")
    await answered(world, project, ann, *(f"i{n}" for n in range(5)))
    made = await plan(world, project, annotators=[ann.subject.id])
    begun = await world.act(use.rework_execute, project=project, rework=made["id"])
    assert (begun["state"], begun["progress"]["requeued"], begun["more"]) == ("running", 2, True)
    back = await undo(world, made)
    assert (back["progress"]["taken_back"], back["progress"]["requeued"], back["more"]) == (2, 2, False)
    assert await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1") == []


async def test_what_has_no_result_to_go_back_to_is_kept(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    ann = await world.invite("ann")
    await world.items(project, "a")
    await world.work(ann, project, "1")
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    assert (await undo(world, made))["progress"]["kept"] == 1
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 2
