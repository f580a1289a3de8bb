"""A gold key that is found wrong takes its scores back, whoever was measured on it and whatever followed."""

from uuid import UUID, uuid4

import pytest

from backend.events import review
from backend.events.store.database import open_pool
from backend.readmodels import planted
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.gold import correction_told, disclosing, key_scores, rekeying
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.corrected import closed, facts
from tests.support.disputed import dispute, disputes, feedback, judge, leases, pull, refusal_of, resolve
from tests.support.evidenced import tell
from tests.support.mistaken import add, answer, begun, corrected, evidence, lived, wrong
from tests.support.refused import refused
from tests.support.skilled import settle, skill_of
from tests.support.world import World


async def told(world: World, gold: UUID) -> dict[str, object]:
    return await world.act(correction_told.gold_correction, gold=gold, cursor=None, limit=50)


async def test_every_answer_is_scored_again_by_what_is_right(world: World) -> None:
    project, gold = await begun(world, 3)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answer(world, ann, project, 3, keysg0="no")
    await answer(world, ben, project, 3)
    tried = await wrong(world, gold[0], "no", dry_run=True)
    assert tried["key_case"] is None and tried["changes"] == {
        "answers": 2, "scores": 2, "right": 1, "wrong": 1, "void": 0, "people": 2, "disputes": 0, "closings": 0,
        "more": False,
    }  # fmt: skip
    assert await facts(world, "gold.key_found_wrong") == [], "a preview changes nothing"
    assert (await evidence(world, ann)).count((True, 1_000_000)) == 2

    done = await wrong(world, gold[0], "no")
    assert await wrong(world, gold[0], "no") == done, "said twice it is said once"
    await corrected(world)
    assert await evidence(world, ann) == [(True, 1_000_000)] * 3
    assert sorted(await evidence(world, ben)) == [(False, 0), (True, 1_000_000), (True, 1_000_000)]
    (end,) = await facts(world, "gold.scores_corrected")
    assert (end.key_case, end.scores, end.people, end.void) == (done["key_case"], 2, 2, 0)
    judged = await world.rows("SELECT passed FROM judged WHERE tenant = $1 AND NOT passed")
    assert len(judged) == 1, "ben's answer is the wrong one now"
    met = await world.rows("SELECT correct FROM gold_met WHERE tenant = $1 AND gold = $2", gold[0])
    assert sorted(row["correct"] for row in met) == [False, True]
    entries = [one for one in await world.entries() if one["action"] == "gold_rekey"]
    assert any({"answer", "truth"} <= set(one["fields_seen"]) for one in entries), "answers were opened"


async def test_where_nobody_knows_what_is_right_scores_are_taken_back_until_somebody_does(
    world: World,
) -> None:
    project, gold = await begun(world, 2)
    ann = await world.invite("ann")
    await answer(world, ann, project, 2, keysg0="no")
    with refused("gold_key_stands"):
        await wrong(world, gold[0], "yes")
    await wrong(world, gold[0])
    await corrected(world)
    assert sorted(await evidence(world, ann), key=str) == [(None, 0), (True, 1_000_000)]
    with refused("gold_key_wrong"):
        await world.act(disclosing.gold_disclose, gold=gold[0], explanation="why")
    await wrong(world, gold[0], "no")
    await corrected(world)
    assert await evidence(world, ann) == [(True, 1_000_000)] * 2
    rows = await world.rows("SELECT passed FROM judged WHERE tenant = $1")
    assert [row["passed"] for row in rows] == [True, True], "what was taken back is there again"
    await wrong(world, gold[0], "yes")
    await corrected(world)
    assert sorted(await evidence(world, ann)) == [(False, 0), (True, 1_000_000)], (
        "the key was right after all"
    )


async def test_a_mistaken_right_is_withdrawn_and_its_scores_are_taken_back(world: World) -> None:
    project, gold = await begun(world, 1)
    ann = await world.invite("ann")
    await answer(world, ann, project, 1)
    first = await wrong(world, gold[0], "no")
    await corrected(world)
    assert await evidence(world, ann) == [(False, 0)]
    await wrong(world, gold[0], key=None)
    assert len(await facts(world, "gold.key_found_wrong")) == 1, "retired without a word of its key"
    changes = (await wrong(world, gold[0], dry_run=True))["changes"]
    assert (changes["scores"], changes["void"], changes["people"]) == (1, 1, 1)
    second = await wrong(world, gold[0])
    assert second["key_case"] != first["key_case"]
    assert await wrong(world, gold[0]) == second, "said twice it is said once"
    await corrected(world)
    assert await evidence(world, ann) == [(None, 0)]


async def test_a_case_scores_by_what_it_says_is_right_whatever_truth_the_item_is_given_meanwhile(
    world: World,
) -> None:
    project, gold = await begun(world, 1)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answer(world, ann, project, 1)
    await answer(world, ben, project, 1, keysg0="no")
    await wrong(world, gold[0], "no")
    await corrected(world)
    assert (await evidence(world, ann), await evidence(world, ben)) == ([(False, 0)], [(True, 1_000_000)])
    last = await wrong(world, gold[0], "yes")
    await add(world, project, "keysg0", truth="no")
    await corrected(world)
    assert (await evidence(world, ann), await evidence(world, ben)) == ([(True, 1_000_000)], [(False, 0)])
    end = (await facts(world, "gold.scores_corrected"))[-1]
    assert (end.key_case, end.scores, end.people) == (last["key_case"], 2, 2)


async def test_what_is_scored_against_a_new_key_stays(world: World) -> None:
    project, gold = await begun(world, 1)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answer(world, ann, project, 1)
    await wrong(world, gold[0])
    await add(world, project, "keysg0", truth="no")
    await answer(world, ben, project, 1, keysg0="no")
    await corrected(world)
    assert (await evidence(world, ann), await evidence(world, ben)) == ([(None, 0)], [(True, 1_000_000)])


async def test_two_keys_found_wrong_one_after_the_other_are_both_corrected(world: World) -> None:
    project, gold = await begun(world, 1)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answer(world, ann, project, 1)
    await wrong(world, gold[0])
    await add(world, project, "keysg0", truth="no")
    await answer(world, ben, project, 1, keysg0="no")
    await wrong(world, gold[0])
    await corrected(world)
    assert (await evidence(world, ann), await evidence(world, ben)) == ([(None, 0)], [(None, 0)])
    ended = await facts(world, "gold.scores_corrected")
    assert len({one.key_case for one in ended}) == 2 and [one.scores for one in ended] == [1, 1]


async def test_who_holds_it_while_its_key_is_found_wrong_is_not_scored(world: World) -> None:
    project, gold = await begun(world, 1)
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await wrong(world, gold[0])
    assert (await world.submit(ann, lease["id"], "no"))["status"] == "submitted"
    assert await facts(world, "lease.gold_scored") == []


async def test_a_closing_that_rests_on_it_is_undone_and_the_error_is_taken_back(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project, gold = await begun(world, live_floor=0.7)
    await answer(world, ann, project, 9, **dict.fromkeys([f"keysg{n}" for n in range(6)], "no"))
    await world.work(ann, project, "said")
    await judge(world, rev, project, "accept")
    skill = await skill_of(world, project)
    assert await closed(world, ann, skill)
    errors = [one["lease"] for one in (await feedback(world, ann))["errors"]]
    assert len(errors) == 6
    mended = 0
    # After how many it opens hangs on the order in which the lot brought them.
    while await closed(world, ann, skill):
        opens = (await wrong(world, gold[mended], "no", dry_run=True))["changes"]["closings"]
        await wrong(world, gold[mended], "no")
        await corrected(world)
        mended += 1
        if opens:
            assert not await closed(world, ann, skill), "it was told before"
    (undone,) = await facts(world, "skill.closing_undone")
    assert undone.disputes == () and len(undone.key_cases) == mended
    seen = await feedback(world, ann)
    assert len(seen["errors"]) == 6 - mended
    assert [one["counts"] for one in seen["taken_back"]] == ["right"] * mended
    assert {one["lease"] for one in seen["taken_back"]} < set(errors)


async def test_reviewers_are_measured_on_what_is_right(world: World) -> None:
    project, gold = await begun(world, 1)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await answer(world, ann, project, 1, keysg0="no")
    about = {"project": project, "skill": await skill_of(world, project), "gold": gold[0]}
    met = {"subject": (await leases(world, ann))[0], "error": True, "found": False}
    await tell(world, review.PlantedScored(lease=uuid4(), reviewer=rev.subject.id, **about, **met))
    await world.follow()

    async def missed() -> tuple[int, int]:
        (row,) = await world.rows(planted.DETECTION, project)
        return row["errors"], row["right_ones"]

    assert await missed() == (1, 0)
    await wrong(world, gold[0])
    await corrected(world)
    assert await missed() == (0, 0), "nobody knows"
    await wrong(world, gold[0], "no")
    await corrected(world)
    assert await missed() == (0, 1), "there was nothing to find"


async def test_open_disputes_are_settled_and_won_ones_stand(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    rev, eve = await world.invite("rev", "reviewer"), await world.invite("eve", "reviewer")
    project, gold = await begun(world)
    for who in (ann, ben):
        await answer(world, who, project, 9, keysg0="no")
        await world.work(who, project, f"by {who.subject.id}")
        await settle(world)
        await judge(world, rev, project, "accept")
    wrongs = [(await feedback(world, who))["errors"][0]["lease"] for who in (ann, ben)]
    won, waits = await dispute(world, ann, wrongs[0]), await dispute(world, ben, wrongs[1])
    await resolve(world, eve, won, "reversed")
    assert (await wrong(world, gold[0], dry_run=True))["changes"]["disputes"] == 1
    await wrong(world, gold[0])
    await corrected(world)
    assert (False, 0) not in await evidence(world, ben) and (None, 0) in await evidence(world, ben)
    assert await evidence(world, ann) == [(True, 1_000_000)] * 9, "somebody looked, and said so"
    assert (await pull(world, eve))["disputes"] == []
    (own,) = (await disputes(world, ben))["data"]
    assert (own["id"], own["outcome"], own["words"]) == (waits, "void", rekeying.WORDS)
    right = next(one for one in await leases(world, ben) if one != wrongs[1])
    assert (await refusal_of(world, ben, right)).code == "nothing_to_dispute"
    (end,) = await facts(world, "gold.scores_corrected")
    assert end.disputes == 1


async def test_an_exam_stays_as_it_was_graded_and_is_listed(world: World) -> None:
    project, gold = await begun(world, 2)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    course = await world.act(
        training.course_publish, title="exam", content=None, questions=(), gold=tuple(gold),
        skill=await skill_of(world, project), pass_mark=1.0, course=None,
    )  # fmt: skip

    async def attempt(who: Caller, first: str) -> bool:
        said = tuple({"question": str(one), "answer": a} for one, a in zip(gold, (first, "yes"), strict=True))
        made = await world.act(training.course_attempt, who, course=course["id"], version=1, answers=said)
        return bool(made["passed"])

    assert (await attempt(ann, "no"), await attempt(ben, "yes")) == (False, True)
    await settle(world)
    await wrong(world, gold[0], "no")
    await corrected(world)
    listed = (await told(world, gold[0]))["data"]
    assert isinstance(listed, list)
    shown = {one["annotator"]: (one["passed"], one["correct"], one["correct_now"]) for one in listed}
    assert shown == {ann.subject.id: (False, 1, 2), ben.subject.id: (True, 2, 1)}
    assert await evidence(world, ann, "exam") == [(True, 1_000_000)] * 2, "as evidence it counts as it should"


async def test_a_correction_goes_on_where_it_was_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, gold = await begun(world, 1)
    people = [await world.invite(f"p{n}") for n in range(3)]
    for who in people:
        await answer(world, who, project, 1, keysg0="no")
    monkeypatch.setattr(key_scores, "PAGE", 2)
    case = (await wrong(world, gold[0]))["key_case"]
    await world.follow()
    step = {"gold": gold[0], "key_case": case, "after": "work|", "second": False, "settled": 0}
    assert (await world.system(rekeying.gold_rekey, **step))["corrected"] == 2
    assert (await world.system(rekeying.gold_rekey, **step))["corrected"] == 0, "the same page again"
    await corrected(world)
    for who in people:
        assert await evidence(world, who) == [(None, 0)]
    assert len(await facts(world, "score.corrected")) == 3
    seen = await told(world, gold[0])
    assert (seen["key"], seen["scores"], seen["void"]) == ("wrong", 3, 3) and seen["corrected_at"] is not None


async def test_a_resolver_who_says_that_the_key_is_wrong_takes_everybodys_scores_back(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    rev, eve = await world.invite("rev", "reviewer"), await world.invite("eve", "reviewer")
    project, _ = await begun(world)
    for who in (ann, ben):
        await answer(world, who, project, 9, keysg0="no")
    await world.work(ann, project, "said")
    await judge(world, rev, project, "accept")
    about = await dispute(world, ann, (await feedback(world, ann))["errors"][0]["lease"])
    await resolve(world, eve, about, "reversed", gold_wrong=True)
    await corrected(world)
    assert (None, 0) in await evidence(world, ben) and (False, 0) not in await evidence(world, ben)


async def test_a_rebuild_gives_the_same_corrections(world: World) -> None:
    await lived(world)
    await world.follow()
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
    await sequencer.close()
