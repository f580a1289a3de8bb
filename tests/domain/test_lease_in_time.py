"""A lease in time: opened, put aside, taken up again, over; and handed on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.tasks.lease import (
    LEASE,
    Command,
    Ended,
    Event,
    Expire,
    Held,
    Lease,
    Revoke,
    Submitted,
)
from backend.events import leases as ev
from tests.domain.facts import (
    ADA,
    BEN,
    LATER,
    LEASE_A,
    LEASE_B,
    NOON,
)
from tests.domain.gwt import Given, given
from tests.domain.leases import (
    AFTER,
    EXPIRE,
    HARD,
    MINUTE,
    PAUSE,
    REASSIGN,
    RESUME,
    START,
    WHY,
    claim,
    claimed,
    limited,
    prefetched,
    submit,
    submitted,
)

# --- opening


def test_what_was_prefetched_is_opened_once_and_its_limit_begins_then() -> None:
    opened = ev.LeaseStarted(lease=LEASE_A, hard_until=NOON + 15 * MINUTE)
    prefetched().when(START).then(opened)
    prefetched().after(START).when(replace(START, now=LATER)).then()
    claimed().when(START).then()


def test_what_has_no_limit_is_opened_without_one() -> None:
    prefetched(hard_until=None).when(START).then(ev.LeaseStarted(lease=LEASE_A, hard_until=None))


def test_an_answer_opens_what_was_not_opened() -> None:
    prefetched().when(submit()).then(ev.LeaseStarted(lease=LEASE_A, hard_until=HARD), submitted())


def test_what_was_not_opened_in_time_goes_back_without_being_held_against_anybody() -> None:
    prefetched().when(Expire(now=LATER - timedelta(microseconds=1))).then()
    prefetched().when(EXPIRE).then(ev.LeaseReturned(lease=LEASE_A, start_by=LATER))
    prefetched().after(EXPIRE).when(EXPIRE).then()
    prefetched().after(EXPIRE).when(START).then_refused("lease_lost", "conflict")


def test_what_was_opened_is_not_returned() -> None:
    opened = prefetched().after(START)
    opened.when(Expire(now=LATER, until=LATER + MINUTE)).then()
    opened.when(Expire(now=LATER + MINUTE, until=LATER + MINUTE)).then(
        ev.LeaseAbandoned(lease=LEASE_A, until=LATER + MINUTE, cause="silent")
    )


# --- time


def test_a_sign_of_life_prolongs_a_lease_up_to_its_hard_limit() -> None:
    alive = LATER + 4 * MINUTE
    limited().when(Expire(now=LATER, until=alive)).then()
    limited().when(Expire(now=alive, until=alive)).then(
        ev.LeaseAbandoned(lease=LEASE_A, until=alive, cause="silent")
    )


def test_what_takes_too_long_ends_whatever_its_heartbeats_say() -> None:
    limited().when(Expire(now=HARD - timedelta(microseconds=1), until=HARD)).then()
    limited().when(Expire(now=HARD, until=HARD)).then(
        ev.LeaseAbandoned(lease=LEASE_A, until=HARD, cause="too_long")
    )
    limited().when(Expire(now=HARD, until=HARD + MINUTE)).then(
        ev.LeaseAbandoned(lease=LEASE_A, until=HARD, cause="too_long")
    )


# --- pausing


def test_a_lease_is_put_aside_and_taken_up_again() -> None:
    limited().when(PAUSE).then(ev.LeasePaused(lease=LEASE_A, at=NOON, until=AFTER))
    paused = limited().after(PAUSE)
    paused.when(PAUSE).then()
    resumed = ev.LeaseResumed(lease=LEASE_A, until=NOON + 15 * MINUTE, hard_until=HARD + 10 * MINUTE)
    paused.when(RESUME).then(resumed)
    paused.after(RESUME).when(RESUME).then()
    claimed().when(RESUME).then()


def test_a_resumed_lease_never_runs_beyond_its_limit() -> None:
    tight = given(LEASE).after(claim(hard_until=LATER), PAUSE)
    tight.when(replace(RESUME, lease_seconds=3_600)).then(
        ev.LeaseResumed(lease=LEASE_A, until=LATER + 10 * MINUTE, hard_until=LATER + 10 * MINUTE)
    )


def test_the_limit_moves_by_every_pause() -> None:
    twice = limited().after(
        PAUSE,
        RESUME,
        replace(PAUSE, now=NOON + 12 * MINUTE),
        replace(RESUME, now=NOON + 15 * MINUTE),
    )
    assert isinstance(twice.state, Held) and twice.state.hard_until == HARD + 13 * MINUTE


def test_a_pause_ends_neither_silently_nor_at_the_hard_limit() -> None:
    paused = limited().after(PAUSE)
    paused.when(Expire(now=AFTER - timedelta(microseconds=1), until=AFTER)).then()


def test_what_lay_aside_for_too_long_is_given_back() -> None:
    limited().after(PAUSE).when(Expire(now=AFTER, until=AFTER)).then(
        ev.LeaseReleased(lease=LEASE_A, reason=None, code="pause_limit")
    )


def test_what_lay_aside_may_be_answered() -> None:
    limited().after(PAUSE).when(submit()).then(submitted())


def test_only_what_was_opened_is_put_aside() -> None:
    for command in (PAUSE, RESUME):
        refusal = prefetched().when(command).then_refused("lease_not_started", "conflict")
        assert refusal.extra == {"lease": str(LEASE_A)}


def test_what_lies_aside_is_resumed_and_not_started() -> None:
    limited().after(PAUSE).when(START).then_refused("lease_paused", "conflict")


# --- handing on


@pytest.mark.parametrize("held", [claimed(), prefetched(), limited().after(PAUSE)])
@pytest.mark.parametrize("delegated", [True, False])
def test_a_lease_is_handed_on_however_it_is_held(held: Given[Command, Lease, Event], delegated: bool) -> None:
    handed = ev.LeaseReassigned(
        lease=LEASE_A, to=BEN, next=LEASE_B, keep_draft=True, delegated=delegated, reason=WHY
    )
    held.when(replace(REASSIGN, delegated=delegated)).then(handed)


def test_a_lease_is_not_handed_to_its_holder() -> None:
    claimed().when(replace(REASSIGN, to=ADA)).then_refused("already_yours", "conflict")


def test_a_lease_is_handed_on_once() -> None:
    handed = claimed().after(REASSIGN)
    assert handed.state == Ended(lease=LEASE_A, annotator=ADA, gold=None, how="reassigned", next=LEASE_B)
    handed.when(replace(REASSIGN, next=LEASE_A)).then_refused("lease_lost", "conflict")


def test_nobody_hands_on_what_was_never_claimed() -> None:
    given(LEASE).when(REASSIGN).then_refused("not_now")


def test_a_manager_takes_a_lease_away_and_says_why() -> None:
    prefetched().when(Revoke(reason="manager", note=WHY)).then(
        ev.LeaseRevoked(lease=LEASE_A, reason="manager", note=WHY)
    )


def test_facts_that_come_late_to_an_ended_lease_change_nothing() -> None:
    ended = claimed().after(submit())
    assert isinstance(ended.state, Submitted)
    for fact in (
        ev.LeaseStarted(lease=LEASE_A, hard_until=None),
        ev.LeasePaused(lease=LEASE_A, at=NOON, until=LATER),
        ev.LeaseResumed(lease=LEASE_A, until=LATER, hard_until=None),
    ):
        assert LEASE.evolve(ended.state, fact) == ended.state
