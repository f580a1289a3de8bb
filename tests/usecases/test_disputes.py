"""Disputes: an error that was told is looked at again by somebody independent; gold is never told by them."""

from datetime import timedelta

from backend.api.problems import problem
from backend.events.ids import uuid7
from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.proficiency import records
from backend.usecases.review import dispute_deciding as deciding
from backend.usecases.review import disputing
from backend.usecases.work import Caller
from tests.support.disputed import (
    begun,
    dispute,
    disputes,
    feedback,
    judge,
    leases,
    lived,
    pull,
    refusal_of,
    resolve,
    told,
)
from tests.support.flow import result
from tests.support.refused import refused
from tests.support.skilled import answer_gold, settle
from tests.support.world import World


async def standing(world: World, who: Caller) -> tuple[int, int, list[object]]:
    """(right, all, errors by lease) as the person sees it."""
    (own,) = (await world.act(records.proficiency_get, who, annotator=who.subject.id))["skills"]
    return own["correct"], own["total"], [one["lease"] for one in own["errors"]]


async def test_a_review_is_disputed_reversed_and_the_score_and_the_result_follow(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await begun(world, ann)
    await answer_gold(world, ann, project, *["yes"] * 8)
    met = await leases(world, ann)
    assert (await refusal_of(world, ann, met[0])).code == "nothing_to_dispute", "no ten is full"
    await answer_gold(world, ann, project, "no")
    await judge(world, rev, project, "correct", "other", "see the guideline")
    met = await leases(world, ann)
    assert await standing(world, ann) == (8, 10, [met[-1], met[0]])
    assert await result(world, project, "w") == ("other", "review")

    about = await dispute(world, ann, met[0])
    assert (await refusal_of(world, ann, met[0])).code == "already_disputed"
    assert (await pull(world, rev))["disputes"] == [], "who judged it decides nothing"
    for one in (ann, rev):
        with refused("not_independent" if one is rev else "forbidden"):
            await resolve(world, one, about, "reversed")
    eve = await world.invite("eve", "reviewer")
    (case,) = (await pull(world, eve))["disputes"]
    seen = {
        name: case[name] for name in ("payload", "answer", "truth", "note", "reason", "verdict", "source")
    }
    assert seen == {
        "payload": {"task": "w"},
        "answer": "said",
        "truth": "other",
        "note": "see the guideline",
        "reason": "look again",
        "verdict": "correct",
        "source": "review",
    }
    assert str(rev.subject.id) not in str(case) and str(ann.subject.id) not in str(case)
    done = await resolve(world, eve, about, "reversed", reason="both are fine")
    assert done["result_changed"]
    await settle(world)
    assert await standing(world, ann) == (9, 10, [met[-1]])
    assert await result(world, project, "w") == ("said", "expert")
    (judged,) = await world.facts("review.verdict_given")
    assert not judged.event.passed, "what was said before stays said"
    (row,) = await world.rows("SELECT passed FROM judged WHERE tenant = $1 AND source = 'review'")
    assert row["passed"]
    (own,) = (await disputes(world, ann))["data"]
    assert (own["outcome"], own["words"]) == ("reversed", "both are fine")
    unseen = ("annotator", "item", "source", "gold", "review", "holder", "resolved_by")
    assert [own[name] for name in unseen] == [None] * 7
    assert str(eve.subject.id) not in str(own)


async def test_who_wrote_the_key_of_gold_decides_nothing_though_an_administrator(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await begun(world, ann)
    met = await told(world, ann, project, rev, "accept")
    about = await dispute(world, ann, met[-1])
    assert (await pull(world, world.admin))["disputes"] == []
    with refused("not_independent"):
        await resolve(world, None, about, "upheld")
    other = await world.invite("other", "reviewer")
    (case,) = (await pull(world, other))["disputes"]
    assert (case["source"], case["answer"], case["truth"]) == ("gold", "no", "yes")
    done = await resolve(world, other, about, "reversed", gold_wrong=True)
    assert done["gold_retired"] and not done["result_changed"]
    await settle(world)
    assert await standing(world, ann) == (10, 10, [])
    (row,) = await world.rows("SELECT why FROM gold WHERE tenant = $1 AND why IS NOT NULL")
    assert row["why"] == "doubtful"


async def test_the_second_reversal_retires_gold(world: World) -> None:
    eve, rev = await world.invite("eve", "expert"), await world.invite("rev", "reviewer")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    project = await begun(world, ann)
    first = await told(world, ann, project, rev, "accept")
    (row,) = await world.rows("SELECT gold FROM answer WHERE tenant = $1 AND lease = $2", first[-1])
    for _ in range(9):
        (lease,) = (await world.pull(ben, project))["leases"]
        (held,) = await world.rows("SELECT gold FROM lease WHERE tenant = $1 AND lease = $2", lease["id"])
        await world.submit(ben, lease["id"], "no" if held["gold"] == row["gold"] else "yes")
    await world.work(ben, project, "said")
    await settle(world)
    await judge(world, rev, project, "accept")
    (wrong,) = (await feedback(world, ben))["errors"]
    one, two = await dispute(world, ann, first[-1]), await dispute(world, ben, wrong["lease"])
    assert not (await resolve(world, eve, one, "reversed"))["gold_retired"]
    assert (await resolve(world, eve, two, "reversed"))["gold_retired"]


async def test_gold_and_plain_work_are_refused_in_the_same_bytes(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    project = await begun(world, ann)
    await answer_gold(world, ann, project, "no")
    other = await world.project("owls")
    await world.items(other, "a")
    await world.work(ben, other, "no")
    await settle(world)
    told_ = [
        problem(await refusal_of(world, who, (await leases(world, who))[-1]), uuid7(0, bytes(10)))
        for who in (ann, ben)
    ]
    assert told_[0] == told_[1] and b"nothing_to_dispute" in told_[0][2]
    entries = [
        {name: one[name] for name in ("action", "outcome", "error_code") if name in one}
        for who in (ann, ben)
        for one in (await world.entries(who))[-1:]
    ]
    assert entries[0] == entries[1]
    with refused("not_found"):
        await dispute(world, ben, (await leases(world, ann))[-1])


async def test_an_error_is_disputed_in_its_window_and_held_for_a_time(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    eve, dan = await world.invite("eve", "reviewer"), await world.invite("dan", "reviewer")
    project = await begun(world, ann)
    met = await told(world, ann, project, rev, "reject")
    about = await dispute(world, ann, met[0])
    (case,) = (await pull(world, eve))["disputes"]
    assert (await pull(world, eve))["disputes"] == [case], "the same again until it is decided"
    assert (await pull(world, dan))["reasons"] == [{"code": "no_disputes", "count": 1}]
    with refused("dispute_taken"):
        await resolve(world, dan, about)
    with refused("not_found"):
        await world.act(disputing.dispute_get, dan, dispute=about)
    read = await world.act(disputing.dispute_get, eve, dispute=about)
    assert read["case"] == case
    world.clock.moved += timedelta(seconds=deciding.HOLD_SECONDS)
    assert (await world.system(deciding.disputes_return, most=10))["returned"] == 1
    assert [one["id"] for one in (await pull(world, dan))["disputes"]] == [about]
    world.clock.moved += timedelta(days=15)
    late = await refusal_of(world, ann, met[-1])
    assert late.code == "dispute_window_over"


async def test_who_looked_at_a_dispute_does_not_meet_its_item_any_more(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    eve = await world.invite("eve", "reviewer", "annotator")
    project = await begun(world, ann)
    met = await told(world, ann, project, rev, "accept")
    await dispute(world, ann, met[-1])
    await pull(world, eve)
    (row,) = await world.rows("SELECT payload FROM item WHERE tenant = $1 LIMIT 1")
    assert row
    seen = []
    while leases_ := (await world.pull(eve, project))["leases"]:
        await world.submit(eve, leases_[0]["id"], "yes")
        seen.append(leases_[0]["payload"]["task"])
    assert len([one for one in seen if one.startswith("g")]) == 8, (
        "all the gold but the one that was disputed"
    )


async def test_a_manager_reads_how_disputes_end(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    eve = await world.invite("eve", "reviewer")
    project = await begun(world, ann)
    met = await told(world, ann, project, rev, "reject")
    first, second = [await dispute(world, ann, one) for one in (met[0], met[-1])]
    world.clock.moved += timedelta(seconds=100)
    await resolve(world, eve, first, "reversed")
    listed = await disputes(world, project=project)
    counts = {name: listed["summary"][name] for name in ("open", "taken", "upheld", "reversed", "void")}
    assert counts == {"open": 1, "taken": 0, "upheld": 0, "reversed": 1, "void": 0}
    assert listed["summary"]["reversed_share"] == 1.0 and 100 <= listed["summary"]["seconds_median"] < 130
    assert [one["id"] for one in listed["data"]] == [second, first]
    assert listed["data"][1]["resolved_by"] == eve.subject.id and listed["data"][0]["source"] == "gold"
    page = await disputes(world, limit=1)
    rest = await disputes(world, cursor=page["next_cursor"])
    assert [one["id"] for one in (*page["data"], *rest["data"])] == [second, first]
    assert [one["id"] for one in (await disputes(world, state="resolved"))["data"]] == [first]
    assert (await disputes(world, eve))["data"] == [], "reviewers pull; they do not look around"


async def test_a_rebuild_gives_the_same_disputes_scores_and_disclosures(world: World) -> None:
    await lived(world)
    await world.follow()
    facts = await world.facts("score.corrected")
    assert [(one.event.source, one.event.now) for one in facts] == [("review", True), ("gold", None)]
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    found = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert found["differences"] == []
    assert found["projections"]["disputes"] == {"equal": True, "rows": 4}
    assert found["projections"]["proficiency"]["equal"] and found["projections"]["judged"]["equal"]
