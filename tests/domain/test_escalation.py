"""Escalations: an expert's answer stands, unless it is unlike all before it; what is late is told once."""

from datetime import timedelta

import pytest

from backend.domain.review.escalation import (
    ESCALATION,
    Compared,
    OpenEscalation,
    Resolve,
    TellMissed,
    What,
    ambiguous,
)
from backend.events import review as ev
from backend.events.ids import AnnotatorId, LeaseId
from tests.domain.facts import (
    ADA,
    BEN,
    ESCALATION_A,
    EVE,
    HIDDEN,
    ITEM_A,
    LATER,
    LEASE_A,
    LEASE_B,
    NOON,
    PROJECT_A,
    SKILL_A,
    TASK_A,
    uid,
)
from tests.domain.gwt import given

SECOND = LeaseId(uid(13))


def opening(reason: str = "low_confidence") -> OpenEscalation:
    return OpenEscalation(
        escalation=ESCALATION_A, task=TASK_A, item=ITEM_A, project=PROJECT_A, reason=reason, raised_by=None
    )


def said(*, same: bool, counts: bool = True, lease: LeaseId = LEASE_B) -> Compared:
    """What ADA had answered before."""
    return Compared(
        lease=lease,
        annotator=ADA,
        answer_class="dog",
        same=same,
        score_ppm=1_000_000 * same,
        counts=counts,
    )


def resolve(
    expert: AnnotatorId = BEN, *before: Compared, lease: LeaseId = LEASE_A, experts_max: int = 1
) -> Resolve:
    return Resolve(
        expert=expert,
        lease=lease,
        answer=HIDDEN,
        answer_class="cat",
        skill=SKILL_A,
        plan_version=3,
        experts_max=experts_max,
        before=before,
    )


def opened(start: bool = False, due: bool = False) -> ev.EscalationOpened:
    return ev.EscalationOpened(
        escalation=ESCALATION_A,
        task=TASK_A,
        item=ITEM_A,
        project=PROJECT_A,
        reason="low_confidence",
        raised_by=None,
        start_by=NOON if start else None,
        due_by=LATER if due else None,
    )


OPENED = opened()


def resolved(expert: AnnotatorId = BEN, lease: LeaseId = LEASE_A) -> ev.EscalationResolved:
    return ev.EscalationResolved(
        escalation=ESCALATION_A,
        task=TASK_A,
        item=ITEM_A,
        project=PROJECT_A,
        expert=expert,
        lease=lease,
        answer=HIDDEN,
        answer_class="cat",
    )


def scored(*, correct: bool, lease: LeaseId = LEASE_B) -> ev.AdjudicationScored:
    return ev.AdjudicationScored(
        escalation=ESCALATION_A,
        lease=lease,
        annotator=ADA,
        skill=SKILL_A,
        project=PROJECT_A,
        correct=correct,
        score_ppm=1_000_000 * correct,
        truth_class="cat",
        answer_class="dog",
        plan_version=3,
    )


CONTESTED = ev.EscalationContested(
    escalation=ESCALATION_A,
    task=TASK_A,
    project=PROJECT_A,
    expert=BEN,
    lease=LEASE_A,
    answer=HIDDEN,
    answer_class="cat",
)


def missed(what: str) -> ev.EscalationMissed:
    return ev.EscalationMissed(escalation=ESCALATION_A, task=TASK_A, project=PROJECT_A, what=what)


def test_an_escalation_opens_once() -> None:
    given(ESCALATION).when(opening()).then(OPENED)
    given(ESCALATION, OPENED).when(opening()).then()
    given(ESCALATION, OPENED).when(opening("rework_limit")).then()


def test_an_escalation_has_a_known_reason() -> None:
    given(ESCALATION).when(opening("boredom")).then_refused("reason_unknown", "invalid")


def test_an_experts_answer_resolves_it_once() -> None:
    given(ESCALATION, OPENED).when(resolve()).then(resolved())
    given(ESCALATION, OPENED).after(resolve()).when(resolve()).then()
    given(ESCALATION, OPENED).after(resolve()).when(opening()).then()


def test_another_experts_answer_comes_too_late() -> None:
    given(ESCALATION, OPENED).after(resolve()).when(resolve(EVE)).then_refused(
        "escalation_resolved", "conflict"
    )


def test_what_is_not_open_is_not_resolved() -> None:
    given(ESCALATION).when(resolve()).then_refused("not_now")


def test_every_answer_that_counted_is_measured_by_the_experts() -> None:
    wrong, right = said(same=False), said(same=True, lease=SECOND)
    rejected = said(same=False, counts=False, lease=LeaseId(uid(14)))
    given(ESCALATION, OPENED).when(resolve(BEN, wrong, right, rejected)).then(
        resolved(), scored(correct=False), scored(correct=True, lease=SECOND)
    )


def test_an_expert_unlike_everybody_before_is_contested_where_the_plan_has_two() -> None:
    lonely = resolve(BEN, said(same=False), experts_max=2)
    given(ESCALATION, OPENED).when(lonely).then(CONTESTED)
    given(ESCALATION, OPENED).after(lonely).when(lonely).then()
    given(ESCALATION, OPENED).when(resolve(BEN, said(same=False))).then(resolved(), scored(correct=False))


@pytest.mark.parametrize(
    "before", [(), (said(same=True),), (said(same=False), said(same=True, counts=False, lease=SECOND))]
)
def test_who_agrees_with_anybody_or_speaks_first_has_the_last_word(before: tuple[Compared, ...]) -> None:
    counted = [scored(correct=one.same, lease=one.lease) for one in before if one.counts]
    given(ESCALATION, OPENED).when(resolve(BEN, *before, experts_max=2)).then(resolved(), *counted)


def test_the_second_expert_has_the_last_word_whatever_they_say() -> None:
    contested = given(ESCALATION, OPENED, CONTESTED)
    second = resolve(EVE, said(same=False), lease=SECOND, experts_max=2)
    contested.when(second).then(resolved(EVE, SECOND), scored(correct=False))
    contested.after(second).when(second).then()
    contested.after(second).when(resolve()).then()
    contested.after(second).when(resolve(ADA)).then_refused("escalation_resolved")


def test_nobody_is_the_second_opinion_on_their_own() -> None:
    given(ESCALATION, OPENED, CONTESTED).when(resolve(BEN, lease=SECOND)).then_refused(
        "same_expert", "conflict"
    )


@pytest.mark.parametrize("what", ["start", "due"])
def test_a_deadline_that_passes_is_told_once(what: What) -> None:
    waiting, late = given(ESCALATION, opened(start=True, due=True)), TellMissed(what=what, now=LATER)
    waiting.when(late).then(missed(what))
    waiting.after(late).when(late).then()
    waiting.when(TellMissed(what=what, now=NOON - timedelta(seconds=1))).then()
    given(ESCALATION, OPENED).when(late).then()


def test_nothing_is_late_once_it_is_resolved_and_a_contested_one_was_begun() -> None:
    waiting = given(ESCALATION, opened(start=True, due=True))
    waiting.after(resolve()).when(TellMissed(what="due", now=LATER)).then()
    contested = waiting.after(resolve(BEN, said(same=False), experts_max=2))
    contested.when(TellMissed(what="start", now=LATER)).then()
    contested.when(TellMissed(what="due", now=LATER)).then(missed("due"))
    given(ESCALATION).when(TellMissed(what="due", now=LATER)).then_refused("not_now")


def test_what_was_told_before_it_was_contested_is_not_told_again() -> None:
    given(ESCALATION, opened(due=True), missed("due"), CONTESTED).when(
        TellMissed(what="due", now=LATER)
    ).then()


@pytest.mark.parametrize(
    ("unsure", "answers", "calls"),
    [(0, 2, False), (1, 1, False), (1, 2, False), (2, 2, True), (2, 4, True), (2, 5, False), (3, 5, True)],
)
def test_two_at_least_and_half_of_the_answers_call_an_expert(unsure: int, answers: int, calls: bool) -> None:
    assert ambiguous(unsure, answers) is calls
