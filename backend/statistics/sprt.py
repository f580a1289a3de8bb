"""When the evidence suffices to promote or demote: Wald's sequential test, and the posterior rule."""

import math
from dataclasses import dataclass
from typing import Literal

from backend.statistics.beta import Beta

Verdict = Literal["promote", "demote"]
SURE = 0.95


def believed_below(belief: Beta, floor: float, sure: float = SURE) -> bool:
    """The posterior rule of demotion: P(accuracy < floor) > sure; floor and sure in 0..1, else ValueError.

    Safe when looked at after every answer (an 85 % worker falls below a floor of 70 % within 50 gold once in a
    thousand), slow against the mediocre.
    """
    for name, share in (("floor", floor), ("sure", sure)):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"expected {name} in 0..1, found {share}")
    return belief.cdf(floor) > sure


def log_ratio(p0: float, p1: float, error: float) -> float:
    """ln of the likelihood of one outcome under error rate p1 over that under p0: ln(p1 / p0) for an error (1),
    ln((1 - p1) / (1 - p0)) for a success (0), in between for a fraction. ValueError unless 0 < p0 < p1 < 1 and error
    in 0..1."""
    if not 0.0 < p0 < p1 < 1.0:
        raise ValueError(f"expected error rates 0 < p0 < p1 < 1, found p0 {p0} and p1 {p1}")
    if not 0.0 <= error <= 1.0:
        raise ValueError(f"expected an error in 0..1, found {error}")
    return error * math.log(p1 / p0) + (1.0 - error) * math.log((1.0 - p1) / (1.0 - p0))


@dataclass(frozen=True, slots=True)
class Sprt:
    """Is the error rate p0 (good) or p1 (bad)? alpha: chance to demote the good; beta: to promote the bad.

    Source: Wald, Sequential Analysis (1947). The state is one float, the log likelihood ratio, 0 at first.
    """

    p0: float
    p1: float
    alpha: float = 0.05
    beta: float = 0.10

    def __post_init__(self) -> None:
        log_ratio(self.p0, self.p1, 0.0)
        if not (self.alpha > 0.0 and self.beta > 0.0 and self.alpha + self.beta < 1.0):
            raise ValueError(f"expected alpha, beta > 0 with a sum < 1, found {self.alpha} and {self.beta}")

    @property
    def demote_at(self) -> float:
        """A = ln((1 - beta) / alpha)."""
        return math.log((1.0 - self.beta) / self.alpha)

    @property
    def promote_at(self) -> float:
        """B = ln(beta / (1 - alpha))."""
        return math.log(self.beta / (1.0 - self.alpha))

    def after(self, state: float, error: float) -> float:
        """The state after one more outcome (1 an error, 0 a success), rounded to 1e-9."""
        return round(state + log_ratio(self.p0, self.p1, error), 9)

    def verdict(self, state: float) -> Verdict | None:
        """What the state says, None while it must go on."""
        if state >= self.demote_at:
            return "demote"
        return "promote" if state <= self.promote_at else None
