"""What a record of live answers earns: a level by its lower bound, or the closing of the skill below the floor."""

from dataclasses import dataclass

from backend.domain.checks import PPM
from backend.statistics.beta import Beta, prior_of_pool

SURE = 0.95
EVIDENCE_MIN = 10
"""Answers to gold and reviewed answers, each at its weight, below which a record earns nothing and costs nothing."""
LEVELS = (0.70, 0.80, 0.90, 0.95)
"""Level n is earned when the accuracy is above LEVELS[n - 1] with 95 % certainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Weighted right and all answers of every source; of them those of live work: as whole numbers, and weighed."""

    correct: float
    total: float
    live_correct: int
    live_total: int
    weighed_correct: float
    weighed_total: float

    def since(self, correct: int, total: int) -> "Counts":
        """Without live answers that were judged already: each piece of evidence closes a skill once.

        Which of them were reviewed is not kept, so right ones weigh what a right one weighs on average, and wrong ones
        likewise: exact while reviews weigh 1, and never more than there is.
        """
        weighed_wrong = self.weighed_total - self.weighed_correct
        right = _part(self.weighed_correct, correct, self.live_correct)
        wrong = _part(weighed_wrong, total - correct, self.live_total - self.live_correct)
        return Counts(
            correct=self.correct - right,
            total=self.total - right - wrong,
            live_correct=self.live_correct - correct,
            live_total=self.live_total - total,
            weighed_correct=self.weighed_correct - right,
            weighed_total=self.weighed_total - right - wrong,
        )


def _part(weighed: float, some: int, of: int) -> float:
    return weighed * some / of if of else 0.0


def posterior(counts: Counts, pool_correct: float, pool_total: float) -> Beta:
    """What is believed of the accuracy: the pool's prior of strength 8 at most, and the person's weighted answers."""
    return prior_of_pool(pool_correct, pool_total).updated(counts.correct, counts.total)


def closing_ppm(counts: Counts, believed: Beta, floor_ppm: int) -> int | None:
    """P(accuracy < floor) in parts per million when it closes the skill, otherwise None.

    It closes above 95 % and from the weight of ten live answers on; an exam or an import alone never closes
    anything, and with a floor of 0 nothing does.
    """
    below = believed.cdf(floor_ppm / PPM)
    return round(below * PPM) if counts.weighed_total >= EVIDENCE_MIN and below > SURE else None


def level(counts: Counts, believed: Beta) -> int:
    """The highest level, 0..4, whose threshold the 5 % quantile reaches; 0 below the weight of ten live answers."""
    if counts.weighed_total < EVIDENCE_MIN:
        return 0
    surely = believed.quantile(1.0 - SURE)
    return sum(surely >= threshold for threshold in LEVELS)
