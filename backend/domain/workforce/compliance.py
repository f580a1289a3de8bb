"""A compliance record: evidence that a vendor with all its people, or one person, complies with a standard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.domain.workforce.refusals import kind_word, until_past
from backend.events import vendors as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ComplianceId, VendorId

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such record yet."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The record counts, at the longest until its end."""

    recorded: ev.ComplianceRecorded


@dataclass(frozen=True, slots=True)
class Ended:
    """The record does not count any more."""

    recorded: ev.ComplianceRecorded


Compliance: TypeAlias = Unknown | InForce | Ended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCompliance:
    """Record evidence for a vendor or for one person; it counts until `until`."""

    record: ComplianceId
    kind: str
    vendor: VendorId | None
    annotator: AnnotatorId | None
    evidence: Secret
    until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCompliance:
    """The record does not count any more, and why."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireCompliance:
    """The record's time is over."""

    now: datetime


Command: TypeAlias = RecordCompliance | WithdrawCompliance | ExpireCompliance
Event: TypeAlias = ev.ComplianceRecorded | ev.ComplianceEnded

# --- decide


def decide(command: Command, record: Compliance) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, record:
        case RecordCompliance(), Unknown():
            return [_recorded(command)]
        case RecordCompliance(), (InForce(known) | Ended(known)) if known == _as_event(command):
            return []
        case WithdrawCompliance(reason=reason), InForce(known):
            return [_ended(known, reason)]
        case ExpireCompliance(now=now), InForce(known) if known.until is not None and known.until <= now:
            return [_ended(known, None)]
        case ((WithdrawCompliance() | ExpireCompliance()), Ended()):
            return []
        case _, Unknown():
            raise not_found("a compliance record")
        case _:
            raise not_now(command, record)


# --- evolve


def evolve(record: Compliance, event: Event) -> Compliance:
    """What is true after the event."""
    match event:
        case ev.ComplianceRecorded():
            return InForce(event)
        case ev.ComplianceEnded():
            return record if isinstance(record, Unknown) else Ended(record.recorded)
        case _:
            assert_never(event)


# --- helpers


def _recorded(command: RecordCompliance) -> ev.ComplianceRecorded:
    kind_word(command.kind)
    if (command.vendor is None) == (command.annotator is None):
        found = "neither" if command.vendor is None else "both"
        raise Refusal(
            "invalid",
            "compliance_subject",
            expected="either a vendor or an annotator",
            found=found,
            mend="send the id of the one whom the evidence is about",
        )
    if command.until is not None and command.until <= command.now:
        raise until_past(command.until, command.now)
    return _as_event(command)


def _as_event(command: RecordCompliance) -> ev.ComplianceRecorded:
    return ev.ComplianceRecorded(
        record=command.record,
        kind=command.kind,
        vendor=command.vendor,
        annotator=command.annotator,
        evidence=command.evidence,
        until=command.until,
    )


def _ended(known: ev.ComplianceRecorded, reason: Secret | None) -> ev.ComplianceEnded:
    return ev.ComplianceEnded(
        record=known.record, kind=known.kind, vendor=known.vendor, annotator=known.annotator, reason=reason
    )


COMPLIANCE: Decider[Command, Compliance, Event] = Decider(Unknown(), decide, evolve)
"""One stream per record."""
