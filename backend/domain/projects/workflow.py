"""A workflow: the steps of a project's items as a graph that always ends, in versions that never change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.domain.projects.workflow_check import check
from backend.events import workflows as ev
from backend.events.ids import ProjectId
from backend.events.workflows import Step

# --- state


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Items have the one step that the quality plan describes."""


@dataclass(frozen=True, slots=True)
class Published:
    """Items imported from now on go through this version; work begun keeps the version it began with."""

    newest: ev.WorkflowPublished


Workflow: TypeAlias = Unpublished | Published

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Let items begin with `first` and go on as `steps` say, from now on."""

    project: ProjectId
    first: tuple[str, ...]
    steps: tuple[Step, ...]


# --- decide


def decide(command: Publish, workflow: Workflow) -> Sequence[ev.WorkflowPublished]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, workflow:
        case Publish(project=about, first=first, steps=steps), Published(known) if (about, first, steps) == (
            known.project,
            known.first,
            known.steps,
        ):
            return []
        case Publish(project=about), Published(known) if about != known.project:
            raise not_now(command, workflow)
        case Publish(), Unpublished():
            return [_published(command, 1)]
        case Publish(), Published(known):
            return [_published(command, known.version + 1)]
        case _:
            raise not_now(command, workflow)


# --- evolve


def evolve(workflow: Workflow, event: ev.WorkflowPublished) -> Workflow:
    """What is true after the event."""
    match event:
        case ev.WorkflowPublished():
            return Published(event)
        case _:
            assert_never(event)


# --- helpers


def _published(command: Publish, version: int) -> ev.WorkflowPublished:
    check(command.first, command.steps)
    return ev.WorkflowPublished(
        project=command.project, version=version, first=command.first, steps=command.steps
    )


WORKFLOW: Decider[Publish, Workflow, ev.WorkflowPublished] = Decider(Unpublished(), decide, evolve)
"""One stream per project; its id follows from the project's."""
