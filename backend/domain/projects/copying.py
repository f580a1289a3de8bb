"""A copied project: which settings of which project it began with. It is said once and never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import pilot_projects as ev
from backend.events.ids import ProjectId
from backend.events.pilot_projects import CopiedSetting

# --- state


@dataclass(frozen=True, slots=True)
class Own:
    """It began as a project of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """It began as a copy."""

    fact: ev.ProjectCopied


Origin: TypeAlias = Own | Copied

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Say what it began with."""

    project: ProjectId
    copied_from: ProjectId
    settings: tuple[CopiedSetting, ...]
    left_out: tuple[str, ...]
    basis_index: int


# --- decide


def decide(command: Copy, origin: Origin) -> Sequence[ev.ProjectCopied]:
    """Once."""
    if isinstance(origin, Copied):
        raise not_now(command, origin)
    return [
        ev.ProjectCopied(
            project=command.project,
            copied_from=command.copied_from,
            settings=command.settings,
            left_out=command.left_out,
            basis_index=command.basis_index,
        )
    ]


# --- evolve


def evolve(origin: Origin, event: ev.ProjectCopied) -> Origin:
    """What is true after the event."""
    return Copied(fact=event)


ORIGIN: Decider[Copy, Origin, ev.ProjectCopied] = Decider(Own(), decide, evolve)
"""One stream per project; its id follows from the project's."""
