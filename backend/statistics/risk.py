"""The risk controller: review what is likely wrong, and a floor of everything else, to a target outgoing error."""

from dataclasses import dataclass, field
from enum import Enum

from backend.statistics.sampling import AUDIT_FLOOR
from backend.statistics.strata import Everybody, Person, class_risk, risk_of
from backend.statistics.threshold import Law, Steering, audited, passed, steered


class Reason(Enum):
    """Why the next answer is reviewed at its rate."""

    FIRST = "first_items"
    AFTER_ERROR = "after_error"
    RISK = "risk"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Policy:
    """`target`: outgoing error asked, in 0..1 (exclusive); steered at `safety` times it. `floor`: rate of what is not
    risky, never below the audit floor. `first`: items of an annotator in a skill reviewed in any case. `after_error`:
    so many items reviewed after an error found in a sampled item whose risk was below `surprise` (1: after any).
    `half_life`: verdicts after which an annotator's older ones count half. `memory`: items the threshold looks back
    on, and over which a miss is made good. ValueError for what is out of range.
    """

    target: float
    safety: float = 0.8
    floor: float = 0.05
    first: int = 10
    after_error: int = 20
    surprise: float = 0.05
    half_life: float = 50.0
    memory: float = 4000.0
    law: Law = Law.FILL

    def __post_init__(self) -> None:
        if not 0.0 < self.target < 1.0 or not 0.0 < self.safety <= 1.0:
            raise ValueError(f"expected a target and a safety in 0..1, found {self.target} and {self.safety}")
        if not AUDIT_FLOOR <= self.floor <= 1.0:
            raise ValueError(f"expected a floor in {AUDIT_FLOOR}..1, found {self.floor}")
        if self.first < 0 or self.after_error < 0 or self.half_life <= 0.0 or self.memory < 1.0:
            raise ValueError(f"expected counts >= 0, half_life > 0 and memory >= 1, found {self}")

    @property
    def aim(self) -> float:
        """The outgoing error steered at."""
        return self.target * self.safety


@dataclass(frozen=True, slots=True)
class Pool:
    """The controller's state of a skill: what reviews found, and the threshold."""

    everybody: Everybody
    steering: Steering


@dataclass(frozen=True, slots=True)
class Annotator:
    """Its state of one annotator in a skill: items answered, items left of a closer look, what reviews found."""

    seen: int = 0
    closer: int = 0
    person: Person = field(default_factory=Person)


@dataclass(frozen=True, slots=True)
class Decision:
    """The rate to draw the next answer at, why, and what it was decided on; all four belong into the record."""

    rate: float
    reason: Reason
    risk: float
    threshold: float


def opened(policy: Policy) -> Pool:
    """The state of a skill before its first answer."""
    return Pool(Everybody(), Steering(threshold=policy.aim))


def decide(policy: Policy, pool: Pool, annotator: Annotator, answered: str) -> Decision:
    """How an answer naming this class is to be reviewed, from what was known before it."""
    risk = risk_of(pool.everybody, annotator.person, answered)
    threshold = pool.steering.threshold
    if annotator.seen < policy.first:
        return Decision(1.0, Reason.FIRST, risk, threshold)
    if annotator.closer > 0:
        return Decision(1.0, Reason.AFTER_ERROR, risk, threshold)
    if risk > threshold:
        return Decision(1.0, Reason.RISK, risk, threshold)
    return Decision(policy.floor, Reason.FLOOR, risk, threshold)


def answer(policy: Policy, pool: Pool, annotator: Annotator, decision: Decision) -> tuple[Pool, Annotator]:
    """Both states after an answer was decided upon, drawn or not; its verdict, if any, comes by `verdict`."""
    free = decision.reason in (Reason.RISK, Reason.FLOOR)
    steering = passed(
        pool.steering, decision.risk, decision.rate, policy.floor if free else 1.0, policy.memory
    )
    steering = steered(steering, policy.law, policy.aim, policy.memory)
    closer = max(0, annotator.closer - 1)
    return Pool(pool.everybody, steering), Annotator(annotator.seen + 1, closer, annotator.person)


def verdict(
    policy: Policy, pool: Pool, annotator: Annotator, answered: str, decision: Decision, good: bool
) -> tuple[Pool, Annotator]:
    """Both states after a review of an answer, which `decision` had brought to review."""
    keep = 2.0 ** (-1.0 / policy.half_life)
    expected = class_risk(pool.everybody, answered)
    person = annotator.person.reviewed(answered, not good, expected, keep)
    everybody = pool.everybody.reviewed(answered, not good)
    steering, closer = pool.steering, annotator.closer
    if decision.rate < 1.0:
        steering = audited(steering, decision.risk, decision.rate, not good)
        if not good and decision.risk < policy.surprise:
            closer = policy.after_error
    return Pool(everybody, steering), Annotator(annotator.seen, closer, person)
