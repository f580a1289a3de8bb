"""Money: what pieces of work cost, exactly, each currency for itself; rounded once, when it is told.

A sum is a fraction of minor units, never a float: an hour's rate times microseconds is a fraction of an hour's cents.
Currencies are never added to one another, because a rate of exchange is a fact that nobody has told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

HOUR_MICROS = 3_600_000_000
EACH_DIGITS = 4
"""Digits behind a minor unit of what one of many costs."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many minor units of a currency per `answer` or `hour`."""

    per: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What `pieces` of work and their `micros` (microseconds, as far as they were timed) cost in minor units of each
    currency; `unpriced` of them, and `unpriced_micros` of the time, had no rate, or a rate by the hour and no time."""

    pieces: Fraction = Fraction()
    micros: Fraction = Fraction()
    unpriced: Fraction = Fraction()
    unpriced_micros: Fraction = Fraction()
    minor: Mapping[str, Fraction] = field(default_factory=dict)

    def __add__(self, other: "Cost") -> "Cost":
        """Both together, currency by currency."""
        minor = dict(self.minor)
        for code, amount in other.minor.items():
            minor[code] = minor.get(code, Fraction()) + amount
        return Cost(
            self.pieces + other.pieces,
            self.micros + other.micros,
            self.unpriced + other.unpriced,
            self.unpriced_micros + other.unpriced_micros,
            minor,
        )

    def times(self, factor: Fraction) -> "Cost":
        """So many times as much of the same kind."""
        return Cost(
            self.pieces * factor,
            self.micros * factor,
            self.unpriced * factor,
            self.unpriced_micros * factor,
            {code: amount * factor for code, amount in self.minor.items()},
        )


def cost_of(rate: Rate | None, pieces: int, micros: int | None) -> Cost:
    """Of so many pieces at one rate that took `micros` together; None: nobody timed them."""
    count, time = Fraction(pieces), Fraction(micros or 0)
    if rate is None or (rate.per == "hour" and micros is None):
        return Cost(count, time, count, time)
    amount = rate.minor * (count if rate.per == "answer" else time / HOUR_MICROS)
    return Cost(count, time, minor={rate.currency: Fraction(amount)})


def told(amount: Fraction) -> int:
    """Whole minor units: to the nearest, halves to the even one."""
    return round(amount)


def each(total: int, pieces: int) -> str | None:
    """What one of so many costs, as decimal text of minor units with EACH_DIGITS digits, halves to the even one; None
    for one of none."""
    if not pieces:
        return None
    with localcontext() as exact:
        exact.prec = 50
        share = Decimal(total) / Decimal(pieces)
        return f"{share.quantize(Decimal(1).scaleb(-EACH_DIGITS), ROUND_HALF_EVEN):f}"


def share(part: Fraction, whole: Fraction) -> float | None:
    """The share of something that is no money, 0..1; None of nothing."""
    return round(float(part / whole), 6) if whole else None
