"""Staffing: for a while the people of a team or vendor give shares of their time to projects."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import queue as ev
from backend.events.ids import StaffingId
from backend.events.queue import Share

SHARES_MAX = 50
_HOLDER = re.compile(r"(team|vendor):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffed:
    """One staffing; `ended` before its time."""

    starts: datetime
    ends: datetime
    shares: tuple[Share, ...]
    ended: bool = False


Staffings: TypeAlias = Mapping[StaffingId, Staffed]
"""All that were ever set for one holder."""

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStaffing:
    """From `starts` to `ends` these shares; what of the time is not shared out goes to anything they may do."""

    staffing: StaffingId
    holder: str
    starts: datetime
    ends: datetime
    shares: tuple[Share, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStaffing:
    """Let it no longer count."""

    staffing: StaffingId


Command: TypeAlias = SetStaffing | EndStaffing
Event: TypeAlias = ev.StaffingSet | ev.StaffingEnded

# --- refusals


def _invalid(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid", "staffing_invalid", expected=expected, found=found, mend="send the staffing corrected"
    )


def _overlaps(other: StaffingId, known: Staffed) -> Refusal:
    return Refusal(
        "conflict",
        "staffing_overlaps",
        expected="one staffing of a team or vendor at a time",
        found=f"another from {known.starts.isoformat()} to {known.ends.isoformat()}",
        mend="end that one first, or choose another time",
        extra={"staffing": str(other)},
    )


def check(command: SetStaffing) -> None:
    """Refuse `staffing_invalid` (invalid) for what nobody could keep to."""
    if not _HOLDER.fullmatch(command.holder):
        raise _invalid("the token of a team or a vendor", repr(command.holder))
    if not command.starts < command.ends:
        raise _invalid("starts before ends", f"{command.starts.isoformat()} to {command.ends.isoformat()}")
    if command.ends <= command.now:
        raise _invalid("an end in the future", command.ends.isoformat())
    if not 1 <= len(command.shares) <= SHARES_MAX:
        raise _invalid(f"shares of 1..{SHARES_MAX} projects", f"{len(command.shares)}")
    if len({share.project for share in command.shares}) < len(command.shares):
        raise _invalid("each project once", "one twice")
    if any(share.ppm < 1 for share in command.shares):
        raise _invalid("shares above 0", "one of 0 or less")
    if (total := sum(share.ppm for share in command.shares)) > PPM:
        raise _invalid("shares that are together at most the whole", f"{total / PPM:.2%}")


# --- decide


def decide(command: Command, staffings: Staffings) -> Sequence[Event]:
    """Read as a table: command, what is known under this id, outcome."""
    match command, staffings.get(command.staffing):
        case SetStaffing(), None:
            check(command)
            _refuse_overlap(command, staffings)
            return [_set(command)]
        case SetStaffing(), Staffed(ended=False) as known if known == _staffed(_set(command)):
            return []
        case SetStaffing(), Staffed() as known:
            raise _overlaps(command.staffing, known)
        case EndStaffing(), Staffed(ended=ended):
            return [] if ended else [ev.StaffingEnded(staffing=command.staffing)]
        case _:
            raise not_found("a staffing")


def _refuse_overlap(command: SetStaffing, staffings: Staffings) -> None:
    for other, known in staffings.items():
        if not known.ended and known.starts < command.ends and command.starts < known.ends:
            raise _overlaps(other, known)


# --- evolve


def evolve(staffings: Staffings, event: Event) -> Staffings:
    """What is true after the event."""
    match event:
        case ev.StaffingSet():
            return MappingProxyType({**staffings, event.staffing: _staffed(event)})
        case ev.StaffingEnded():
            known = staffings.get(event.staffing)
            if known is None:
                return staffings
            return MappingProxyType({**staffings, event.staffing: replace(known, ended=True)})
        case _:
            assert_never(event)


# --- helpers


def _set(command: SetStaffing) -> ev.StaffingSet:
    return ev.StaffingSet(
        staffing=command.staffing,
        holder=command.holder,
        starts=command.starts,
        ends=command.ends,
        shares=tuple(sorted(command.shares, key=lambda share: share.project)),
    )


def _staffed(event: ev.StaffingSet) -> Staffed:
    return Staffed(starts=event.starts, ends=event.ends, shares=event.shares)


STAFFING: Decider[Command, Staffings, Event] = Decider(MappingProxyType({}), decide, evolve)
"""One stream per team or vendor, so that two staffings of one holder cannot be set past each other."""
