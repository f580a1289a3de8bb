"""Annotators: claimed once by who holds the token, screened on evidence, paused, suspended, let go, erased for good."""

from datetime import timedelta

import pytest

from backend.domain.workforce.annotator import (
    ANNOTATOR,
    Activate,
    Annotator,
    Claim,
    Command,
    Erase,
    Event,
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
from backend.events.base import Secret
from backend.events.ids import KeyId, TeamId, VendorId
from tests.domain.facts import ADA, HIDDEN, KEY_A, LATER, NOON, uid
from tests.domain.gwt import Given, given

VENDOR, OTHER_VENDOR, TEAM = VendorId(uid(91)), VendorId(uid(92)), TeamId(uid(93))
KEY_B = KeyId("mk_b")
MUCH_LATER = LATER + timedelta(days=1)


def invite(*roles: str, origin: str = "staff", vendor: VendorId | None = None) -> Invite:
    return Invite(
        annotator=ADA,
        name=HIDDEN,
        email=HIDDEN,
        email_index=b"index",
        roles=roles,
        claim_key=KEY_A,
        claim_fingerprint=b"right",
        claim_until=LATER,
        origin=origin,
        vendor=vendor,
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
    origin="staff",
    vendor=None,
    team=None,
)
CLAIM = Claim(fingerprint=b"right", active=True, now=NOON)
CLAIM_TO_ONBOARD = Claim(fingerprint=b"right", active=False, now=NOON)
WRONG = Claim(fingerprint=b"wrong", active=True, now=NOON)
R, S, E = Secret(b"r"), Secret(b"s"), Secret(b"e")
SUSPEND, REINSTATE, ERASE, OFFBOARD = (
    Suspend(reason=S),
    Reinstate(reason=R),
    Erase(reason=E),
    Offboard(reason=S),
)
SUSPEND_VENDOR = Suspend(reason=S, vendor=VENDOR)
REINVITE = Reinvite(claim_key=KEY_B, claim_fingerprint=b"new", claim_until=MUCH_LATER)
PAUSE, RESUME = Pause(reason=S, until=LATER, now=NOON), Resume(reason=R)
SCREEN = Screen(checks=(), reason=None, now=NOON)
ACTIVATE = Activate(met=("approval",), missing=(), reason=None)


def check(name: str = "identity", passed: bool = True, evidence: bytes = b"seen") -> RecordCheck:
    return RecordCheck(check=name, passed=passed, evidence=Secret(evidence), until=LATER, now=NOON)


def invited() -> Given[Command, Annotator, Event]:
    return given(ANNOTATOR, INVITED)


def onboarding() -> Given[Command, Annotator, Event]:
    return invited().after(CLAIM_TO_ONBOARD)


def active() -> Given[Command, Annotator, Event]:
    return invited().after(CLAIM)


def test_a_person_is_invited_once() -> None:
    given(ANNOTATOR).when(invite("annotator")).then(INVITED)
    invited().when(invite("annotator")).then()


@pytest.mark.parametrize("roles", [(), ("tenant_admin",), ("annotator", "wizard")])
def test_a_person_is_invited_to_work_and_nothing_else(roles: tuple[str, ...]) -> None:
    given(ANNOTATOR).when(invite(*roles)).then_refused("role_unknown", "invalid")


def test_who_comes_from_a_vendor_names_it_and_nobody_else_does() -> None:
    new = given(ANNOTATOR)
    new.when(invite("annotator", origin="moon")).then_refused("origin_unknown", "invalid")
    new.when(invite("annotator", origin="vendor")).then_refused("vendor_mismatch", "invalid")
    new.when(invite("annotator", origin="crowd", vendor=VENDOR)).then_refused("vendor_mismatch", "invalid")
    assert new.when(invite("annotator", origin="vendor", vendor=VENDOR)).events


def test_the_claim_token_opens_the_invitation_until_its_last_moment() -> None:
    for now in (NOON, LATER):
        claim = Claim(fingerprint=b"right", active=True, now=now)
        invited().when(claim).then(ev.AnnotatorClaimed(annotator=ADA, active=True))
    late = Claim(fingerprint=b"right", active=True, now=LATER + timedelta(microseconds=1))
    invited().when(late).then_refused("claim_expired", "forbidden")


def test_a_wrong_token_is_refused_alike_wherever_it_is_shown() -> None:
    streams = (
        *(given(ANNOTATOR), invited(), active(), onboarding(), active().after(PAUSE)),
        *(active().after(SUSPEND), active().after(OFFBOARD), active().after(ERASE)),
    )
    for stream in streams:
        stream.when(WRONG).then_refused("claim_refused", "forbidden")


def test_a_wrong_token_after_the_deadline_does_not_learn_the_deadline() -> None:
    late = Claim(fingerprint=b"wrong", active=True, now=LATER + timedelta(days=1))
    invited().when(late).then_refused("claim_refused", "forbidden")


def test_a_token_is_used_once() -> None:
    for stream in (active(), onboarding(), active().after(PAUSE), active().after(SUSPEND)):
        stream.when(CLAIM).then_refused("claim_used", "conflict")
    active().after(SUSPEND, REINSTATE).when(CLAIM).then_refused("claim_used", "conflict")


def test_a_new_token_replaces_the_old_one_even_after_its_deadline() -> None:
    reinvited = invited().after(REINVITE)
    reinvited.when(CLAIM).then_refused("claim_refused", "forbidden")
    late = Claim(fingerprint=b"new", active=True, now=MUCH_LATER)
    reinvited.when(late).then(ev.AnnotatorClaimed(annotator=ADA, active=True))
    reinvited.when(REINVITE).then()


def test_who_left_comes_back_by_a_new_invitation_and_is_approved_anew() -> None:
    back = active().after(check(), SCREEN, OFFBOARD, REINVITE)
    back.when(CLAIM).then_refused("claim_refused")
    back.when(SCREEN).then(ev.AnnotatorScreened(annotator=ADA, checks=("identity",), reason=None))
    back.when(Claim(fingerprint=b"new", active=False, now=NOON)).then(
        ev.AnnotatorClaimed(annotator=ADA, active=False)
    )


def test_the_invitation_of_a_suspended_person_waits() -> None:
    stopped = invited().after(SUSPEND_VENDOR)
    stopped.when(CLAIM).then_refused("suspended", "forbidden")
    stopped.after(REINSTATE).when(CLAIM).then(ev.AnnotatorClaimed(annotator=ADA, active=True))


def test_an_approval_rests_on_passed_checks_and_names_them() -> None:
    asked = Screen(checks=("identity", "background"), reason=R, now=NOON)
    refusal = invited().after(check()).when(asked).then_refused("screening_incomplete", "conflict")
    assert refusal.extra == {"missing": ["background"], "failed": [], "expired": []}
    both = invited().after(check(), check("background"))
    both.when(asked).then(ev.AnnotatorScreened(annotator=ADA, checks=("background", "identity"), reason=R))
    both.after(asked).when(asked).then()


def test_a_failed_or_expired_check_stands_in_the_way_of_an_approval() -> None:
    failed = invited().after(check(passed=False)).when(SCREEN).then_refused("screening_incomplete")
    assert failed.extra["failed"] == ["identity"]
    asked = Screen(checks=("identity",), reason=None, now=LATER)
    expired = invited().after(check()).when(asked).then_refused("screening_incomplete")
    assert expired.extra["expired"] == ["identity"]
    again = check(evidence=b"better")
    invited().after(check(passed=False), again).when(SCREEN).then(
        ev.AnnotatorScreened(annotator=ADA, checks=("identity",), reason=None)
    )


def test_a_check_expires_once_and_only_when_its_time_is_over() -> None:
    checked = active().after(check())
    checked.when(ExpireCheck(check="identity", now=NOON)).then()
    over = ExpireCheck(check="identity", now=LATER)
    checked.when(over).then(ev.CheckExpired(annotator=ADA, check="identity"))
    checked.after(over).when(over).then()
    checked.after(check(passed=False)).when(over).then()


@pytest.mark.parametrize("kind", ["", "Identity", "a:b", "1st", "x" * 51])
def test_a_check_is_a_word_that_can_be_part_of_a_token(kind: str) -> None:
    invited().when(check(kind)).then_refused("kind_invalid", "invalid")


def test_a_check_that_has_ended_already_is_no_pass() -> None:
    late = RecordCheck(check="identity", passed=True, evidence=HIDDEN, until=NOON, now=NOON)
    invited().when(late).then_refused("until_past", "invalid")


def test_activation_is_refused_with_what_is_missing() -> None:
    lacking = Activate(met=(), missing=("approval", "check:identity"), reason=None)
    assert onboarding().when(lacking).then_refused("onboarding_incomplete").extra["missing"] == [
        "approval",
        "check:identity",
    ]
    assert invited().when(lacking).then_refused("onboarding_incomplete").extra["missing"][0] == "claim"
    done = ev.AnnotatorActivated(annotator=ADA, met=("approval",), reason=None)
    onboarding().when(ACTIVATE).then(done)
    onboarding().after(ACTIVATE).when(ACTIVATE).then()


def test_a_pause_can_be_prolonged_and_ends_once() -> None:
    active().when(PAUSE).then(ev.AnnotatorPaused(annotator=ADA, reason=S, until=LATER))
    active().after(PAUSE).when(PAUSE).then()
    longer = Pause(reason=R, until=None, now=NOON)
    active().after(PAUSE).when(longer).then(ev.AnnotatorPaused(annotator=ADA, reason=R, until=None))
    active().after(PAUSE).when(RESUME).then(ev.AnnotatorResumed(annotator=ADA, reason=R))
    active().after(PAUSE, RESUME).when(RESUME).then()
    active().when(Pause(reason=S, until=NOON, now=NOON)).then_refused("until_past", "invalid")


def test_a_suspension_lasts_until_it_is_ended() -> None:
    active().when(SUSPEND).then(ev.AnnotatorSuspended(annotator=ADA, reason=S, vendor=None))
    active().after(SUSPEND).when(SUSPEND).then()
    reinstated = ev.AnnotatorReinstated(annotator=ADA, reason=R, status="active")
    active().after(SUSPEND).when(REINSTATE).then(reinstated)
    active().after(SUSPEND, REINSTATE).when(REINSTATE).then()


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ((), "invited"),
        ((SCREEN,), "screened"),
        ((CLAIM_TO_ONBOARD,), "onboarding"),
        ((CLAIM,), "active"),
        ((CLAIM, PAUSE), "paused"),
    ],
)
def test_who_is_reinstated_stands_where_they_stood(before: tuple[Command, ...], status: str) -> None:
    stopped = invited().after(*before, SUSPEND)
    stopped.when(REINSTATE).then(ev.AnnotatorReinstated(annotator=ADA, reason=R, status=status))
    assert stopped.after(REINSTATE).state == invited().after(*before).state


def test_a_vendors_reinstatement_ends_only_the_suspension_that_came_with_it() -> None:
    with_vendor, back = active().after(SUSPEND_VENDOR), Reinstate(reason=R, vendor=VENDOR)
    assert with_vendor.when(back).events
    with_vendor.when(Reinstate(reason=R, vendor=OTHER_VENDOR)).then()
    active().after(SUSPEND).when(back).then()
    own_reason = ev.AnnotatorSuspended(annotator=ADA, reason=S, vendor=None)
    with_vendor.when(SUSPEND).then(own_reason)
    with_vendor.after(SUSPEND).when(back).then()


def test_a_move_is_recorded_once_and_keeps_where_the_person_stands() -> None:
    move = Move(origin="vendor", vendor=VENDOR, team=TEAM)
    active().when(move).then(ev.AnnotatorMoved(annotator=ADA, origin="vendor", vendor=VENDOR, team=TEAM))
    active().after(move).when(move).then()
    active().when(Move(origin="vendor", vendor=None, team=None)).then_refused("vendor_mismatch")
    stopped = active().after(SUSPEND, move, REINSTATE)
    assert stopped.state == active().after(move).state


@pytest.mark.parametrize(
    "before", [(), (SCREEN,), (CLAIM_TO_ONBOARD,), (CLAIM,), (CLAIM, PAUSE), (CLAIM, SUSPEND), (OFFBOARD,)]
)
def test_a_person_can_be_erased_at_any_time_and_once(before: tuple[Command, ...]) -> None:
    invited().after(*before).when(ERASE).then(ev.AnnotatorErased(annotator=ADA, reason=E))
    invited().after(*before, ERASE).when(ERASE).then()


FOLLOWING = [
    invite("annotator"),
    REINVITE,
    SUSPEND,
    REINSTATE,
    PAUSE,
    RESUME,
    SCREEN,
    ACTIVATE,
    OFFBOARD,
    check(),
]


@pytest.mark.parametrize("command", FOLLOWING, ids=lambda one: type(one).__name__)
def test_nothing_follows_an_erasure(command: Command) -> None:
    refusal = active().after(ERASE).when(command).then_refused("not_now", "conflict")
    assert refusal.extra == {"status": "erased"}


@pytest.mark.parametrize("command", [*FOLLOWING[1:], ERASE], ids=lambda one: type(one).__name__)
def test_who_was_never_invited_is_not_found(command: Command) -> None:
    given(ANNOTATOR).when(command).then_refused("not_found", "not_found")
