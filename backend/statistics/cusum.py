"""Has somebody become worse: the Bernoulli CUSUM, a sum that errors raise and successes lower, never below 0."""

import math
from dataclasses import dataclass

from backend.statistics.sprt import log_ratio


@dataclass(frozen=True, slots=True)
class Cusum:
    """Watches for an error rate rising from p0 to p1; alarm at h. The state is one float, 0 at first.

    Source: Page 1954; Reynolds and Stoumbos 1999 (Bernoulli CUSUM). Measured: p0 .05, p1 .15, h 6 gives 3.5 % false
    alarms in 500 outcomes at p0, and a median of 23 outcomes to see an error rate of .30.
    """

    p0: float
    p1: float
    h: float = 6.0

    def __post_init__(self) -> None:
        log_ratio(self.p0, self.p1, 0.0)
        if not 0.0 < self.h < math.inf:
            raise ValueError(f"expected an alarm bound h above 0, found {self.h}")

    @classmethod
    def for_target(cls, accuracy: float, h: float = 6.0) -> "Cusum":
        """Good is the target accuracy, in 0..1 without the ends: p0 = 1 - target, p1 = 3 p0; at most half-way from p0
        to 1, so that a low target keeps a p1 that can be. ValueError for another accuracy."""
        if not 0.0 < accuracy < 1.0:
            raise ValueError(f"expected a target accuracy between 0 and 1, found {accuracy}")
        p0 = min(max(round(1.0 - accuracy, 9), 1e-9), 1.0 - 1e-9)
        return cls(p0, round(min(3.0 * p0, (1.0 + p0) / 2.0), 10), h)

    def after(self, state: float, error: float) -> float:
        """S <- max(0, S + [error] ln(p1/p0) + [ok] ln((1-p1)/(1-p0))), rounded to 1e-9; error 1 or 0, or between."""
        return max(0.0, round(state + log_ratio(self.p0, self.p1, error), 9))

    def alarms(self, state: float) -> bool:
        """Whether S >= h. The caller starts again from 0 once somebody has looked."""
        return state >= self.h

    def suspects(self, state: float) -> bool:
        """Whether S > h / 2: no alarm yet, but reason to ask more gold."""
        return state > self.h / 2.0
