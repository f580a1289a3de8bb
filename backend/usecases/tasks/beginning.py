"""What a new task asks for: the item's needs and the step's together, and the earlier of their deadlines."""

from datetime import datetime, timedelta

from backend.domain.projects.requirement import canonical
from backend.events.projects import Conditions
from backend.usecases.lanes import NOTHING


def joined(one: Conditions, other: Conditions) -> Conditions:
    """Both at once, in their one spelling."""
    if NOTHING in (one, other):
        return other if one == NOTHING else one
    told = canonical(
        (*one.all_of, *other.all_of), (*one.any_of, *other.any_of), (*one.none_of, *other.none_of)
    )
    return Conditions(all_of=told.requires, any_of=told.any_of, none_of=told.excludes)


def deadline_of(item: datetime | None, step_seconds: int, now: datetime) -> datetime | None:
    """The earlier of the item's and the step's own; a step of 0 seconds has none."""
    own = now + timedelta(seconds=step_seconds) if step_seconds else None
    return min((one for one in (item, own) if one is not None), default=None)
