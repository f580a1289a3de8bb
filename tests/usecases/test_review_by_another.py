"""A reviewer is never the author of an answer, nor who edited it later, by whatever way the review would come."""

from uuid import UUID

import pytest

from backend.usecases.tasks import assigning, escalating, handing
from backend.usecases.work import Caller
from tests.support import flow, redoing
from tests.support.refused import refused
from tests.support.world import World


async def reviewed(world: World, overlap: int = 1) -> tuple[UUID, Caller, dict[str, object]]:
    """ann, who reviews as well, answered an item; the task in which that answer is to be reviewed."""
    project = await world.project(plan={"overlap": overlap, "review_rate": 1.0})
    await world.items(project, "a")
    ann = await world.invite("ann", "annotator", "reviewer")
    await world.work(ann, project, "1")
    (task,) = await world.rows("SELECT * FROM task WHERE tenant = $1 AND stage = 'review'")
    return project, ann, task


async def test_the_author_pulls_no_review_of_the_own_answer(world: World) -> None:
    project, ann, _ = await reviewed(world)
    assert (await world.review_pull(ann, project, 5))["leases"] == []


async def test_nobody_assigns_it_to_the_author(world: World) -> None:
    _, ann, task = await reviewed(world)
    with refused("already_worked", "conflict"):
        await world.act(assigning.lease_assign, task=task["task"], annotator=ann.subject.id)


async def test_nobody_reassigns_it_to_the_author(world: World) -> None:
    project, ann, _ = await reviewed(world)
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    with refused("already_worked", "conflict"):
        await world.act(
            handing.lease_reassign,
            lease=lease["id"],
            annotator=ann.subject.id,
            keep_draft=False,
            over_capacity=True,
            reason="swap",
        )


async def test_no_reviewer_delegates_it_to_the_author(world: World) -> None:
    project, ann, _ = await reviewed(world)
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    with refused("cannot_take_over", "conflict"):
        await world.act(
            handing.lease_delegate,
            rev,
            lease=lease["id"],
            annotator=ann.subject.id,
            keep_draft=False,
            reason="swap",
        )


async def test_who_answered_the_item_after_a_rejection_reviews_neither_answer(world: World) -> None:
    project, ann, _ = await reviewed(world)
    ben, rev = await world.invite("ben", "annotator", "reviewer"), await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    await world.decide()
    await world.work(ben, project, "0")
    for editor in (ann, ben):
        assert (await world.review_pull(editor, project, 5))["leases"] == []
    assert len((await world.review_pull(rev, project, 5))["leases"]) == 1


async def test_an_expert_who_settled_the_item_reviews_no_answer_to_it(world: World) -> None:
    project, _, _ = await reviewed(world, overlap=2)
    ben = await world.invite("ben")
    exp = await world.invite("exp", "expert", "reviewer")
    (flagged,) = (await world.pull(ben, project))["leases"]
    await world.act(escalating.lease_escalate, ben, lease=flagged["id"], reason="odd", note=None)
    await world.work(exp, project, "2")
    assert (await world.review_pull(exp, project, 5))["leases"] == []


async def test_who_did_it_again_in_a_rework_does_not_review_it(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    ann = await world.invite("ann")
    ben = await world.invite("ben", "annotator", "reviewer")
    await redoing.answered(world, project, ann, "a")
    await redoing.execute(world, await redoing.plan(world, project, annotators=[ann.subject.id]))
    await world.work(ben, project, "0")
    assert (await world.review_pull(ben, project, 5))["leases"] == []
    (left,) = (await world.review_pull(await world.invite("rev", "reviewer"), project, 5))["leases"]
    assert left["answer"] == "0", "what was done before is nobody's to review any more"


@pytest.mark.parametrize("who", ["ann", "ben"])
async def test_in_a_workflow_neither_author_nor_editor_judges_the_result(world: World, who: str) -> None:
    steps = (
        flow.step("draw", "annotate", "edit"),
        flow.step("edit", "annotate", "look", shows=("draw",)),
        flow.step("look", "review", shows=("edit",)),
    )
    project = await flow.flow(world, *steps)
    people = {name: await world.invite(name, "annotator", "reviewer") for name in ("ann", "ben")}
    await flow.answer(world, people["ann"], project, "1")
    await flow.answer(world, people["ben"], project, "2")
    assert (await world.review_pull(people[who], project))["leases"] == []
    await flow.judge(world, await world.invite("rev", "reviewer"), project, "accept")
