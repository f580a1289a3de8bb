"""A lease: one person holds one slot until an end that never drops what the person sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.domain.tasks import lease_facts as facts
from backend.domain.tasks.lease_states import (
    At,
    ClaimSlot,
    Command,
    Ended,
    Escalate,
    Expire,
    Held,
    How,
    Kept,
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
    Unclaimed,
)
from backend.events import leases as ev
from backend.events.ids import LateAnswerId, LeaseId

__all__ = [
    "LEASE",
    "At",
    "ClaimSlot",
    "Command",
    "Ended",
    "Escalate",
    "Event",
    "Expire",
    "Held",
    "How",
    "Kept",
    "Lease",
    "Outcome",
    "Pause",
    "Reassign",
    "Release",
    "Resume",
    "Revoke",
    "ScoreGold",
    "Skip",
    "Start",
    "Submit",
    "Submitted",
    "Unclaimed",
    "late_id",
    "lost",
    "outcome",
    "paused",
    "unopened",
]

OfHolder: TypeAlias = Start | Pause | Resume | Submit | Release | Skip | Escalate
"""What only the holder of a lease may ask of it."""
Event: TypeAlias = (
    ev.LeaseClaimed
    | ev.LeaseStarted
    | ev.LeasePaused
    | ev.LeaseResumed
    | ev.LeaseReturned
    | ev.LeaseReassigned
    | ev.LeaseSubmitted
    | ev.GoldScored
    | ev.LeaseReleased
    | ev.LeaseSkipped
    | ev.LeaseAbandoned
    | ev.LeaseRevoked
    | ev.LeaseEscalated
    | ev.LateAnswerKept
)

# --- refusals


def lost(lease: Submitted | Ended) -> Refusal:
    """`lease_revoked` when it was taken away, `lease_lost` for every other end; the SDK pulls again."""
    how = lease.how if isinstance(lease, Ended) else "submitted"
    return Refusal(
        "conflict",
        "lease_revoked" if how == "revoked" else "lease_lost",
        expected="a lease that you still hold",
        found=f"a lease that was {how}",
        mend="pull again",
        extra={"lease": str(lease.lease), "how": how},
    )


def paused(lease: LeaseId) -> Refusal:
    """`lease_paused`: what was put aside is resumed first, by its holder and not by a window left open."""
    return Refusal(
        "conflict",
        "lease_paused",
        expected="a lease that is worked on",
        found="one that is paused",
        mend="resume it, then go on",
        extra={"lease": str(lease)},
    )


def unopened(lease: LeaseId) -> Refusal:
    """`lease_not_started`: only what was opened can be put aside."""
    return Refusal(
        "conflict",
        "lease_not_started",
        expected="a lease that was started",
        found="one that was not opened yet",
        mend="start it first, or release it",
        extra={"lease": str(lease)},
    )


def _to_its_holder(lease: LeaseId) -> Refusal:
    return Refusal(
        "conflict",
        "already_yours",
        expected="another person than the one who holds the lease",
        found="its holder",
        mend="name another person",
        extra={"lease": str(lease)},
    )


# --- decide


def decide(command: Command, lease: Lease) -> Sequence[Event]:
    """Read as tables: command, state, outcome. What is not listed is refused; what is another's is not found."""
    if isinstance(command, OfHolder) and (
        isinstance(lease, Unclaimed) or command.annotator != lease.annotator
    ):
        raise not_found("a lease")
    match command, lease:
        case ClaimSlot(), Unclaimed():
            return [facts.claimed(command)]
        case ClaimSlot(lease=same, annotator=who), Held() if (same, who) == (lease.lease, lease.annotator):
            return []
        case ((Start() | Pause() | Resume()), _):
            return _working(command, lease)
        case ((Submit() | ScoreGold()), _):
            return _answering(command, lease)
        case ((Release() | Skip() | Escalate() | Reassign() | Expire() | Revoke()), _):
            return _ending(command, lease)
        case _:
            raise not_now(command, lease)


def _working(command: Start | Pause | Resume, lease: Lease) -> Sequence[Event]:
    """Opened, put aside, taken up again."""
    match command, lease:
        case Start(), Held(state="held"):
            return [facts.started(command, lease)]
        case Pause(now=now, until=until), Held(state="started"):
            return [ev.LeasePaused(lease=lease.lease, at=now, until=until)]
        case Resume(), Held(state="paused"):
            return [facts.resumed(command, lease)]
        case (
            (Start(), Held(state="started"))
            | (Pause(), Held(state="paused"))
            | (Resume(), Held(state="started"))
        ):
            return []
        case Start(), Held(state="paused"):
            raise paused(lease.lease)
        case ((Pause() | Resume()), Held(state="held")):
            raise unopened(lease.lease)
        case ((Start() | Pause() | Resume()), (Submitted() | Ended())):
            raise lost(lease)
        case _:
            raise not_now(command, lease)


def _answering(command: Submit | ScoreGold, lease: Lease) -> Sequence[Event]:
    """What is sent counts, or is kept."""
    match command, lease:
        case Submit(), Held(state="held"):
            return [facts.opened_by_answer(lease), facts.submitted(command, lease.lease, reclaimed=False)]
        case Submit(), Held():
            return [facts.submitted(command, lease.lease, reclaimed=False)]
        case Submit(answer_token=sha), Submitted(answer_token=counted) if sha == counted:
            return []
        case Submit(answer_token=sha), (Submitted() | Ended()) if late_id(lease, sha):
            return []
        case Submit(slot_open=True, allowed=True), Ended(how="abandoned" | "released" | "returned"):
            return [facts.submitted(command, lease.lease, reclaimed=True)]
        case Submit(), (Submitted() | Ended()):
            return [facts.kept(command, lease.lease)]

        case ScoreGold(), Submitted(scored=False, gold=gold) if gold is not None:
            return [facts.scored(command, lease, gold)]
        case ScoreGold(), Submitted(scored=True):
            return []
        case _:
            raise not_now(command, lease)


def _ending(command: Release | Skip | Escalate | Reassign | Expire | Revoke, lease: Lease) -> Sequence[Event]:
    """Given back, declined, handed on, over, taken away."""
    match command, lease:
        case Release(reason=reason, code=code), Held():
            return [ev.LeaseReleased(lease=lease.lease, reason=reason, code=code)]
        case Skip(), Held():
            return [facts.skipped(command, lease.lease)]
        case Escalate(reason=reason, note=note, code=code), Held():
            return [ev.LeaseEscalated(lease=lease.lease, reason=reason, note=note, code=code)]
        case (
            (Release(), Ended(how="released"))
            | (Skip(), Ended(how="skipped"))
            | (Escalate(), Ended(how="escalated"))
        ):
            return []
        case ((Release() | Skip() | Escalate()), (Submitted() | Ended())):
            raise lost(lease)

        case Reassign(to=to), Held(annotator=holder) if to == holder:
            raise _to_its_holder(lease.lease)
        case Reassign(), Held():
            return [facts.reassigned(command, lease.lease)]
        case Reassign(next=asked), Ended(next=given) if asked == given:
            return []
        case Reassign(), (Submitted() | Ended()):
            raise lost(lease)

        case Expire(), Held():
            return facts.over(command, lease)
        case Revoke(reason=reason, note=note), Held():
            return [ev.LeaseRevoked(lease=lease.lease, reason=reason, note=note)]
        case ((Expire() | Revoke()), (Submitted() | Ended())):
            return []
        case _:
            raise not_now(command, lease)


# --- evolve


def evolve(lease: Lease, event: Event) -> Lease:
    """What is true after the event."""
    match event:
        case ev.LeaseClaimed():
            return _held(event)
        case ev.LeaseStarted() | ev.LeaseResumed():
            return _goes_on(lease, event)
        case ev.LeasePaused():
            return _laid_aside(lease, event)
        case ev.LeaseSubmitted():
            return _counted(lease, event.answer_token)
        case ev.GoldScored():
            return replace(lease, scored=True) if isinstance(lease, Submitted) else lease
        case ev.LateAnswerKept():
            one = Kept(answer_token=event.answer_token, late_answer=event.late_answer)
            return replace(lease, kept=(*lease.kept, one)) if isinstance(lease, Submitted | Ended) else lease
        case ev.LeaseReleased():
            return _ended(lease, "released")
        case ev.LeaseSkipped():
            return _ended(lease, "skipped")
        case ev.LeaseAbandoned():
            return _ended(lease, "abandoned")
        case ev.LeaseReturned():
            return _ended(lease, "returned")
        case ev.LeaseReassigned(next=handed):
            return _ended(lease, "reassigned", handed)
        case ev.LeaseRevoked():
            return _ended(lease, "revoked")
        case ev.LeaseEscalated():
            return _ended(lease, "escalated")
        case _:
            assert_never(event)


# --- helpers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one answer: it counts, or it is kept under `late_answer` and `refusal` is the reply."""

    counted: bool
    repeated: bool
    late_answer: LateAnswerId | None
    refusal: Refusal | None


def outcome(before: Lease, after: Lease, answer_token: str) -> Outcome:
    """What became of the answer with this hash, from the states before and after deciding its Submit.

    `repeated` says that the same answer had been sent before. The refusal carries the late answer's id; answer
    with it after the commit, so that the kept answer is not rolled back.
    """
    if isinstance(after, Submitted) and after.answer_token == answer_token:
        return Outcome(counted=True, repeated=after == before, late_answer=None, refusal=None)
    kept = late_id(after, answer_token)
    if kept is None or not isinstance(after, Submitted | Ended):
        raise not_found("a lease with this answer")
    refusal = lost(after)
    refusal.extra["late_answer"] = str(kept)
    return Outcome(counted=False, repeated=after == before, late_answer=kept, refusal=refusal)


def late_id(lease: Lease, answer_token: str) -> LateAnswerId | None:
    """The id under which this answer was kept as too late, or None."""
    if not isinstance(lease, Submitted | Ended):
        return None
    return next((one.late_answer for one in lease.kept if one.answer_token == answer_token), None)


def _counted(lease: Lease, answer_token: str) -> Lease:
    if isinstance(lease, Unclaimed):
        return lease
    return Submitted(
        lease=lease.lease,
        annotator=lease.annotator,
        gold=lease.gold,
        answer_token=answer_token,
        kept=() if isinstance(lease, Held) else lease.kept,
    )


def _ended(lease: Lease, how: How, handed: LeaseId | None = None) -> Lease:
    if isinstance(lease, Unclaimed):
        return lease
    return Ended(lease=lease.lease, annotator=lease.annotator, gold=lease.gold, how=how, next=handed)


def _held(claim: ev.LeaseClaimed) -> Held:
    return Held(
        lease=claim.lease,
        annotator=claim.annotator,
        gold=claim.gold,
        until=claim.until,
        state="started" if claim.opened else "held",
        start_by=claim.start_by,
        hard_until=claim.hard_until,
    )


def _goes_on(lease: Lease, event: ev.LeaseStarted | ev.LeaseResumed) -> Lease:
    if not isinstance(lease, Held):
        return lease
    until = event.until if isinstance(event, ev.LeaseResumed) else lease.until
    return replace(
        lease, state="started", until=until, hard_until=event.hard_until, start_by=None, paused_at=None
    )


def _laid_aside(lease: Lease, event: ev.LeasePaused) -> Lease:
    if not isinstance(lease, Held):
        return lease
    return replace(lease, state="paused", until=event.until, paused_at=event.at)


LEASE: Decider[Command, Lease, Event] = Decider(Unclaimed(), decide, evolve)
"""One stream per lease; its id is the fencing token."""
