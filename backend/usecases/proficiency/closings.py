"""A closing is looked at anew when evidence that it rests on was corrected: does the rule still close the skill?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.proficiency import held, standing
from backend.events.ids import AnnotatorId, SkillId
from backend.readmodels import evidence_kept, proficiency, skills
from backend.readmodels.fading import Piece, State, day_of, folded
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta
from backend.usecases.proficiency.skills import held_stream
from backend.usecases.work import Work


class Looked(Enum):
    """The closing stands, it is undone, or a correction of its evidence is not folded yet."""

    STANDS = "stands"
    UNDONE = "undone"
    LATER = "later"


async def look_anew(work: Work, who: tuple[UUID, UUID], mine: Record, floor_ppm: int) -> Looked:
    """Open the skill of a person (`who`: annotator and skill; the loaded stream is closed) again if the rule would not
    have closed it: neither on the evidence of then nor on all there is now, each as disputes have corrected it since.

    What was judged then is judged anew from now on. The prior is today's. `floor_ppm` is used where the closing names
    none: a fall from what was shown needs one to be asked, whichever.
    """
    at = (work.conn, work.tenant)
    closing = (await skills.closings(*at, who[0])).get(who[1])
    if closing is None or mine.state.fresh_from < closing["basis_index"]:
        return Looked.LATER
    corrected = await skills.corrections(*at, who, mine.state.fresh_before, closing)
    if not all(one["folded"] for one in corrected):
        return Looked.LATER
    if not corrected:
        return Looked.STANDS
    floor = closing["floor_ppm"] if closing["why"] == "floor" else max(1, floor_ppm)
    since = (await evidence_kept.discounted(*at, [who[0]])).get(who)
    pieces = [one.observed(since) for one in await evidence_kept.everything(*at, who)]
    prior = await proficiency.prior(*at, who[1])
    if stands(mine, closing, pieces, prior, floor, work.now):
        return Looked.STANDS
    now = record_on(mine, pieces, work.now)
    command = held.Undo(
        annotator=AnnotatorId(who[0]),
        skill=SkillId(who[1]),
        disputes=tuple(one["dispute"] for one in corrected if one["dispute"]),
        key_cases=tuple(dict.fromkeys(one["key_case"] for one in corrected if one["key_case"])),
        floor_ppm=floor,
        probability_ppm=round(prior.updated(*now.fresh).cdf(floor / PPM) * PPM),
        correct=now.state.right,
        total=now.state.total,
        fresh_from=mine.state.fresh_before,
        basis_index=now.state.index + 1,
    )
    work.decide(held.HELD, held_stream(*who), command)
    return Looked.UNDONE


def stands(
    mine: Record,
    closing: Mapping[str, Any],
    pieces: Sequence[Piece],
    prior: Beta,
    floor_ppm: int,
    now: datetime,
) -> bool:
    """Whether the rule would have closed the skill on these pieces, on those up to the closing or on all of them."""
    before = [one for one in pieces if one.index < closing["basis_index"]]
    records = (record_on(mine, before, closing["closed_at"]), record_on(mine, pieces, now))
    return any(_closes(one, prior, floor_ppm) for one in records)


def record_on(mine: Record, pieces: Sequence[Piece], at: datetime) -> Record:
    """The record as if the closing had not been, on these pieces, faded until then."""
    begin = State(fresh_from=mine.state.fresh_before)
    record = Record(imported=mine.imported)
    record.know(folded(pieces, begin).as_of(day_of(at)))
    return record


def _closes(record: Record, prior: Beta, floor_ppm: int) -> bool:
    state = record.state
    below = standing.closing_ppm(state.live, prior.updated(*record.fresh), floor_ppm)
    return below is not None or standing.fallen(state.live, state.target, state.cusum, floor_ppm) is not None
