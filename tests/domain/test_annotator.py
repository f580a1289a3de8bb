"""Annotators: claimed once by who holds the token, suspended and reinstated, erased for good."""

from datetime import timedelta

import pytest

from backend.domain.workforce.annotator import (
    ANNOTATOR,
    Annotator,
    Claim,
    Command,
    Erase,
    Event,
    Invite,
    Reinstate,
    Suspend,
)
from backend.events import workforce as ev
from tests.domain.facts import ADA, HIDDEN, KEY_A, LATER, NOON
from tests.domain.gwt import Given, given


def invite(*roles: str) -> Invite:
    return Invite(
        annotator=ADA,
        name=HIDDEN,
        email=HIDDEN,
        email_index=b"index",
        roles=roles,
        claim_key=KEY_A,
        claim_fingerprint=b"right",
        claim_until=LATER,
    )


INVITED = ev.AnnotatorInvited(
    annotator=ADA,
    name=HIDDEN,
    email=HIDDEN,
    email_index=b"index",
    roles=("annotator",),
    claim_key=KEY_A,
    claim_fingerprint=b"right",
    claim_until=LATER,
)
CLAIM = Claim(fingerprint=b"right", now=NOON)
WRONG = Claim(fingerprint=b"wrong", now=NOON)
SUSPEND, REINSTATE, ERASE = Suspend(reason="s"), Reinstate(reason="r"), Erase(reason="e")


def invited() -> Given[Command, Annotator, Event]:
    return given(ANNOTATOR, INVITED)


def active() -> Given[Command, Annotator, Event]:
    return invited().after(CLAIM)


def test_a_person_is_invited_once() -> None:
    given(ANNOTATOR).when(invite("annotator")).then(INVITED)
    invited().when(invite("annotator")).then()


@pytest.mark.parametrize("roles", [(), ("tenant_admin",), ("annotator", "wizard")])
def test_a_person_is_invited_to_work_and_nothing_else(roles: tuple[str, ...]) -> None:
    given(ANNOTATOR).when(invite(*roles)).then_refused("role_unknown", "invalid")


def test_the_claim_token_opens_the_invitation_until_its_last_moment() -> None:
    for now in (NOON, LATER):
        invited().when(Claim(fingerprint=b"right", now=now)).then(ev.AnnotatorClaimed(annotator=ADA))
    late = Claim(fingerprint=b"right", now=LATER + timedelta(microseconds=1))
    invited().when(late).then_refused("claim_expired", "forbidden")


def test_a_wrong_token_is_refused_alike_wherever_it_is_shown() -> None:
    for stream in (given(ANNOTATOR), invited(), active(), active().after(SUSPEND), active().after(ERASE)):
        stream.when(WRONG).then_refused("claim_refused", "forbidden")


def test_a_wrong_token_after_the_deadline_does_not_learn_the_deadline() -> None:
    late = Claim(fingerprint=b"wrong", now=LATER + timedelta(days=1))
    invited().when(late).then_refused("claim_refused", "forbidden")


def test_a_token_is_used_once() -> None:
    active().when(CLAIM).then_refused("claim_used", "conflict")
    active().after(SUSPEND).when(CLAIM).then_refused("claim_used", "conflict")
    active().after(SUSPEND, REINSTATE).when(CLAIM).then_refused("claim_used", "conflict")


def test_a_suspension_lasts_until_it_is_ended() -> None:
    active().when(SUSPEND).then(ev.AnnotatorSuspended(annotator=ADA, reason="s"))
    active().after(SUSPEND).when(SUSPEND).then()
    active().after(SUSPEND).when(REINSTATE).then(ev.AnnotatorReinstated(annotator=ADA, reason="r"))
    active().after(SUSPEND, REINSTATE).when(REINSTATE).then()


@pytest.mark.parametrize("before", [(), (CLAIM,), (CLAIM, SUSPEND)])
def test_a_person_can_be_erased_at_any_time_and_once(before: tuple[Command, ...]) -> None:
    invited().after(*before).when(ERASE).then(ev.AnnotatorErased(annotator=ADA, reason="e"))
    invited().after(*before, ERASE).when(ERASE).then()


@pytest.mark.parametrize("command", [invite("annotator"), SUSPEND, REINSTATE])
def test_nothing_follows_an_erasure(command: Command) -> None:
    active().after(ERASE).when(command).then_refused("not_now", "conflict")


@pytest.mark.parametrize("command", [SUSPEND, REINSTATE, ERASE])
def test_who_was_never_invited_is_not_found(command: Command) -> None:
    given(ANNOTATOR).when(command).then_refused("not_found", "not_found")
