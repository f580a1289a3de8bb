"""The record of one person in one course: what was tried, what is passed and until when, what is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.training.rules import Rules
from backend.events import training as ev
from backend.events.ids import AttemptId, GoldId, ProjectId

FELL = "proficiency"
"""Why somebody is assigned a course that they may have passed before."""
WHOLE = ""
"""Where failures of a course without modules are counted."""

Event: TypeAlias = (
    ev.CourseAssigned
    | ev.AttemptBegun
    | ev.CourseAttempted
    | ev.ModuleAttempted
    | ev.ExamGoldAnswered
    | ev.AttemptsAllowed
    | ev.CourseLapsed
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An exam that was begun and not answered yet: its questions, and until when (None: no limit)."""

    attempt: AttemptId
    version: int
    gold: tuple[GoldId, ...]
    until: datetime | None

    def over(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.until is not None and now > self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Every attempt so far. `passed` is version -> until when; `gold` counts as evidence already, `met` was asked.

    From `version` on it is about that version since it was last passed: the modules done with (answered, correct),
    failures per module, when the next attempt is possible, how many more a manager allowed.
    """

    attempts: frozenset[AttemptId] = frozenset()
    tried: frozenset[int] = frozenset()
    passed: Mapping[int, datetime | None] = field(default_factory=dict)
    gold: frozenset[GoldId] = frozenset()
    met: frozenset[GoldId] = frozenset()
    assigned: frozenset[tuple[str, ProjectId | None]] = frozenset()
    version: int = 0
    done: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    retry_at: datetime | None = None
    allowed: int = 0
    opened: Opened | None = None

    def holds(self, version: int, now: datetime) -> bool:
        """Whether this version was passed and has not lapsed."""
        until = self.passed.get(version)
        return version in self.passed and (until is None or now < until)

    def at(self, version: int) -> "Attempts":
        """The same history, seen from this version: what was tried at another one does not count there."""
        if self.version == version:
            return self
        return replace(self, version=version, done={}, failures={}, retry_at=None, allowed=0, opened=None)

    @property
    def asked_again(self) -> bool:
        """Whether somebody who fell is to pass it, whatever was passed before."""
        return any(because == FELL for because, _ in self.assigned)

    def for_good(self, version: int) -> bool:
        """Whether this version was passed without an end, and is not asked again: there is nothing to renew."""
        return version in self.passed and self.passed[version] is None and not self.asked_again

    def attempts_left(self, rules: Rules, module: str = WHOLE) -> int | None:
        """How many attempts are left, None when there is no maximum."""
        if rules.attempts_max is None:
            return None
        return max(0, rules.attempts_max + self.allowed - self.failures.get(module, 0))


# --- evolve


def evolve(so_far: Attempts, event: Event) -> Attempts:
    """What is true after the event."""
    match event:
        case ev.CourseAssigned():
            return replace(so_far, assigned=so_far.assigned | {(event.because, event.project)})
        case ev.AttemptBegun():
            opened = Opened(attempt=event.attempt, version=event.version, gold=event.gold, until=event.until)
            return replace(so_far.at(event.version), opened=opened, met=so_far.met | set(event.gold))
        case ev.CourseAttempted():
            return _after_attempt(so_far.at(event.version), event)
        case ev.ModuleAttempted():
            return _after_module(so_far.at(event.version), event)
        case ev.ExamGoldAnswered():
            return replace(so_far, gold=so_far.gold | {event.gold}, met=so_far.met | {event.gold})
        case ev.AttemptsAllowed():
            return replace(so_far, allowed=so_far.allowed + event.more)
        case ev.CourseLapsed():
            left = {version: until for version, until in so_far.passed.items() if version != event.version}
            return replace(so_far, passed=left)
        case _:
            assert_never(event)


def _after_attempt(so_far: Attempts, event: ev.CourseAttempted) -> Attempts:
    tried = replace(
        so_far,
        attempts=so_far.attempts | {event.attempt},
        tried=so_far.tried | {event.version},
        opened=None,
    )
    if not event.passed:
        return _failed(tried, WHOLE, event.retry_at)
    passed = {**so_far.passed, event.version: event.until}
    return replace(tried, passed=passed, assigned=frozenset(), done={}, failures={}, retry_at=None, allowed=0)


def _after_module(so_far: Attempts, event: ev.ModuleAttempted) -> Attempts:
    tried = replace(so_far, attempts=so_far.attempts | {event.attempt})
    if not event.passed:
        return _failed(tried, event.module, event.retry_at)
    done = {**so_far.done, event.module: (event.answered, event.correct)}
    return replace(tried, done=done, retry_at=None, allowed=0)


def _failed(so_far: Attempts, module: str, retry_at: datetime | None) -> Attempts:
    failures = {**so_far.failures, module: so_far.failures.get(module, 0) + 1}
    return replace(so_far, failures=failures, retry_at=retry_at)
