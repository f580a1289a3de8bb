"""Gold as another plan would have mixed it: fewer of the recorded ones, or so many more as the share asks for."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.events.projects import QualityPlan
from backend.statistics.gold_rate import base_rate
from backend.usecases.backtest.history import History, chance

PPM = 1_000_000
SHARE_MAX = 0.9
"""Above it there would be ten times as much gold as work: the stock ends it, not the share."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """Answers to gold of the record that the plan keeps, and how many more it would have asked for."""

    kept: frozenset[UUID]
    more: int

    @property
    def total(self) -> int:
        """All of it."""
        return len(self.kept) + self.more


def mix(history: History, dropped: frozenset[UUID]) -> Mixed:
    """Each recorded one is kept with the chance by which the odds of gold are lower now; where they are higher, each
    answer to work brings the difference, but to nobody more than there is gold that they have not met."""
    wanted = _odds(history.wanted)
    kept = [
        one
        for one in history.golden
        if wanted >= (was := _odds(history.plan_at(one.at))) or chance("gold", one.lease) * was < wanted
    ]
    more: Counter[UUID] = Counter()
    lacking: dict[UUID, float] = {}
    for one in history.work:
        if one.lease not in dropped:
            gap = max(0.0, wanted - _odds(history.plan_at(one.at)))
            lacking[one.annotator] = lacking.get(one.annotator, 0.0) + gap
    met = Counter(one.annotator for one in history.golden)
    more.update(_limited(lacking, met, history.stock))
    return Mixed(frozenset(one.lease for one in kept), more.total())


def _limited(lacking: Mapping[UUID, float], met: Mapping[UUID, int], stock: int) -> dict[UUID, int]:
    return {who: min(round(n), max(0, stock - met.get(who, 0))) for who, n in lacking.items()}


def _odds(plan: QualityPlan) -> float:
    """Gold for each answer to work, whoever gives it."""
    share = base_rate(plan.gold_expected) if plan.gold_expected else plan.gold_share_ppm / PPM
    share = min(SHARE_MAX, share)
    return share / (1.0 - share)
