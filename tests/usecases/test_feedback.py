"""Feedback: people learn how they did and where they were wrong ten answers at a time, and never what was gold."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.events.ids import ProjectId
from backend.usecases.proficiency import records
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.skilled import answer_gold, gold, skill_of
from tests.support.world import World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0}


async def read(world: World, who: Caller, reader: Caller | None = None) -> dict[str, Any]:
    """What is said of the person's only skill; nothing when none is shown."""
    body = await world.act(records.proficiency_get, reader, annotator=who.subject.id)
    return next(iter(body["skills"]), {})


async def judge(world: World, rev: Caller, project: UUID, *verdicts: str) -> None:
    """Give these verdicts, and let what they say sink in."""
    for verdict in verdicts:
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], verdict, "no" if verdict == "correct" else None)
    await world.follow()


async def answered(world: World, who: Caller) -> list[UUID]:
    """The leases under which the person answered, oldest first."""
    facts = await world.facts("lease.submitted")
    return [one.event.lease for one in facts if one.actor.id == who.subject.id]


async def begun(world: World, items: int, golden: int) -> tuple[UUID, Caller, Caller]:
    """A project in which somebody has answered so many items and then meets so much gold; and a reviewer."""
    project = await world.project(plan=PLAN)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.items(project, *(f"w{n}" for n in range(items)))
    for _ in range(items):
        await world.work(ann, project, "said")
    await gold(world, project, golden)
    await world.items(project, "rest")
    return project, ann, rev


async def test_errors_of_gold_and_reviews_are_told_together_once_ten_are_full(world: World) -> None:
    project, ann, rev = await begun(world, items=2, golden=8)
    await answer_gold(world, ann, project, *["no"] * 2, *["yes"] * 6)
    await judge(world, rev, project, "correct")
    assert await read(world, ann, ann) == {}, "nine pieces tell nothing"
    await judge(world, rev, project, "accept")
    (work, gold_met) = (leases := await answered(world, ann))[:2], leases[2:4]
    own = await read(world, ann, ann)
    assert own["trend"] == [{"evidence": 10, "correct": 7, "total": 10}]
    assert [set(one) for one in own["errors"]] == [{"lease", "at"}] * 3
    told = [one["lease"] for one in own["errors"]]
    assert told[:2] == gold_met[::-1] and told[2] in work, "by the answer, though its review came last"
    rows = await world.rows("SELECT lease, submitted_at FROM answer WHERE tenant = $1")
    times = {row["lease"]: row["submitted_at"] for row in rows}
    assert [one["at"] for one in own["errors"]] == [times[lease] for lease in told]
    assert "gold" not in str(own) and "review" not in str(own)
    managers = await read(world, ann)
    assert [one["source"] for one in managers["errors"]] == ["gold", "gold", "review"]


async def test_nothing_moves_between_two_tens(world: World) -> None:
    project, ann, rev = await begun(world, items=3, golden=17)
    await answer_gold(world, ann, project, *["no"] * 9)
    await judge(world, rev, project, "accept")
    first = await read(world, ann, ann)
    assert len(first["errors"]) == 9
    for said in ["no", "yes"] * 4:
        await answer_gold(world, ann, project, said)
        assert await read(world, ann, ann) == first
    await judge(world, rev, project, "reject")
    assert await read(world, ann, ann) == first
    managers = await read(world, ann)
    assert managers["trend"][-1] == {"evidence": 19, "correct": 4, "total": 9}, "managers see it grow"
    assert managers["errors"][-1]["lease"] not in [one["lease"] for one in first["errors"]]
    await judge(world, rev, project, "accept")
    second = await read(world, ann, ann)
    assert second["trend"] == [*first["trend"], {"evidence": 20, "correct": 5, "total": 10}]
    both = {one["lease"] for one in first["errors"]} | {one["lease"] for one in second["errors"]}
    assert len(second["errors"]) == 10 and len(both) == 14, "the last ten of fourteen"


async def test_errors_that_can_only_be_gold_are_kept_back(world: World) -> None:
    project, ann, rev = await begun(world, items=1, golden=19)
    await answer_gold(world, ann, project, *["no"] * 10)
    own = await read(world, ann, ann)
    assert (own["trend"], own["errors"]) == ([{"evidence": 10, "correct": 0, "total": 10}], [])
    assert [one["source"] for one in (await read(world, ann))["errors"]] == ["gold"] * 10
    await answer_gold(world, ann, project, "no", *["yes"] * 8)
    await judge(world, rev, project, "accept")
    (error,) = (await read(world, ann, ann))["errors"]
    assert error["lease"] == (await answered(world, ann))[11], (
        "of the ten that was mixed, not of the one before"
    )


async def test_an_exam_does_not_fill_a_ten_of_live_work(world: World) -> None:
    project, ann, _ = await begun(world, items=0, golden=10)
    exam, asked = await world.exam(project, {f"e{n}": "1" for n in range(9)}, await skill_of(world, project))
    said = tuple({"question": str(one), "answer": "1"} for one in asked.values())
    await world.act(training.course_attempt, ann, course=exam, version=1, answers=said)
    await answer_gold(world, ann, project, "no")
    assert await read(world, ann, ann) == {}, "nine of the exam and one more would tell the one"
    assert (await read(world, ann))["trend"] == [{"evidence": 1, "correct": 0, "total": 1}]
    await answer_gold(world, ann, project, *["yes"] * 9)
    own = await read(world, ann, ann)
    assert (own["correct"], own["total"]) == (9, 10) and own["sources"] == {}
    assert own["trend"] == [{"evidence": 10, "correct": 9, "total": 10}]


async def test_a_key_for_one_project_reads_the_errors_made_there(world: World) -> None:
    project, ann, rev = await begun(world, items=1, golden=9)
    await answer_gold(world, ann, project, *["no"] * 9)
    await judge(world, rev, project, "reject")
    assert len((await read(world, ann, ann))["errors"]) == 10
    for at, count in ((project, 10), (await world.project("bats"), 0)):
        bound = replace(ann, subject=replace(ann.subject, project=ProjectId(at)))
        assert len((await read(world, ann, bound))["errors"]) == count
    with refused("forbidden"):
        await read(world, ann, await world.invite("ben"))
