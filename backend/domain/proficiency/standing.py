"""What a record of live answers earns: a level by its lower bound; or the skill is closed, below the floor or after a
fall from what the person has shown."""

from dataclasses import dataclass

from backend.domain.checks import PPM
from backend.statistics.beta import Beta
from backend.statistics.cusum import Cusum

SURE = 0.95
EVIDENCE_MIN = 10
"""Answers to gold and reviewed answers, each at its weight and at most 1, below which a record earns nothing and costs
nothing."""
LEVELS = (0.70, 0.80, 0.90, 0.95)
"""Level n is earned when the accuracy is above LEVELS[n - 1] with 95 % certainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """The sum that errors raise stands at `state` for a fall from `target`, and its alarm is at `bound`."""

    target: float
    state: float
    bound: float


def closing_ppm(live: float, believed: Beta, floor_ppm: int) -> int | None:
    """P(accuracy < floor) in parts per million when it closes the skill, otherwise None.

    It closes above 95 % and from the weight of ten live answers on (`live`); an exam or an import alone never closes
    anything, and with a floor of 0 nothing does.
    """
    below = believed.cdf(floor_ppm / PPM)
    return round(below * PPM) if live >= EVIDENCE_MIN and below > SURE else None


def fallen(live: float, target: float, state: float, floor_ppm: int) -> Fall | None:
    """The fall that closes the skill: the CUSUM for this target (0..1; 0: none known yet) has reached its bound.

    From the weight of ten live answers on, and with a floor of 0 never: where nobody asks for an accuracy, none can be
    missed.
    """
    if live < EVIDENCE_MIN or floor_ppm <= 0 or target <= 0.0:
        return None
    cusum = Cusum.for_target(target)
    return Fall(target=target, state=state, bound=cusum.h) if cusum.alarms(state) else None


def level(live: float, believed: Beta) -> int:
    """The highest level, 0..4, whose threshold the 5 % quantile reaches; 0 below the weight of ten live answers."""
    if live < EVIDENCE_MIN:
        return 0
    surely = believed.quantile(1.0 - SURE)
    return sum(surely >= threshold for threshold in LEVELS)
