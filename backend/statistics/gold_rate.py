"""How often gold is mixed in, which gold is still good, and of which classes: arithmetic, no draws."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace


@dataclass(frozen=True, slots=True)
class Rule:
    """Defaults of quality.md 1b: rate 1/sqrt(l) held to `low`..`high`; doubled while the CUSUM stands above half its
    `alarm` or the 90 % interval's half-width exceeds `wide`; halved below `sure` after `quiet` uneventful answers."""

    low: float = 0.02
    high: float = 0.10
    alarm: float = 6.0
    wide: float = 0.10
    sure: float = 0.05
    quiet: int = 200


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True)
class Key:
    """One annotator's answer to a gold item: the lower bound of their skill (0..1), and whether the key was met."""

    skill_lower: float
    agrees: bool


def base_rate(expected: float, rule: Rule = DEFAULTS) -> float:
    """1/sqrt(l) held to low..high, l the answers expected of this annotator in this skill (Liu, Ihler and Steyvers,
    NIPS 2013, for the order; the constant 1 is quality.md's)."""
    if not expected >= 1.0:
        raise ValueError(f"expected at least one answer to come, found {expected}")
    return min(rule.high, max(rule.low, 1.0 / math.sqrt(expected)))


def gold_rate(
    expected: float, half_width: float, cusum: float, since_alarm: int, rule: Rule = DEFAULTS
) -> float:
    """The share of gold among an annotator's next items, from low/2 to 2*high.

    `half_width` of the 90 % interval of the skill (0..1), `cusum` where the drift detector stands, `since_alarm` the
    answers since anything last fired. A doubt outweighs a quiet record.
    """
    rate = base_rate(expected, rule)
    if cusum > rule.alarm / 2.0 or half_width > rule.wide:
        return 2.0 * rate
    if half_width < rule.sure and since_alarm >= rule.quiet:
        return rate / 2.0
    return rate


def chance_here(rate: float, in_session: int, since_gold: int | None, gap: int = 2) -> float:
    """With which probability the next item is gold: 0 at the first of a session and within `gap` items of the last.

    `in_session` items were handed out in this session, `since_gold` ordinary ones since the last gold (None: none
    yet). Elsewhere rate/(1 - gap*rate), so that in the long run the share is the rate although the gap is kept: the
    mean distance 1/rate is the gap and a geometric wait. ValueError where gap and rate cannot be had together.
    """
    if not 0.0 <= rate * (gap + 1) <= 1.0:
        raise ValueError(f"expected a rate of at most 1/{gap + 1} with a gap of {gap}, found {rate}")
    if in_session == 0 or (since_gold is not None and since_gold < gap):
        return 0.0
    return rate / (1.0 - gap * rate)


def doubtful(keys: Sequence[Key], *, skill_min: float = 0.9, answers_min: int = 5) -> bool:
    """Whether a gold item must be retired: more than half of at least `answers_min` annotators whose skill's lower
    bound exceeds `skill_min` disagree with the key (quality.md 1b rule 6). Judge by bounds without this very item."""
    trusted = [key for key in keys if key.skill_lower > skill_min]
    return len(trusted) >= answers_min and 2 * sum(not key.agrees for key in trusted) > len(trusted)


def spent(
    seen: int, active: int, age_days: float, *, seen_share_max: float = 0.60, age_days_max: float = 60.0
) -> bool:
    """Whether a gold item's exposure is used up: shown to 60 % of the `active` annotators, or 60 days old (rule 3)."""
    if seen < 0 or active < 0 or age_days < 0.0:
        raise ValueError(f"expected counts and days of 0 or more, found {seen}, {active}, {age_days}")
    return age_days >= age_days_max or (active > 0 and seen >= seen_share_max * active)


def stock_needed(rate: float, answers_per_day: float, days: float) -> int:
    """How many gold items a skill needs so that its busiest annotator never meets one twice: rate * answers * days,
    rounded up (rule 5: 5 % of 400 a day is 20 a day, so 100 last 5 days)."""
    return math.ceil(round(rate * answers_per_day * days, 9))


def quotas(total: int, production: Sequence[int], least: int = 3) -> list[int]:
    """Gold per class: as production is mixed (largest remainder, ties to the earlier class), each class that occurs
    at least `least` times, or as evenly as it goes where `total` is too small for that. Sums to `total`."""
    if total < 0 or least < 0 or min(production, default=0) < 0 or (total and not sum(production)):
        raise ValueError(
            f"expected counts of 0 or more with some production, found {total} of {list(production)}"
        )
    present = [place for place, count in enumerate(production) if count]
    given = [0] * len(production)
    floor = min(least, total // len(present)) if present else 0
    if floor < least:
        # Too few to go round: the commonest classes get what is left over.
        weights = [1 if count else 0 for count in production]
        return _apportioned(total, weights, sorted(present, key=lambda place: (-production[place], place)))
    for place, share in enumerate(_apportioned(total, production, None)):
        given[place] = max(share, floor) if production[place] else 0
    # The class farthest above its due pays for the rare ones, again and again. All as whole numbers: times `made`.
    made, over = sum(production), sum(given) - total
    paying = [
        (total * production[p] - given[p] * made, -production[p], p) for p in present if given[p] > floor
    ]
    heapify(paying)
    for _ in range(over):
        due, size, payer = paying[0]
        given[payer] -= 1
        if given[payer] > floor:
            heapreplace(paying, (due + made, size, payer))
        else:
            heappop(paying)
    return given


def _apportioned(total: int, weights: Sequence[int], order: Sequence[int] | None) -> list[int]:
    if not total:
        return [0] * len(weights)
    whole = sum(weights)
    given = [total * weight // whole for weight in weights]
    # By how much of one more is due: the remainder of the division.
    by_rest = sorted(range(len(given)), key=lambda p: (-(total * weights[p] % whole), p))
    places = by_rest if order is None else order
    for place in places[: total - sum(given)]:
        given[place] += 1
    return given


def lasts(given_at: Sequence[float], per_day: float) -> float:
    """For how many days gold lasts somebody who meets so much a day (above 0), when each item may be given at a day of
    `given_at` (ascending, 0 is now): until the first moment at which one is due and none may be given."""
    for place, day in enumerate(given_at):
        if day > place / per_day:
            return place / per_day
    return len(given_at) / per_day
