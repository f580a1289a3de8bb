"""What is still known of somebody: right and wrong evidence that fades with newer evidence and with time."""

import math
from dataclasses import dataclass

from backend.statistics.beta import Beta

_DIGITS = 9
"""Stored scores are rounded to 1e-9, so that a rebuild gives the same bits."""


@dataclass(frozen=True, slots=True)
class HalfLife:
    """After `events` pieces of evidence of weight 1, or `days`, an older piece counts half; math.inf: for ever."""

    events: float = 50.0
    days: float = 90.0

    def __post_init__(self) -> None:
        if not (self.events > 0.0 and self.days > 0.0):
            raise ValueError(f"expected half-lives above 0, found {self.events} events and {self.days} days")

    def kept(self, weight: float, days: float) -> float:
        """What remains of older evidence, in 0..1: 2^(-weight / events) 2^(-days / days). Half a piece of new evidence
        makes forget half as much, and evidence of weight 0 nothing."""
        return math.exp2(-weight / self.events - days / self.days)


_USUAL = HalfLife()


@dataclass(frozen=True, slots=True)
class Counts:
    """Faded weights of right (a) and wrong (b) answers, and how many answers of weight 1 they are worth (n_eff)."""

    a: float = 0.0
    b: float = 0.0
    n_eff: float = 0.0

    def after(self, correct: float, weight: float, days: float, half_life: HalfLife = _USUAL) -> "Counts":
        """A <- d A + w x, B <- d B + w (1 - x), d = 2^(-w / events) 2^(-days / days), rounded to 1e-9.

        correct: x in 0..1 (a fraction is conservative); weight: w >= 0; days: since the evidence before, >= 0.
        n_eff is Kish's size over what is kept, (sum d w)^2 / sum d w^2: the number of pieces when all weigh alike, less
        when a few weigh much. With weight 1 it is A + B and tends to 1 / (1 - d), 72 at a half-life of 50 events.
        ValueError outside these ranges.
        """
        _check(correct, weight, days)
        kept = half_life.kept(weight, days)
        total = self.a + self.b
        squares = kept * (total * total / self.n_eff if self.n_eff > 0.0 else 0.0) + weight * weight
        a, b = kept * self.a + weight * correct, kept * self.b + weight * (1.0 - correct)
        n_eff = (a + b) ** 2 / squares if squares > 0.0 else 0.0
        return Counts(_round(a), _round(b), _round(n_eff))

    def aged(self, days: float, half_life: HalfLife = _USUAL) -> "Counts":
        """The same after `days` >= 0 in which nothing came: who idles drifts back to the prior."""
        _check(0.0, 0.0, days)
        kept = half_life.kept(0.0, days)
        return Counts(_round(kept * self.a), _round(kept * self.b), _round(kept * self.n_eff))

    def posterior(self, prior: Beta) -> Beta:
        """What prior and evidence say together. Evidence in which few pieces weigh much counts as n_eff answers, not as
        its weight; evidence of weights below 1 stays at its weight."""
        total = self.a + self.b
        if total <= 0.0:
            return prior
        worth = min(1.0, self.n_eff / total)
        return prior.updated(self.a * worth, total * worth)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Faded weight of each (truth, answer), sorted by both; what has faded below 1e-9 is left out."""

    cells: tuple[tuple[str, str, float], ...] = ()

    def after(
        self, truth: str, answer: str, weight: float, days: float, half_life: HalfLife = _USUAL
    ) -> "Confusion":
        """All cells fade as in `Counts.after`, then that of (truth, answer) grows by the weight. ValueError alike."""
        _check(0.0, weight, days)
        kept = half_life.kept(weight, days)
        cells = {(of, said): kept * count for of, said, count in self.cells}
        cells[truth, answer] = cells.get((truth, answer), 0.0) + weight
        rounded = ((of, said, _round(count)) for (of, said), count in sorted(cells.items()))
        return Confusion(tuple(cell for cell in rounded if cell[2] > 0.0))

    def recalls(self) -> dict[str, tuple[float, float]]:
        """Class -> (weight answered rightly, weight of all answers whose truth it was), by class."""
        found: dict[str, tuple[float, float]] = {}
        for truth, answer, count in self.cells:
            right, total = found.get(truth, (0.0, 0.0))
            found[truth] = (right + (count if answer == truth else 0.0), total + count)
        return found


def _check(correct: float, weight: float, days: float) -> None:
    if not 0.0 <= correct <= 1.0:
        raise ValueError(f"expected a share of right in 0..1, found {correct}")
    if not (0.0 <= weight < math.inf and 0.0 <= days < math.inf):
        raise ValueError(f"expected weight >= 0 and days >= 0, both finite, found {weight} and {days}")


def _round(x: float) -> float:
    return round(x, _DIGITS)
