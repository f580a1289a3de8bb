"""Where reviewing begins: the threshold of risk, steered so that what goes out unreviewed holds the error asked."""

import math
from dataclasses import dataclass, field, replace
from enum import Enum

from backend.statistics.strata import RISK_MAX, RISK_MIN, Tally

_BINS = 64
_LOW = math.log(RISK_MIN)
_WIDTH = (math.log(RISK_MAX) - _LOW) / _BINS
_STEP = 0.001
_MISS_MAX = 5.0
_LENT_MAX = 2.0
_TRUSTED = 3.0


class Law(Enum):
    """FILL computes the threshold that spends the error budget on the traffic seen lately; STEP creeps towards the
    target by a thousandth of the relative miss per item (the simple law this one was measured against)."""

    FILL = "fill"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Steering:
    """`items` answered; errors that went out unreviewed, once as the risks `expected` them and once as sampled reviews
    `found` them (Horvitz-Thompson); `traffic`: faded sum of risk by log-risk bin over `weight` faded items; `audit`:
    sampled errors against their risks; `aim`: the outgoing error that the threshold was computed for (0: never yet)."""

    threshold: float
    items: int = 0
    expected: float = 0.0
    found: float = 0.0
    traffic: tuple[float, ...] = (0.0,) * _BINS
    weight: float = 0.0
    audit: Tally = field(default_factory=Tally)
    aim: float = 0.0

    @property
    def calibration(self) -> float:
        """Errors per error expected among the items believed harmless, shrunk to 1 with a weight of 3 errors: what is
        picked for its low risk is on average a little worse than believed."""
        return (self.audit.errors + _TRUSTED) / (self.audit.total + _TRUSTED)

    @property
    def outgoing(self) -> float:
        """The outgoing error as it is believed: the mean of both counts over all items; 0 before the first."""
        return (self.expected + self.found) / 2.0 / self.items if self.items else 0.0


def passed(steering: Steering, risk: float, rate: float, at_floor: float, memory: float) -> Steering:
    """After an item reviewed at `rate`, that would go out with probability 1 - `at_floor` were the threshold above it
    (0: it is reviewed in any case). `memory`: how many items the traffic looks back on."""
    keep = 1.0 - 1.0 / memory
    traffic = [mass * keep for mass in steering.traffic]
    traffic[_bin(risk)] += risk * (1.0 - at_floor)
    # Built in full here and below: once for each answer, and `replace` takes three times as long.
    return Steering(
        threshold=steering.threshold,
        items=steering.items + 1,
        expected=steering.expected + risk * (1.0 - rate),
        found=steering.found,
        traffic=tuple(traffic),
        weight=steering.weight * keep + 1.0,
        audit=steering.audit,
        aim=steering.aim,
    )


def audited(steering: Steering, risk: float, rate: float, error: bool) -> Steering:
    """After a review of an item sampled at `rate` below 1: an error found speaks for (1 - rate) / rate unseen ones."""
    found = steering.found + (1.0 - rate) / rate if error else steering.found
    return replace(steering, found=found, audit=steering.audit.with_one(error, risk))


def steered(steering: Steering, law: Law, target: float, memory: float) -> Steering:
    """With the threshold for the next item; `target`: the outgoing error steered at, above 0."""
    match law:
        case Law.FILL:
            threshold = _filled(steering, target, memory)
        case Law.STEP:
            miss = max(-_MISS_MAX, (target - steering.outgoing) / target)
            threshold = steering.threshold * math.exp(_STEP * miss)
    return Steering(
        threshold=min(RISK_MAX, max(RISK_MIN, threshold)),
        items=steering.items,
        expected=steering.expected,
        found=steering.found,
        traffic=steering.traffic,
        weight=steering.weight,
        audit=steering.audit,
        aim=target,
    )


def _filled(steering: Steering, target: float, memory: float) -> float:
    """Water-filling: the lowest risks go out first, until they carry the budget. The budget is the target, plus what
    was left over (or less what was overdrawn) so far, spread over the next `memory` items; risks count calibrated."""
    left = (target - steering.outgoing) * steering.items / memory
    budget = target + max(-_LENT_MAX * target, min(_LENT_MAX * target, left))
    room = max(0.0, budget) * steering.weight / steering.calibration
    for place, mass in enumerate(steering.traffic):
        if mass > room:
            return math.exp(_LOW + _WIDTH * (place + room / mass))
        room -= mass
    return RISK_MAX


def _bin(risk: float) -> int:
    return min(_BINS - 1, max(0, int((math.log(risk) - _LOW) / _WIDTH)))
