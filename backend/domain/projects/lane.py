"""A lane: all tasks of one step and one priority class with one requirement, and the rings that open by waiting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.projects.requirement import STAGES, Requirement, canonical
from backend.events import queue as ev
from backend.events.ids import LaneId, ProjectId
from backend.events.projects import Conditions
from backend.events.queue import LaneRing

PRIORITIES = (0, 1, 2, 3)
"""0 real time, 1 urgent, 2 normal, 3 backfill; lower goes first."""
NORMAL = 2

# --- state


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such lane yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Serves those who meet the requirement, and those who meet a ring's once its head has waited long enough."""

    lane: LaneId
    project: ProjectId
    stage: str
    step: str
    priority: int
    requirement: Requirement
    rings: tuple[LaneRing, ...] = ()
    paused: bool = False


Lane: TypeAlias = Unopened | Open

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLane:
    """Open a lane for a step of a project; `needs` is what its tasks ask beside the project."""

    lane: LaneId
    project: ProjectId
    stage: str
    requirement: Requirement
    step: str = ""
    priority: int = NORMAL
    needs: Conditions = field(default_factory=Conditions)
    edge_case: bool = False
    rings: tuple[LaneRing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequirement:
    """Ask for this from now on; the order of tokens does not matter."""

    requirement: Requirement
    rings: tuple[LaneRing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Serve nobody until it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Serve again."""


Command: TypeAlias = OpenLane | ChangeRequirement | Pause | Resume
Event: TypeAlias = ev.LaneOpened | ev.LaneRequirementChanged | ev.LanePaused | ev.LaneResumed

# --- decide


def decide(command: Command, lane: Lane) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, lane:
        case OpenLane(), Unopened():
            return [_opened(command)]
        case OpenLane(lane=asked, project=project, stage=stage), Open() if (asked, project, stage) == (
            lane.lane,
            lane.project,
            lane.stage,
        ):
            return []
        case ChangeRequirement(requirement=wanted, rings=rings), Open(requirement=present) if (
            _ordered(wanted),
            rings,
        ) == (present, lane.rings):
            return []
        case ChangeRequirement(requirement=wanted, rings=rings), Open(lane=known):
            told = _ordered(wanted)
            return [
                ev.LaneRequirementChanged(
                    lane=known,
                    requires=told.requires,
                    any_of=told.any_of,
                    excludes=told.excludes,
                    rings=rings,
                )
            ]
        case Pause(), Open(paused=paused):
            return [] if paused else [ev.LanePaused(lane=lane.lane)]
        case Resume(), Open(paused=paused):
            return [ev.LaneResumed(lane=lane.lane)] if paused else []
        case ((ChangeRequirement() | Pause() | Resume()), Unopened()):
            raise not_found("a lane")
        case _:
            raise not_now(command, lane)


# --- evolve


def evolve(lane: Lane, event: Event) -> Lane:
    """What is true after the event."""
    match event, lane:
        case ev.LaneOpened(), _:
            return Open(
                lane=event.lane,
                project=event.project,
                stage=event.stage,
                step=event.step,
                priority=event.priority,
                requirement=_told(event),
                rings=event.rings,
            )
        case _, Unopened():
            return lane
        case ev.LaneRequirementChanged(), Open():
            return replace(lane, requirement=_told(event), rings=event.rings)
        case ((ev.LanePaused() | ev.LaneResumed()), Open()):
            return replace(lane, paused=isinstance(event, ev.LanePaused))
        case _:
            assert_never(event)


# --- helpers


def _opened(command: OpenLane) -> ev.LaneOpened:
    one_of("stage_unknown", "stage", command.stage, STAGES)
    in_range("priority_invalid", "priority", command.priority, PRIORITIES[0], PRIORITIES[-1])
    told = _ordered(command.requirement)
    return ev.LaneOpened(
        lane=command.lane,
        project=command.project,
        stage=command.stage,
        requires=told.requires,
        any_of=told.any_of,
        excludes=told.excludes,
        step=command.step or command.stage,
        priority=command.priority,
        needs=command.needs,
        edge_case=command.edge_case,
        rings=command.rings,
    )


def _ordered(asked: Requirement) -> Requirement:
    return canonical(asked.requires, asked.any_of, asked.excludes)


def _told(event: ev.LaneOpened | ev.LaneRequirementChanged) -> Requirement:
    return Requirement(requires=event.requires, any_of=event.any_of, excludes=event.excludes)


LANE: Decider[Command, Lane, Event] = Decider(Unopened(), decide, evolve)
"""One stream per lane; its id follows from project, step, class and what its tasks need."""
