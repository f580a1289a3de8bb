"""At once: own work has moved when the submit is answered, and nothing that moves tells gold from work."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pydantic_core import to_jsonable_python

from backend.usecases.gold.disclosing import gold_disclose
from backend.usecases.proficiency.at_once import annotator_standing
from backend.usecases.projects import intake
from backend.usecases.work import Caller
from tests.support import disputed
from tests.support.people import now
from tests.support.refused import refused
from tests.support.skilled import answer_gold, skill_of
from tests.support.world import MovedClock, World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0}
KINDS = ("gold right", "gold wrong", "accepted", "rejected", "not looked at")
SECONDS = 7


async def standing(world: World, who: Caller, reader: Caller | None = None) -> dict[str, Any]:
    return await world.act(annotator_standing, reader or who, annotator=who.subject.id)


async def test_the_submit_itself_moves_what_the_person_sees(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    await world.items(project, "a", "b", "c")
    assert (await standing(world, ann))["work"] == []
    (lease,) = (await world.pull(ann, project))["leases"]
    assert (await standing(world, ann))["holding"]["started"] == 1
    world.clock.moved += timedelta(seconds=30)
    await world.submit(ann, lease["id"], "x")
    (row,) = (body := await standing(world, ann))["work"]
    assert (row["project"], row["stage"], row["submitted_today"], row["submitted_week"]) == (
        project,
        "annotate",
        1,
        1,
    )
    assert body["holding"] == {"held": 0, "started": 0, "paused": 0} and body["skills"] == []
    assert body["minutes"]["today"] == body["minutes"]["week"] > 0.0
    world.clock.moved += timedelta(days=7)
    await world.work(ann, project, "y")
    (row,) = (await standing(world, ann))["work"]
    assert (row["submitted_today"], row["submitted_week"]) == (1, 1), "a week ago is another week"


async def test_the_tenth_piece_moves_score_and_trend_as_soon_as_the_workers_had_their_turn(
    world: World,
) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await disputed.begun(world, ann)
    await answer_gold(world, ann, project, *["yes"] * 8, "no")
    before = await standing(world, ann)
    assert before["skills"] == [] and before["told"]["errors"] == 0
    await disputed.judge(world, rev, project, "correct", "no", "see the guideline")
    after = await standing(world, ann)
    (skill,) = after["skills"]
    assert skill["skill"] == await skill_of(world, project) and skill["trend"][-1]["correct"] == 8
    (week,) = skill["weeks"]
    assert (week["tens"], week["correct"], week["total"], week["week"].weekday()) == (1, 8, 10, 0)
    assert (after["told"]["errors"], after["work"]) == (2, before["work"])
    assert await standing(world, ann, world.admin) == after, "managers read the same here"
    with refused("forbidden"):
        await standing(world, ann, rev)


async def test_what_is_told_of_single_answers_counts_at_once_and_moves_no_score(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await disputed.begun(world, ann)
    met = await disputed.told(world, ann, project, rev, "reject")
    about = await disputed.dispute(world, ann, met[0])
    first = await standing(world, ann)
    assert first["told"]["disputes"] == {"open": 1, "upheld": 0, "reversed": 0, "void": 0}
    (row,) = await world.rows("SELECT gold FROM answer WHERE tenant = $1 AND lease = $2", met[-1])
    await world.act(gold_disclose, gold=row["gold"], explanation="look at the beak")
    told = await standing(world, ann)
    assert told["told"]["disclosed"] == {"right": 0, "wrong": 1, "not_counted": 0}
    assert told["skills"] == first["skills"]
    exp = await world.invite("exp", "expert")
    (pulled,) = (await disputed.pull(world, exp, project))["disputes"]
    await disputed.resolve(world, exp, UUID(str(pulled["id"])), "reversed")
    assert pulled["id"] == about
    assert (await standing(world, ann))["told"]["disputes"]["reversed"] == 1


# --- two histories


class Still(MovedClock):
    """Time that passes only as the test says: two histories happen at the same moments."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    async def now(self, conn: asyncpg.Connection) -> datetime:
        """The moment, plus what the test added."""
        return self.at + self.moved


def bytes_of(body: dict[str, Any]) -> bytes:
    """The body with each id replaced by the order in which it appears: handles are minted anew in every history."""
    text = json.dumps(to_jsonable_python(body), sort_keys=True)
    ids: dict[str, str] = {}
    named = re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", lambda m: ids.setdefault(m[0], f"#{len(ids)}"), text
    )
    return re.sub(r"twin \d+", "twin", named).encode()


async def one_piece(
    world: World, project: UUID, who: tuple[Caller, Caller], name: str, kind: str
) -> list[bytes]:
    """The person answers yes, whatever it turns out to be; what they see before and after it is known."""
    ann, rev = who
    world.clock.moved += timedelta(seconds=SECONDS)
    if kind.startswith("gold"):
        truth = "yes" if kind.endswith("right") else "no"
        gold = ({"external_key": name, "payload": {"task": name}, "truth": truth},)
        await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    # Gold comes in the place of work: there is always some.
    await world.items(project, f"{name} work")
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(seconds=SECONDS)
    await world.submit(ann, lease["id"], "yes")
    seen = [bytes_of(await standing(world, ann))]
    if kind in ("accepted", "rejected"):
        (review,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, review["id"], kind[:-2])
    await world.follow()
    return [*seen, bytes_of(await standing(world, ann))]


TWINS = iter(range(1_000))


async def lived(world: World, kinds: list[str]) -> list[bytes]:
    """Everything that the person could read of themselves in such a history, after each submit and each fold."""
    n = next(TWINS)
    assert isinstance(world.perform.clock, Still)
    world.perform.clock.moved = timedelta()
    ann, rev = await world.invite(f"ann{n}"), await world.invite(f"rev{n}", "reviewer")
    project = await world.project(f"twin {n}", plan=PLAN)
    seen: list[bytes] = []
    for place, kind in enumerate(kinds):
        seen += await one_piece(world, project, (ann, rev), f"{n} {place}", kind)
    return seen


FIRST = ("gold right", "rejected") * 2 + ("gold wrong",) + ("accepted",) * 5
PAIRS = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)), min_size=1, max_size=4)


async def stopped(world: World) -> None:
    """From now on time passes as the test says."""
    if not isinstance(world.perform.clock, Still):
        world.perform.clock = world.clock = Still(await now(world))


async def test_after_a_full_ten_other_gold_in_the_next_reads_the_same_to_the_byte(world: World) -> None:
    await stopped(world)
    one = await lived(world, [*FIRST, "gold right", "not looked at", "gold wrong"])
    other = await lived(world, [*FIRST, "rejected", "gold wrong", "accepted"])
    assert one == other
    assert b'"trend": [{' in one[-1] and one[-1] != one[-3], "and what is read did move"


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example([("gold wrong", "accepted"), ("rejected", "gold right"), ("not looked at", "gold wrong")])
@given(PAIRS)
async def test_whatever_is_blind_in_an_unfinished_ten_every_reading_is_the_same_to_the_byte(
    world: World, pairs: list[tuple[str, str]]
) -> None:
    await stopped(world)
    assert await lived(world, [one for one, _ in pairs]) == await lived(world, [other for _, other in pairs])
