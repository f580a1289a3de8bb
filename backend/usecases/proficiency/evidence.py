"""Evidence, piece by piece, for those who answer for the person: what a score is made of, each with its event."""

from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import Refusal, not_found
from backend.readmodels import evidence_kept, people, projects
from backend.readmodels.evidence import Evidence
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work


async def proficiency_evidence(
    work: Work, *, annotator: UUID, skill: UUID, cursor: str | None = None, limit: int = 200
) -> Answer:
    """Every piece of evidence of a person in a skill, newest first. Nobody reads their own: it tells which work was
    gold (`own_evidence`, forbidden)."""
    work.require("proficiency:read")
    if annotator == work.me:
        raise _own()
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    if skill not in {row["skill"] for row in await projects.skills(work.conn, work.tenant)}:
        raise not_found("a skill")
    who, before = (annotator, skill), int(cursor) if cursor else None
    page = await evidence_kept.newest(work.conn, work.tenant, who, before, limit + 1)
    since = (await evidence_kept.discounted(work.conn, work.tenant, [annotator])).get(who)
    more = str(page[limit - 1].piece) if len(page) > limit else None
    shown = [_shown(one, one.observed(since).weight) for one in page[:limit]]
    work.saw("proficiency", subjects=[annotator])
    return Answer({"data": shown, "next_cursor": more})


def _shown(one: Evidence, weight: float) -> dict[str, Any]:
    told = ("piece", "at", "source", "lease", "attempt", "correct", "plan_version", "reviewer")
    names = (*told, "dispute", "key_case")
    return {name: getattr(one, name) for name in names} | {
        "score": one.score_ppm / PPM,
        "weight": weight,
        "discounted": weight < one.weight,
        "rate": None if one.rate_ppm is None else one.rate_ppm / PPM,
        "event": {"index": one.idx, "name": one.fact, "stream": one.stream, "version": one.version},
    }


def _own() -> Refusal:
    return Refusal(
        "forbidden",
        "own_evidence",
        expected="somebody else's evidence",
        found="your own",
        mend="read your proficiency, which is refreshed with every ten pieces of evidence",
    )
