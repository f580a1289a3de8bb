"""Who would have been stopped: the floor and the fall of another plan, asked after every piece of evidence.

The evidence is the record's, without what the plan would not have brought: answers it would not have reviewed, gold it
would not have shown. What it would have brought beside is made up by nobody, so a plan that looks more closely than the
record did is said to stop later than it would.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.proficiency import standing
from backend.events import proficiency as ev
from backend.events.base import Recorded
from backend.events.store.codec import decode
from backend.readmodels.evidence import Evidence
from backend.readmodels.fading import Piece, State, folded
from backend.readmodels.proficiency import Record
from backend.statistics import sampling
from backend.usecases.backtest.history import History
from backend.usecases.backtest.inspecting import Draw
from backend.usecases.backtest.mixing import Mixed

BELOW_FLOOR, DRIFT = "below_floor", "drift"


@dataclass(frozen=True, slots=True)
class Stop:
    """A skill closed for somebody, by which rule; `answers_after` of the record's answers they gave later."""

    annotator: UUID
    at: datetime
    why: str
    answers_after: int


def recorded(history: History) -> list[Stop]:
    """What rules closed in the window."""
    found = []
    for fact in _standing(history):
        if isinstance(fact.event, ev.SkillClosed | ev.DriftAlarmed) and history.window.has(fact.at):
            why = BELOW_FLOOR if isinstance(fact.event, ev.SkillClosed) else DRIFT
            found.append(_stop(history, fact.event.annotator, fact.at, why))
    return found


def stop(history: History, draws: Sequence[Draw], mixed: Mixed) -> list[Stop]:
    """What the rules would have closed in the window; the first time of each, and again after each opening."""
    opened: dict[UUID, list[int]] = {}
    for fact in _standing(history):
        if isinstance(fact.event, ev.SkillReopened):
            opened.setdefault(_whose(fact), []).append(fact.index or 0)
    looked = {one.lease: one for one in draws}
    found = [
        one
        for who, pieces in history.evidence.items()
        for one in _of(history, _weighed(history, pieces, looked, mixed), opened.get(who, []), who)
    ]
    return sorted(found, key=lambda one: (one.at, one.annotator))


def _standing(history: History) -> Iterator[Recorded]:
    return (decode(body, index) for index, body in history.standing)


def _whose(fact: Recorded) -> UUID:
    who: UUID = fact.event.annotator
    return who


def _stop(history: History, who: UUID, at: datetime, why: str) -> Stop:
    return Stop(who, at, why, sum(one.annotator == who and one.at > at for one in history.work))


Weighed = tuple[Piece, Evidence, bool]
"""A piece as the fold sees it, where it comes from, and whether it is of the project's answers in the window."""


def _weighed(
    history: History, pieces: Sequence[Evidence], looked: Mapping[UUID, Draw], mixed: Mixed
) -> Iterator[Weighed]:
    golden = {one.lease for one in history.golden}
    since = history.discounted.get(pieces[0].annotator)
    for one in pieces:
        if one.lease is not None and one.source == "review" and one.lease in looked:
            draw = looked[one.lease]
            if draw.now is not None and draw.now.sampled:
                yield _reweighed(one, draw).observed(since), one, True
        elif one.source != "gold" or one.lease not in golden:
            yield one.observed(since), one, False
        elif one.lease in mixed.kept:
            yield one.observed(since), one, True


def _reweighed(one: Evidence, draw: Draw) -> Evidence:
    """Reviewed more rarely, it speaks for more answers. Reviewed more often it does not: others would speak for theirs,
    and nobody knows what they would say."""
    was = (one.rate_ppm or 0) / PPM
    now = min(was, draw.now.rate_ppm / PPM) if draw.now else was
    if not was or now == was:
        return one
    return replace(one, weight=one.weight * sampling.weight(now) / sampling.weight(was))


def _of(history: History, weighed: Iterator[Weighed], opened: Sequence[int], who: UUID) -> Iterator[Stop]:
    imported = history.records[who].imported if who in history.records else (0.0, 0.0)
    state, seen, waiting, closed = State(), list[Piece](), list(opened), False
    for piece, one, ours in weighed:
        if waiting and waiting[0] < piece.index:
            begin = max(index for index in waiting if index < piece.index)
            waiting = [index for index in waiting if index > begin]
            state, closed = folded(seen, State(fresh_from=begin)), False
        seen.append(piece)
        state = state.after(piece)
        if ours and piece.live and not closed:
            why = _why(history, state, imported)
            if why is not None:
                closed = True
                yield _stop(history, who, one.at, why)


def _why(history: History, state: State, imported: tuple[float, float]) -> str | None:
    """As usecases/proficiency/records.py asks it."""
    floor = history.wanted.live_floor_ppm
    if state.live < standing.EVIDENCE_MIN or floor <= 0:
        return None
    believed = history.prior.updated(*Record(state=state, imported=imported).fresh)
    if standing.closing_ppm(state.live, believed, floor) is not None:
        return BELOW_FLOOR
    return DRIFT if standing.fallen(state.live, state.target, state.cusum, floor) is not None else None
