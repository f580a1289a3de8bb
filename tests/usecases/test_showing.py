"""Showing: blind by default; other people's answers are seen where the step says so, and never whose they are."""

from typing import Any

from tests.support.flow import answer, back, flow, judge, result, shown, step
from tests.support.refused import refused
from tests.support.world import World

LOOP = (
    step("label", "annotate", "check", shows=["check"]),
    step("check", "review", back("label", 1, to_author=True), shows=["label"]),
)


def told(step: str, answer: Any, verdict: str | None = None, note: str | None = None) -> dict[str, Any]:
    return {"step": step, "answer": answer, "verdict": verdict, "note": note}


async def test_who_adjudicates_sees_every_answer_and_who_corrects_what_came_of_them(world: World) -> None:
    project = await flow(
        world,
        step("label", "annotate", "settle", "fix", slots=3),
        step("settle", "adjudicate", shows=["label"]),
        step("fix", "custom", shows=["label"]),
    )
    people = [await world.invite(f"p{n}") for n in range(4)]
    for who, said in zip(people, ("1", "0", "1"), strict=False):
        (lease,) = (await world.pull(who, project))["leases"]
        assert await shown(world, lease["id"]) == [], "blind unless the step says otherwise"
        await world.submit(who, lease["id"], said)
    await world.decide()
    (settle,) = (await world.pull(await world.invite("exp", "expert"), project))["leases"]
    seen = await shown(world, settle["id"])
    assert sorted(one["answer"] for one in seen) == ["0", "1", "1"]
    assert {one["step"] for one in seen} == {"label"}
    (fix,) = (await world.pull(people[3], project))["leases"]
    assert await shown(world, fix["id"]) == [told("label", "1")]


async def test_who_does_it_again_sees_the_verdict_and_the_note(world: World) -> None:
    project = await flow(world, *LOOP)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await answer(world, ann, project, "1")
    await judge(world, rev, project, "reject", None, "look again")
    (again,) = (await world.pull(ann, project))["leases"]
    assert await shown(world, again["id"]) == [told("check", "1", "reject", "look again")]


async def test_a_correction_must_fit_the_schema_of_what_it_corrects(world: World) -> None:
    schema = {"enum": ["0", "1"]}
    project = await flow(
        world,
        step("label", "annotate", "check", answer_schema=schema),
        step("check", "review", shows=["label"]),
    )
    await answer(world, await world.invite("ann"), project, "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    with refused("answer_invalid", "invalid"):
        await world.review(rev, lease["id"], "correct", "7")
    with refused("correction_required", "invalid"):
        await world.review(rev, lease["id"], "correct")
    await world.review(rev, lease["id"], "correct", "0")
    await world.review(rev, lease["id"], "correct", "0")
    await world.decide()
    assert await result(world, project) == ("0", "review")
