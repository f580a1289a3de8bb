"""Hygiene: gold whose key is in doubt, that too many have met, or that was shown too long ago is retired."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import gold as domain
from backend.domain.projects.gold_family import KEY_DOUBTED
from backend.events.ids import GoldId
from backend.readmodels import gold_record as records
from backend.readmodels import proficiency
from backend.statistics.beta import Beta
from backend.statistics.gold_rate import Key, doubtful, spent
from backend.usecases.gold import kin, wrong_keys
from backend.usecases.work import Answer, Work

POOL_DAYS = 30
"""Who met gold of the project within so many days is at work there."""
SKILL_QUANTILE = 0.20
TRUSTED = 0.9
Row = Mapping[str, Any]


async def gold_retire(
    work: Work, *, gold: UUID, reason: str, key: str | None = None, right: Any = None, dry_run: bool = False
) -> Answer:
    """Ask this item no more, in work or exams: its key is doubtful, it is exposed, or it is withdrawn. What was scored
    stays evidence; who met it has met it. The same again changes nothing.

    Where the `key` is wrong, what was scored against it is corrected in the background: scored again by what is
    `right`, or else taken back, also when something was said to be right before. `dry_run` tells what that would change
    and changes nothing. Raises `gold_key_stands`.
    """
    work.require("gold:add")
    if key is None and (right is not None or dry_run):
        raise _needs_key()
    if dry_run:
        async with work.imagined():
            told = await _key_found_wrong(work, gold, reason, right, preview=True)
        return Answer(told)
    if key is not None:
        return Answer(await _key_found_wrong(work, gold, reason, right, preview=False))
    why, fell = await retire(work, gold, reason)
    work.saw(results=[gold, *fell])
    return Answer({"gold": gold, "why": why, "key_case": None, "changes": None, "family": fell})


async def _key_found_wrong(
    work: Work, gold: UUID, reason: str, right: Any, *, preview: bool
) -> dict[str, Any]:
    row = await wrong_keys.row_of(work, gold)
    found = await find_wrong(work, row, reason, right)
    await work.flush()
    changes = await wrong_keys.preview(work, found) if preview and found else None
    now = work.state(domain.GOLD, gold)
    last = domain.found_of(now)
    assert isinstance(now, domain.Retired) and last is not None
    fell = [one["gold"] for one, _ in found if one["gold"] != gold]
    work.saw(results=[gold, *fell])
    told = {"gold": gold, "why": now.why, "key_case": None if preview else last.key_case}
    return told | {"changes": changes, "family": fell}


async def find_wrong(work: Work, row: Row, reason: str, right: Any = None) -> list[tuple[Row, domain.Found]]:
    """Retire it and have corrected what was scored against its key, by whoever may say so; and so with its family,
    whose keys follow from it. Of which that is new, it first; none: said before."""
    found: list[tuple[Row, domain.Found]] = []
    for one, right_there in [(row, right), *await kin.rights(work, row, right)]:
        await work.load(domain.GOLD, [one["gold"]])
        command = await _retiring(work, one["gold"], reason)
        try:
            new = await wrong_keys.find_wrong(work, one, command, right_there)
        except Refusal as refusal:
            # What is left of a key that the parent had before may say what is right now.
            if one is row or refusal.code != "gold_key_stands":
                raise
            new = None
        found += [] if new is None else [(one, new)]
    return found


async def retire(work: Work, gold: UUID, reason: str) -> tuple[str, list[UUID]]:
    """Ask it no more, by whoever may say so; returns why it is retired, which for what was before is what it was, and
    who of its family falls with it because the key is in doubt. Raises not_found."""
    (state,) = await work.load(domain.GOLD, [gold])
    if isinstance(state, domain.Absent):
        raise not_found("gold")
    work.decide(domain.GOLD, gold, await _retiring(work, gold, reason))
    now = work.state(domain.GOLD, gold)
    assert isinstance(now, domain.Retired)
    # What went for another reason before may be doubted now; then the others of its family are asked no more.
    return now.why, await kin.fall(work, [gold], reason if reason in KEY_DOUBTED else now.why)


async def _retiring(work: Work, gold: UUID, reason: str) -> domain.RetireGold:
    found = await records.rows(work.conn, records.RECORD, work.tenant, gold)
    seen, wrong = (found[0]["seen"], found[0]["wrong"]) if found else (0, 0)
    basis = await proficiency.basis(work.conn, work.tenant)
    return domain.RetireGold(why=reason, answers=seen, disagreed=wrong, basis_index=basis)


def _needs_key() -> Refusal:
    return Refusal(
        "invalid",
        "key_missing",
        expected="key: wrong, where a right answer or a preview of corrections is asked for",
        found="neither said to be wrong nor right",
        mend="send key: wrong, or leave right and dry_run out",
    )


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
    retired += len(await kin.fall(work, sorted(doubts), "doubtful"))
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
