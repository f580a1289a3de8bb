"""Leases: who holds a slot, what counts, and that nothing sent is dropped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.lease import (
    LEASE,
    Command,
    Escalate,
    Event,
    Expire,
    Lease,
    Pause,
    Release,
    Resume,
    Skip,
    Start,
    outcome,
)
from backend.events import leases as ev
from backend.events.base import Secret
from tests.domain.facts import (
    ADA,
    BEN,
    GOLD_A,
    ITEM_A,
    LANE_A,
    LATE_1,
    LATE_2,
    LATER,
    LEASE_A,
    NOON,
    PROJECT_A,
    SKILL_A,
    TASK_A,
)
from tests.domain.gwt import Given, given
from tests.domain.leases import (
    AFTER,
    ESCALATE,
    EXPIRE,
    PAUSE,
    REASSIGN,
    RELEASE,
    RESUME,
    REVOKE,
    SCORE,
    SKIP,
    START,
    WHY,
    claim,
    claimed,
    kept,
    limited,
    prefetched,
    submit,
    submitted,
)


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


def test_what_was_submitted_neither_expires_nor_is_revoked() -> None:
    claimed().after(submit()).when(EXPIRE).then()
    claimed().after(submit()).when(REVOKE).then()


def test_an_answer_to_gold_is_scored_once() -> None:
    scored = ev.GoldScored(
        lease=LEASE_A,
        annotator=ADA,
        skill=SKILL_A,
        gold=GOLD_A,
        correct=True,
        truth_class="cat",
        answer_class="cat",
        score_ppm=1_000_000,
        plan_version=3,
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
