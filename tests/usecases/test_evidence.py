"""Evidence: every piece is listed with its event, a fall closes the skill, what is taken back weighs nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from backend.events import proficiency as scores
from backend.events.base import Actor, Recorded
from backend.events.ids import SYSTEM_PRINCIPAL
from backend.events.store.database import open_pool, transaction
from backend.readmodels import evidence_state, proficiency
from backend.readmodels.evidence import evidence_of
from backend.readmodels.fading import Piece
from backend.readmodels.proficiency import Record
from backend.readmodels.rebuild import rebuild_check
from backend.statistics.beta import Beta
from backend.statistics.empirical_bayes import fit
from backend.usecases.proficiency import records, skills
from backend.usecases.proficiency.evidence import proficiency_evidence
from backend.usecases.proficiency.priors import priors_fit
from backend.usecases.work import Caller
from tests.support.evidenced import adjudicated, corrected, gold_scored, scored, tell, verdict
from tests.support.notes import AT
from tests.support.refused import refused
from tests.support.skilled import answer_gold, define, gold, held, skill_of
from tests.support.world import World

FALLING = [n % 3 != 0 for n in range(60)]
"""Two of three are right."""


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def record(world: World, who: UUID, skill: UUID) -> Record:
    """All that is known of the person."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return (await proficiency.records(conn, world.tenant, skill, [who]))[who]


async def seen(world: World, who: UUID) -> dict[UUID, Record]:
    """What the person may see."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await proficiency.shown_to(conn, world.tenant, who)


async def listed(
    world: World, who: Caller, skill: UUID, reader: Caller | None = None
) -> list[dict[str, Any]]:
    """All evidence, read page by page."""
    about = {"annotator": who.subject.id, "skill": skill, "limit": 4}
    page = await world.act(proficiency_evidence, reader, **about)
    found = list(page["data"])
    while page["next_cursor"]:
        page = await world.act(proficiency_evidence, reader, **about, cursor=page["next_cursor"])
        found += page["data"]
    return found


async def judge(world: World, who: UUID, skill: UUID, floor_ppm: int = 700_000) -> bool:
    """What the record earns or costs now; whether the skill is closed."""
    await world.follow()
    told = {"annotator": who, "skill": skill, "floor_ppm": floor_ppm}
    return bool((await world.system(records.skill_review, **told))["closed"])


async def test_who_falls_from_nearly_all_right_is_closed_by_the_drift_and_managers_read_why(
    world: World,
) -> None:
    project, ann = await world.project(plan={"gold_share": 1.0}), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, *(f"w{n}" for n in range(30)))
    await gold(world, project, 100)
    await answer_gold(world, ann, project, *["yes"] * 40)
    answers = 0
    while not await world.facts("drift.alarmed") and answers < 60:
        await answer_gold(world, ann, project, "no" if answers % 3 == 0 else "yes")
        answers += 1
    assert 20 <= answers <= 45, "within some dozens of answers"
    (alarm,) = [one.event for one in await world.facts("drift.alarmed")]
    assert alarm.state_ppm >= alarm.bound_ppm == 6_000_000 and 850_000 < alarm.target_ppm <= 900_000
    assert await world.facts("skill.closed") == [], "the record as a whole is far above the floor"
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["condition"]) == ("not_qualified", "skill_open")
    told = (await held(world, ann, skill))["closing"]
    assert (told["why"], told["bound"], told["floor"], told["total"]) == ("drift", 6.0, None, None)
    own = await held(world, ann, skill, ann)
    assert (own["closed"], own["closing"], own["level"]) == (True, None, 0), (
        "the level of the record went too"
    )

    await world.act(skills.skill_reopen, annotator=ann.subject.id, skill=skill, reason="a bad week")
    assert not await judge(world, ann.subject.id, skill), "what was judged is not judged again"
    assert (await record(world, ann.subject.id, skill)).state.cusum == 0.0
    await answer_gold(world, ann, project, *["yes"] * 10)
    assert not await judge(world, ann.subject.id, skill)
    assert len(await world.facts("drift.alarmed")) == 1


async def test_without_a_floor_no_fall_closes_anything(world: World) -> None:
    ann, skill = (await world.invite("ann")).subject.id, await define(world, "birds")
    await tell(world, *gold_scored(ann, skill, [True] * 40 + FALLING))
    assert not await judge(world, ann, skill, floor_ppm=0)
    async with transaction(world.perform.pool, world.tenant) as conn:
        ben = uuid4()
        found = await proficiency.watch(conn, world.tenant, skill, [ann, ben])
        bounds = await proficiency.lower_bounds(conn, world.tenant, skill, [ann, ben])
        prior = await proficiency.prior(conn, world.tenant, skill)
    assert found[ann].cusum >= 6.0 and found[ann].since_alarm == 100
    assert found[ben].cusum == 0.0 and found[ben].half_width > found[ann].half_width > 0.0
    assert bounds[ben] == prior.quantile(0.2) and bounds[ann] > 0.6
    assert await judge(world, ann, skill)


async def test_every_piece_is_listed_with_its_event_and_only_to_others(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0})
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    skill = await skill_of(world, project)
    await world.items(project, "w0")
    await world.work(ann, project, "said")
    await gold(world, project, 4)
    await answer_gold(world, ann, project, "yes", "no", "yes", "yes")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    await tell(world, adjudicated(ann.subject.id, skill, False))
    await world.follow()
    found = await listed(world, ann, skill)
    assert [one["source"] for one in found] == ["adjudication", "review", "gold", "gold", "gold", "gold"]
    assert [one["piece"] for one in found] == [5, 4, 3, 2, 1, 0]
    assert [one["correct"] for one in found] == [False, False, True, True, False, True]
    assert [one["weight"] for one in found] == [0.1, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert (found[1]["reviewer"], found[1]["rate"]) == (rev.subject.id, 1.0)
    rows = await world.rows("SELECT idx, stream, version FROM event_log WHERE tenant = $1")
    places = {row["idx"]: (row["stream"], row["version"]) for row in rows}
    for one in found:
        assert places[one["event"]["index"]] == (one["event"]["stream"], one["event"]["version"])
    assert found[2]["event"]["name"] == "lease.gold_scored"
    ben = await world.invite("ben")
    for reader in (ann, ben):
        with refused("forbidden", "forbidden"):
            await listed(world, ann, skill, reader)
    boss = replace(world.admin, subject=replace(world.admin.subject, id=ann.subject.id))
    with refused("own_evidence", "forbidden"):
        await listed(world, ann, skill, boss)
    with refused("not_found"):
        await listed(world, ann, UUID(int=1))


async def test_a_review_drawn_seldom_weighs_its_chance_and_what_was_chosen_weighs_little(
    world: World,
) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    who = ann.subject.id
    await tell(world, adjudicated(who, skill, False), *gold_scored(who, skill, [True] * 3))
    await world.follow()
    mine = await record(world, who, skill)
    assert mine.sources == {"adjudication": (0, 1), "gold": (3, 3)}
    assert 0.09 < mine.state.counts.b < 0.1 and not any(truth != said for truth, said in mine.confusion)
    assert mine.live == (3, 3), "what was chosen is no sample of the work"
    actor = Actor("system", SYSTEM_PRINCIPAL)
    for rate, weight in ((1.0, 1.0), (0.5, 2.0), (0.05, 5.0), (0.0, 0.0)):
        fact = Recorded(world.tenant, uuid4(), 1, verdict(who, skill, False, rate), AT, actor, None, 7)
        piece = evidence_of(fact, {})
        assert (piece.who, piece.source, piece.weight) == ((who, skill), "review", weight)
        assert evidence_of(fact, {skill: (0, 500_000, 0)}).weight == weight / 2
        assert mine.state.after(piece.observed(None)).live == 3.0 + min(1.0, weight), "closes as one at most"
        assert piece.observed(AT).weight == 0.0, "discounted"


async def test_answers_that_are_discounted_weigh_nothing_until_they_are_restored(
    world: World, sequencer: asyncpg.Pool
) -> None:
    ann, skill = (await world.invite("ann")).subject.id, await define(world, "birds")
    await tell(world, *gold_scored(ann, skill, [True] * 12))
    await world.follow()
    before = await record(world, ann, skill)
    world.clock.moved += timedelta(hours=1)
    async with world.perform.pool.acquire() as conn:
        since = await world.clock.now(conn)
    world.clock.moved += timedelta(hours=1)
    await tell(world, *gold_scored(ann, skill, [False] * 12))
    await world.follow()
    after = await record(world, ann, skill)
    flag: dict[str, Any] = {"annotator": ann, "skill": skill, "flag": uuid4()}
    await tell(world, scores.AnswersDiscounted(**flag, since=since))
    await tell(world, *gold_scored(ann, skill, [False]))
    await world.follow()
    assert (await record(world, ann, skill)).state.counts == before.state.counts
    assert (await seen(world, ann))[skill].state.counts.b == 0.0
    (newest, *_) = (await world.act(proficiency_evidence, annotator=ann, skill=skill, limit=1))["data"]
    assert (newest["weight"], newest["discounted"]) == (0.0, True)
    assert not await judge(world, ann, skill)
    await tell(world, scores.AnswersRestored(**flag))
    await world.follow()
    again = await record(world, ann, skill)
    assert again.state.day is not None
    thirteenth = Piece(again.state.index, again.state.day, True, False, 0.0, 1.0, "a", "b")
    assert again.state.counts == after.state.after(thirteenth).counts
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_a_dispute_that_was_won_counts_as_if_it_had_been_said_at_once(
    world: World, sequencer: asyncpg.Pool
) -> None:
    ann, ben, skill = uuid4(), uuid4(), await define(world, "birds")
    wrong = [
        *gold_scored(ann, skill, [True] * 5),
        first := scored(ann, skill, False, "a", "a"),
        second := scored(ann, skill, False),
    ]
    await tell(world, *wrong, *gold_scored(ann, skill, [True] * 5))
    await tell(world, *gold_scored(ben, skill, [True] * 6), *gold_scored(ben, skill, [True] * 5))
    await tell(world, corrected(first, True), corrected(second, None))
    await world.follow()
    mine, others = await record(world, ann, skill), await record(world, ben, skill)
    assert mine.sources == others.sources == {"gold": (11, 11)}
    assert mine.state.counts == others.state.counts and mine.state.scored == others.state.scored
    assert (await seen(world, ann))[skill].sources == {"gold": (9, 9)}, (
        "ten pieces, of which one was taken back"
    )
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_any_batches_and_a_rebuild_give_the_same_rows(world: World, sequencer: asyncpg.Pool) -> None:
    """Followed piece by piece here, all at once there: the same bits, closings and openings among them."""
    one, other = await define(world, "birds"), await define(world, "bats")
    ann = (await world.invite("ann")).subject.id
    answers = [n % 4 != 0 for n in range(33)]
    for right in answers:
        await tell(world, *gold_scored(ann, one, [right]))
        await world.follow()
    await tell(world, *gold_scored(ann, other, answers))
    await world.follow()
    async with transaction(world.perform.pool, world.tenant) as conn:
        states = await evidence_state.load(conn, world.tenant, [(ann, one), (ann, other)])
    for view in (False, True):
        mine, twin = states[ann, one, view], states[ann, other, view]
        assert (mine.counts, mine.confusion, mine.fresh) == (twin.counts, twin.confusion, twin.fresh)
        assert (mine.cusum, mine.live, mine.pieces) == (twin.cusum, twin.live, twin.pieces)
    await tell(world, *gold_scored(ann, one, [False] * 25))
    assert await judge(world, ann, one)
    await tell(world, *gold_scored(ann, one, [False] * 3))
    await world.act(skills.skill_reopen, annotator=ann, skill=one, reason="looked")
    await tell(world, *gold_scored(ann, one, [False] * 4))
    await world.follow()
    assert (await record(world, ann, one)).live == (0, 4), "what came before the look was looked at"
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_priors_are_fitted_at_night_once_to_everybodys_record(world: World) -> None:
    skill, people = await define(world, "birds"), [uuid4() for _ in range(6)]
    for n, who in enumerate(people):
        await tell(world, *gold_scored(who, skill, [k >= n for k in range(12)]))
    await world.follow()
    assert (await world.system(priors_fit, most=10))["fitted"] == 0, "the day is not over"
    world.clock.moved += timedelta(days=1)
    assert (await world.system(priors_fit, most=10))["fitted"] == 1
    assert (await world.system(priors_fit, most=10))["fitted"] == 0
    (fitted,) = [one.event for one in await world.facts("skill.prior_fitted")]
    rows = [await record(world, who, skill) for who in people]
    expected = fit([(one.correct, one.total) for one in rows])
    assert (fitted.a_ppm, fitted.b_ppm) == (round(expected.a * 1e6), round(expected.b * 1e6))
    assert fitted.people == 6 and 0.6 < expected.mean < 0.95 and expected.a + expected.b <= 8.0 + 1e-6
    async with transaction(world.perform.pool, world.tenant) as conn:
        assert await proficiency.prior(conn, world.tenant, skill) == Beta(
            fitted.a_ppm / 1e6, fitted.b_ppm / 1e6
        )
        assert fitted.basis_index == await proficiency.basis(conn, world.tenant)
    world.clock.moved += timedelta(days=1)
    assert (await world.system(priors_fit, most=10))["fitted"] == 0, "nothing new came"
    await tell(world, *gold_scored(people[0], skill, [True]))
    await world.follow()
    assert (await world.system(priors_fit, most=10))["fitted"] == 1


async def test_who_always_says_the_same_is_accurate_and_knows_nothing(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    who = ann.subject.id
    await tell(world, *(scored(who, skill, n % 5 > 0, "no" if n % 5 else "yes", "no") for n in range(30)))
    await world.follow()
    (full,) = (await world.act(records.proficiency_get, annotator=who))["skills"]
    assert full["mean"] > 0.75 and full["informedness"]["value"] == pytest.approx(0.0, abs=1e-6)
    assert 24 < full["n_eff"] < 30 and full["score"] == pytest.approx(full["mean"], abs=0.05)
    (own,) = (await world.act(records.proficiency_get, ann, annotator=who))["skills"]
    assert own["informedness"] is own["score"] is None and own["mean"] > 0.75
