"""Draws can be checked by anybody, and what reviews bring is told with what it rests on."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.review.sampling import draw, is_sampled
from backend.events.ids import LeaseId, ProjectId
from backend.usecases.access import access
from backend.usecases.projects import projects
from backend.usecases.review import outgoing, recheck
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World


async def worked(world: World, answers: int, **plan: Any) -> tuple[UUID, Caller]:
    project = await world.project(plan={"overlap": 1, **plan})
    await world.items(project, *(f"i{n:03}" for n in range(answers)))
    ann = await world.invite("ann")
    for n in range(answers):
        await world.work(ann, project, str(n % 2))
    return project, ann


async def close(world: World, project: UUID) -> None:
    change: dict[str, Any] = {"project": project, "expected_version": 1, "plan": {"rework_max": 7}}
    await world.act(projects.project_plan_update, **change)


async def auditor(world: World) -> Caller:
    made = await world.act(access.key_create, kind="user", roles=("auditor",), scopes=("*",), days=1)
    return await world.perform.authenticate(made["key"])


async def review_all(world: World, project: UUID, wrong: str = "1") -> Caller:
    """Everything that was drawn is judged: answers of one class are rejected."""
    rev = await world.invite("rev", "reviewer")
    while leases := (await world.review_pull(rev, project, 20))["leases"]:
        for one in leases:
            await world.review(rev, one["id"], "reject" if one["answer"] == wrong else "accept")
    return rev


async def test_an_auditor_lists_every_draw_with_its_rate_and_reason(world: World) -> None:
    project, _ = await worked(world, 5, review_rate=0.5)
    who, seen, cursor = await auditor(world), [], None
    while True:
        page = await world.act(
            recheck.review_draws, who, project=project, period=None, cursor=cursor, limit=2
        )
        assert page["period"] == 1
        seen += page["data"]
        if (cursor := page["next_cursor"]) is None:
            break
    facts = [one.event for one in await world.facts("review.drawn")]
    assert [one["lease"] for one in seen] == sorted(one.lease for one in facts)
    assert {(one["rate"], one["reason"], one["risk"], one["basis_index"]) for one in seen} == {
        (0.5, "fixed", None, 0)
    }
    assert {one["lease"]: (one["draw"], one["sampled"]) for one in seen} == {
        one.lease: (one.draw, one.sampled) for one in facts
    }


async def test_an_annotator_sees_no_draw(world: World) -> None:
    project, ann = await worked(world, 1, review_rate=0.5)
    for usecase, more in (
        (recheck.review_draws, {"period": None, "cursor": None, "limit": 2}),
        (recheck.review_recheck, {"period": 1}),
        (outgoing.review_yield, {"by": None}),
    ):
        with refused("forbidden"):
            await world.act(usecase, ann, project=project, **more)


async def test_a_period_is_checked_with_its_key_once_that_is_disclosed(world: World) -> None:
    project, _ = await worked(world, 12, review_rate=0.5)
    who = await auditor(world)
    with refused("period_undisclosed", "conflict"):
        await world.act(recheck.review_recheck, who, project=project, period=1)
    with refused("not_found"):
        await world.act(recheck.review_recheck, who, project=project, period=2)
    await close(world, project)
    found = await world.act(recheck.review_recheck, who, project=project, period=1)
    assert (found["draws"], found["mismatches"], found["mean_rate"]) == (12, 0, 0.5)
    (closed,) = await world.facts("sampling.period_closed")
    assert found["key_hex"] == closed.event.key_hex
    assert found["low"] < 0.5 < found["high"]
    sampled = [one.event.sampled for one in await world.facts("review.drawn")]
    assert found["realised"] == sum(sampled) / 12
    with refused("period_undisclosed"):
        await world.act(recheck.review_recheck, who, project=project, period=2)


async def test_a_row_that_was_changed_behind_the_logs_back_is_found(world: World) -> None:
    project, _ = await worked(world, 6, review_rate=0.5)
    await close(world, project)
    (row,) = await world.rows(
        "UPDATE review SET sampled = NOT sampled WHERE tenant = $1 AND lease ="
        " (SELECT min(lease::text)::uuid FROM review WHERE tenant = $1) RETURNING lease, sampled"
    )
    found = await world.act(recheck.review_recheck, project=project, period=1)
    assert found["mismatches"] == 1
    (wrong,) = found["first_mismatches"]
    assert (wrong["lease"], wrong["sampled"], wrong["sampled_expected"]) == (
        row["lease"],
        row["sampled"],
        not row["sampled"],
    )


async def test_adaptive_draws_are_as_checkable_as_fixed_ones(world: World) -> None:
    project, _ = await worked(world, 8, review_mode="risk", review_target=0.2, review_first=2)
    await close(world, project)
    found = await world.act(recheck.review_recheck, project=project, period=1)
    assert (found["draws"], found["mismatches"], found["within"]) == (8, 0, True)


async def test_reviewing_everything_lets_nothing_out_and_saves_nothing(world: World) -> None:
    project, ann = await worked(world, 8, review_rate=1.0)
    await review_all(world, project)
    told = await world.act(outgoing.review_yield, project=project, by="annotator")
    assert (told["answers"], told["drawn"], told["reviewed"], told["errors"]) == (8, 8, 8, 4)
    assert told["outgoing"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert told["outgoing_detected"] is told["detection"] is None, "nothing was planted"
    (reason,) = told["reasons"]
    assert (reason["reason"], reason["found_share"]) == ("fixed", 0.5)
    assert told["saving"] == {"against_everything": 0.0, "fixed_rate": 1.0, "against_fixed_rate": 0.0}
    (part,) = told["parts"]
    assert (part["annotator"], part["errors"], part["answer_class"]) == (ann.subject.id, 4, None)


async def test_what_waits_for_a_verdict_counts_as_not_seen(world: World) -> None:
    project, _ = await worked(world, 4, review_rate=1.0)
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    told = await world.act(outgoing.review_yield, project=project, by=None)
    assert (told["drawn"], told["reviewed"], told["errors"]) == (4, 1, 1)
    assert told["outgoing"]["value"] == pytest.approx(3 / 4), "one of the four was seen, and it was wrong"


async def test_the_outgoing_error_is_estimated_from_what_the_sample_found(world: World) -> None:
    project, _ = await worked(world, 40, review_rate=0.5)
    await review_all(world, project)
    told = await world.act(outgoing.review_yield, project=project, by="class")
    assert told["outgoing"]["value"] == pytest.approx(told["errors"] / 40), "each found stands for one unseen"
    assert told["outgoing"]["low"] <= 0.25 <= told["outgoing"]["high"]
    assert sorted(part["errors"] for part in told["parts"])[0] == 0
    assert sum(part["answers"] for part in told["parts"]) == 40
    assert len({part["answer_class"] for part in told["parts"]}) == 2
    assert told["saving"]["against_everything"] == pytest.approx(1 - told["drawn"] / 40)


async def test_a_project_without_answers_promises_nothing(world: World) -> None:
    project = await world.project()
    told = await world.act(outgoing.review_yield, project=project, by="class")
    assert (told["answers"], told["reasons"], told["parts"]) == (0, [], [])
    assert told["saving"]["against_everything"] is None


async def test_the_seed_of_every_draw_is_the_key_the_lease_and_the_recorded_rate(world: World) -> None:
    project, _ = await worked(world, 6, review_rate=0.3)
    await close(world, project)
    key_hex = (await world.act(recheck.review_recheck, project=project, period=1))["key_hex"]
    assert bytes.fromhex(key_hex) == world.perform.vault.draw_key(world.tenant, ProjectId(project), 1)
    for one in await world.facts("review.drawn"):
        again = draw(bytes.fromhex(key_hex), LeaseId(one.event.lease))
        assert is_sampled(again, one.event.rate_ppm) is one.event.sampled
