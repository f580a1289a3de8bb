"""What a continuous sampling plan costs and promises: reviewed share, outgoing error, and its worst case."""

import math
from dataclasses import replace

from backend.statistics.csp import Plan

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_CLOSE = 1e-9
_CLEARANCE_MAX = 1 << 20


def afi(plan: Plan, error: float) -> float:
    """The average fraction inspected when each item is wrong with probability `error`, in f..1.

    CSP-1: f / (f + (1-f) q^i), q = 1 - p (Dodge 1943). CSP-2: (u + f v) / (u + v) with u = (1-q^i) / (p q^i) items per
    screening and v = (2-q^k) / (f p (1-q^k)) per sampling (Dodge and Torrey 1951), both times p q^i (1-q^k) here so
    that nothing is divided by 0. ValueError where `error` is not in 0..1.
    """
    if not 0.0 <= error <= 1.0:
        raise ValueError(f"expected an error share in 0..1, found {error}")
    good, f = 1.0 - error, plan.rate
    cleared = good**plan.clearance
    if not plan.grace:
        return f / (f + (1.0 - f) * cleared)
    quiet = good**plan.grace
    screening = (1.0 - cleared) * (1.0 - quiet)
    sampling = cleared * (2.0 - quiet) / f
    return (screening + f * sampling) / (screening + sampling)


def aoq(plan: Plan, error: float, detection: float = 1.0) -> float:
    """The average outgoing error where found errors are mended: p (1 - AFI delta).

    A reviewer who finds only a share `detection` of the errors lets the rest through (to first order: his misses also
    end a screening too early, so that below 1 this is slightly too kind).
    """
    return error * (1.0 - afi(plan, error) * detection)


def aoql(plan: Plan) -> tuple[float, float]:
    """The largest AOQ over all error shares, and the share it is reached at (golden section; AOQ has one peak).

    For CSP-1 both are tied by AOQL = ((i+1) p - 1) / i.
    """
    low, high = 0.0, 1.0
    while high - low > _CLOSE:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        # Far right both are 0 where q^i underflows: then the peak lies to the left.
        low, high = (left, high) if aoq(plan, left) < aoq(plan, right) else (low, right)
    worst = (low + high) / 2.0
    return aoq(plan, worst), worst


def smallest_clearance(limit: float, rate: float, two_errors: bool = False) -> int:
    """The smallest i whose AOQL is at most `limit` when sampling `rate` (k = i for CSP-2, `two_errors`).

    ValueError where the limit is not in (0, 1), or no i up to 2^20 keeps it.
    """
    if not 0.0 < limit < 1.0:
        raise ValueError(f"expected a limit of the outgoing error in 0..1 (exclusive), found {limit}")

    def keeps(i: int) -> bool:
        plan = Plan(i, rate)
        return aoql(replace(plan, grace=i) if two_errors else plan)[0] <= limit

    high = 1
    while not keeps(high):
        high *= 2
        if high > _CLEARANCE_MAX:
            raise ValueError(f"expected a limit some i up to {_CLEARANCE_MAX} keeps, found {limit}")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high
