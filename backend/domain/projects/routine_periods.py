"""Periods of a routine: which one a moment lies in, and which follows; every version begins where a period ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.events.routines import RoutineSet, Rule


@dataclass(frozen=True, slots=True)
class Period:
    """From `begins` on and before `ends`, by the version of the rule that it began with."""

    begins: datetime
    ends: datetime
    version: int
    rule: Rule


def at_moment(versions: Sequence[RoutineSet], at: datetime) -> Period | None:
    """The period in which a moment lies; None before the first, and while the routine is off."""
    found = _in_force(versions, at)
    if found is None or not found.rule.every_days:
        return None
    length = timedelta(days=found.rule.every_days)
    begins = found.begins + (at - found.begins) // length * length
    return Period(begins, begins + length, found.version, found.rule)


def after(versions: Sequence[RoutineSet], at: datetime) -> Period | None:
    """The first period that begins at this moment, which is where another one ended, or later; None: none does."""
    here = at_moment(versions, at)
    if here is not None:
        return here
    later = sorted({one.begins for one in versions if one.begins > at})
    periods = (at_moment(versions, begins) for begins in later)
    return next((period for period in periods if period is not None), None)


def _in_force(versions: Sequence[RoutineSet], at: datetime) -> RoutineSet | None:
    """Of several that begin at once the one said last."""
    begun = [one for one in versions if one.begins <= at]
    return max(begun, key=lambda one: (one.begins, one.version), default=None)
