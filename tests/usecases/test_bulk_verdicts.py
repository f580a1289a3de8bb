"""One verdict on many reviews: each as a single one would have been, all or nothing, and no inspection."""

import asyncio
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.agreements import agreements
from backend.usecases.projects import projects
from backend.usecases.review import audit_floor, outgoing, planting
from backend.usecases.tasks import steering
from backend.usecases.work import Caller
from tests.support.bulked import bulk, listed, statements_of, tank
from tests.support.planted import stocked
from tests.support.refused import refused
from tests.support.world import World

PPM = 1_000_000


async def test_what_waits_is_listed_page_by_page_and_filtered(world: World) -> None:
    project, ann, rev = await tank(world, "1", "0", "1")
    all_ = await listed(world, project)
    assert len(all_) == 3 and await listed(world, project, limit=1) == all_
    assert {one["annotator"] for one in all_} == {ann.subject.id}
    of_class = await listed(world, project, answer_class=all_[1]["answer_class"])
    assert [one["lease"] for one in of_class] == [all_[1]["lease"]]
    assert await listed(world, project, annotator=rev.subject.id) == []
    assert await listed(world, project, unsure=True) == await listed(world, project, step="no such") == []
    newest = all_[2]["answered_at"]
    assert [one["lease"] for one in await listed(world, project, answered_from=newest)] == [all_[2]["lease"]]
    assert len(await listed(world, project, answered_to=newest)) == 2
    await world.review_pull(rev, project)
    assert len(await listed(world, project)) == 2, "what somebody holds waits no more"
    with refused("forbidden", "forbidden"):
        await listed(world, project, rev)


async def test_many_are_let_through_with_a_lease_and_a_verdict_each(world: World) -> None:
    project, _, rev = await tank(world, *"10101")
    done = await bulk(world, rev, project, most=4, note="looks fine")
    assert (done["selected"], done["decided"], done["refused"]) == (4, 4, [])
    verdicts = [one.event for one in await world.facts("review.verdict_given")]
    assert {(one.verdict, one.bulk, one.reviewer) for one in verdicts} == {
        ("accept", done["bulk"], rev.subject.id)
    }
    leases = await world.rows(
        "SELECT why, how FROM lease_ended WHERE tenant = $1 AND annotator = $2", rev.subject.id
    )
    assert len(leases) == 4 and {one["how"] for one in leases} == {"submitted"}
    assert all(str(done["bulk"]) in one["why"] for one in leases)
    (act,) = await world.facts("reviews.bulk_decided")
    assert (act.event.decided, act.event.verdict, act.event.selection) == (4, "accept", '{"most":4}')
    assert len(await listed(world, project)) == 1
    assert len((await world.review_pull(rev, project, 5))["leases"]) == 1


async def test_one_that_may_not_be_decided_refuses_all_and_changes_nothing(world: World) -> None:
    project, _, rev = await tank(world, "1", "1", "1")
    leases = [one["lease"] for one in await listed(world, project)]
    await bulk(world, rev, project, leases=leases[:1])
    before = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    with pytest.raises(Refusal) as told:
        await bulk(world, rev, project, leases=leases)
    assert (told.value.code, told.value.kind) == ("bulk_refused", "conflict")
    (one,) = told.value.extra["refused"]
    assert (one["lease"], one["code"]) == (str(leases[0]), "review_not_waiting")
    assert await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1") == before
    assert len(await listed(world, project)) == 2
    done = await bulk(world, rev, project, leases=leases, skip_refused=True)
    assert (done["selected"], done["decided"], len(done["refused"])) == (3, 2, 1)


async def test_nobody_decides_on_own_work_or_learns_that_it_was_drawn(world: World) -> None:
    project, ann, rev = await tank(world, "1", "1")
    both = await world.invite("both", "annotator", "reviewer")
    await world.items(project, "mine", "drawn not")
    await world.work(both, project, "1")
    (mine,) = await listed(world, project, annotator=both.subject.id)
    looked = await bulk(world, both, project, leases=[mine["lease"]], dry_run=True)
    assert [one["code"] for one in looked["refused"]] == ["own_work"] and looked["decided"] == 0
    await bulk(world, rev, project, leases=[mine["lease"]])
    again = await bulk(world, both, project, leases=[mine["lease"]], dry_run=True)
    assert again["refused"] == looked["refused"], "whether it was drawn, or judged, is not told"
    done = await bulk(world, both, project, most=10)
    assert (done["selected"], done["decided"]) == (2, 2), "a filter passes over own work as a pull does"
    with pytest.raises(Refusal) as told:
        await bulk(world, ann, project, most=1)
    assert told.value.code == "forbidden", "who is no reviewer reviews nothing"


async def test_what_a_pull_would_not_give_is_refused_for_the_same_reason(world: World) -> None:
    project, _, rev = await tank(world, "1")
    (lane,) = await world.rows("SELECT lane FROM lane WHERE tenant = $1 AND stage = 'review'")
    await world.act(steering.lane_pause, lane=lane["lane"])
    assert await codes(world, rev, project) == ["lane_paused"]
    await world.act(steering.lane_resume, lane=lane["lane"])
    made = await world.act(agreements.agreement_publish, title="NDA", text="I tell nobody.", agreement=None)
    asked = {"agreements": (made["id"],), "courses": ()}
    await world.act(projects.project_requirements_update, project=project, **asked)
    assert await codes(world, rev, project) == ["agreement_required"]


async def codes(world: World, who: Caller, project: UUID) -> list[str]:
    """Why this person may not decide what waits."""
    looked = await bulk(world, who, project, most=100, dry_run=True)
    return [one["code"] for one in looked["refused"]]


async def test_rejected_in_bulk_is_done_again_and_beyond_the_limit_goes_to_an_expert(world: World) -> None:
    project, ann, rev = await tank(world, "1", "0", rework_max=1)
    ben, cas = await world.invite("ben"), await world.invite("cas")
    await bulk(world, rev, project, "reject", most=10)
    assert (await world.pull(ann, project))["leases"] == [], "not by who answered it"
    for _ in range(2):
        await world.work(ben, project, "1")
    assert len(await world.facts("task.slot_added")) == 2
    await bulk(world, rev, project, "reject", most=10)
    assert (await world.pull(cas, project))["leases"] == []
    assert len(await world.facts("escalation.opened")) == 2


async def test_a_look_before_changes_nothing_and_shows_what_a_review_shows(world: World) -> None:
    project, _, rev = await tank(world, "1", "0")
    looked = await bulk(world, rev, project, most=5, dry_run=True)
    assert (looked["bulk"], looked["selected"], looked["decided"]) == (None, 2, 2)
    assert [(one["payload"], one["answer"]) for one in looked["first"]] == [
        ({"task": "tank 0"}, "1"),
        ({"task": "tank 1"}, "0"),
    ]
    assert set(looked["first"][0]) == {"lease", "task", "payload", "answer"}
    assert await world.facts("review.verdict_given") == [] and len(await listed(world, project)) == 2
    for unclear in ({}, {"leases": [looked["first"][0]["lease"]], "most": 1}):
        with refused("leases_or_filter", "invalid"):
            await bulk(world, rev, project, **unclear)


async def test_a_pull_and_a_bulk_act_at_once_share_what_there_is(world: World) -> None:
    project, _, rev = await tank(world, *"111111")
    others = [await world.invite(f"r{n}", "reviewer") for n in range(3)]
    acts = [bulk(world, rev, project, most=6)] + [world.review_pull(who, project) for who in others]
    done, *pulled = await asyncio.gather(*acts)
    held = sum(len(one["leases"]) for one in pulled)
    assert done["decided"] + held == 6
    assert len(await world.facts("review.verdict_given")) == done["decided"]


async def test_what_is_let_through_in_bulk_is_no_evidence_and_no_inspection(world: World) -> None:
    project, ann, rev = await tank(world, *"1111")
    await bulk(world, rev, project, most=2)
    await bulk(world, rev, project, "reject", most=1)
    await world.follow()
    pieces = await world.rows(
        "SELECT correct, weight, kind FROM evidence WHERE tenant = $1 AND annotator = $2 ORDER BY piece",
        ann.subject.id,
    )
    assert [(one["correct"], one["kind"]) for one in pieces] == [(True, None), (True, None), (False, "live")]
    assert [one["weight"] for one in pieces] == [0.0, 0.0, 1.0]
    seen = await world.act(outgoing.review_yield, project=project, by=None)
    assert (seen["reviewed"], seen["errors"], seen["let_through"], seen["drawn"]) == (1, 1, 2, 4)
    judged = await world.rows("SELECT passed FROM judged WHERE tenant = $1")
    assert [one["passed"] for one in judged] == [False]


async def test_where_somebody_has_to_look_nothing_is_let_through_in_bulk(world: World) -> None:
    await world.act(audit_floor.audit_floor_set, expected_version=2, floor=1.0)
    project, _, rev = await tank(world, "1", "1", review_rate=0.0)
    leases = [one["lease"] for one in await listed(world, project)]
    assert len(leases) == 2, "the tenant's floor has all of it looked at"
    looked = await bulk(world, rev, project, leases=leases, dry_run=True)
    assert {one["code"] for one in looked["refused"]} == {"inspection_required"}
    done = await bulk(world, rev, project, "reject", leases=leases)
    assert done["decided"] == len(leases)


async def test_a_planted_answer_is_decided_like_the_others_and_counts_against_who_let_it_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _, rev = await stocked(world, "0", "1")
    (place,) = await listed(world, project)
    monkeypatch.setattr(planting, "SHARE_PPM", PPM)
    assert await listed(world, project) == [place], "the list shows places in the queue, whoever reads it"
    looked = await bulk(world, rev, project, leases=[place["lease"]], dry_run=True)
    (first,) = looked["first"]
    assert first["lease"] == place["lease"] and first["payload"] != {"task": "a"}
    assert (await bulk(world, rev, project, most=1, dry_run=True))["first"] == looked["first"]
    done = await bulk(world, rev, project, leases=[place["lease"]])
    assert (done["selected"], done["decided"], done["refused"]) == (1, 1, [])
    (fact,) = await world.facts("review.planted_scored")
    assert (fact.event.found, fact.event.bulk, fact.event.reviewer) == (False, True, rev.subject.id)
    assert await world.facts("review.verdict_given") == [], "no evidence about who answered"
    looked = await bulk(world, rev, project, most=1, dry_run=True)
    assert looked["first"][0]["payload"] == {"task": "a"}, (
        "the review at its place waits on, and now is shown"
    )
    await world.follow()
    seen = await world.act(outgoing.review_yield, project=project, by=None)
    assert seen["detection"] is None, "a rubber stamp says nothing of what reviews find"
    (who,) = seen["reviewers"]
    overlooked = who["detection"] or {"planted": 0, "found": 0}
    assert overlooked["planted"] - overlooked["found"] == int(fact.event.error)


async def test_thirty_verdicts_ask_the_database_as_often_as_three(world: World) -> None:
    project, _, rev = await tank(world, *"1" * 36)
    asked = await statements_of(world, rev, project, 3, 3, 30)
    assert asked[1] == asked[2] <= 40, asked
