"""Gold in work: it looks like work, is scored like work, and is met once."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import skills
from backend.usecases.projects import intake
from backend.usecases.tasks import holding, queue
from backend.usecases.training import training
from tests.support.refused import refused
from tests.support.world import World


async def golden(world: World, *names: str, share: float = 1.0, exam_only: bool = False) -> UUID:
    """A project with one item of work and this gold, all with truth "1"."""
    project = await world.project(plan={"gold_share": share})
    await add(world, project, *names, exam_only=exam_only)
    await world.items(project, "work")
    return project


async def add(
    world: World, project: UUID, *names: str, exam_only: bool = False, truth: str = "1"
) -> dict[str, Any]:
    gold = tuple({"external_key": k, "payload": {"task": k}, "truth": truth} for k in names)
    return await world.act(intake.gold_add, project=project, gold=gold, exam_only=exam_only)


async def test_a_gold_lease_looks_exactly_like_work(world: World) -> None:
    project = await golden(world, "gold")
    ann = await world.invite("ann")
    (gold,) = (await world.pull(ann, project))["leases"]
    (work,) = (await world.pull(ann, project))["leases"]
    assert (gold["payload"], work["payload"]) == ({"task": "gold"}, {"task": "work"})
    assert list(gold) == list(work)
    for name in set(gold) - {"id", "task", "item", "payload", "claimed_at", "expires_at", "hard_until"}:
        assert gold[name] == work[name], name
    for name in ("expires_at", "hard_until"):
        assert (gold[name] - gold["claimed_at"]) == (work[name] - work["claimed_at"])
    assert {UUID(str(one[name])).version for one in (gold, work) for name in ("task", "item")} == {8}
    got = [await world.act(queue.lease_get, ann, lease=one["id"]) for one in (gold, work)]
    assert got == [gold, work]
    said = [await world.submit(ann, one["id"], "1") for one in (gold, work)]
    assert [set(one) for one in said] == [{"lease", "status", "reclaimed"}] * 2
    assert [{k: v for k, v in one.items() if k != "lease"} for one in said] == [
        {"status": "submitted", "reclaimed": False}
    ] * 2


async def test_handles_are_no_ids_and_differ_per_lease(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    leases = [(await world.pull(who, project))["leases"][0] for who in (ann, ben)]
    await world.act(holding.lease_release, ann, lease=leases[0]["id"], reason="")
    leases.append((await world.pull(ann, project))["leases"][0])
    handles = [one[name] for one in leases for name in ("task", "item")]
    assert len(set(handles)) == 6
    real = await world.rows(
        "SELECT task AS id FROM task WHERE tenant = $1 UNION SELECT item FROM item WHERE tenant = $1"
    )
    assert not set(handles) & {row["id"] for row in real}
    with refused("forbidden"):
        await world.act(intake.item_get, ann, item=handles[1])


async def test_gold_is_scored_and_leaves_the_queue_alone(world: World) -> None:
    project = await golden(world, "g1", "g2")
    ann = await world.invite("ann")
    for said in ("1", "0"):
        await world.work(ann, project, said)
    assert [one.event.correct for one in await world.facts("lease.gold_scored")] == [True, False]
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 1
    assert {job.kind for job in world.woken} == {"skill_review"}, "gold is never decided"
    assert set(await world.export(project)) == {"work"}


async def test_no_person_meets_a_gold_item_twice(world: World) -> None:
    project = await golden(world, "g1", "g2", "g3")
    for name in ("ann", "ben"):
        who, met = await world.invite(name), []
        for _ in range(3):
            (lease,) = (await world.pull(who, project))["leases"]
            met.append(lease["payload"]["task"])
            if met[-1] == "g2":
                await world.act(holding.lease_skip, who, lease=lease["id"], reason="")
            else:
                await world.submit(who, lease["id"], "1")
        assert sorted(met) == ["g1", "g2", "g3"]
        (lease,) = (await world.pull(who, project))["leases"]
        assert lease["payload"] == {"task": "work"}
        await world.act(holding.lease_release, who, lease=lease["id"], reason="")


async def test_exam_gold_is_never_mixed_into_work(world: World) -> None:
    project = await golden(world, "g1", exam_only=True)
    ann = await world.invite("ann")
    lease = await world.work(ann, project, "1")
    assert lease["payload"] == {"task": "work"}
    assert (await world.pull(ann, project))["leases"] == []


async def test_gold_that_an_exam_asked_is_not_met_again_in_work(world: World) -> None:
    project = await golden(world, "g1")
    skill = (await world.act(skills.skill_list))["data"][0]["id"]
    (gold,) = (await add(world, project, "g1"))["gold"]
    course = {
        "title": "exam",
        "content": None,
        "questions": (),
        "skill": skill,
        "pass_mark": 0.0,
        "course": None,
    }
    exam = await world.act(training.course_publish, gold=(gold["id"],), **course)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    said = ({"question": str(gold["id"]), "answer": "1"},)
    await world.act(training.course_attempt, ann, course=exam["id"], version=1, answers=said)
    (lease,) = (await world.pull(ann, project))["leases"]
    assert lease["payload"] == {"task": "work"}
    await world.items(project, "more")
    assert (await world.pull(ben, project))["leases"][0]["payload"] == {"task": "g1"}, "ben took no exam"


async def test_without_a_share_no_gold_is_dealt(world: World) -> None:
    project = await golden(world, "g1", "g2", share=0.0)
    ann = await world.invite("ann")
    assert [one["payload"]["task"] for one in (await world.pull(ann, project, 3))["leases"]] == ["work"]


async def test_an_item_with_work_cannot_become_gold(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    with refused("item_has_work", "conflict"):
        await add(world, project, "a")


async def test_gold_imported_as_an_item_stays_gold(world: World) -> None:
    project = await golden(world, "g1")
    (row,) = await world.items(project, "g1")
    assert (row["status"], row["task"]) == ("exists", None)
    assert len(await world.rows("SELECT 1 FROM task WHERE tenant = $1")) == 1


async def test_the_same_gold_again_is_the_same_and_its_truth_does_not_change(world: World) -> None:
    project = await world.project()
    assert await add(world, project, "g1") == await add(world, project, "g1")
    with refused("gold_exists", "conflict"):
        await add(world, project, "g1", truth="0")
    assert len(await world.facts("gold.added")) == 1


async def test_truths_are_ciphertext(world: World) -> None:
    project = await world.project()
    await add(world, project, "g1", truth="a-very-telling-truth")
    bodies = await world.rows("SELECT body FROM event WHERE tenant = $1")
    assert not any(b"telling" in bytes(row["body"]) for row in bodies)
