"""Planted answers: shown to reviewers as if they were work, and saying only what reviewers find."""

from uuid import UUID

import pytest

from backend.usecases.review import outgoing, planting, reviews
from backend.usecases.tasks import escalating, holding
from tests.support.planted import pulled, stocked
from tests.support.refused import refused
from tests.support.world import World

PPM = 1_000_000


@pytest.fixture
def planted_always(nothing_planted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every review is a planted one, while there are any to plant."""
    monkeypatch.setattr(planting, "SHARE_PPM", PPM)


async def test_nothing_tells_a_planted_review_from_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _, rev = await stocked(world, "0")
    monkeypatch.setattr(planting, "SHARE_PPM", PPM)
    planted = await pulled(world, rev, project)
    said = await world.review(rev, planted["id"], "accept")
    monkeypatch.setattr(planting, "SHARE_PPM", 0)
    real = await pulled(world, rev, project)
    also_said = await world.review(rev, real["id"], "accept")
    assert (planted["payload"], planted["answer"]) == ({"task": "g0"}, "0")
    assert real["payload"] == {"task": "a"}
    own = {"id", "task", "item", "payload", "answer", "claimed_at", "expires_at", "hard_until", "limits"}
    assert planted.keys() == real.keys() and said.keys() == also_said.keys()
    same = {name for name in planted if planted[name] == real[name]}
    assert planted.keys() - same <= own, planted.keys() - same - own
    ids = [UUID(str(one["review"])) for one in (said, also_said)]
    assert {one.version for one in ids} == {8}
    assert abs((ids[0].int >> 80) - (ids[1].int >> 80)) < 60_000, "of about the same moment"


async def test_a_wrong_answer_that_is_let_pass_is_an_error_overlooked(
    world: World, planted_always: None
) -> None:
    project, ann, rev = await stocked(world, "0")
    lease = await pulled(world, rev, project)
    await world.review(rev, lease["id"], "accept")
    (fact,) = await world.facts("review.planted_scored")
    assert (fact.event.error, fact.event.found) == (True, False)
    assert fact.event.reviewer == rev.subject.id
    assert await world.facts("review.verdict_given") == [], "no evidence about who gave it"
    await world.follow()
    seen = await world.act(outgoing.review_yield, project=project, by=None)
    assert (seen["detection"]["planted"], seen["detection"]["found"]) == (1, 0)
    assert seen["reviewed"] == 0, "no review in any report"
    assert ann.subject.id != rev.subject.id


@pytest.mark.parametrize(
    ("answer", "verdict", "error", "found"),
    [
        ("0", "reject", True, True),
        ("0", "correct", True, True),
        ("1", "accept", False, False),
        ("1", "reject", False, True),
    ],
)
async def test_what_a_reviewer_says_of_right_and_wrong_answers_is_counted_apart(
    world: World, planted_always: None, answer: str, verdict: str, error: bool, found: bool
) -> None:
    project, _, rev = await stocked(world, answer)
    lease = await pulled(world, rev, project)
    await world.review(rev, lease["id"], verdict, "1" if verdict == "correct" else None)
    (fact,) = await world.facts("review.planted_scored")
    assert (fact.event.error, fact.event.found) == (error, found)
    await world.follow()
    (seen,) = (await world.act(outgoing.review_yield, project=project, by=None))["reviewers"]
    assert (seen["right_ones"], seen["called_wrong"]) == (int(not error), int(not error and found))


async def test_the_same_verdict_again_is_the_same_and_another_one_is_refused_like_any(
    world: World, planted_always: None
) -> None:
    project, _, rev = await stocked(world, "0")
    lease = await pulled(world, rev, project)
    said = await world.review(rev, lease["id"], "reject")
    assert await world.review(rev, lease["id"], "reject") == said
    with refused("verdict_given", "conflict"):
        await world.review(rev, lease["id"], "accept")
    assert len(await world.facts("review.planted_scored")) == 1


async def test_a_verdict_that_would_be_refused_of_work_is_refused(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    lease = await pulled(world, rev, project)
    with refused("correction_required", "invalid"):
        await world.review(rev, lease["id"], "correct")
    with refused("verdict_unknown", "invalid"):
        await world.review(rev, lease["id"], "maybe")


async def test_nobody_is_shown_their_own_answer_or_an_item_they_met(
    world: World, planted_always: None
) -> None:
    project, _, rev = await stocked(world, "0")
    both = await world.invite("both", "annotator", "reviewer")
    (gold,) = (await world.pull(both, project))["leases"]
    assert gold["payload"] == {"task": "g0"}
    await world.submit(both, gold["id"], "0")
    await world.follow()
    assert (await pulled(world, rev, project))["payload"] == {"task": "g0"}
    assert (await pulled(world, both, project))["payload"] == {"task": "a"}


async def test_what_a_reviewer_was_shown_they_never_meet_again(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    await world.review(rev, (await pulled(world, rev, project))["id"], "accept")
    assert (await pulled(world, rev, project))["payload"] == {"task": "a"}


async def test_what_is_given_back_comes_again_as_a_review_does(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0", "0", "0")
    first = await pulled(world, rev, project)
    await world.act(holding.lease_release, rev, lease=first["id"], reason="")
    again = await pulled(world, rev, project)
    assert again["payload"] == first["payload"] and again["id"] != first["id"]


async def test_what_is_declined_does_not_come_again(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    first = await pulled(world, rev, project)
    await world.act(holding.lease_skip, rev, lease=first["id"], reason="hard")
    assert (await pulled(world, rev, project))["payload"] == {"task": "a"}


async def test_a_planted_answer_is_escalated_to_nobody(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    lease = await pulled(world, rev, project)
    told = await world.act(escalating.lease_escalate, rev, lease=lease["id"], reason="hard", note=None)
    assert told["status"] == "escalated"
    assert await world.facts("escalation.opened") == []


async def test_several_reviewers_may_be_shown_the_same_answer(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    other = await world.invite("other", "reviewer")
    leases = [(who, await pulled(world, who, project)) for who in (rev, other)]
    assert {one["answer"] for _, one in leases} == {"0"}
    for who, one in leases:
        await world.review(who, one["id"], "reject")
    assert len(await world.facts("review.planted_scored")) == 2


async def test_an_empty_lane_is_empty_for_the_planted_too(world: World, planted_always: None) -> None:
    project, _, rev = await stocked(world, "0")
    other = await world.invite("other", "reviewer")
    while (lease := await pulled(world, other, project))["payload"] != {"task": "a"}:
        await world.review(other, lease["id"], "accept")
    assert (await world.act(reviews.review_pull, rev, project=project, max=1))["leases"] == []


async def test_in_a_pull_of_many_it_has_its_turn_among_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _, rev = await stocked(world, "0")
    monkeypatch.setattr(planting, "SHARE_PPM", PPM)
    leases = (await world.review_pull(rev, project, 5))["leases"]
    assert [one["payload"]["task"] for one in leases] == ["g0", "a"]
