"""Working time: what was measured of a person in a project becomes a fact, each stretch once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import availability as ev
from backend.events.ids import AnnotatorId, ProjectId

Counted: TypeAlias = Mapping[ProjectId, datetime]
"""Project -> until when its time is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountWork:
    """Signs of life from `begins` to `ends` covered `raw_ms`, of which `counted_ms` without the idle time."""

    annotator: AnnotatorId
    project: ProjectId
    begins: datetime
    ends: datetime
    raw_ms: int
    counted_ms: int


def _impossible(command: CountWork) -> Refusal:
    spans = round((command.ends - command.begins).total_seconds() * 1000)
    return Refusal(
        "invalid",
        "work_invalid",
        expected="0 <= counted_ms <= raw_ms <= the time between begins and ends",
        found=f"{command.counted_ms}, {command.raw_ms} and {spans} ms",
        mend="count what was measured",
    )


def decide(command: CountWork, counted: Counted) -> Sequence[ev.WorkCounted]:
    """What ends after everything counted before is new; anything else was counted already."""
    spans = (command.ends - command.begins).total_seconds() * 1000
    if not 0 <= command.counted_ms <= command.raw_ms <= spans:
        raise _impossible(command)
    known = counted.get(command.project)
    if known is not None and command.ends <= known:
        return []
    return [
        ev.WorkCounted(
            annotator=command.annotator,
            project=command.project,
            begins=command.begins,
            ends=command.ends,
            raw_ms=command.raw_ms,
            counted_ms=command.counted_ms,
        )
    ]


def evolve(counted: Counted, event: ev.WorkCounted) -> Counted:
    """What is true after the event."""
    return MappingProxyType({**counted, event.project: event.ends})


WORKTIME: Decider[CountWork, Counted, ev.WorkCounted] = Decider(MappingProxyType({}), decide, evolve)
"""One stream per person and hour."""
