"""Leases: who holds a slot, what counts, and that nothing sent is dropped."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.lease import (
    LEASE,
    ClaimSlot,
    Command,
    Ended,
    Escalate,
    Event,
    Expire,
    Held,
    Lease,
    Pause,
    Reassign,
    Release,
    Resume,
    Revoke,
    ScoreGold,
    Skip,
    Start,
    Submit,
    Submitted,
    outcome,
)
from backend.events import leases as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, GoldId, LateAnswerId
from tests.domain.facts import (
    ADA,
    BEN,
    GOLD_A,
    HIDDEN,
    ITEM_A,
    LANE_A,
    LATE_1,
    LATE_2,
    LATER,
    LEASE_A,
    LEASE_B,
    NOON,
    PROJECT_A,
    SKILL_A,
    TASK_A,
)
from tests.domain.gwt import Given, given


def claim(gold: GoldId | None = None, *, hard_until: datetime | None = None) -> ClaimSlot:
    return ClaimSlot(
        lease=LEASE_A,
        annotator=ADA,
        project=PROJECT_A,
        lane=LANE_A,
        stage="annotate",
        step="annotate",
        task=TASK_A,
        item=ITEM_A,
        slot=1,
        ord=7,
        gold=gold,
        guideline_version=2,
        until=LATER,
        why="oldest",
        hard_until=hard_until,
    )


def submit(
    sha: str = "a",
    *,
    who: AnnotatorId = ADA,
    slot_open: bool = False,
    allowed: bool = True,
    late: LateAnswerId = LATE_1,
) -> Submit:
    return Submit(
        annotator=who,
        answer=HIDDEN,
        answer_class="cat",
        answer_token=sha,
        client_seconds=9,
        slot_open=slot_open,
        allowed=allowed,
        late_answer=late,
    )


def submitted(sha: str = "a", *, reclaimed: bool = False) -> ev.LeaseSubmitted:
    return ev.LeaseSubmitted(
        lease=LEASE_A,
        answer=HIDDEN,
        answer_class="cat",
        answer_token=sha,
        client_seconds=9,
        reclaimed=reclaimed,
    )


def kept(sha: str, late: LateAnswerId = LATE_1) -> ev.LateAnswerKept:
    return ev.LateAnswerKept(lease=LEASE_A, late_answer=late, annotator=ADA, answer=HIDDEN, answer_token=sha)


def claimed(gold: GoldId | None = None) -> Given[Command, Lease, Event]:
    return given(LEASE).after(claim(gold))


WHY = Secret(b"why")
RELEASE = Release(annotator=ADA, reason=WHY, code="no_time")
SKIP = Skip(annotator=ADA, reason=WHY, code="too_hard", returns=False, counts=True)
ESCALATE = Escalate(annotator=ADA, reason=WHY, note=Secret(b"corner"))
EXPIRE = Expire(now=LATER)
REVOKE = Revoke(reason="suspended")
SCORE = ScoreGold(skill=SKILL_A, correct=True, truth_class="cat", answer_class="cat")
REASSIGN = Reassign(to=BEN, next=LEASE_B, keep_draft=True, delegated=False, reason=WHY)

MINUTE = timedelta(minutes=1)
HARD = LATER + 15 * MINUTE
AFTER = LATER + 2 * 60 * MINUTE
START = Start(annotator=ADA, now=NOON)
PAUSE = Pause(annotator=ADA, now=NOON, until=AFTER)
RESUME = Resume(annotator=ADA, now=NOON + 10 * MINUTE, lease_seconds=300)


def limited() -> Given[Command, Lease, Event]:
    """Opened at once, to be ended at HARD."""
    return given(LEASE).after(claim(hard_until=HARD))


def prefetched(*, hard_until: datetime | None = HARD) -> Given[Command, Lease, Event]:
    """Not opened, to be opened by LATER; then there are fifteen minutes."""
    asked = claim(hard_until=hard_until)
    return given(LEASE).after(replace(asked, opened=False, start_by=LATER))


def test_a_slot_is_claimed_once() -> None:
    event = ev.LeaseClaimed(
        lease=LEASE_A,
        annotator=ADA,
        project=PROJECT_A,
        lane=LANE_A,
        stage="annotate",
        step="annotate",
        task=TASK_A,
        item=ITEM_A,
        slot=1,
        ord=7,
        gold=None,
        guideline_version=2,
        until=LATER,
        why="oldest",
        generation=1,
        ring=0,
        priority=2,
        group=None,
        assigned=False,
        again=False,
        opened=True,
        start_by=None,
        hard_until=None,
    )
    given(LEASE).when(claim()).then(event)
    given(LEASE, event).when(claim()).then()


def test_an_answer_under_a_held_lease_counts() -> None:
    claimed().when(submit()).then(submitted())


def test_an_answer_after_the_deadline_counts_while_nobody_took_the_lease_away() -> None:
    claimed().when(submit(slot_open=False, allowed=False)).then(submitted())


def test_the_same_answer_again_is_nothing_new() -> None:
    claimed().after(submit()).when(submit(late=LATE_2)).then()


def test_another_answer_to_a_submitted_lease_is_kept_and_does_not_count() -> None:
    claimed().after(submit("a")).when(submit("b")).then(kept("b"))
    claimed().after(submit("a"), submit("b")).when(submit("b", late=LATE_2)).then()


def test_what_came_back_unopened_is_taken_back_while_its_slot_is_open() -> None:
    returned = prefetched().after(EXPIRE)
    returned.when(submit(slot_open=True)).then(submitted(reclaimed=True))
    returned.when(submit(slot_open=False)).then(kept("a"))


@pytest.mark.parametrize("end", [RELEASE, EXPIRE], ids=["released", "abandoned"])
def test_an_ended_lease_is_taken_back_while_its_slot_is_open(end: Command) -> None:
    claimed().after(end).when(submit(slot_open=True)).then(submitted(reclaimed=True))


@pytest.mark.parametrize("end", [RELEASE, EXPIRE], ids=["released", "abandoned"])
@pytest.mark.parametrize(("slot_open", "allowed"), [(False, True), (True, False), (False, False)])
def test_a_late_answer_is_kept_when_its_slot_is_taken_or_its_person_barred(
    end: Command, slot_open: bool, allowed: bool
) -> None:
    claimed().after(end).when(submit(slot_open=slot_open, allowed=allowed)).then(kept("a"))


@pytest.mark.parametrize(
    "end", [SKIP, ESCALATE, REVOKE, REASSIGN], ids=["skipped", "escalated", "revoked", "reassigned"]
)
def test_what_was_declined_revoked_or_handed_on_is_never_taken_back(end: Command) -> None:
    claimed().after(end).when(submit(slot_open=True)).then(kept("a"))


def test_a_kept_answer_stays_kept_when_its_slot_opens_again() -> None:
    claimed().after(EXPIRE, submit("a")).when(submit("a", slot_open=True, late=LATE_2)).then()


def test_a_second_late_answer_is_kept_beside_the_first() -> None:
    claimed().after(REVOKE, submit("a")).when(submit("b", late=LATE_2)).then(kept("b", LATE_2))


@pytest.mark.parametrize("end", [None, EXPIRE, SKIP], ids=["held", "abandoned", "skipped"])
@pytest.mark.parametrize(
    "command",
    [
        submit(who=BEN),
        Release(annotator=BEN, reason=None),
        Skip(annotator=BEN, reason=None),
        Escalate(annotator=BEN, reason=None, note=None),
        Start(annotator=BEN, now=NOON),
        Pause(annotator=BEN, now=NOON, until=AFTER),
        Resume(annotator=BEN, now=NOON, lease_seconds=300),
    ],
    ids=["submit", "release", "skip", "escalate", "start", "pause", "resume"],
)
def test_a_lease_of_another_person_does_not_exist(end: Command | None, command: Command) -> None:
    claimed().after(*([end] if end else [])).when(command).then_refused("not_found", "not_found")


@pytest.mark.parametrize("command", [submit(), RELEASE, SKIP, ESCALATE, START, PAUSE, RESUME])
def test_an_unclaimed_lease_does_not_exist(command: Command) -> None:
    given(LEASE).when(command).then_refused("not_found", "not_found")


@pytest.mark.parametrize("held", [claimed(), prefetched(), limited().after(PAUSE)])
def test_release_skip_and_escalate_end_a_lease_however_it_is_held(held: Given[Command, Lease, Event]) -> None:
    held.when(RELEASE).then(ev.LeaseReleased(lease=LEASE_A, reason=WHY, code="no_time"))
    held.when(ESCALATE).then(ev.LeaseEscalated(lease=LEASE_A, reason=WHY, note=Secret(b"corner")))
    held.when(SKIP).then(
        ev.LeaseSkipped(lease=LEASE_A, reason=WHY, code="too_hard", returns=False, counts=True)
    )
    held.when(replace(SKIP, code="no_time", returns=True, counts=False)).then(
        ev.LeaseSkipped(lease=LEASE_A, reason=WHY, code="no_time", returns=True, counts=False)
    )


@pytest.mark.parametrize("command", [RELEASE, SKIP, ESCALATE, REVOKE, EXPIRE, REASSIGN])
def test_ending_a_lease_twice_is_ending_it_once(command: Command) -> None:
    claimed().after(command).when(command).then()


@pytest.mark.parametrize("command", [RELEASE, SKIP, ESCALATE, START, PAUSE, RESUME, REASSIGN])
def test_a_lease_that_ended_otherwise_is_lost(command: Command) -> None:
    claimed().after(EXPIRE).when(command).then_refused("lease_lost", "conflict")
    claimed().after(submit()).when(command).then_refused("lease_lost", "conflict")
    claimed().after(REVOKE).when(command).then_refused("lease_revoked", "conflict")


def test_a_lease_expires_at_its_end_and_not_before() -> None:
    claimed().when(Expire(now=NOON)).then()
    claimed().when(Expire(now=LATER - timedelta(microseconds=1))).then()
    claimed().when(EXPIRE).then(ev.LeaseAbandoned(lease=LEASE_A, until=LATER, cause="silent"))


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


def test_what_was_submitted_neither_expires_nor_is_revoked() -> None:
    claimed().after(submit()).when(EXPIRE).then()
    claimed().after(submit()).when(REVOKE).then()


def test_facts_that_come_late_to_an_ended_lease_change_nothing() -> None:
    ended = claimed().after(submit())
    assert isinstance(ended.state, Submitted)
    for fact in (
        ev.LeaseStarted(lease=LEASE_A, hard_until=None),
        ev.LeasePaused(lease=LEASE_A, at=NOON, until=LATER),
        ev.LeaseResumed(lease=LEASE_A, until=LATER, hard_until=None),
    ):
        assert LEASE.evolve(ended.state, fact) == ended.state


def test_an_answer_to_gold_is_scored_once() -> None:
    scored = ev.GoldScored(
        lease=LEASE_A,
        annotator=ADA,
        skill=SKILL_A,
        gold=GOLD_A,
        correct=True,
        truth_class="cat",
        answer_class="cat",
    )
    claimed(GOLD_A).after(submit()).when(SCORE).then(scored)
    claimed(GOLD_A).after(submit(), SCORE).when(SCORE).then()


def test_work_and_unanswered_gold_are_not_scored() -> None:
    claimed().after(submit()).when(SCORE).then_refused("not_now")
    claimed(GOLD_A).when(SCORE).then_refused("not_now")


def test_the_outcome_of_a_counted_answer_has_no_refusal() -> None:
    before, after = claimed().state, claimed().after(submit()).state
    first, again = outcome(before, after, "a"), outcome(after, after, "a")
    assert (first.counted, first.repeated, first.refusal) == (True, False, None)
    assert (again.counted, again.repeated, again.refusal) == (True, True, None)


@pytest.mark.parametrize(
    ("end", "code"), [(EXPIRE, "lease_lost"), (REVOKE, "lease_revoked"), (submit("z"), "lease_lost")]
)
def test_the_outcome_of_a_late_answer_names_where_it_is_kept(end: Command, code: str) -> None:
    ended = claimed().after(end)
    after = ended.after(submit("a")).state
    late = outcome(ended.state, after, "a")
    assert (late.counted, late.repeated, late.late_answer) == (False, False, LATE_1)
    assert late.refusal is not None and late.refusal.code == code
    assert late.refusal.extra["late_answer"] == str(LATE_1)
    assert outcome(after, after, "a").repeated


def test_an_answer_never_sent_has_no_outcome() -> None:
    state = claimed().state
    with pytest.raises(Refusal, match="not_found"):
        outcome(state, state, "a")
