"""Weights: what an exam, an import and a review count is set per skill, and every score in it follows at once."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.events.store.database import transaction
from backend.readmodels import proficiency
from backend.usecases.proficiency import records, skills
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.skilled import answer_gold, define, gold, skill_of
from tests.support.world import World

DEFAULT = {"gold": 1.0, "exam": 0.5, "import": 0.5, "review": 1.0}
PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.7}


async def weigh(world: World, skill: UUID, caller: Caller | None = None, **weights: float) -> dict[str, Any]:
    """Set these, and the others to their defaults; `import_` is import."""
    named = {"exam": 0.5, "import": 0.5, "review": 1.0} | {k.rstrip("_"): w for k, w in weights.items()}
    return await world.act(skills.skill_weights_update, caller, skill=skill, weights=named)


async def standing(world: World, who: Caller) -> dict[str, Any]:
    """The person's only score, as a manager reads it."""
    (mine,) = (await world.act(records.proficiency_get, annotator=who.subject.id))["skills"]
    return dict(mine)


async def reviewed(world: World, verdicts: str, golden: int = 0) -> tuple[UUID, Caller]:
    """A skill, and somebody with so much gold right and these answers reviewed: r is right, w wrong."""
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    rev = await world.invite("rev", "reviewer")
    await world.items(project, *(f"w{n}" for n in range(len(verdicts))))
    for _ in verdicts:
        await world.work(ann, project, "said")
    await world.items(project, "rest")
    await gold(world, project, golden)
    await answer_gold(world, ann, project, *["yes"] * golden)
    for verdict in verdicts:
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], "accept" if verdict == "r" else "reject")
    await world.follow()
    return await skill_of(world, project), ann


async def test_a_review_error_moves_the_score_less_at_half_the_weight(world: World) -> None:
    skill, ann = await reviewed(world, "w", golden=4)
    full = await standing(world, ann)
    assert full["sources"]["review"] == {"correct": 0, "total": 1, "weight": 1.0}
    assert full["sources"]["gold"] == {"correct": 4, "total": 4, "weight": 1.0}
    before = len(await world.facts("review.verdict_given"))
    await weigh(world, skill, review=0.5)
    half = await standing(world, ann)
    assert half["sources"]["review"] == {"correct": 0, "total": 1, "weight": 0.5}
    assert half["sources"]["gold"] == full["sources"]["gold"]
    assert (half["correct"], half["total"]) == (4, 5), "counts stay whole"
    assert full["mean"] == pytest.approx((5 / 7 * 7 + 4) / 12, abs=1e-6)
    assert half["mean"] == pytest.approx((5 / 6.5 * 6.5 + 4) / 11, abs=1e-6)
    await weigh(world, skill, review=0.0)
    none = await standing(world, ann)
    assert none["mean"] == pytest.approx((5 / 6 * 6 + 4) / 10, abs=1e-6) and none["q05"] > half["q05"]
    assert len(await world.facts("review.verdict_given")) == before, "nothing was counted again"


async def test_errors_by_class_weigh_what_their_source_weighs(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    skill = await skill_of(world, project)
    course, asked = await world.exam(project, {f"e{n}": "ab"[n % 2] for n in range(4)}, skill)
    answers = tuple({"question": str(one), "answer": "a"} for one in asked.values())
    await world.act(training.course_attempt, ann, course=course, version=1, answers=answers)
    await world.follow()
    for said in (0.5, 0.25):
        await weigh(world, skill, exam=said)
        async with transaction(world.perform.pool, world.tenant) as conn:
            found = await proficiency.records(conn, world.tenant, skill, [ann.subject.id])
            pool = await proficiency.pool(conn, world.tenant, skill)
        mine = found[ann.subject.id]
        assert list(mine.confusion.values()) == [2 * said, 2 * said], "b taken for a, and a for a"
        assert (mine.correct, mine.total) == (pool.correct, pool.total) == (2 * said, 4 * said)


async def test_exams_and_imports_weigh_what_is_said_and_an_import_is_still_ten_pieces_at_most(
    world: World,
) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    score = {"annotator": ann.subject.id, "skill": skill, "correct": 9, "total": 20, "system": "old"}
    await world.act(skills.score_import, scores=(score,))
    await world.follow()
    for said, weighs in ((0.5, 0.5), (0.1, 0.1), (0.0, 0.0)):
        await weigh(world, skill, import_=said)
        assert (await standing(world, ann))["sources"]["import"]["weight"] == weighs
    await weigh(world, skill, import_=0.1)
    await world.act(skills.score_import, scores=(score | {"total": 1_000},))
    await world.follow()
    assert (await standing(world, ann))["sources"]["import"]["weight"] == 0.01


async def test_an_exam_never_counts_more_than_half_and_the_refusal_names_the_bound(world: World) -> None:
    skill = await define(world, "birds")
    for source, most, sent in (
        ("exam", 500_000, 0.6),
        ("import_", 500_000, 0.51),
        ("review", 1_000_000, 1.1),
    ):
        with pytest.raises(Refusal) as refusal:
            await weigh(world, skill, **{source: sent})
        assert (refusal.value.kind, refusal.value.code) == ("invalid", "weight_invalid")
        assert refusal.value.extra["highest"] == most and refusal.value.extra["field"].startswith(source[:4])
    assert await world.facts("skill.weighted") == []


async def test_weights_are_of_one_skill_and_the_same_again_is_nothing(world: World) -> None:
    birds, owls = await define(world, "birds"), await define(world, "owls")
    for _ in range(2):
        told = await weigh(world, birds, exam=0.25, import_=0.0, review=0.75)
        assert told["weights"] == {"gold": 1.0, "exam": 0.25, "import": 0.0, "review": 0.75}
    assert len(await world.facts("skill.weighted")) == 1
    listed = {one["id"]: one["weights"] for one in (await world.act(skills.skill_list))["data"]}
    assert listed == {birds: told["weights"], owls: DEFAULT}


async def test_ten_review_errors_of_half_the_weight_close_nothing_and_what_is_closed_stays(
    world: World,
) -> None:
    skill, ann = await reviewed(world, "w" * 10)
    judged = {"annotator": ann.subject.id, "skill": skill, "floor_ppm": 700_000}
    await weigh(world, skill, review=0.5)
    assert not (await world.system(records.skill_review, **judged))["closed"]
    await weigh(world, skill, review=1.0)
    assert (await world.system(records.skill_review, **judged))["closed"]
    (closed,) = [one.event for one in await world.facts("skill.closed")]
    assert (closed.correct, closed.total) == (0, 10)
    await weigh(world, skill, review=0.0)
    await world.act(skills.skill_reopen, annotator=ann.subject.id, skill=skill, reason="reviews were strict")
    assert not (await world.system(records.skill_review, **judged))["closed"]
    assert [one.event for one in await world.facts("skill.closed")] == [closed], "it holds its numbers"


async def test_only_who_may_define_a_skill_weighs_it_and_only_in_the_own_tenant(
    world: World, neighbour: World
) -> None:
    skill, ann = await define(world, "birds"), await world.invite("ann")
    with refused("forbidden", "forbidden"):
        await weigh(world, skill, ann, review=0.5)
    for elsewhere in (await define(neighbour, "birds"), UUID(int=1)):
        with refused("not_found", "not_found"):
            await weigh(world, elsewhere, review=0.5)
