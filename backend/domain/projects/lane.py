"""A lane: all tasks of one stage with one requirement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.projects.requirement import STAGES
from backend.events import projects as ev
from backend.events.ids import LaneId, ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such lane yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Serves those who hold every token of `requires`."""

    lane: LaneId
    project: ProjectId
    stage: str
    requires: tuple[str, ...]


Lane: TypeAlias = Unopened | Open

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLane:
    """Open a lane for a stage of a project."""

    lane: LaneId
    project: ProjectId
    stage: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequirement:
    """Ask for these tokens from now on; their order does not matter."""

    requires: tuple[str, ...]


Command: TypeAlias = OpenLane | ChangeRequirement
Event: TypeAlias = ev.LaneOpened | ev.LaneRequirementChanged

# --- decide


def decide(command: Command, lane: Lane) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, lane:
        case OpenLane(), Unopened():
            one_of("stage_unknown", "stage", command.stage, STAGES)
            return [
                ev.LaneOpened(
                    lane=command.lane,
                    project=command.project,
                    stage=command.stage,
                    requires=_ordered(command.requires),
                )
            ]
        case OpenLane(lane=asked, project=project, stage=stage), Open() if (asked, project, stage) == (
            lane.lane,
            lane.project,
            lane.stage,
        ):
            return []
        case ChangeRequirement(requires=requires), Open(requires=present) if _ordered(requires) == present:
            return []
        case ChangeRequirement(requires=requires), Open(lane=known):
            return [ev.LaneRequirementChanged(lane=known, requires=_ordered(requires))]
        case ChangeRequirement(), Unopened():
            raise not_found("a lane")
        case _:
            raise not_now(command, lane)


# --- evolve


def evolve(lane: Lane, event: Event) -> Lane:
    """What is true after the event."""
    match event, lane:
        case ev.LaneOpened(), _:
            return Open(lane=event.lane, project=event.project, stage=event.stage, requires=event.requires)
        case ev.LaneRequirementChanged(), Open():
            return Open(lane=lane.lane, project=lane.project, stage=lane.stage, requires=event.requires)
        case ev.LaneRequirementChanged(), Unopened():
            return lane
        case _:
            assert_never(event)


# --- helpers


def _ordered(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(tokens)))


LANE: Decider[Command, Lane, Event] = Decider(Unopened(), decide, evolve)
"""One stream per lane; its id follows from project and stage."""
