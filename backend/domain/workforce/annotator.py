"""An annotator: invited, active, suspended, erased."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import workforce as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, KeyId

ROLES = ("annotator", "reviewer", "expert")

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody was invited under this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Waiting for the person to claim the invitation."""

    annotator: AnnotatorId
    claim_fingerprint: bytes
    claim_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """May work; the fingerprint of the used claim token is remembered to know it again."""

    annotator: AnnotatorId
    claim_fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Gets no new work until reinstated."""

    annotator: AnnotatorId
    claim_fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The person's data can no longer be read; nothing follows."""

    annotator: AnnotatorId


Annotator: TypeAlias = Unknown | Invited | Active | Suspended | Erased

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Invite a person; name and e-mail are ciphertext already."""

    annotator: AnnotatorId
    name: Secret
    email: Secret
    email_index: bytes
    roles: tuple[str, ...]
    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The person shows the claim token, as its fingerprint."""

    fingerprint: bytes
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Stop new work of an active person."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstate:
    """End the suspension."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Destroy the person's data key (the use case does) and record it."""

    reason: Secret


Command: TypeAlias = Invite | Claim | Suspend | Reinstate | Erase
Event: TypeAlias = (
    ev.AnnotatorInvited
    | ev.AnnotatorClaimed
    | ev.AnnotatorSuspended
    | ev.AnnotatorReinstated
    | ev.AnnotatorErased
)

# --- refusals


def claim_refused() -> Refusal:
    """`claim_refused`: one answer for a wrong token and for nobody to claim, so that neither can be told apart."""
    return Refusal(
        "forbidden",
        "claim_refused",
        expected="the claim token of an open invitation",
        found="another token",
        mend="copy the token from the invitation, or ask for a new one",
    )


def claim_expired(until: datetime) -> Refusal:
    """`claim_expired`: the invitation is too old."""
    return Refusal(
        "forbidden",
        "claim_expired",
        expected=f"a claim until {until.isoformat()}",
        found="a later one",
        mend="ask for a new invitation",
    )


def claim_used() -> Refusal:
    """`claim_used`: the token was exchanged before; if not by the person, somebody else has it."""
    return Refusal(
        "conflict",
        "claim_used",
        expected="a claim token that was not used",
        found="one that was",
        mend="use the credentials from then; if it was not you, tell a manager at once",
    )


# --- decide


def decide(command: Command, annotator: Annotator) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, annotator:
        case Invite(), Unknown():
            return [_invited(command)]
        case Invite(annotator=asked, claim_fingerprint=sent), Invited(
            annotator=known, claim_fingerprint=had
        ) if (
            asked,
            sent,
        ) == (known, had):
            return []

        case Claim(fingerprint=shown), (Invited() | Active() | Suspended()) if not hmac.compare_digest(
            shown, annotator.claim_fingerprint
        ):
            raise claim_refused()
        case Claim(now=now), Invited(claim_until=until) if now > until:
            raise claim_expired(until)
        case Claim(), Invited(annotator=who):
            return [ev.AnnotatorClaimed(annotator=who)]
        case Claim(), (Active() | Suspended()):
            raise claim_used()
        case Claim(), (Unknown() | Erased()):
            raise claim_refused()

        case Suspend(reason=reason), Active(annotator=who):
            return [ev.AnnotatorSuspended(annotator=who, reason=reason)]
        case Suspend(), Suspended():
            return []
        case Reinstate(reason=reason), Suspended(annotator=who):
            return [ev.AnnotatorReinstated(annotator=who, reason=reason)]
        case Reinstate(), Active():
            return []

        case Erase(reason=reason), (
            Invited(annotator=who) | Active(annotator=who) | Suspended(annotator=who)
        ):
            return [ev.AnnotatorErased(annotator=who, reason=reason)]
        case Erase(), Erased():
            return []
        case ((Suspend() | Reinstate() | Erase()), Unknown()):
            raise not_found("an annotator")
        case _:
            raise not_now(command, annotator)


# --- evolve


def evolve(annotator: Annotator, event: Event) -> Annotator:
    """What is true after the event."""
    match event:
        case ev.AnnotatorInvited():
            return Invited(
                annotator=event.annotator,
                claim_fingerprint=event.claim_fingerprint,
                claim_until=event.claim_until,
            )
        case ev.AnnotatorClaimed() | ev.AnnotatorReinstated():
            return Active(annotator=event.annotator, claim_fingerprint=_fingerprint(annotator))
        case ev.AnnotatorSuspended():
            return Suspended(annotator=event.annotator, claim_fingerprint=_fingerprint(annotator))
        case ev.AnnotatorErased():
            return Erased(annotator=event.annotator)
        case _:
            assert_never(event)


# --- helpers


def _fingerprint(annotator: Annotator) -> bytes:
    return annotator.claim_fingerprint if isinstance(annotator, Invited | Active | Suspended) else b""


def _invited(command: Invite) -> ev.AnnotatorInvited:
    for role in command.roles or ("",):
        one_of("role_unknown", "roles", role, ROLES)
    return ev.AnnotatorInvited(
        annotator=command.annotator,
        name=command.name,
        email=command.email,
        email_index=command.email_index,
        roles=command.roles,
        claim_key=command.claim_key,
        claim_fingerprint=command.claim_fingerprint,
        claim_until=command.claim_until,
    )


ANNOTATOR: Decider[Command, Annotator, Event] = Decider(Unknown(), decide, evolve)
"""One stream per person; its id is the person's."""
