"""Overlap as another plan would have had it: how many of the recorded answers an item needs, and what goes to experts.

Answers are weighed as they are today when an item is decided (domain/tasks/aggregate.py), the first ones first. What
the plan would have asked beyond what anybody answered is counted, and what it would have said is not made up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.domain.tasks.aggregate import Judgment, aggregate
from backend.domain.tasks.fusion import FUSED
from backend.events.ids import AnnotatorId
from backend.events.projects import QualityPlan
from backend.readmodels.backtest import Given
from backend.usecases.backtest.history import History
from backend.usecases.tasks.results import NOBODY, compared

FIELDS = ("overlap", "overlap_max", "stop_at_ppm", "escalate_below_ppm")
UNSURE = "low_confidence"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of `items` decided items `judgments` answers in all; `missing` are those of them that nobody gave, on `open`
    items of which so much is not known. `dropped`: leases of answers that would not have been asked for; `escalations`
    of all kinds; `replayed`: whether anything was computed anew."""

    items: int
    judgments: int
    missing: int
    open: int
    escalations: int
    dropped: frozenset[UUID]
    replayed: bool

    @property
    def per_item(self) -> float | None:
        """Answers per item; None where no item was decided."""
        return self.judgments / self.items if self.items else None


def recorded(history: History) -> Asked:
    """What was asked in fact."""
    tasks = _tasks(history)
    judgments = sum(map(len, tasks.values()))
    return Asked(len(tasks), judgments, 0, 0, len(history.escalated), frozenset(), False)


def ask(history: History) -> Asked:
    """What the plan would have asked. As recorded, where nothing of the plan bears on it or answers have to be read to
    be compared."""
    was = recorded(history)
    tasks = {task: some for task, some in _tasks(history).items() if not some[0].by_workflow}
    if history.as_recorded(*FIELDS) or _unreadable(history):
        return was
    escalations = sum(reason != UNSURE or task not in tasks for task, reason in history.escalated)
    dropped: set[UUID] = set()
    judgments, missing, unknown = was.judgments, 0, 0
    for some in tasks.values():
        used, lacking, sure, told = _one(history, some)
        dropped.update(one.lease for one in some[used:])
        judgments += used + lacking - len(some)
        missing += lacking
        unknown += lacking > 0
        escalations += told and sure
    return Asked(was.items, judgments, missing, unknown, escalations, frozenset(dropped), True)


def _tasks(history: History) -> dict[UUID, list[Given]]:
    """Decided task -> its answers that count, the first one first."""
    found: dict[UUID, list[Given]] = defaultdict(list)
    for one in history.work:
        if one.decided and not one.rejected:
            found[one.task].append(one)
    return dict(found)


def _unreadable(history: History) -> bool:
    """As usecases/tasks/results.py: such answers have a middle, for which they are opened."""
    kind = history.kind
    return kind in FUSED and (kind != "labels" or any(one.answer_class is None for one in history.work))


def _one(history: History, some: Sequence[Given]) -> tuple[int, int, bool, bool]:
    """Of one item: answers used, answers lacking, whether it goes to an expert, and whether that is known."""
    plan, used = history.wanted, min(history.wanted.overlap, len(some))
    if len(some) < plan.overlap:
        return used, plan.overlap - len(some), False, False
    while True:
        sure = _confidence(history, some[:used])
        if sure >= plan.stop_at_ppm or used >= plan.overlap_max:
            return used, 0, sure < _enough(plan, used), True
        if used == len(some):
            return used, 1, False, False
        used += 1


def _enough(plan: QualityPlan, used: int) -> int:
    """As usecases/tasks/deciding.py: below it an item goes to an expert."""
    return max(plan.escalate_below_ppm, plan.stop_at_ppm if used >= plan.overlap_max else 0)


def _confidence(history: History, some: Sequence[Given]) -> int:
    judgments = [
        Judgment(
            annotator=AnnotatorId(one.annotator),
            answer_class=one.answer_class,
            answer_token=one.answer_token,
            counts=history.records.get(one.annotator, NOBODY),
            compared=compared(history.records.get(one.annotator, NOBODY)),
        )
        for one in some
    ]
    return aggregate(judgments, history.pool, history.classes, history.temperature).confidence_ppm
