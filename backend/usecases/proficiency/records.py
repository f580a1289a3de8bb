"""Records: what evidence says of people in a skill, and what it earns or costs them."""

from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.proficiency import held, standing
from backend.events.ids import AnnotatorId, SkillId
from backend.readmodels import feedback, people, proficiency, projects
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta
from backend.usecases.entitlement import revoke_lost
from backend.usecases.proficiency.skills import held_stream
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work

REVIEW_SECONDS = 2
"""Evidence is folded a moment after it is written; the review waits for it."""
OWN_SOURCES = ("exam", "import")
"""What people see of their sources: those that say nothing of which work was gold or reviewed."""


async def proficiency_get(work: Work, *, annotator: UUID) -> Answer:
    """A person's proficiency per skill as a distribution, the trend by tens of live evidence, and the last errors.

    The person sees all of it as of the last full ten, errors as lease and time of the own answer; a manager also the
    ten that is not full, and errors with their source, whichever they are. What the person sees gives away:

    - no truth: an error says that the answer was wrong, as a reviewer would, and nobody meets a gold item twice;
    - no gold item for certain: scores, trend and errors change together, ten pieces at a time; gold and reviews are
      mixed, in the order and with the time of the answers; and a ten without a review shows no errors, since all of
      them would be gold. Where reviews are rare an error is likely gold all the same, and the answer that fills a ten
      can be guessed: odds remain, as wherever people learn of errors at all. Where a manager lets reviews weigh less
      than gold, the mean tells how many errors of a ten were gold; when all were, so which.
    """
    work.require("proficiency:read", owner=annotator)
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    own = await proficiency.shown_to(work.conn, work.tenant, annotator) if annotator == work.me else None
    shown = []
    for skill in await projects.skills(work.conn, work.tenant):
        full = (await proficiency.records(work.conn, work.tenant, skill["skill"], [annotator])).get(annotator)
        mine = full if own is None else own.get(skill["skill"])
        if full is not None and mine is not None:
            pool = _as_seen(await proficiency.pool(work.conn, work.tenant, skill["skill"]), full, mine)
            said = _shown(pool, mine, OWN_SOURCES if own is not None else tuple(mine.sources))
            said |= await _lately(work, annotator, skill["skill"])
            shown.append({"skill": skill["skill"], "name": skill["name"], **said})
    work.saw("proficiency", subjects=[annotator])
    return Answer({"annotator": annotator, "skills": shown})


async def _lately(work: Work, annotator: UUID, skill: UUID) -> dict[str, Any]:
    """Trend and errors; whose key is for one project sees the errors made in that one."""
    own, project = annotator == work.me, work.caller.subject.project
    at = (work.conn, work.tenant, annotator, skill)
    return {
        "trend": await feedback.trend(*at, own=own),
        "errors": await feedback.errors(*at, own=own, project=project),
    }


def _shown(pool: Record, mine: Record, sources: tuple[str, ...]) -> dict[str, Any]:
    beta = _believed(mine, pool)[1]
    return {
        "correct": sum(correct for correct, _ in mine.sources.values()),
        "total": sum(total for _, total in mine.sources.values()),
        "mean": round(beta.mean, 6),
        **{name: round(beta.quantile(q), 6) for name, q in (("q05", 0.05), ("q20", 0.20), ("q95", 0.95))},
        "sources": {
            source: {"correct": c, "total": n, "weight": round(mine.weights[source], 6)}
            for source, (c, n) in sorted(mine.sources.items())
            if source in sources
        },
    }


def _as_seen(pool: Record, full: Record, seen: Record) -> Record:
    """The pool with one person's record as they may see it: otherwise its mean would move with each gold answer."""
    return Record(pool.correct - full.correct + seen.correct, pool.total - full.total + seen.total)


def _believed(mine: Record, pool: Record, settled: tuple[int, int] = (0, 0)) -> tuple[standing.Counts, Beta]:
    live_correct, live_total = mine.live
    weighed_correct, weighed_total = mine.live_weighted
    counts = standing.Counts(
        correct=mine.correct,
        total=mine.total,
        live_correct=live_correct,
        live_total=live_total,
        weighed_correct=weighed_correct,
        weighed_total=weighed_total,
    ).since(*settled)
    return counts, standing.posterior(counts, pool.correct, pool.total)


def review_soon(work: Work, annotator: UUID, project: dict[str, Any]) -> None:
    """Evidence came in: what it earns or costs is looked at soon, once for all that comes in until then.

    The floor is that of the project whose work gave the evidence.
    """
    skill, floor_ppm = project["skill"], project["plan"].live_floor_ppm
    args = {"annotator": str(annotator), "skill": str(skill), "floor_ppm": floor_ppm}
    work.enqueue("skill_review", f"{annotator}|{skill}", args, work.in_seconds(REVIEW_SECONDS))


async def skill_review(work: Work, *, annotator: UUID, skill: UUID, floor_ppm: int) -> Answer:
    """By rule: a record below the floor closes the skill, a good one earns a level. It never stops a person.

    Levels follow what the person may see of the own record, so that a new level cannot tell which work was gold.
    """
    work.require("project:update")
    rows = await people.find(work.conn, work.tenant, work.now, [annotator])
    basis = await proficiency.basis(work.conn, work.tenant)
    mine = (await proficiency.records(work.conn, work.tenant, skill, [annotator])).get(annotator)
    (state,) = await work.load(held.HELD, [held_stream(annotator, skill)])
    work.saw("proficiency", subjects=[annotator])
    if mine is None or not rows or rows[0]["status"] == "erased" or isinstance(state, held.Closed):
        return Answer({"closed": isinstance(state, held.Closed), "level": 0})
    pool = await proficiency.pool(work.conn, work.tenant, skill)
    counts, believed = _believed(mine, pool, state.settled)
    below = standing.closing_ppm(counts, believed, floor_ppm)
    if below is not None:
        await _close(work, annotator, skill, counts, (floor_ppm, below), basis)
        return Answer({"closed": True, "level": 0})
    seen = (await proficiency.shown_to(work.conn, work.tenant, annotator)).get(skill, Record())
    earned = standing.level(*_believed(seen, _as_seen(pool, mine, seen), state.settled))
    return Answer({"closed": False, "level": _level(work, annotator, skill, earned, seen, state, basis)})


async def _close(
    work: Work, annotator: UUID, skill: UUID, counts: standing.Counts, proof: tuple[int, int], basis: int
) -> None:
    floor_ppm, probability_ppm = proof
    command = held.Close(
        annotator=AnnotatorId(annotator),
        skill=SkillId(skill),
        floor_ppm=floor_ppm,
        probability_ppm=probability_ppm,
        correct=counts.live_correct,
        total=counts.live_total,
        basis_index=basis,
    )
    work.decide(held.HELD, held_stream(annotator, skill), command)
    await revoke_lost(work, [annotator], "skill closed")


def _level(
    work: Work, annotator: UUID, skill: UUID, earned: int, seen: Record, state: held.Held, basis: int
) -> int:
    """The level that the record holds; a higher one than before is granted, a lower one changes nothing."""
    present = state.held["gold"].level if "gold" in state.held else 0
    if earned > present:
        correct, total = seen.live
        command = held.Grant(
            annotator=AnnotatorId(annotator),
            skill=SkillId(skill),
            level=earned,
            until=None,
            now=work.now,
            source="gold",
            evidence=f"{correct} of {total} live answers right at index {basis}",
        )
        work.decide(held.HELD, held_stream(annotator, skill), command)
    return max(earned, present)
