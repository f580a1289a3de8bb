"""How likely an answer is wrong, by who gave it and which class it names: a small table, shrunk to what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

RISK_MIN = 0.001
RISK_MAX = 0.95
_STRENGTH = 8.0
# Before the first review: one answer in five is wrong, worth two reviews.
_START_ERRORS = 0.4
_START_REVIEWS = 2.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Errors found, and reviews (or the errors expected in them); both fade where the table forgets."""

    errors: float = 0.0
    total: float = 0.0

    def with_one(self, error: bool, total: float = 1.0, keep: float = 1.0) -> "Tally":
        """After one more review; `keep` is the share of the older evidence that stays."""
        return Tally(self.errors * keep + error, self.total * keep + total)


@dataclass(frozen=True, slots=True)
class Everybody:
    """What reviews found in a skill: per answered class, and in all."""

    classes: Mapping[str, Tally] = field(default_factory=dict)
    all: Tally = Tally(_START_ERRORS, _START_REVIEWS)

    def reviewed(self, answered: str, error: bool) -> "Everybody":
        """After one more verdict."""
        tally = self.classes.get(answered, Tally()).with_one(error)
        return Everybody({**self.classes, answered: tally}, self.all.with_one(error))


@dataclass(frozen=True, slots=True)
class Person:
    """What reviews found in one annotator's answers in a skill: per answered class; and errors against those that
    anybody would have made in the same classes."""

    classes: Mapping[str, Tally] = field(default_factory=dict)
    against: Tally = Tally()

    def reviewed(self, answered: str, error: bool, expected: float, keep: float) -> "Person":
        """After one more verdict, where an average annotator errs with probability `expected`; older verdicts
        on the same class, and all in the comparison, count `keep` times what they did."""
        tally = self.classes.get(answered, Tally()).with_one(error, keep=keep)
        return Person({**self.classes, answered: tally}, self.against.with_one(error, expected, keep))


def class_risk(everybody: Everybody, answered: str) -> float:
    """P(wrong) of an answer of this class, whoever gave it: its own share shrunk to that of all with strength 8."""
    mean = everybody.all.errors / everybody.all.total
    tally = everybody.classes.get(answered, Tally())
    return _clipped((tally.errors + _STRENGTH * mean) / (tally.total + _STRENGTH))


def risk_of(everybody: Everybody, person: Person, answered: str) -> float:
    """P(wrong) of this annotator's answer of this class: (E_wc + 8 base) / (N_wc + 8), in .001...95.

    The base is the class's odds times the annotator's factor: errors made over errors expected of anybody in the same
    classes (indirect standardisation, shrunk to 1 with strength 8). Comparing with what was expected, not with the
    pool's mean, keeps the factor right although risky classes are reviewed more often.
    """
    common = class_risk(everybody, answered)
    usual = _STRENGTH * everybody.all.errors / everybody.all.total
    factor = (person.against.errors + usual) / (person.against.total + usual)
    odds = common / (1.0 - common) * factor
    base = _clipped(odds / (1.0 + odds))
    tally = person.classes.get(answered, Tally())
    return _clipped((tally.errors + _STRENGTH * base) / (tally.total + _STRENGTH))


def _clipped(risk: float) -> float:
    return min(RISK_MAX, max(RISK_MIN, risk))
