"""Staff rates: what the work of the tenant's own people costs in a project."""

from backend.events.base import event
from backend.events.ids import ProjectId


@event("staff_rate.set")
class StaffRateSet:
    """From `effective` (a day of UTC, ISO 8601) on an answer or an hour of the tenant's own people costs `amount_minor`
    minor units of `currency` in the project, in one kind of work (None: in each); None: nothing is said any more."""

    project: ProjectId
    stage: str | None
    per: str
    amount_minor: int | None
    currency: str
    effective: str
