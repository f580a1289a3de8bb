"""Continuous sampling with a guarantee: everything until i in a row were good, then a share f (Dodge)."""

from dataclasses import dataclass, replace
from enum import Enum

from backend.statistics.sampling import AUDIT_FLOOR, drawn


class Phase(Enum):
    """Screening reviews everything; sampling a share; watching (CSP-2 only) samples after one error."""

    SCREENING = "screening"
    SAMPLING = "sampling"
    WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class Plan:
    """CSP-1 (Dodge 1943), or CSP-2 (Dodge and Torrey 1951) where `grace` is above 0.

    `clearance` is i, the good items in a row that end screening; `rate` is f, the share sampled then; `grace` is k:
    a sampled error returns to screening only if one more comes among the next k sampled items (usually k = i).
    ValueError for i below 1, k below 0, or f outside the audit floor .01..1.
    """

    clearance: int
    rate: float
    grace: int = 0

    def __post_init__(self) -> None:
        if self.clearance < 1 or self.grace < 0:
            raise ValueError(f"expected i >= 1 and k >= 0, found {self.clearance} and {self.grace}")
        if not AUDIT_FLOOR <= self.rate <= 1.0:
            raise ValueError(f"expected a rate in {AUDIT_FLOOR}..1, found {self.rate}")


@dataclass(frozen=True, slots=True)
class State:
    """Where an annotator stands: `run` counts good items in a row while screening, and those left while watching."""

    plan: Plan
    phase: Phase = Phase.SCREENING
    run: int = 0


def rate(state: State) -> float:
    """The share of the next items that is reviewed: 1 while screening, f otherwise."""
    return 1.0 if state.phase is Phase.SCREENING else state.plan.rate


def must_inspect(state: State, draw: float) -> bool:
    """Whether the next item, with a draw uniform in [0, 1), is reviewed."""
    return drawn(rate(state), draw)


def step(state: State, inspected: bool, good: bool) -> State:
    """The state after one item; one that was not inspected changes nothing, whatever it was."""
    if not inspected:
        return state
    match state.phase:
        case Phase.SCREENING:
            return _screened(state, good)
        case Phase.SAMPLING:
            return state if good else _erred(state)
        case Phase.WATCHING:
            return _watched(state, good)


def _screened(state: State, good: bool) -> State:
    run = state.run + 1 if good else 0
    if run < state.plan.clearance:
        return replace(state, run=run)
    return State(state.plan, Phase.SAMPLING)


def _erred(state: State) -> State:
    if state.plan.grace:
        return State(state.plan, Phase.WATCHING, state.plan.grace)
    return State(state.plan)


def _watched(state: State, good: bool) -> State:
    if not good:
        return State(state.plan)
    return replace(state, run=state.run - 1) if state.run > 1 else State(state.plan, Phase.SAMPLING)
