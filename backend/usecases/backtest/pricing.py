"""The money of a backtest: what the record cost, what the replay would have, and the errors that each lets through.

What was done cost what its own person's rate said on its day. What the plan would have asked beyond that nobody did: it
costs what such work cost on average in the record, currency by currency, and where there was none what the project's
staff rate says at the end of the window. Everything is exact until it is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from backend.domain.workforce.currencies import DIGITS
from backend.domain.workforce.money import Cost, Rate, cost_of, each, share, told

Row = dict[str, Any]
KINDS = {"answers": "annotate", "gold": "annotate", "reviews": "review", "escalations": "expert"}
"""Kind of piece -> kind of work."""
NOTHING = Cost()
BOUNDS = ("value", "low", "high")


@dataclass(frozen=True, slots=True)
class Prices:
    """Every piece of work of the window (rows of readmodels.pricing.pieces); kind of work (None: each) -> the staff
    rate at its end; and what an error costs that goes out, if that was said: minor units and currency."""

    pieces: Sequence[Mapping[str, Any]]
    staff: Mapping[str | None, Mapping[str, Any]]
    per_error: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Done:
    """One side in counts: answers to work that nobody gave, gold beyond the record's, reviews drawn, escalations;
    decided items, and the answers that go out with their share of errors (`value`, `low`, `high`)."""

    missing: int
    gold_more: int
    reviews: int
    escalations: int
    items: int
    going_out: int
    errors_out: Mapping[str, float]


def money(
    prices: Prices, was: Done, now: Done, left_out: AbstractSet[UUID], seconds: Mapping[str, float]
) -> Row:
    """Both sides and what lies between. `left_out` are leases of the record whose answers, to work or gold, the plan
    would not have asked for; `seconds` the usual time of a kind of work."""
    recorded = {kind: _sum(prices, kind, frozenset()) for kind in KINDS}
    kept = {kind: _sum(prices, kind, left_out) for kind in ("answers", "gold")}
    usual = _Usual(prices, recorded, seconds)
    replayed = {
        "answers": kept["answers"] + usual.more("answers", now.missing),
        "gold": kept["gold"] + usual.more("gold", now.gold_more),
        "reviews": usual.instead("reviews", was.reviews, now.reviews),
        "escalations": usual.instead("escalations", was.escalations, now.escalations),
    }
    before, after = _side(prices, recorded, was), _side(prices, replayed, now)
    return {
        "recorded": before,
        "replayed": after,
        "difference": _difference(before["costs"], after["costs"]),
        "cost_per_error": _said(prices.per_error),
    }


def _sum(prices: Prices, kind: str, left_out: AbstractSet[UUID]) -> Cost:
    found = NOTHING
    for rate, timed, n, micros in _counted(prices, kind, left_out):
        found += cost_of(rate, n, micros if timed else None)
    return found


def _counted(
    prices: Prices, kind: str, left_out: AbstractSet[UUID]
) -> Iterator[tuple[Rate | None, bool, int, int]]:
    """By rate and whether it was timed: how many, and their time. So that few fractions are added, not one a piece."""
    found: dict[tuple[Rate | None, bool], list[int]] = {}
    for one in prices.pieces:
        if one["kind"] == kind and one["lease"] not in left_out:
            sums = found.setdefault((rate_of(one), one["micros"] is not None), [0, 0])
            sums[0] += 1
            sums[1] += one["micros"] or 0
    return ((rate, timed, n, micros) for (rate, timed), (n, micros) in found.items())


def rate_of(row: Mapping[str, Any]) -> Rate | None:
    """The rate that a row of readmodels.pricing has; None: none."""
    return None if row["minor"] is None else Rate(row["per"], row["minor"], row["currency"])


@dataclass(frozen=True, slots=True)
class _Usual:
    """What work costs that nobody did."""

    prices: Prices
    recorded: Mapping[str, Cost]
    seconds: Mapping[str, float]

    def more(self, kind: str, pieces: int) -> Cost:
        """So many pieces: as those of the record on average, else by the staff rate and the usual time."""
        was = self.recorded[kind]
        if not pieces:
            return NOTHING
        return was.times(Fraction(pieces) / was.pieces) if was.pieces else self._by_staff(kind, pieces)

    def instead(self, kind: str, was: int, now: int) -> Cost:
        """As much of what was done as `now` is of `was`: what waits in the record waits here, too."""
        done = self.recorded[kind]
        return done.times(Fraction(now, was)) if was else self.more(kind, now) + done

    def _by_staff(self, kind: str, pieces: int) -> Cost:
        stage = KINDS[kind]
        said = self.prices.staff.get(stage) or self.prices.staff.get(None)
        seconds = self.seconds.get(stage, self.seconds.get("annotate"))
        micros = None if seconds is None else round(seconds * 1000) * 1000 * pieces
        return cost_of(None if said is None else rate_of(said), pieces, micros)


def _side(prices: Prices, costs: Mapping[str, Cost], done: Done) -> Row:
    whole = sum(costs.values(), NOTHING)
    codes = set(whole.minor) | ({prices.per_error[1]} if prices.per_error else set())
    return {
        "costs": [_in(code, prices, costs, done) for code in sorted(codes)],
        "unpriced": unpriced(whole),
        "unpriced_by_kind": {kind: unpriced(cost) for kind, cost in costs.items()},
    }


def unpriced(cost: Cost) -> Row:
    """How many pieces and minutes, and how much of them has no price."""
    return {
        "pieces": round(float(cost.pieces), 3),
        "share": share(cost.unpriced, cost.pieces),
        "minutes": round(float(cost.micros / 60_000_000), 3),
        "minutes_share": share(cost.unpriced_micros, cost.micros),
    }


def _in(code: str, prices: Prices, costs: Mapping[str, Cost], done: Done) -> Row:
    """Parts are rounded, their total is added from them, so that the table adds up."""
    parts = {f"{kind}_minor": told(cost.minor.get(code, Fraction())) for kind, cost in costs.items()}
    total = sum(parts.values())
    return {
        "currency": code,
        "digits": DIGITS[code],
        **parts,
        "total_minor": total,
        "per_accepted_item": each(total, done.items)
        if any(code in one.minor for one in costs.values())
        else None,
        "errors_out": _errors(prices.per_error, done)
        if prices.per_error and prices.per_error[1] == code
        else None,
    }


def _errors(per_error: tuple[int, str], done: Done) -> Row:
    """The estimate of what goes out wrong, an answer at a time; its interval is that of the share."""
    wrong = {one: Fraction(str(round(done.errors_out[one], 9))) * done.going_out for one in BOUNDS}
    return {"answers": round(float(wrong["value"]), 6)} | {
        f"{one}_minor": told(wrong[one] * per_error[0]) for one in BOUNDS
    }


def _difference(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    """The replay less the record, of the rounded figures."""
    sides = [{one["currency"]: one for one in side} for side in (before, after)]
    return [
        {
            "currency": code,
            "digits": DIGITS[code],
            "total_minor": _total(sides[1], code) - _total(sides[0], code),
            "errors_out_minor": _errors_of(sides[1], code) - _errors_of(sides[0], code),
        }
        for code in sorted(sides[0].keys() | sides[1].keys())
    ]


def _total(side: Mapping[str, Row], code: str) -> int:
    return int(side[code]["total_minor"]) if code in side else 0


def _errors_of(side: Mapping[str, Row], code: str) -> int:
    errors = side[code]["errors_out"] if code in side else None
    return int(errors["value_minor"]) if errors else 0


def _said(per_error: tuple[int, str] | None) -> Row | None:
    if per_error is None:
        return None
    minor, code = per_error
    return {"amount_minor": minor, "currency": code, "digits": DIGITS[code]}


def assumptions(prices: Prices, was: Done, now: Done) -> Iterator[str]:
    """What the money takes for granted."""
    yield (
        "What was done costs what its person's rate said on its day: of a vendor's people the vendor's, of own people"
        " the project's staff rate; nobody is priced who has none. Reviews and experts' answers are those of the"
        " window. Currencies stand apart."
    )
    if now.missing or now.gold_more or now.reviews != was.reviews or now.escalations != was.escalations:
        yield (
            "Work that the plan would have asked for and nobody did costs what such work cost on average; where there"
            " was none, what the staff rate at the window's end says for the usual time, and else it has no price."
        )
    if prices.per_error:
        yield "An error is a wrong answer that goes out; whether several answers to an item mend it is left out."
