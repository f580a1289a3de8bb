"""Reviews: drawn by a key nobody knew, judged by somebody else, with consequences for the answer's slot."""

import hashlib
import hmac
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import reports
from backend.usecases.projects import intake, projects
from backend.usecases.tasks import assigning, escalating, holding
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

PPM = 1_000_000


async def answered(world: World, *answers: str, **plan: Any) -> tuple[UUID, list[Caller]]:
    """One item, answered by as many people as there are answers, in a project that reviews everything."""
    project = await world.project(plan={"overlap": len(answers), "review_rate": 1.0} | plan)
    await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(len(answers))]
    for who, answer in zip(people, answers, strict=True):
        await world.work(who, project, answer)
    await world.decide()
    return project, people


async def test_at_rate_one_every_answer_is_drawn_and_shown_to_a_reviewer(world: World) -> None:
    project, people = await answered(world, "1", "0", "1")
    rev = await world.invite("rev", "reviewer")
    seen = []
    for _ in range(3):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        assert lease["stage"] == "review" and lease["payload"] == {"task": "a"}
        assert not {str(who.subject.id) for who in people} & set(map(str, lease.values())), (
            "never who answered"
        )
        seen.append(lease["answer"])
        await world.review(rev, lease["id"], "accept")
    assert sorted(seen) == ["0", "1", "1"]
    assert (await world.review_pull(rev, project))["reasons"][0]["code"] == "no_tasks"
    quality = await world.act(reports.project_quality, project=project)
    assert quality["reviews"] == {
        "sampled": 3,
        "drawn": 3,
        "reviewed": 3,
        "accepted": 3,
        "corrected": 0,
        "rejected": 0,
    }


async def test_at_rate_zero_nothing_is_shown_but_every_draw_is_recorded(world: World) -> None:
    project, _ = await answered(world, "1", "1", review_rate=0.0)
    rev = await world.invite("rev", "reviewer")
    assert (await world.review_pull(rev, project))["leases"] == []
    assert [one.event.sampled for one in await world.facts("review.drawn")] == [False, False]


async def test_nobody_reviews_their_own_answer(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    await world.items(project, "a")
    both, ann = await world.invite("both", "annotator", "reviewer"), await world.invite("ann")
    await world.work(both, project, "1")
    await world.work(ann, project, "0")
    assert (await world.review_pull(both, project))["leases"] == [], "not even of others on the same item"
    (task,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND stage = 'review' LIMIT 1")
    with refused("already_worked"):
        await world.act(assigning.lease_assign, task=task["task"], annotator=both.subject.id)


async def test_who_reviewed_an_item_never_annotates_it(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    await world.items(project, "a")
    ann, both = await world.invite("ann"), await world.invite("both", "annotator", "reviewer")
    await world.work(ann, project, "1")
    (lease,) = (await world.review_pull(both, project))["leases"]
    await world.act(holding.lease_release, both, lease=lease["id"], reason="")
    assert (await world.pull(both, project))["leases"] == [], "having seen an answer"
    assert len((await world.review_pull(both, project))["leases"]) == 1


async def test_a_skipped_review_goes_to_somebody_else(world: World) -> None:
    project, _ = await answered(world, "1")
    rev, other = await world.invite("rev", "reviewer"), await world.invite("other", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.act(holding.lease_skip, rev, lease=lease["id"], reason="I know the author")
    assert (await world.review_pull(rev, project))["leases"] == []
    assert len((await world.review_pull(other, project))["leases"]) == 1


async def test_a_reviewer_who_asks_for_an_expert_leaves_the_review_to_another(world: World) -> None:
    project, _ = await answered(world, "1")
    rev, other = await world.invite("rev", "reviewer"), await world.invite("other", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.act(escalating.lease_escalate, rev, lease=lease["id"], reason="hard", note=None)
    assert (await world.review_pull(rev, project))["leases"] == []
    assert len((await world.review_pull(other, project))["leases"]) == 1


async def test_an_accepted_answer_stays(world: World) -> None:
    project, (ann,) = await answered(world, "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    said = await world.review(rev, lease["id"], "accept")
    assert await world.review(rev, lease["id"], "accept") == said, "the same verdict again"
    with refused("verdict_given", "conflict"):
        await world.review(rev, lease["id"], "reject")
    await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == ("1", "aggregate")
    await world.follow()
    (given,) = await world.facts("review.verdict_given")
    assert (given.event.author, given.event.verdict) == (ann.subject.id, "accept")


async def test_a_correction_stands_for_the_item_beside_what_was_unreviewed(world: World) -> None:
    project, _ = await answered(world, "1", "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "correct", "0", "look at the wing")
    await world.decide()
    row = (await world.export(project))["a"]
    assert (row["answer"], row["top"], row["decided_by"], row["confidence"]) == ("0", ["0"], "review", 1.0)
    assert row["unreviewed"] == {"answer": "1", "top": ["1"]}
    assert sorted(one["answer"] for one in row["answers"]) == ["1", "1"]
    (second,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, second["id"], "accept")
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "0", "an aggregate overrules no reviewer"


@pytest.mark.parametrize(
    ("verdict", "correction", "code"),
    [("correct", None, "correction_required"), ("accept", "0", None), ("maybe", None, "verdict_unknown")],
)
async def test_only_a_correction_carries_one(
    world: World, verdict: str, correction: str | None, code: str | None
) -> None:
    project, _ = await answered(world, "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    if code is None:
        await world.review(rev, lease["id"], verdict, correction)
        (given,) = await world.facts("review.verdict_given")
        assert given.event.correction is None
        return
    with refused(code, "invalid"):
        await world.review(rev, lease["id"], verdict, correction)
    assert await world.facts("review.verdict_given") == []


async def test_a_rejected_answer_counts_no_longer_and_its_slot_opens_for_another(world: World) -> None:
    project, (ann, ben) = await answered(world, "1", "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    await world.decide()
    assert (await world.pull(ann, project))["leases"] == (await world.pull(ben, project))["leases"] == []
    (task,) = await world.rows("SELECT slots FROM task WHERE tenant = $1 AND stage = 'annotate'")
    assert task["slots"] == 3
    await world.work(await world.invite("cor"), project, "0")
    await world.decide()
    row = (await world.export(project))["a"]
    assert row["judgments"] == 2 and row["top"] == ["0", "1"]
    assert [one["rejected"] for one in row["answers"]].count(True) == 1
    assert len((await world.review_pull(rev, project, 3))["leases"]) == 2, "the other, and the new one"


async def test_after_so_many_rejections_the_item_goes_to_an_expert(world: World) -> None:
    project, _ = await answered(world, "1", rework_max=1)
    rev, exp = await world.invite("rev", "reviewer"), await world.invite("exp", "expert")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    await world.work(await world.invite("cor"), project, "0")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    assert lease["answer"] == "0"
    await world.review(rev, lease["id"], "reject")
    await world.decide()
    (opened,) = await world.facts("escalation.opened")
    assert opened.event.reason == "rework_limit"
    assert (await world.pull(await world.invite("dan"), project))["leases"] == [], "no third attempt"
    lease = await world.work(exp, project, "2")
    assert lease["stage"] == "expert"
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == ("2", "expert")


async def test_a_rejection_after_an_experts_answer_asks_for_no_other(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    await world.items(project, "a")
    await world.work(await world.invite("ann"), project, "1")
    ben, exp = await world.invite("ben"), await world.invite("exp", "expert")
    (flagged,) = (await world.pull(ben, project))["leases"]
    await world.act(escalating.lease_escalate, ben, lease=flagged["id"], reason="odd", note=None)
    await world.work(exp, project, "2")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    assert (await world.review(rev, lease["id"], "reject"))["verdict"] == "reject"
    await world.decide()
    assert await world.facts("task.slot_added") == []
    assert (await world.export(project))["a"]["answer"] == "2"


async def test_every_draw_can_be_checked_once_its_period_is_over(world: World) -> None:
    project = await world.project(plan={"review_rate": 0.5})
    await world.items(project, *(f"i{n}" for n in range(12)))
    ann = await world.invite("ann")
    for _ in range(12):
        await world.work(ann, project, "1")
    assert await world.facts("sampling.period_closed") == [], "nobody can predict a draw"
    change = {"project": project, "expected_version": 1, "plan": {"review_rate": 0.25}}
    await world.act(projects.project_plan_update, **change)
    (first, second) = await world.facts("sampling.period_opened")
    (closed,) = await world.facts("sampling.period_closed")
    key = bytes.fromhex(closed.event.key_hex)
    assert closed.event.period == first.event.period == 1 and second.event.period == 2
    assert hashlib.sha256(key).hexdigest() == first.event.key_sha256 != second.event.key_sha256
    drawn = await world.facts("review.drawn")
    assert len(drawn) == 12
    for fact in drawn:
        one = fact.event
        digest = hmac.new(key, one.lease.bytes, hashlib.sha256).digest()[:8]
        assert (one.period, one.rate_ppm, one.draw) == (1, PPM // 2, digest.hex())
        assert one.sampled == (int.from_bytes(digest, "big") * PPM < one.rate_ppm << 64)
    reviews = await world.rows("SELECT lease FROM review WHERE tenant = $1 AND sampled")
    tasks = await world.rows("SELECT subject AS lease FROM task WHERE tenant = $1 AND stage = 'review'")
    assert sorted(r["lease"] for r in reviews) == sorted(t["lease"] for t in tasks)


async def test_a_draw_after_the_change_uses_the_new_key_and_rate(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    await world.work(ann, project, "1")
    change = {"project": project, "expected_version": 1, "plan": {"review_rate": 0.0}}
    await world.act(projects.project_plan_update, **change)
    await world.work(ann, project, "1")
    drawn = [one.event for one in await world.facts("review.drawn")]
    assert [(one.period, one.rate_ppm, one.sampled) for one in drawn] == [(1, PPM, True), (2, 0, False)]


async def test_the_same_plan_again_keeps_the_period(world: World) -> None:
    project = await world.project()
    change = {"project": project, "expected_version": 1, "plan": {"review_rate": 0.0}}
    await world.act(projects.project_plan_update, **change)
    assert await world.facts("sampling.period_closed") == []


async def test_gold_is_never_drawn_for_review(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "review_rate": 1.0})
    await world.items(project, "a")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "1"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.work(await world.invite("ann"), project, "1")
    assert await world.facts("review.drawn") == [] and len(await world.facts("lease.gold_scored")) == 1
