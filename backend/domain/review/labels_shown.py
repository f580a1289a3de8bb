"""Labels shown: which other labels of its item the holder of a lease has before them; said once, when it is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.events import review as ev
from backend.events.ids import AnnotatorId, ItemId, LeaseId, PredictionId, ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether it was said."""

    said: bool = False


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLabels:
    """These are shown under the lease, for as long as it lasts."""

    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    item: ItemId
    answers: tuple[LeaseId, ...]
    predictions: tuple[PredictionId, ...]


# --- decide


def decide(command: ShowLabels, shown: Shown) -> Sequence[ev.LabelsShown]:
    """The first word counts: nobody's view changes under their hands. No labels are nothing to tell."""
    if shown.said or not (command.answers or command.predictions):
        return []
    return [
        ev.LabelsShown(
            lease=command.lease,
            annotator=command.annotator,
            project=command.project,
            item=command.item,
            answers=command.answers,
            predictions=command.predictions,
        )
    ]


# --- evolve


def evolve(shown: Shown, event: ev.LabelsShown) -> Shown:
    """What is true after the event."""
    return Shown(True)


LABELS_SHOWN: Decider[ShowLabels, Shown, ev.LabelsShown] = Decider(Shown(), decide, evolve)
"""One stream per lease; its id follows from the lease's."""
