"""A lease: one person holds one slot until an end that never drops what the person sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import leases as ev
from backend.events.base import Secret
from backend.events.ids import (
    AnnotatorId,
    GoldId,
    ItemGroupId,
    ItemId,
    LaneId,
    LateAnswerId,
    LeaseId,
    ProjectId,
    SkillId,
    TaskId,
)

How = Literal["released", "skipped", "abandoned", "revoked", "escalated"]

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that came too late, and the id under which it is kept."""

    answer_token: str
    late_answer: LateAnswerId


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """No such lease yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The person has the slot; `until` is when it may be taken away, not when it is lost."""

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The answer counts; other answers sent later are kept beside it."""

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    answer_token: str
    scored: bool = False
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Ended without an answer that counts; `how` decides whether the slot may be taken back."""

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    how: How
    kept: tuple[Kept, ...] = ()


Lease: TypeAlias = Unclaimed | Held | Submitted | Ended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSlot:
    """Give one slot (or one gold item) to one person until `until`; the fields are those of the event."""

    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    lane: LaneId
    stage: str
    task: TaskId
    item: ItemId
    slot: int
    ord: int
    gold: GoldId | None
    guideline_version: int
    until: datetime
    why: str
    step: str
    generation: int = 1
    ring: int = 0
    priority: int = 2
    group: ItemGroupId | None = None
    workflow_version: int = 0
    assigned: bool = False
    again: bool = False
    opened: bool = True
    start_by: datetime | None = None
    hard_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """The person's answer. `slot_open` and `allowed` matter only when the lease has ended.

    `late_answer` is the id under which the answer is kept should it not count.
    """

    annotator: AnnotatorId
    answer: Secret
    answer_class: str | None
    answer_token: str
    client_seconds: int | None
    slot_open: bool
    allowed: bool
    late_answer: LateAnswerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGold:
    """The submitted answer to a gold item compared with its truth; classes are keyed tokens."""

    skill: SkillId
    correct: bool
    truth_class: str | None
    answer_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The person gives it back and may meet the item again."""

    annotator: AnnotatorId
    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """The person declines and is not offered the item again."""

    annotator: AnnotatorId
    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """The person says that this needs an expert."""

    annotator: AnnotatorId
    reason: Secret | None
    note: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The sweeper asks whether the lease is over at `now`."""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Take it away: the person may no longer work on it, or the task is held."""

    reason: str


Command: TypeAlias = ClaimSlot | Submit | ScoreGold | Release | Skip | Escalate | Expire | Revoke
Event: TypeAlias = (
    ev.LeaseClaimed
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


# --- decide


def decide(command: Command, lease: Lease) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, lease:
        case ClaimSlot(), Unclaimed():
            return [_claimed(command)]
        case ClaimSlot(lease=same, annotator=who), Held() if (same, who) == (lease.lease, lease.annotator):
            return []

        case ((Submit() | Release() | Skip() | Escalate()), Unclaimed()):
            raise not_found("a lease")
        case (
            (Submit(annotator=who) | Release(annotator=who) | Skip(annotator=who) | Escalate(annotator=who)),
            (Held(annotator=holder) | Submitted(annotator=holder) | Ended(annotator=holder)),
        ) if who != holder:
            raise not_found("a lease")

        case Submit(), Held():
            return [_submitted(command, lease.lease, reclaimed=False)]
        case Submit(answer_token=sha), Submitted(answer_token=counted) if sha == counted:
            return []
        case Submit(answer_token=sha), (Submitted() | Ended()) if late_id(lease, sha):
            return []
        case Submit(slot_open=True, allowed=True), Ended(how="abandoned" | "released"):
            return [_submitted(command, lease.lease, reclaimed=True)]
        case Submit(), (Submitted() | Ended()):
            return [_kept(command, lease.lease)]

        case ScoreGold(), Submitted(scored=False, gold=gold) if gold is not None:
            return [_scored(command, lease, gold)]
        case ScoreGold(), Submitted(scored=True):
            return []

        case Release(reason=reason), Held():
            return [ev.LeaseReleased(lease=lease.lease, reason=reason, code="")]
        case Skip(reason=reason), Held():
            return [ev.LeaseSkipped(lease=lease.lease, reason=reason, code="", returns=False, counts=True)]
        case Escalate(reason=reason, note=note), Held():
            return [ev.LeaseEscalated(lease=lease.lease, reason=reason, note=note)]
        case (
            (Release(), Ended(how="released"))
            | (Skip(), Ended(how="skipped"))
            | (Escalate(), Ended(how="escalated"))
        ):
            return []
        case ((Release() | Skip() | Escalate()), (Submitted() | Ended())):
            raise lost(lease)

        case Expire(now=now), Held(until=until) if now >= until:
            return [ev.LeaseAbandoned(lease=lease.lease, until=until, cause="silent")]
        case Revoke(reason=reason), Held():
            return [ev.LeaseRevoked(lease=lease.lease, reason=reason)]
        case ((Expire() | Revoke()), (Held() | Submitted() | Ended())):
            return []
        case _:
            raise not_now(command, lease)


# --- evolve


def evolve(lease: Lease, event: Event) -> Lease:
    """What is true after the event."""
    match event:
        case ev.LeaseClaimed():
            return Held(lease=event.lease, annotator=event.annotator, gold=event.gold, until=event.until)
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


def _ended(lease: Lease, how: How) -> Lease:
    if isinstance(lease, Unclaimed):
        return lease
    return Ended(lease=lease.lease, annotator=lease.annotator, gold=lease.gold, how=how)


def _claimed(claim: ClaimSlot) -> ev.LeaseClaimed:
    return ev.LeaseClaimed(
        lease=claim.lease,
        annotator=claim.annotator,
        project=claim.project,
        lane=claim.lane,
        stage=claim.stage,
        task=claim.task,
        item=claim.item,
        slot=claim.slot,
        ord=claim.ord,
        gold=claim.gold,
        guideline_version=claim.guideline_version,
        until=claim.until,
        why=claim.why,
        step=claim.step,
        generation=claim.generation,
        ring=claim.ring,
        priority=claim.priority,
        group=claim.group,
        workflow_version=claim.workflow_version,
        assigned=claim.assigned,
        again=claim.again,
        opened=claim.opened,
        start_by=claim.start_by,
        hard_until=claim.hard_until,
    )


def _submitted(sent: Submit, lease: LeaseId, *, reclaimed: bool) -> ev.LeaseSubmitted:
    return ev.LeaseSubmitted(
        lease=lease,
        answer=sent.answer,
        answer_class=sent.answer_class,
        answer_token=sent.answer_token,
        client_seconds=sent.client_seconds,
        reclaimed=reclaimed,
    )


def _kept(sent: Submit, lease: LeaseId) -> ev.LateAnswerKept:
    return ev.LateAnswerKept(
        lease=lease,
        late_answer=sent.late_answer,
        annotator=sent.annotator,
        answer=sent.answer,
        answer_token=sent.answer_token,
    )


def _scored(score: ScoreGold, lease: Submitted, gold: GoldId) -> ev.GoldScored:
    return ev.GoldScored(
        lease=lease.lease,
        annotator=lease.annotator,
        skill=score.skill,
        gold=gold,
        correct=score.correct,
        truth_class=score.truth_class,
        answer_class=score.answer_class,
    )


LEASE: Decider[Command, Lease, Event] = Decider(Unclaimed(), decide, evolve)
"""One stream per lease; its id is the fencing token."""
