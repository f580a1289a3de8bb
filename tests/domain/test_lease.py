"""Leases: who holds a slot, what counts, and that nothing sent is dropped."""

from datetime import timedelta

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.lease import (
    LEASE,
    ClaimSlot,
    Command,
    Escalate,
    Event,
    Expire,
    Lease,
    Release,
    Revoke,
    ScoreGold,
    Skip,
    Submit,
    outcome,
)
from backend.events import tasks as ev
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
    NOON,
    PROJECT_A,
    SKILL_A,
    TASK_A,
)
from tests.domain.gwt import Given, given


def claim(gold: GoldId | None = None) -> ClaimSlot:
    return ClaimSlot(
        lease=LEASE_A,
        annotator=ADA,
        project=PROJECT_A,
        lane=LANE_A,
        stage="annotate",
        task=TASK_A,
        item=ITEM_A,
        slot=1,
        ord=7,
        gold=gold,
        guideline_version=2,
        until=LATER,
        why="oldest",
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


RELEASE = Release(annotator=ADA, reason="lunch")
SKIP = Skip(annotator=ADA, reason="blurred")
ESCALATE = Escalate(annotator=ADA, reason="unsure", note=Secret(b"why"))
EXPIRE = Expire(now=LATER)
REVOKE = Revoke(reason="suspended")
SCORE = ScoreGold(skill=SKILL_A, correct=True, truth_class="cat", answer_class="cat")


def test_a_slot_is_claimed_once() -> None:
    event = ev.LeaseClaimed(
        lease=LEASE_A,
        annotator=ADA,
        project=PROJECT_A,
        lane=LANE_A,
        stage="annotate",
        task=TASK_A,
        item=ITEM_A,
        slot=1,
        ord=7,
        gold=None,
        guideline_version=2,
        until=LATER,
        why="oldest",
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


@pytest.mark.parametrize("end", [RELEASE, EXPIRE], ids=["released", "abandoned"])
def test_an_ended_lease_is_taken_back_while_its_slot_is_open(end: Command) -> None:
    claimed().after(end).when(submit(slot_open=True)).then(submitted(reclaimed=True))


@pytest.mark.parametrize("end", [RELEASE, EXPIRE], ids=["released", "abandoned"])
@pytest.mark.parametrize(("slot_open", "allowed"), [(False, True), (True, False), (False, False)])
def test_a_late_answer_is_kept_when_its_slot_is_taken_or_its_person_barred(
    end: Command, slot_open: bool, allowed: bool
) -> None:
    claimed().after(end).when(submit(slot_open=slot_open, allowed=allowed)).then(kept("a"))


@pytest.mark.parametrize("end", [SKIP, ESCALATE, REVOKE], ids=["skipped", "escalated", "revoked"])
def test_what_was_declined_or_revoked_is_never_taken_back(end: Command) -> None:
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
        Release(annotator=BEN, reason=""),
        Skip(annotator=BEN, reason=""),
        Escalate(annotator=BEN, reason="", note=None),
    ],
    ids=["submit", "release", "skip", "escalate"],
)
def test_a_lease_of_another_person_does_not_exist(end: Command | None, command: Command) -> None:
    claimed().after(*([end] if end else [])).when(command).then_refused("not_found", "not_found")


@pytest.mark.parametrize("command", [submit(), RELEASE, SKIP, ESCALATE])
def test_an_unclaimed_lease_does_not_exist(command: Command) -> None:
    given(LEASE).when(command).then_refused("not_found", "not_found")


def test_release_skip_and_escalate_end_a_held_lease() -> None:
    claimed().when(RELEASE).then(ev.LeaseReleased(lease=LEASE_A, reason="lunch"))
    claimed().when(SKIP).then(ev.LeaseSkipped(lease=LEASE_A, reason="blurred"))
    claimed().when(ESCALATE).then(ev.LeaseEscalated(lease=LEASE_A, reason="unsure", note=Secret(b"why")))


@pytest.mark.parametrize("command", [RELEASE, SKIP, ESCALATE, REVOKE, EXPIRE])
def test_ending_a_lease_twice_is_ending_it_once(command: Command) -> None:
    claimed().after(command).when(command).then()


@pytest.mark.parametrize("command", [RELEASE, SKIP, ESCALATE])
def test_a_lease_that_ended_otherwise_is_lost(command: Command) -> None:
    claimed().after(EXPIRE).when(command).then_refused("lease_lost", "conflict")
    claimed().after(submit()).when(command).then_refused("lease_lost", "conflict")
    claimed().after(REVOKE).when(command).then_refused("lease_revoked", "conflict")


def test_a_lease_expires_at_its_end_and_not_before() -> None:
    claimed().when(Expire(now=NOON)).then()
    claimed().when(Expire(now=LATER - timedelta(microseconds=1))).then()
    claimed().when(EXPIRE).then(ev.LeaseAbandoned(lease=LEASE_A, until=LATER))


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
