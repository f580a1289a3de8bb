"""A lane: all tasks of one stage with one requirement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.projects.requirement import STAGES, Requirement, canonical
from backend.events import projects as ev
from backend.events.ids import LaneId, ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such lane yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Serves those who meet the requirement."""

    lane: LaneId
    project: ProjectId
    stage: str
    requirement: Requirement


Lane: TypeAlias = Unopened | Open

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLane:
    """Open a lane for a stage of a project."""

    lane: LaneId
    project: ProjectId
    stage: str
    requirement: Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequirement:
    """Ask for this from now on; the order of tokens does not matter."""

    requirement: Requirement


Command: TypeAlias = OpenLane | ChangeRequirement
Event: TypeAlias = ev.LaneOpened | ev.LaneRequirementChanged

# --- decide


def decide(command: Command, lane: Lane) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, lane:
        case OpenLane(requirement=asked), Unopened():
            one_of("stage_unknown", "stage", command.stage, STAGES)
            told = _ordered(asked)
            return [
                ev.LaneOpened(
                    lane=command.lane,
                    project=command.project,
                    stage=command.stage,
                    requires=told.requires,
                    any_of=told.any_of,
                    excludes=told.excludes,
                )
            ]
        case OpenLane(lane=asked, project=project, stage=stage), Open() if (asked, project, stage) == (
            lane.lane,
            lane.project,
            lane.stage,
        ):
            return []
        case ChangeRequirement(requirement=wanted), Open(requirement=present) if _ordered(wanted) == present:
            return []
        case ChangeRequirement(requirement=wanted), Open(lane=known):
            told = _ordered(wanted)
            return [
                ev.LaneRequirementChanged(
                    lane=known, requires=told.requires, any_of=told.any_of, excludes=told.excludes
                )
            ]
        case ChangeRequirement(), Unopened():
            raise not_found("a lane")
        case _:
            raise not_now(command, lane)


# --- evolve


def evolve(lane: Lane, event: Event) -> Lane:
    """What is true after the event."""
    match event, lane:
        case ev.LaneOpened(), _:
            return Open(lane=event.lane, project=event.project, stage=event.stage, requirement=_told(event))
        case ev.LaneRequirementChanged(), Open():
            return Open(lane=lane.lane, project=lane.project, stage=lane.stage, requirement=_told(event))
        case ev.LaneRequirementChanged(), Unopened():
            return lane
        case _:
            assert_never(event)


# --- helpers


def _ordered(asked: Requirement) -> Requirement:
    return canonical(asked.requires, asked.any_of, asked.excludes)


def _told(event: Event) -> Requirement:
    return Requirement(requires=event.requires, any_of=event.any_of, excludes=event.excludes)


LANE: Decider[Command, Lane, Event] = Decider(Unopened(), decide, evolve)
"""One stream per lane; its id follows from project and stage."""
