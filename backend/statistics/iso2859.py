"""How strictly the next delivery is inspected, after how the last ones fared (ISO 2859-1:1999, clause 9.3)."""

from dataclasses import dataclass, replace
from enum import Enum

_WINDOW = 5
_REJECTED_OF_WINDOW = 2
_ACCEPTED_IN_A_ROW = 5
_REJECTED_ON_TIGHTENED = 5
_SCORE_FOR_REDUCED = 30


class Severity(Enum):
    """How strict the inspection is; discontinued means that nothing is accepted until something was corrected."""

    NORMAL = "normal"
    TIGHTENED = "tightened"
    REDUCED = "reduced"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, slots=True)
class Lot:
    """One delivery at its original inspection (one sent in again is left out).

    `acceptance` is Ac of the plan it was judged by; `accepted_tighter` says whether the same sample would have passed
    at the AQL one step tighter; production `steady` and the authority's `approved` are needed for reduced inspection.
    """

    accepted: bool
    acceptance: int = 0
    accepted_tighter: bool = False
    steady: bool = True
    approved: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """`rejections`: the latest lots under this severity, newest last, true where rejected (normal: up to 5);
    `score`: switching score; `accepted`: accepted in a row, `rejected`: rejected in all, both on tightened."""

    severity: Severity = Severity.NORMAL
    rejections: tuple[bool, ...] = ()
    score: int = 0
    accepted: int = 0
    rejected: int = 0


def step(state: State, lot: Lot) -> State:
    """The state after one lot. Under discontinued nothing changes it but `resumed`."""
    match state.severity:
        case Severity.NORMAL:
            return _normal(state, lot)
        case Severity.TIGHTENED:
            return _tightened(state, lot)
        case Severity.REDUCED:
            return state if lot.accepted and lot.steady else State()
        case Severity.DISCONTINUED:
            return state


def resumed(state: State) -> State:
    """After corrective action a discontinued inspection goes on, tightened. ValueError for any other severity."""
    if state.severity is not Severity.DISCONTINUED:
        raise ValueError(f"expected a discontinued inspection, found {state.severity.value}")
    return State(Severity.TIGHTENED)


def _normal(state: State, lot: Lot) -> State:
    rejections = (*state.rejections, not lot.accepted)[-_WINDOW:]
    if sum(rejections) >= _REJECTED_OF_WINDOW:
        return State(Severity.TIGHTENED)
    score = _score(state.score, lot)
    if score >= _SCORE_FOR_REDUCED and lot.steady and lot.approved:
        return State(Severity.REDUCED)
    return replace(state, rejections=rejections, score=score)


def _score(score: int, lot: Lot) -> int:
    """Single sampling (clause 9.3.3.2): Ac of 2 and more must also pass one step tighter for 3 points; less gives 2."""
    if lot.acceptance >= 2:
        return score + 3 if lot.accepted and lot.accepted_tighter else 0
    return score + 2 if lot.accepted else 0


def _tightened(state: State, lot: Lot) -> State:
    if lot.accepted:
        accepted = state.accepted + 1
        return State() if accepted == _ACCEPTED_IN_A_ROW else replace(state, accepted=accepted)
    rejected = state.rejected + 1
    if rejected == _REJECTED_ON_TIGHTENED:
        return State(Severity.DISCONTINUED)
    return replace(state, accepted=0, rejected=rejected)
