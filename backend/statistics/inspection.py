"""From the numbers of a quality plan to the inspection they ask for: by risk, continuous, or lot by lot."""

from dataclasses import dataclass
from functools import lru_cache

from backend.statistics import csp, risk
from backend.statistics.csp_guarantee import smallest_clearance
from backend.statistics.iso2859 import Severity
from backend.statistics.iso2859_plans import AQLS, plan_for
from backend.statistics.sampling import AUDIT_FLOOR

TARGET_MAX = 0.999_999
"""A target of 1 asks for nothing; as an outgoing error it must lie below 1."""


def mode_of(mode: str, target: float) -> str:
    """The mode itself; for `auto` risk where an outgoing error is asked (target above 0), otherwise fixed."""
    return ("risk" if target > 0.0 else "fixed") if mode == "auto" else mode


@lru_cache(maxsize=1_024)
def risk_policy(target: float, first: int, floor: float) -> risk.Policy | None:
    """The controller's policy for an outgoing error of `target`; None where none is asked. Shares in 0..1."""
    if target <= 0.0:
        return None
    return risk.Policy(target=min(target, TARGET_MAX), first=first, floor=_share(floor))


@lru_cache(maxsize=1_024)
def continuous_plan(two_errors: bool, clearance: int, floor: float, target: float) -> csp.Plan | None:
    """CSP-1 or, with `two_errors`, CSP-2 (k = i), sampling `floor`; i is `clearance`, or with 0 the smallest whose
    worst outgoing error (AOQL) is at most `target`. None where no such i exists or nothing is asked."""
    rate = _share(floor)
    if not clearance:
        try:
            clearance = smallest_clearance(min(target, TARGET_MAX), rate, two_errors)
        except ValueError:
            return None
    return csp.Plan(clearance, rate, clearance if two_errors else 0)


@dataclass(frozen=True, slots=True)
class LotPlan:
    """So many of a lot's items are inspected, accepted with at most `acceptance` wrong; `tighter`: with at most so many
    it would pass at the AQL one step tighter, too (-1: never, because more would have been inspected)."""

    size: int
    acceptance: int
    tighter: int


@lru_cache(maxsize=1_024)
def lot_plan(lot: int, target: float, severity: Severity) -> LotPlan | None:
    """How a lot of `lot` items is inspected: the standard's AQL next below `target` (0..1), or its smallest. None while
    inspection is discontinued: everything is looked at. ValueError for a lot below 2."""
    if severity is Severity.DISCONTINUED:
        return None
    place = max((n for n, aql in enumerate(AQLS) if aql <= target * 100.0), default=0)
    plan = plan_for(lot, AQLS[place], severity)
    tighter = plan_for(lot, AQLS[max(0, place - 1)], severity)
    return LotPlan(plan.size, plan.acceptance, tighter.acceptance if tighter.size <= plan.size else -1)


def _share(floor: float) -> float:
    return min(1.0, max(AUDIT_FLOOR, floor))
