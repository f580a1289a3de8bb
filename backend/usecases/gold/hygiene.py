"""Hygiene: gold whose key is in doubt, that too many have met, or that was shown too long ago is retired."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects import gold as domain
from backend.events.ids import GoldId
from backend.readmodels import gold_record as records
from backend.readmodels import proficiency
from backend.statistics.beta import Beta
from backend.statistics.gold_rate import Key, doubtful, spent
from backend.usecases.work import Answer, Work

POOL_DAYS = 30
"""Who met gold of the project within so many days is at work there."""
SKILL_QUANTILE = 0.20
TRUSTED = 0.9
Row = Mapping[str, Any]


async def gold_retire(work: Work, *, gold: UUID, reason: str) -> Answer:
    """Ask this item no more, in work or exams: its key is doubtful, it is exposed, or it is withdrawn. What was scored
    stays evidence; who met it has met it. The same again changes nothing."""
    work.require("gold:add")
    why = await retire(work, gold, reason)
    work.saw(results=[gold])
    return Answer({"gold": gold, "why": why})


async def retire(work: Work, gold: UUID, reason: str) -> str:
    """Ask it no more, by whoever may say so; returns why it is retired, which for what was before is what it was.
    Raises not_found."""
    (state,) = await work.load(domain.GOLD, [gold])
    if isinstance(state, domain.Absent):
        raise not_found("gold")
    found = await records.rows(work.conn, records.RECORD, work.tenant, gold)
    seen, wrong = (found[0]["seen"], found[0]["wrong"]) if found else (0, 0)
    basis = await proficiency.basis(work.conn, work.tenant)
    command = domain.RetireGold(why=reason, answers=seen, disagreed=wrong, basis_index=basis)
    work.decide(domain.GOLD, gold, command)
    now = work.state(domain.GOLD, gold)
    assert isinstance(now, domain.Retired)
    return now.why


async def gold_review(work: Work, *, most: int) -> Answer:
    """Look at gold of which something new is known, and retire what must be; nobody asks for it, so the system does."""
    work.require("gold:add")
    rows = await records.rows(work.conn, records.TO_LOOK_AT, work.tenant, work.now, most)
    since = work.now - timedelta(days=POOL_DAYS)
    pools = await records.pools(work.conn, work.tenant, sorted({row["project"] for row in rows}), since)
    doubts = await _doubts(work, rows)
    await work.load(domain.GOLD, [row["gold"] for row in rows])
    basis = await proficiency.basis(work.conn, work.tenant)
    retired = 0
    for row in rows:
        disagreed = doubts.get(row["gold"])
        why = "doubtful" if disagreed is not None else _used_up(work, row, pools.get(row["project"], 0))
        if why is not None:
            wrong = row["wrong"] if disagreed is None else disagreed
            command = domain.RetireGold(why=why, answers=row["seen"], disagreed=wrong, basis_index=basis)
            retired += len(work.decide(domain.GOLD, row["gold"], command))
    looked = [row["gold"] for row in rows]
    await work.conn.execute(records.LOOKED, work.tenant, work.now, looked)
    return Answer({"retired": retired})


def _used_up(work: Work, row: Row, pool: int) -> str | None:
    """Gold of exams alone is shown to everybody on purpose. Days count from the first time that it was shown: what
    nobody saw cannot have leaked."""
    if row["exam_only"] or row["first_shown"] is None:
        return None
    days = (work.now - row["first_shown"]).total_seconds() / 86_400
    if spent(row["seen"], 0, days):
        return "aged"
    return "exposed" if row["seen"] >= records.SEEN_MIN and spent(row["seen"], pool, 0.0) else None


async def _doubts(work: Work, rows: Sequence[Row]) -> dict[GoldId, int]:
    """Gold whose key is doubtful -> how many of the trusted people disagreed with it."""
    asked = {row["gold"]: row for row in rows if row["wrong"] >= records.WRONG_MIN}
    answered = await records.rows(work.conn, records.ANSWERED, work.tenant, sorted(asked)) if asked else []
    keys: dict[UUID, list[Key]] = defaultdict(list)
    bounds = {
        skill: await _bounds(work, skill, [one for one in answered if asked[one["gold"]]["skill"] == skill])
        for skill in {row["skill"] for row in asked.values()}
    }
    for one in answered:
        skill = asked[one["gold"]]["skill"]
        keys[one["gold"]].append(Key(bounds[skill][one["gold"], one["annotator"]], one["correct"]))
    return {
        GoldId(gold): sum(not key.agrees for key in of if key.skill_lower > TRUSTED)
        for gold, of in keys.items()
        if doubtful(of, skill_min=TRUSTED)
    }


async def _bounds(work: Work, skill: UUID, answered: Sequence[Row]) -> dict[tuple[UUID, UUID], float]:
    """(gold, person) -> the 20 % quantile of the person's skill without what this very item said of it."""
    people = sorted({one["annotator"] for one in answered})
    known = await proficiency.records(work.conn, work.tenant, skill, people)
    prior = await proficiency.prior(work.conn, work.tenant, skill)
    bounds = {}
    for one in answered:
        record = known.get(one["annotator"], proficiency.Record())
        weight, beta = record.weights.get("exam" if one["exam"] else "gold", 0.0), record.posterior(prior)
        without = Beta(
            max(prior.a, beta.a - weight * one["correct"]),
            max(prior.b, beta.b - weight * (not one["correct"])),
        )
        bounds[one["gold"], one["annotator"]] = without.quantile(SKILL_QUANTILE)
    return bounds
