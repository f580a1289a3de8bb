"""Feedback of a project: what its people are told of reviews, and for how long they may dispute an error."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.events import disputes as ev
from backend.events.ids import ProjectId

DISPUTE_DAYS = 14
DISPUTE_DAYS_MAX = 365

# --- state


@dataclass(frozen=True, slots=True)
class Feedback:
    """What holds; version 0: nothing was ever said."""

    version: int = 0
    review_notes: bool = False
    corrections: bool = False
    dispute_days: int = DISPUTE_DAYS


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFeedback:
    """Tell people this from now on; the fields are those of the event."""

    project: ProjectId
    review_notes: bool
    corrections: bool
    dispute_days: int


# --- decide


def decide(command: SetFeedback, feedback: Feedback) -> Sequence[ev.FeedbackSet]:
    """Something else is the next version. Refuses `dispute_days_invalid` outside 1..365."""
    in_range("dispute_days_invalid", "dispute_days", command.dispute_days, 1, DISPUTE_DAYS_MAX)
    said = (command.review_notes, command.corrections, command.dispute_days)
    if said == (feedback.review_notes, feedback.corrections, feedback.dispute_days):
        return []
    return [
        ev.FeedbackSet(
            project=command.project,
            version=feedback.version + 1,
            review_notes=command.review_notes,
            corrections=command.corrections,
            dispute_days=command.dispute_days,
        )
    ]


# --- evolve


def evolve(feedback: Feedback, event: ev.FeedbackSet) -> Feedback:
    """What is true after the event."""
    return Feedback(event.version, event.review_notes, event.corrections, event.dispute_days)


FEEDBACK: Decider[SetFeedback, Feedback, ev.FeedbackSet] = Decider(Feedback(), decide, evolve)
"""One stream per project; its id follows from the project's."""
