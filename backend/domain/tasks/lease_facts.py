"""What a decision on a lease records: events made from its commands and states, and which end time brings about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from backend.domain.tasks.lease_states import (
    ClaimSlot,
    Expire,
    Held,
    Reassign,
    Resume,
    ScoreGold,
    Skip,
    Start,
    Submit,
    Submitted,
)
from backend.events import leases as ev
from backend.events.ids import GoldId, LeaseId

PAUSE_LIMIT = "pause_limit"
"""The code of a release that nobody asked for: it lay aside for too long."""

Over: TypeAlias = ev.LeaseReturned | ev.LeaseReleased | ev.LeaseAbandoned


def over(asked: Expire, lease: Held) -> Sequence[Over]:
    """How the lease ends by time alone, if it does: returned unopened, given back after a pause, or abandoned."""
    match lease.state:
        case "held":
            due = lease.start_by or lease.until
            return [ev.LeaseReturned(lease=lease.lease, start_by=due)] if asked.now >= due else []
        case "paused":
            given_back = ev.LeaseReleased(lease=lease.lease, reason=None, code=PAUSE_LIMIT)
            return [given_back] if asked.now >= lease.until else []
        case "started":
            until = asked.until or lease.until
            hard = lease.hard_until
            if hard is not None and hard <= until:
                return _abandoned(asked, lease, hard, "too_long")
            return _abandoned(asked, lease, until, "silent")


def _abandoned(asked: Expire, lease: Held, until: datetime, cause: str) -> Sequence[Over]:
    ended = ev.LeaseAbandoned(lease=lease.lease, until=until, cause=cause)
    return [ended] if asked.now >= until else []


def started(asked: Start, lease: Held) -> ev.LeaseStarted:
    """Opened now: as long as there was from `start_by` to the hard limit, there is from now on."""
    hard = lease.hard_until
    if hard is not None and lease.start_by is not None:
        hard = asked.now + (hard - lease.start_by)
    return ev.LeaseStarted(lease=lease.lease, hard_until=hard)


def opened_by_answer(lease: Held) -> ev.LeaseStarted:
    """Opened and answered in one: nothing is left to be limited."""
    return ev.LeaseStarted(lease=lease.lease, hard_until=lease.hard_until)


def resumed(asked: Resume, lease: Held) -> ev.LeaseResumed:
    """Taken up again: the hard limit moves by the time it lay aside."""
    hard = lease.hard_until
    if hard is not None and lease.paused_at is not None:
        hard += max(asked.now - lease.paused_at, timedelta())
    until = asked.now + timedelta(seconds=asked.lease_seconds)
    until = until if hard is None else min(until, hard)
    return ev.LeaseResumed(lease=lease.lease, until=until, hard_until=hard)


def claimed(claim: ClaimSlot) -> ev.LeaseClaimed:
    """The fields are those of the command."""
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
        assigned=claim.assigned,
        again=claim.again,
        opened=claim.opened,
        start_by=claim.start_by,
        hard_until=claim.hard_until,
    )


def submitted(sent: Submit, lease: LeaseId, *, reclaimed: bool) -> ev.LeaseSubmitted:
    """The answer counts."""
    return ev.LeaseSubmitted(
        lease=lease,
        answer=sent.answer,
        answer_class=sent.answer_class,
        answer_token=sent.answer_token,
        client_seconds=sent.client_seconds,
        reclaimed=reclaimed,
        unsure=sent.unsure,
        taxonomy_setting=sent.taxonomy_setting,
    )


def kept(sent: Submit, lease: LeaseId) -> ev.LateAnswerKept:
    """The answer came too late."""
    return ev.LateAnswerKept(
        lease=lease,
        late_answer=sent.late_answer,
        annotator=sent.annotator,
        answer=sent.answer,
        answer_token=sent.answer_token,
    )


def skipped(asked: Skip, lease: LeaseId) -> ev.LeaseSkipped:
    """Declined under the policy of its code."""
    return ev.LeaseSkipped(
        lease=lease, reason=asked.reason, code=asked.code, returns=asked.returns, counts=asked.counts
    )


def reassigned(asked: Reassign, lease: LeaseId) -> ev.LeaseReassigned:
    """Handed on."""
    return ev.LeaseReassigned(
        lease=lease,
        to=asked.to,
        next=asked.next,
        keep_draft=asked.keep_draft,
        delegated=asked.delegated,
        reason=asked.reason,
    )


def scored(score: ScoreGold, lease: Submitted, gold: GoldId) -> ev.GoldScored:
    """An answer to gold, compared with its truth."""
    return ev.GoldScored(
        lease=lease.lease,
        annotator=lease.annotator,
        skill=score.skill,
        gold=gold,
        correct=score.correct,
        truth_class=score.truth_class,
        answer_class=score.answer_class,
        score_ppm=score.score_ppm,
        plan_version=score.plan_version,
    )
