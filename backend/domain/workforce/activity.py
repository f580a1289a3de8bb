"""Activity: what a person is doing; work is handed out only to those who are available."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.events import availability as ev
from backend.events.ids import AnnotatorId

AVAILABLE = "available"
ACTIVITIES = frozenset({AVAILABLE, "break", "training", "offline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeActivity:
    """The person does something else now."""

    annotator: AnnotatorId
    activity: str


def decide(command: ChangeActivity, activity: str) -> Sequence[ev.ActivityChanged]:
    """A known activity other than the present one is an event."""
    one_of("activity_unknown", "activity", command.activity, ACTIVITIES)
    if command.activity == activity:
        return []
    return [ev.ActivityChanged(annotator=command.annotator, activity=command.activity)]


def evolve(activity: str, event: ev.ActivityChanged) -> str:
    """What is true after the event."""
    return event.activity


ACTIVITY: Decider[ChangeActivity, str, ev.ActivityChanged] = Decider(AVAILABLE, decide, evolve)
"""One stream per person."""
