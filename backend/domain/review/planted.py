"""A planted answer: somebody's answer to gold that a reviewer is shown as if it were work, and whether they saw."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.events import review as ev
from backend.events.ids import AnnotatorId, GoldId, LeaseId, ProjectId, SkillId

# --- state


@dataclass(frozen=True, slots=True)
class Planted:
    """Whether the reviewer has spoken, and if so whether they called the answer wrong."""

    found: bool | None = None


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlanted:
    """The reviewer's verdict under `lease` on what was answered under `subject`: `error` says whether that was wrong,
    `found` whether the reviewer said so."""

    lease: LeaseId
    reviewer: AnnotatorId
    project: ProjectId
    skill: SkillId
    gold: GoldId
    subject: LeaseId
    error: bool
    found: bool
    bulk: bool = False
    labels_shown: int = 0


# --- decide


def decide(command: ScorePlanted, planted: Planted) -> Sequence[ev.PlantedScored]:
    """The first verdict stands, and is no evidence about whose answer it was."""
    if planted.found is not None:
        return []
    return [
        ev.PlantedScored(
            lease=command.lease,
            reviewer=command.reviewer,
            project=command.project,
            skill=command.skill,
            gold=command.gold,
            subject=command.subject,
            error=command.error,
            found=command.found,
            bulk=command.bulk,
            labels_shown=command.labels_shown,
        )
    ]


# --- evolve


def evolve(planted: Planted, event: ev.PlantedScored) -> Planted:
    """What is true after the event."""
    return Planted(event.found)


PLANTED: Decider[ScorePlanted, Planted, ev.PlantedScored] = Decider(Planted(), decide, evolve)
"""One stream per review lease that was planted; its id follows from the lease."""
