"""What a suspicion is made of: answers as seen, what is known of people, a finding for somebody to judge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.statistics import spammer
from backend.statistics.beta import Beta

LEASES_MAX = 50
"""So many answers stand in the evidence; how many there are stands in its numbers."""
TRILLION = 10**12
RIGHT = "="
"""Stands for whatever is right where answers are no categories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An answer: `said` is the keyed token of its class or, of what is no category, of the whole answer; `seconds` from
    opening to answer by the server's clock (None: not known); `truth` the class that gold, an expert or a reviewer told
    of the item, `right` what they told of this very answer."""

    lease: UUID
    annotator: UUID
    item: UUID
    project: UUID
    lane: UUID
    said: str
    category: bool
    gold: bool
    at: datetime
    seconds: float | None
    truth: str | None = None
    right: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What evidence says of a person in the skill: answers by true class (rows) and class given, faded and worth whole
    answers; what is believed of them; right and all of gold, and of work that was drawn whatever it was; how many
    pieces that is, and the answers that were wrong."""

    counts: Sequence[Sequence[float]]
    believed: Beta
    gold: tuple[int, int]
    work: tuple[int, int]
    pieces: int
    wrong: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A suspicion with its evidence: `numbers` and `thresholds` are counts, parts per million (`_ppm`) and p-values in
    parts per trillion (`_e12`); `tokens` are classes and places; `signals` what else points the same way; `days` those
    on which a pair shared a place."""

    kind: str
    annotator: UUID
    other: UUID | None = None
    project: UUID | None = None
    amount: int
    numbers: Mapping[str, int]
    thresholds: Mapping[str, int]
    since: datetime
    leases: Sequence[UUID] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)
    signals: Sequence[str] = ()
    days: Sequence[Mapping[str, Any]] = ()

    @property
    def people(self) -> tuple[UUID, ...]:
        """Whom it is about."""
        return (self.annotator,) if self.other is None else (self.annotator, self.other)


def ppm(share: float) -> int:
    """A share as parts per million."""
    return round(PPM * share)


def e12(p: float) -> int:
    """A p-value as parts per trillion: parts per million would be 0 where it matters."""
    return round(TRILLION * p)


def some(leases: Iterable[UUID]) -> tuple[UUID, ...]:
    """The newest of them, as many as stand in evidence, in order."""
    return tuple(sorted(leases, key=lambda one: one.bytes)[-LEASES_MAX:])


def below(believed: Beta, pool: Beta) -> bool:
    """Whether somebody is worse than the pool for certain: their upper quantile below its lower one."""
    rule = spammer.DEFAULTS
    return believed.quantile(rule.skill_quantile) < pool.quantile(rule.pool_quantile)


def level(believed: Beta, pool: Beta) -> dict[str, int]:
    """The two quantiles that `below` compares."""
    rule = spammer.DEFAULTS
    return {
        "skill_upper_ppm": ppm(believed.quantile(rule.skill_quantile)),
        "pool_lower_ppm": ppm(pool.quantile(rule.pool_quantile)),
    }


def quantiles() -> dict[str, int]:
    """Which quantiles these are."""
    rule = spammer.DEFAULTS
    return {"skill_quantile_ppm": ppm(rule.skill_quantile), "pool_quantile_ppm": ppm(rule.pool_quantile)}
