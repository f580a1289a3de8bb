"""Records: what evidence says of people in a skill, and what it earns or costs them."""

from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.proficiency import held, standing
from backend.events.ids import AnnotatorId, SkillId
from backend.readmodels import feedback, people, priors, proficiency, projects
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta, prior_of_pool
from backend.statistics.informedness import balanced
from backend.usecases.entitlement import revoke_lost
from backend.usecases.proficiency import closings, retraining
from backend.usecases.proficiency.below_floor import stop_if_asked
from backend.usecases.proficiency.skills import held_stream
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.vendor_floors import judge_vendor_soon

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
      can be guessed: odds remain, as wherever people learn of errors at all. What they see is folded so that it tells
      neither the order nor the weights within a ten (readmodels.fading.as_told), and has no score by class: reviews
      that reject name none. Where a manager lets reviews count nothing, the mean tells how many errors of a ten were
      gold; when all were, so which.
    """
    work.require("proficiency:read", owner=annotator)
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    shown = await skills_shown(work, annotator, own=annotator == work.me)
    work.saw("proficiency", subjects=[annotator])
    return Answer({"annotator": annotator, "skills": shown})


async def skills_shown(work: Work, annotator: UUID, *, own: bool) -> list[dict[str, Any]]:
    """What is told of somebody in each skill; `own`: as the person sees it, whoever asks."""
    at = (work.conn, work.tenant)
    seen = await proficiency.shown_to(*at, annotator, work.now) if own else None
    shown = []
    for skill in await projects.skills(*at):
        full = (await proficiency.records(*at, skill["skill"], [annotator], work.now)).get(annotator)
        mine = full if seen is None else seen.get(skill["skill"])
        if full is not None and mine is not None:
            prior = await _prior(work, skill["skill"], full, mine)
            said = _shown(prior, mine, OWN_SOURCES if own else tuple(mine.sources))
            said |= {"score": None, "informedness": None} if own else _closely(mine)
            said |= await _lately(work, annotator, skill["skill"], own)
            shown.append({"skill": skill["skill"], "name": skill["name"], **said})
    return shown


async def _lately(work: Work, annotator: UUID, skill: UUID, own: bool) -> dict[str, Any]:
    """Trend and errors; whose key is for one project sees the errors made in that one."""
    project = work.caller.subject.project
    at = (work.conn, work.tenant, annotator, skill)
    return {
        "trend": await feedback.trend(*at, own=own),
        "errors": await feedback.errors(*at, own=own, project=project),
    }


def _shown(prior: Beta, mine: Record, sources: tuple[str, ...]) -> dict[str, Any]:
    beta = mine.posterior(prior)
    return {
        "correct": sum(correct for correct, _ in mine.sources.values()),
        "total": sum(total for _, total in mine.sources.values()),
        "mean": round(beta.mean, 6),
        **{name: round(beta.quantile(q), 6) for name, q in (("q05", 0.05), ("q20", 0.20), ("q95", 0.95))},
        "n_eff": round(mine.state.counts.n_eff, 6),
        "prior": {"a": round(prior.a, 6), "b": round(prior.b, 6)},
        "sources": {
            source: {"correct": c, "total": n, "weight": round(mine.weights[source], 6)}
            for source, (c, n) in sorted(mine.sources.items())
            if source in sources
        },
    }


def _closely(mine: Record) -> dict[str, Any]:
    """How near answers came, and the score that always saying the same class cannot raise: None until truths of two
    classes were met."""
    known, recalls = mine.state.counts.a + mine.state.counts.b, mine.state.confusion.recalls()
    found = balanced(recalls) if len(recalls) > 1 else None
    return {
        "score": round(mine.state.scored / known, 6) if known else None,
        "informedness": found and {name: round(getattr(found, name), 6) for name in ("value", "low", "high")},
    }


async def _prior(work: Work, skill: UUID, full: Record, seen: Record) -> Beta:
    """What is believed of somebody new in the skill. Until the first fit that is made of the pool, in which the person
    is as they may see themselves: otherwise its mean would move with each gold answer."""
    fitted = await priors.fitted(work.conn, work.tenant, skill)
    if fitted is not None:
        return fitted
    pool = await proficiency.pool(work.conn, work.tenant, skill)
    return prior_of_pool(
        max(0.0, pool.correct - full.correct + seen.correct), max(0.0, pool.total - full.total + seen.total)
    )


def review_soon(work: Work, annotator: UUID, project: dict[str, Any]) -> None:
    """Evidence came in: what it earns or costs is looked at soon, once for all that comes in until then.

    The floor is that of the project whose work gave the evidence.
    """
    _review_in_time(work, (annotator, project["skill"]), project["plan"].live_floor_ppm)


def _review_in_time(work: Work, who: tuple[UUID, UUID], floor_ppm: int) -> None:
    annotator, skill = map(str, who)
    args = {"annotator": annotator, "skill": skill, "floor_ppm": floor_ppm}
    work.enqueue("skill_review", f"{annotator}|{skill}", args, work.in_seconds(REVIEW_SECONDS))


async def skill_review(work: Work, *, annotator: UUID, skill: UUID, floor_ppm: int) -> Answer:
    """By rule: a record below the floor, or a fall from what the person has shown, closes the skill, and suspends the
    person where the skill says so; a good record earns a level.

    Judged is what came since it was last judged, as far as that is folded. Levels follow what the person may see of the
    own record, so that a new level cannot tell which work was gold.
    """
    work.require("project:update")
    at = (work.conn, work.tenant)
    rows = await people.find(*at, work.now, [annotator])
    mine = (await proficiency.records(*at, skill, [annotator], work.now)).get(annotator)
    (state,) = await work.load(held.HELD, [held_stream(annotator, skill)])
    work.saw("proficiency", subjects=[annotator])
    judge_vendor_soon(work, rows[0]["vendor"] if rows else None, skill)
    closed = isinstance(state, held.Closed)
    here = bool(rows) and rows[0]["status"] != "erased"
    if mine is not None and closed and here and await _looked_anew(work, (annotator, skill), mine, floor_ppm):
        return Answer({"closed": False, "level": 0})
    if mine is None or not rows or rows[0]["status"] == "erased" or closed or not _is_folded(mine, state):
        return Answer({"closed": closed, "level": 0})
    if await _closed(work, annotator, skill, mine, floor_ppm):
        believed = await proficiency.prior(*at, skill)
        await retraining.look(work, (annotator, skill), mine, believed, closed=True)
        return Answer({"closed": True, "level": 0})
    seen = (await proficiency.shown_to(*at, annotator, work.now)).get(skill, Record())
    prior = await _prior(work, skill, mine, seen)
    await retraining.look(work, (annotator, skill), seen, prior, closed=False)
    earned = standing.level(seen.state.live, prior.updated(*seen.fresh))
    return Answer({"closed": False, "level": _level(work, annotator, skill, earned, seen, state)})


async def _looked_anew(work: Work, who: tuple[UUID, UUID], mine: Record, floor_ppm: int) -> bool:
    """Whether a closed skill is open again, because disputes were won about what had closed it. What it earns is looked
    at once that is folded, and so is the closing once the corrections are."""
    looked = await closings.look_anew(work, who, mine, floor_ppm)
    if looked is not closings.Looked.STANDS:
        _review_in_time(work, who, floor_ppm)
    return looked is closings.Looked.UNDONE


def _is_folded(mine: Record, state: held.Held) -> bool:
    """Whether the fold has seen the last closing: until then it would judge the same evidence again."""
    return mine.state.fresh_from >= state.judged


async def _closed(work: Work, annotator: UUID, skill: UUID, mine: Record, floor_ppm: int) -> bool:
    """Close the skill if the record asks for it, by the floor or by a fall; what needs the skill goes with it, and
    where the skill says so the person is suspended."""
    now = mine.state
    command: held.Close | held.Alarm
    prior = await proficiency.prior(work.conn, work.tenant, skill)
    below = standing.closing_ppm(now.live, prior.updated(*mine.fresh), floor_ppm)
    fall = standing.fallen(now.live, now.target, now.cusum, floor_ppm)
    who, about, basis = AnnotatorId(annotator), SkillId(skill), now.index + 1
    if below is not None:
        command = held.Close(
            annotator=who,
            skill=about,
            floor_ppm=floor_ppm,
            probability_ppm=below,
            correct=now.right,
            total=now.total,
            basis_index=basis,
        )
    elif fall is not None:
        command = held.Alarm(
            annotator=who,
            skill=about,
            target_ppm=round(PPM * fall.target),
            state_ppm=round(PPM * fall.state),
            bound_ppm=round(PPM * fall.bound),
            basis_index=basis,
        )
    else:
        return False
    facts = work.decide(held.HELD, held_stream(annotator, skill), command)
    await revoke_lost(work, [annotator], "skill closed")
    for fact in facts:
        await stop_if_asked(work, fact)
    return True


def _level(work: Work, annotator: UUID, skill: UUID, earned: int, seen: Record, state: held.Held) -> int:
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
            evidence=f"{correct} of {total} live answers right below index {seen.state.index + 1}",
        )
        work.decide(held.HELD, held_stream(annotator, skill), command)
    return max(earned, present)
