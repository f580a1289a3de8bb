"""An annotator: invited, screened, onboarding, active, paused, suspended, offboarded, erased."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.domain.workforce import refusals as no
from backend.domain.workforce.standing import (
    CLAIMED,
    ORIGINS,
    Active,
    Annotator,
    Check,
    Erased,
    Invited,
    Offboarded,
    Onboarding,
    OnFile,
    Paused,
    Place,
    Screened,
    Suspended,
    Unknown,
    file_of,
    standing,
    status_of,
    with_file,
)
from backend.domain.workforce.steps import (
    Activate,
    Claim,
    Command,
    Erase,
    ExpireCheck,
    Invite,
    Move,
    Offboard,
    Pause,
    RecordCheck,
    Reinstate,
    Reinvite,
    Resume,
    Screen,
    Suspend,
)
from backend.events import workforce as ev
from backend.events.ids import VendorId

__all__ = [
    "ANNOTATOR",
    "ROLES",
    "Activate",
    "Annotator",
    "Claim",
    "Command",
    "Erase",
    "Event",
    "ExpireCheck",
    "Invite",
    "Move",
    "Offboard",
    "Pause",
    "RecordCheck",
    "Reinstate",
    "Reinvite",
    "Resume",
    "Screen",
    "Suspend",
    "decide",
    "evolve",
]

ROLES = ("annotator", "reviewer", "expert")

Event: TypeAlias = (
    ev.AnnotatorInvited
    | ev.AnnotatorReinvited
    | ev.CheckRecorded
    | ev.CheckExpired
    | ev.AnnotatorScreened
    | ev.AnnotatorClaimed
    | ev.AnnotatorActivated
    | ev.AnnotatorPaused
    | ev.AnnotatorResumed
    | ev.AnnotatorSuspended
    | ev.AnnotatorReinstated
    | ev.AnnotatorOffboarded
    | ev.AnnotatorErased
    | ev.AnnotatorMoved
)

# --- decide


def decide(command: Command, annotator: Annotator) -> Sequence[Event]:
    """Three tables, one for each part of the way: coming in, working, leaving. What none of them lists is refused."""
    match command:
        case Invite() | Reinvite() | Claim() | RecordCheck() | ExpireCheck() | Screen() | Activate():
            return _coming(command, annotator)
        case Pause() | Resume() | Suspend() | Reinstate():
            return _working(command, annotator)
        case _:
            return _leaving(command, annotator)


def _coming(command: Command, annotator: Annotator) -> Sequence[Event]:
    """From the invitation to the first task."""
    match command, annotator:
        case Invite(), Unknown():
            return [_invited(command)]
        case Invite(), (Invited(file) | Screened(file)) if _same_invitation(command, file):
            return []
        case Reinvite(claim_fingerprint=new), (Invited(file) | Screened(file)) if (
            new == file.claim_fingerprint
        ):
            return []
        case Reinvite(), (Invited(file) | Screened(file) | Offboarded(file)):
            return [_reinvited(command, file)]

        case RecordCheck(), (Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended()):
            return _recorded(command, annotator.file)
        case ExpireCheck(), (
            Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended() | Offboarded()
        ):
            return _expired(command, annotator.file)
        case Screen(), (Invited(file) | Screened(file) | Onboarding(file) | Active(file) | Paused(file)):
            return _screened(command, file)

        case Claim(), (Unknown() | Offboarded() | Erased()):
            raise no.claim_refused()
        case Claim(fingerprint=shown), (
            Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended()
        ) if not hmac.compare_digest(shown, annotator.file.claim_fingerprint):
            raise no.claim_refused()
        case Claim(), (Onboarding() | Active() | Paused()):
            raise no.claim_used()
        case Claim(), Suspended(before=before):
            raise no.claim_used() if isinstance(before, CLAIMED) else no.claim_suspended()
        case Claim(now=now), (Invited(OnFile(claim_until=until)) | Screened(OnFile(claim_until=until))) if (
            until is not None and now > until
        ):
            raise no.claim_expired(until)
        case Claim(active=active), (Invited(file) | Screened(file)):
            return [ev.AnnotatorClaimed(annotator=file.annotator, active=active)]

        case Activate(missing=missing), (Invited() | Screened()):
            raise no.onboarding_incomplete(("claim", *missing))
        case Activate(missing=(_, *_) as missing), Onboarding():
            raise no.onboarding_incomplete(missing)
        case Activate(met=met, reason=reason), Onboarding(file):
            return [ev.AnnotatorActivated(annotator=file.annotator, met=met, reason=reason)]
        case Activate(), (Active() | Paused()):
            return []
        case _:
            raise _refused(command, annotator)


def _working(command: Command, annotator: Annotator) -> Sequence[Event]:
    """Work rests for a while, or is stopped; and goes on."""
    match command, annotator:
        case Pause(until=until, now=now), (Active() | Paused()) if until is not None and until <= now:
            raise no.until_past(until, now)
        case Pause(until=until), Paused(until=known) if until == known:
            return []
        case Pause(reason=reason, until=until), (Active(file) | Paused(file)):
            return [ev.AnnotatorPaused(annotator=file.annotator, reason=reason, until=until)]
        case Resume(reason=reason), Paused(file):
            return [ev.AnnotatorResumed(annotator=file.annotator, reason=reason)]
        case Resume(), Active():
            return []

        case Suspend(), (Invited() | Screened() | Onboarding() | Active() | Paused()):
            return [_suspended(command, annotator.file)]
        case Suspend(vendor=None), Suspended(vendor=vendor) if vendor is not None:
            return [_suspended(command, annotator.file)]
        case Suspend(), Suspended():
            return []
        case Reinstate(reason=reason, vendor=vendor), Suspended(before=before, vendor=why) if vendor in (
            None,
            why,
        ):
            who, status = before.file.annotator, status_of(before)
            return [ev.AnnotatorReinstated(annotator=who, reason=reason, status=status)]
        case Reinstate(), (Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended()):
            return []
        case _:
            raise _refused(command, annotator)


def _leaving(command: Command, annotator: Annotator) -> Sequence[Event]:
    """To another place, out of the house, or out of its memory."""
    match command, annotator:
        case Offboard(reason=reason), (
            Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended()
        ):
            return [ev.AnnotatorOffboarded(annotator=annotator.file.annotator, reason=reason)]
        case Offboard(), Offboarded():
            return []
        case Erase(reason=reason), (
            Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended() | Offboarded()
        ):
            return [ev.AnnotatorErased(annotator=annotator.file.annotator, reason=reason)]
        case Erase(), Erased():
            return []
        case Move(), (Invited() | Screened() | Onboarding() | Active() | Paused() | Suspended()):
            return _moved(command, annotator.file)
        case _:
            raise _refused(command, annotator)


def _refused(command: Command, annotator: Annotator) -> Refusal:
    """The last row of every table."""
    if isinstance(annotator, Unknown):
        return not_found("an annotator")
    return no.not_from(type(command).__name__, status_of(annotator))


# --- evolve


def evolve(annotator: Annotator, event: Event) -> Annotator:
    """What is true after the event."""
    file = file_of(annotator, event.annotator)
    match event:
        case ev.AnnotatorInvited():
            return Invited(_file(event))
        case ev.AnnotatorReinvited():
            return _after_reinvitation(annotator, file, event)
        case ev.CheckRecorded(passed=passed, evidence=evidence, until=until):
            result = Check(passed=passed, evidence=evidence, until=until)
            return with_file(annotator, file.with_check(event.check, result))
        case ev.CheckExpired(check=check):
            known = file.checks.get(check, Check(passed=True, evidence=None, until=None))
            return with_file(annotator, file.with_check(check, replace(known, expired=True)))
        case ev.AnnotatorScreened(checks=checks):
            approved = replace(file, approved=checks)
            return Screened(approved) if isinstance(annotator, Invited) else with_file(annotator, approved)
        case ev.AnnotatorClaimed(active=active):
            return Active(file) if active else Onboarding(file)
        case ev.AnnotatorActivated() | ev.AnnotatorResumed():
            return Active(file)
        case ev.AnnotatorPaused(until=until):
            return Paused(file, until)
        case ev.AnnotatorSuspended(vendor=vendor):
            return Suspended(_before(annotator, file), vendor)
        case ev.AnnotatorReinstated(status=status):
            return annotator.before if isinstance(annotator, Suspended) else standing(status, file)
        case ev.AnnotatorOffboarded():
            return Offboarded(file)
        case ev.AnnotatorErased(annotator=who):
            return Erased(who)
        case ev.AnnotatorMoved(origin=origin, vendor=vendor, team=team):
            place = Place(origin=origin, vendor=vendor, team=team)
            return with_file(annotator, replace(file, place=place))
        case _:
            assert_never(event)


# --- helpers


def _file(event: ev.AnnotatorInvited) -> OnFile:
    return OnFile(
        annotator=event.annotator,
        claim_fingerprint=event.claim_fingerprint,
        claim_until=event.claim_until,
        place=Place(origin=event.origin, vendor=event.vendor, team=event.team),
    )


def _after_reinvitation(annotator: Annotator, file: OnFile, event: ev.AnnotatorReinvited) -> Annotator:
    """Whoever comes back keeps their checks, each with its end, but is approved anew."""
    new = replace(file, claim_fingerprint=event.claim_fingerprint, claim_until=event.claim_until)
    if isinstance(annotator, Invited | Screened):
        return replace(annotator, file=new)
    return Invited(replace(new, approved=None))


def _before(annotator: Annotator, file: OnFile) -> Invited | Screened | Onboarding | Active | Paused:
    if isinstance(annotator, Suspended):
        return annotator.before
    if isinstance(annotator, Invited | Screened | Onboarding | Active | Paused):
        return annotator
    return Active(file)


def _same_invitation(command: Invite, file: OnFile) -> bool:
    return (command.annotator, command.claim_fingerprint) == (file.annotator, file.claim_fingerprint)


def _invited(command: Invite) -> ev.AnnotatorInvited:
    for role in command.roles or ("",):
        one_of("role_unknown", "roles", role, ROLES)
    _possible(command.origin, command.vendor)
    return ev.AnnotatorInvited(
        annotator=command.annotator,
        name=command.name,
        email=command.email,
        email_index=command.email_index,
        roles=command.roles,
        claim_key=command.claim_key,
        claim_fingerprint=command.claim_fingerprint,
        claim_until=command.claim_until,
        origin=command.origin,
        vendor=command.vendor,
        team=command.team,
    )


def _reinvited(command: Reinvite, file: OnFile) -> ev.AnnotatorReinvited:
    return ev.AnnotatorReinvited(
        annotator=file.annotator,
        claim_key=command.claim_key,
        claim_fingerprint=command.claim_fingerprint,
        claim_until=command.claim_until,
    )


def _recorded(command: RecordCheck, file: OnFile) -> Sequence[ev.CheckRecorded]:
    no.kind_word(command.check)
    if command.passed and command.until is not None and command.until <= command.now:
        raise no.until_past(command.until, command.now)
    result = Check(passed=command.passed, evidence=command.evidence, until=command.until)
    if file.checks.get(command.check) == result:
        return []
    return [
        ev.CheckRecorded(
            annotator=file.annotator,
            check=command.check,
            passed=command.passed,
            evidence=command.evidence,
            until=command.until,
        )
    ]


def _expired(command: ExpireCheck, file: OnFile) -> Sequence[ev.CheckExpired]:
    """A check that was failed, renewed or expired meanwhile needs no end any more."""
    known = file.checks.get(command.check)
    if known is None or not known.passed or known.expired or known.counts(command.now):
        return []
    return [ev.CheckExpired(annotator=file.annotator, check=command.check)]


def _screened(command: Screen, file: OnFile) -> Sequence[ev.AnnotatorScreened]:
    passed = file.passed(command.now)
    asked = {*command.checks, *file.failed}
    if lacking := sorted(asked - set(passed)):
        raise no.screening_incomplete(
            missing=[name for name in lacking if name not in file.checks],
            failed=[name for name in lacking if name in file.failed],
            expired=[name for name in lacking if name in file.checks and name not in file.failed],
        )
    if file.approved == passed:
        return []
    return [ev.AnnotatorScreened(annotator=file.annotator, checks=passed, reason=command.reason)]


def _suspended(command: Suspend, file: OnFile) -> ev.AnnotatorSuspended:
    rule = command.because
    return ev.AnnotatorSuspended(
        annotator=file.annotator,
        reason=command.reason,
        vendor=command.vendor,
        code=rule.code if rule else None,
        skill=rule.skill if rule else None,
        basis_index=rule.basis_index if rule else None,
    )


def _moved(command: Move, file: OnFile) -> Sequence[ev.AnnotatorMoved]:
    _possible(command.origin, command.vendor)
    place = Place(origin=command.origin, vendor=command.vendor, team=command.team)
    if place == file.place:
        return []
    return [
        ev.AnnotatorMoved(annotator=file.annotator, origin=place.origin, vendor=place.vendor, team=place.team)
    ]


def _possible(origin: str, vendor: VendorId | None) -> None:
    one_of("origin_unknown", "origin", origin, ORIGINS)
    if (origin == "vendor") != (vendor is not None):
        raise no.vendor_mismatch(origin, vendor is not None)


ANNOTATOR: Decider[Command, Annotator, Event] = Decider(Unknown(), decide, evolve)
"""One stream per person; its id is the person's."""
