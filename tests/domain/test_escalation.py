"""Escalations: one expert's answer stands."""

from backend.domain.review.escalation import ESCALATION, OpenEscalation, Resolve
from backend.events import review as ev
from backend.events.ids import AnnotatorId
from tests.domain.facts import BEN, ESCALATION_A, EVE, HIDDEN, ITEM_A, LEASE_A, PROJECT_A, TASK_A
from tests.domain.gwt import given


def opening(reason: str = "low_confidence") -> OpenEscalation:
    return OpenEscalation(
        escalation=ESCALATION_A, task=TASK_A, item=ITEM_A, project=PROJECT_A, reason=reason, raised_by=None
    )


def resolve(expert: AnnotatorId = BEN) -> Resolve:
    return Resolve(expert=expert, lease=LEASE_A, answer=HIDDEN, answer_class="cat")


OPENED = ev.EscalationOpened(
    escalation=ESCALATION_A,
    task=TASK_A,
    item=ITEM_A,
    project=PROJECT_A,
    reason="low_confidence",
    raised_by=None,
)


def test_an_escalation_opens_once() -> None:
    given(ESCALATION).when(opening()).then(OPENED)
    given(ESCALATION, OPENED).when(opening()).then()
    given(ESCALATION, OPENED).when(opening("rework_limit")).then()


def test_an_escalation_has_a_known_reason() -> None:
    given(ESCALATION).when(opening("boredom")).then_refused("reason_unknown", "invalid")


def test_an_experts_answer_resolves_it_once() -> None:
    given(ESCALATION, OPENED).when(resolve()).then(
        ev.EscalationResolved(
            escalation=ESCALATION_A,
            task=TASK_A,
            item=ITEM_A,
            project=PROJECT_A,
            expert=BEN,
            lease=LEASE_A,
            answer=HIDDEN,
            answer_class="cat",
        )
    )
    given(ESCALATION, OPENED).after(resolve()).when(resolve()).then()
    given(ESCALATION, OPENED).after(resolve()).when(opening()).then()


def test_another_experts_answer_comes_too_late() -> None:
    given(ESCALATION, OPENED).after(resolve()).when(resolve(EVE)).then_refused(
        "escalation_resolved", "conflict"
    )


def test_what_is_not_open_is_not_resolved() -> None:
    given(ESCALATION).when(resolve()).then_refused("not_now")
