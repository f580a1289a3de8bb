"""Commands and pasts of a lease that its tests speak of."""

from dataclasses import replace
from datetime import datetime, timedelta

from backend.domain.tasks.lease import (
    LEASE,
    ClaimSlot,
    Command,
    Escalate,
    Event,
    Expire,
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
)
from backend.events import leases as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, GoldId, LateAnswerId
from tests.domain.facts import (
    ADA,
    BEN,
    HIDDEN,
    ITEM_A,
    LANE_A,
    LATE_1,
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
SCORE = ScoreGold(
    skill=SKILL_A, correct=True, truth_class="cat", answer_class="cat", score_ppm=1_000_000, plan_version=3
)
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
