"""A correction reaches everything: skills that a rule closed, the record of gold, what is counted of reviews."""

from uuid import UUID, uuid4

from backend.events import proficiency as scores
from backend.events.ids import FlagId
from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.insight.reports import project_quality
from backend.usecases.projects.targets import project_targets_update
from backend.usecases.work import Caller
from tests.support.corrected import closed, facts, stopped, win
from tests.support.evidenced import tell
from tests.support.skilled import settle, skill_of
from tests.support.world import World


async def trio(world: World) -> tuple[Caller, Caller, Caller]:
    """Somebody at work, a reviewer, and somebody independent."""
    return (
        await world.invite("ann"),
        await world.invite("rev", "reviewer"),
        await world.invite("eve", "reviewer"),
    )


async def record(world: World, lease: UUID) -> tuple[int, int]:
    """(answers, wrong) of the gold item that was answered under this lease."""
    sql = "SELECT r.answers, r.wrong FROM gold_record r JOIN answer a USING (tenant, gold)"
    (row,) = await world.rows(sql + " WHERE tenant = $1 AND lease = $2", lease)
    return row["answers"], row["wrong"]


async def test_won_disputes_open_a_skill_that_the_rule_would_not_have_closed(world: World) -> None:
    ann, rev, eve = await trio(world)
    _, skill, errors = await stopped(world, ann, rev)
    assert await closed(world, ann, skill)
    (rule,) = await facts(world, "skill.closed")
    assert await record(world, errors[0]) == (1, 1)

    await win(world, ann, eve, errors[:1], "reversed")
    assert await closed(world, ann, skill), "five errors of ten are enough"
    assert await record(world, errors[0]) == (1, 0)
    await win(world, ann, eve, errors[1:2], "void")
    assert await record(world, errors[1]) == (0, 0)
    await win(world, ann, eve, errors[2:], "reversed")
    assert not await closed(world, ann, skill)
    undone = await facts(world, "skill.closing_undone")
    assert len(undone) == 1 and undone[0].probability_ppm <= 950_000 < rule.probability_ppm
    won = [one.dispute for one in await facts(world, "score.corrected")]
    assert list(undone[0].disputes) == won[: len(undone[0].disputes)], "it says which"
    assert await facts(world, "skill.reopened") == [], "nobody had to ask"

    state = "SELECT fresh_from, live_total FROM proficiency_state WHERE tenant = $1 AND NOT shown"
    (row,) = await world.rows(state)
    assert (row["fresh_from"], row["live_total"]) == (0, 9), "what was judged is judged with what comes"

    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
    await sequencer.close()


async def test_discounted_answers_are_in_no_number_until_they_are_restored(world: World) -> None:
    ann, ben, rev = (
        await world.invite("ann"),
        await world.invite("ben"),
        await world.invite("rev", "reviewer"),
    )
    project = await world.project("birds", plan={"overlap": 2, "review_rate": 1.0})
    skill = await skill_of(world, project)
    targets = [{"measure": "accuracy", "least": 0.5}]
    await world.act(project_targets_update, project=project, expected_version=1, targets=targets)
    await world.items(project, "x", "y")
    for said in ("jay", "jay"):
        await world.work(ann, project, said)
    for said in ("owl", "owl"):
        await world.work(ben, project, said)
    for _ in range(4):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        right = lease["answer"] == "jay"
        await world.review(rev, lease["id"], *(["accept"] if right else ["correct", "jay"]))
    await settle(world)

    async def numbers() -> tuple[float | None, float, int, int]:
        told = await world.act(project_quality, project=project)
        out = told["outgoing"][0]
        return told["agreement"]["pairwise"], told["targets"][0]["value"], out["reviewed"], out["errors"]

    before = await numbers()
    assert before == (0.0, 0.5, 4, 2)
    (first,) = await world.rows("SELECT min(submitted_at) AS at FROM answer WHERE tenant = $1")
    flag = {"annotator": ben.subject.id, "skill": skill, "flag": FlagId(uuid4())}
    await tell(world, scores.AnswersDiscounted(**flag, since=first["at"]))
    assert await numbers() == (None, 1.0, 2, 0)
    await tell(world, scores.AnswersRestored(**flag))
    assert await numbers() == before
