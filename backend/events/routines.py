"""Routines: how much of each quality check every period has to bring, and whether it did."""

from dataclasses import dataclass
from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ProjectId, RoutinePeriodId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """At least so much every so many days (0: the routine is off). Of gold: answers to it, `per` annotator who gave
    `active_from` answers in the period, or per skill; of consensus: items with `independent` answers of different
    people; of sampling: verdicts on answers drawn by lot."""

    every_days: int
    least: int = 0
    per: str = ""
    active_from: int = 0
    independent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """Somebody who had too little of what was asked."""

    annotator: AnnotatorId
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the log shows of one period: met when `found` is at least `asked`. `answers` were given in the project and
    `people` were active; `short` lists up to 100 of the `short_people` who had too little; of consensus `same` of
    `pairs` of answers to one task are identical."""

    asked: int
    found: int
    answers: int = 0
    people: int = 0
    short: tuple[Short, ...] = ()
    short_people: int = 0
    pairs: int = 0
    same: int = 0


@event("routine.set")
class RoutineSet:
    """This is asked from the period on that begins at `begins`; `version` counts all that was said in the project.
    `next_ends` is when the period ends that is judged next (None: none is)."""

    project: ProjectId
    kind: str
    version: int
    rule: Rule
    begins: datetime
    next_ends: datetime | None


@event("routine.met")
class RoutineMet:
    """Everything that happened from `begins` on and before `ends` shows that the period brought what was asked."""

    period: RoutinePeriodId
    project: ProjectId
    kind: str
    version: int
    begins: datetime
    ends: datetime
    numbers: Numbers
    next_ends: datetime | None


@event("routine.missed")
class RoutineMissed:
    """It did not; somebody has to look at it. The period's id is also the alert's."""

    period: RoutinePeriodId
    project: ProjectId
    kind: str
    version: int
    begins: datetime
    ends: datetime
    numbers: Numbers
    next_ends: datetime | None


@event("routine.acknowledged")
class RoutineAcknowledged:
    """A person has looked at a missed period, and says something about it (ciphertext)."""

    period: RoutinePeriodId
    project: ProjectId
    note: Secret
