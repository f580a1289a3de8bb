"""Weights: what an exam, an import and a review count is set per skill, and holds for what comes from then on."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.events.store.database import transaction
from backend.readmodels import proficiency
from backend.usecases.proficiency import records, skills
from backend.usecases.projects import projects
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.skilled import answer_gold, define, gold, skill_of
from tests.support.world import World

DEFAULT = {"gold": 1.0, "exam": 0.5, "import": 0.5, "review": 1.0, "adjudication": 0.1}
PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.7}


async def weigh(world: World, skill: UUID, caller: Caller | None = None, **weights: float) -> dict[str, Any]:
    """Set these, and the others to their defaults; `import_` is import."""
    named = {"exam": 0.5, "import": 0.5, "review": 1.0} | {k.rstrip("_"): w for k, w in weights.items()}
    return await world.act(skills.skill_weights_update, caller, skill=skill, weights=named)


async def standing(world: World, who: Caller) -> dict[str, Any]:
    """The person's only score, as a manager reads it."""
    (mine,) = (await world.act(records.proficiency_get, annotator=who.subject.id))["skills"]
    return dict(mine)


async def judged_wrong(world: World, who: Caller) -> None:
    """One more answer of theirs is drawn and rejected."""
    (project,) = (await world.act(projects.project_list, cursor=None, limit=2))["data"]
    await world.items(project["id"], f"more {len(await world.facts('lease.submitted'))}")
    await world.work(who, project["id"], "said")
    rev = await world.invite(f"rev {len(await world.facts('lease.submitted'))}".replace(" ", ""), "reviewer")
    (lease,) = (await world.review_pull(rev, project["id"]))["leases"]
    await world.review(rev, lease["id"], "reject")
    await world.follow()


async def reviewed(world: World, verdicts: str, golden: int = 0, weight: float = 1.0) -> tuple[UUID, Caller]:
    """A skill, and somebody with so much gold right and these answers reviewed: r is right, w wrong."""
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    await weigh(world, await skill_of(world, project), review=weight)
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


def faded(*pieces: tuple[bool, float]) -> tuple[float, float]:
    """The faded weight of right and of all answers (right, weight), by the formula: half-life 50 pieces of weight 1."""
    right = total = 0.0
    for was_right, weight in pieces:
        kept = 2 ** (-weight / 50)
        right, total = kept * right + weight * was_right, kept * total + weight
    return right, total


def believed(right: float, total: float) -> float:
    """The mean of somebody who is alone in the skill, so that the pool they are shrunk to is they."""
    strength = min(8.0, total + 2)
    return (strength * (right + 1) / (total + 2) + right) / (strength + total)


async def test_a_review_error_moves_the_score_less_at_half_the_weight(world: World) -> None:
    gold_right = [(True, 1.0)] * 4
    skill, ann = await reviewed(world, "w", golden=4)
    full = await standing(world, ann)
    assert full["sources"]["review"] == {"correct": 0, "total": 1, "weight": 1.0}
    assert full["sources"]["gold"] == {"correct": 4, "total": 4, "weight": 1.0}
    assert full["mean"] == pytest.approx(believed(*faded(*gold_right, (False, 1.0))), abs=1e-6)
    await weigh(world, skill, review=0.5)
    after = await standing(world, ann)
    assert after["sources"]["review"] == {"correct": 0, "total": 1, "weight": 0.5}
    assert after["sources"]["gold"] == full["sources"]["gold"]
    assert (after["mean"], after["n_eff"]) == (full["mean"], full["n_eff"]), (
        "what came before weighs as before"
    )
    await judged_wrong(world, ann)
    half = await standing(world, ann)
    assert (half["correct"], half["total"]) == (4, 6), "counts stay whole"
    both = faded(*gold_right, (False, 1.0), (False, 0.5))
    assert half["mean"] == pytest.approx(believed(*both), abs=1e-3), (
        "Kish's size is a little less than the weight"
    )
    await weigh(world, skill, review=0.0)
    await judged_wrong(world, ann)
    none = await standing(world, ann)
    assert (none["total"], none["mean"], none["q05"]) == (7, half["mean"], half["q05"])


async def test_errors_by_class_weigh_what_their_source_weighs(world: World) -> None:
    project, ann, ben = await world.project(), await world.invite("ann"), await world.invite("ben")
    skill = await skill_of(world, project)
    course, asked = await world.exam(project, {f"e{n}": "ab"[n % 2] for n in range(4)}, skill)
    answers = tuple({"question": str(one), "answer": "a"} for one in asked.values())
    all_right = all_total = 0.0
    for who, said in ((ann, 0.5), (ben, 0.25)):
        await weigh(world, skill, exam=said)
        await world.act(training.course_attempt, who, course=course, version=1, answers=answers)
        await world.follow()
        async with transaction(world.perform.pool, world.tenant) as conn:
            mine = (await proficiency.records(conn, world.tenant, skill, [who.subject.id]))[who.subject.id]
            pool = await proficiency.pool(conn, world.tenant, skill)
        right, total = faded((True, said), (False, said), (True, said), (False, said))
        assert (mine.correct, mine.total) == pytest.approx((right, total), abs=1e-8)
        assert sorted(mine.confusion.values()) == pytest.approx(sorted((right, total - right)), abs=1e-8)
        all_right, all_total = all_right + right, all_total + total
        assert (pool.correct, pool.total) == pytest.approx((all_right, all_total), abs=1e-8)


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
        assert told["weights"] == {
            "gold": 1.0,
            "exam": 0.25,
            "import": 0.0,
            "review": 0.75,
            "adjudication": 0.1,
        }
    assert len(await world.facts("skill.weighted")) == 1
    listed = {one["id"]: one["weights"] for one in (await world.act(skills.skill_list))["data"]}
    assert listed == {birds: told["weights"], owls: DEFAULT}


async def test_ten_review_errors_of_half_the_weight_close_nothing_and_what_is_closed_stays(
    world: World,
) -> None:
    half, ann = await reviewed(world, "w" * 10, weight=0.5)
    judged = {"annotator": ann.subject.id, "skill": half, "floor_ppm": 700_000}
    assert not (await world.system(records.skill_review, **judged))["closed"]
    await weigh(world, half, review=1.0)
    assert not (await world.system(records.skill_review, **judged))["closed"], "it weighs what it weighed"
    for _ in range(5):
        await judged_wrong(world, ann)
    assert (await world.system(records.skill_review, **judged))["closed"]
    (closed,) = [one.event for one in await world.facts("skill.closed")]
    assert (closed.correct, closed.total) == (0, 15)
    await weigh(world, half, review=0.0)
    await world.act(skills.skill_reopen, annotator=ann.subject.id, skill=half, reason="reviews were strict")
    assert not (await world.system(records.skill_review, **judged))["closed"]
    await world.follow()
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
