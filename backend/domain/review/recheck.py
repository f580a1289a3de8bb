"""Checking draws again with the disclosed key: whether each is what it says, and chance was fair to the rates."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from backend.domain.checks import PPM
from backend.domain.review.sampling import draw, draw_text, is_sampled
from backend.events.ids import LeaseId
from backend.statistics.wilson import normal_z

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Recorded:
    """A draw as it was recorded."""

    lease: LeaseId
    rate_ppm: int
    draw: str
    sampled: bool


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A draw that is not what key, lease and rate make it."""

    recorded: Recorded
    draw: str
    sampled: bool


@dataclass(slots=True)
class Tally:
    """How many draws there were, how many were sampled, and what of it the rates had led to expect; shares in 0..1."""

    draws: int = 0
    sampled: int = 0
    expected: float = 0.0
    variance: float = 0.0

    def add(self, one: Recorded) -> None:
        """Count one draw."""
        rate = one.rate_ppm / PPM
        self.draws += 1
        self.sampled += one.sampled
        self.expected += rate
        self.variance += rate * (1.0 - rate)

    @property
    def realised(self) -> float:
        """The share that was sampled; 0 without draws."""
        return self.sampled / self.draws if self.draws else 0.0

    @property
    def mean_rate(self) -> float:
        """The share that was to be expected; 0 without draws."""
        return self.expected / self.draws if self.draws else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the realised share of independent draws at these rates lies in 95 of 100 periods: the mean rate, and
        1.96 standard deviations of a sum of binomial draws to either side."""
        if not self.draws:
            return 0.0, 1.0
        half = normal_z(CONFIDENCE) * math.sqrt(self.variance) / self.draws
        return max(0.0, self.mean_rate - half), min(1.0, self.mean_rate + half)

    @property
    def within(self) -> bool:
        """Whether the realised share lies there; the draws of certain reviews leave no room but rounding's."""
        low, high = self.interval
        return low - 1e-9 <= self.realised <= high + 1e-9


def mismatches(key: bytes, draws: Iterable[Recorded]) -> list[Mismatch]:
    """Those of the draws that the key of their period does not confirm."""
    found = []
    for one in draws:
        drawn = draw(key, one.lease)
        right = (draw_text(drawn), is_sampled(drawn, one.rate_ppm))
        if right != (one.draw, one.sampled):
            found.append(Mismatch(one, *right))
    return found
