"""Who holds what, over HTTP: leases listed, given to people by name, moved between them and taken away."""

from datetime import datetime
from uuid import UUID

from backend.api.cursor import moment
from backend.api.fields import Body, Flag, Page, Said, Shown, Stage
from backend.api.leases import LeaseEnded, Open
from backend.api.route import Route
from backend.usecases.tasks import assigning, handing, listing


class LeaseAssign(Body):
    """To whom; and whether even if they hold as many leases as they may."""

    annotator: UUID
    over_capacity: Flag = False


class LeaseAssigned(Shown):
    """The lease that the person now holds. Their next pull hands it out first; not opened by `start_by`, its slot is
    everybody's."""

    lease: UUID
    task: UUID
    annotator: UUID
    expires_at: datetime
    start_by: datetime | None
    hard_until: datetime | None


class LeaseReassign(LeaseAssign):
    """To whom, why, and whether with the draft."""

    keep_draft: Flag = True
    reason: Said = ""


class LeaseRevoke(Body):
    """Why."""

    reason: Said = ""


class LeasesAsked(Page):
    """Whose, of which project, in which state; a person sees their own."""

    project: UUID | None = None
    annotator: UUID | None = None
    state: Open | None = None


class LeaseListed(Shown):
    """A lease that is held. `task` and `item` are handles for its holder and ids for a manager; `group` is one handle
    for what belongs together."""

    id: UUID
    annotator: UUID
    task: UUID
    item: UUID
    project: UUID
    stage: Stage
    step: str
    state: Open
    priority: int
    assigned: bool
    group: UUID | None
    claimed_at: datetime
    started_at: datetime | None
    start_by: datetime | None
    expires_at: datetime
    hard_until: datetime | None
    age_seconds: int


class LeaseList(Shown):
    """The oldest first."""

    data: list[LeaseListed]
    next_cursor: str | None


ROUTES = (
    Route(
        method="GET",
        path="/v1/leases",
        usecase=listing.lease_list,
        says="List the leases held: one's own, or as a manager everybody's.",
        query=LeasesAsked,
        answer=LeaseList,
        cursor=moment,
    ),
    Route(
        method="POST",
        path="/v1/tasks/{task}/assign",
        usecase=assigning.lease_assign,
        says="Give a slot of a task to a person.",
        body=LeaseAssign,
        answer=LeaseAssigned,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path="/v1/leases/{lease}/reassign",
        usecase=handing.lease_reassign,
        says="Move a lease to another person.",
        body=LeaseReassign,
        answer=LeaseAssigned,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path="/v1/leases/{lease}/revoke",
        usecase=handing.lease_revoke,
        says="Take a lease away.",
        body=LeaseRevoke,
        answer=LeaseEnded,
    ),
)
