"""Deliveries over HTTP: decided items are put together, held back when they fall short, and fetched."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.api.fields import Body, Page, Reason, Shown, whole
from backend.api.pilots import Outcome
from backend.api.reports import DiversityMet, ExportPage, TargetMet
from backend.api.route import Route
from backend.usecases.projects import deliveries as use


class DeliveryPrepare(Body):
    """Of which iteration (left out: of the whole project), and how many items at most (left out: 50,000)."""

    iteration: UUID | None = None
    items: whole(1, 50_000) | None = None  # type: ignore[valid-type]


class DeliverySettle(Body):
    """Why it is released although it falls short, or not delivered."""

    reason: Reason


class Delivery(Shown):
    """Items put together at `prepared_at`, and how they did against the targets then."""

    id: UUID
    project: UUID
    number: int
    iteration: UUID | None
    items: int
    state: Literal["held", "released", "withdrawn"]
    outcome: Outcome
    targets_version: int
    basis_index: int
    prepared_at: datetime
    settled_at: datetime | None
    targets: list[TargetMet]
    diversity: DiversityMet | None
    reason: str | None


class Deliveries(Shown):
    """The deliveries of a project, the newest first."""

    data: list[Delivery]


_ALL = "/v1/projects/{project}/deliveries"
_ONE = "/v1/deliveries/{delivery}"
_READ: dict[str, Any] = {"answer": Delivery}

ROUTES = (
    Route(
        method="POST",
        path=_ALL,
        usecase=use.delivery_prepare,
        says="Put decided items together and hold them against the targets; what falls short is held.",
        body=DeliveryPrepare,
        status=201,
        key="required",
        **_READ,
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.delivery_list,
        says="List a project's deliveries.",
        answer=Deliveries,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.delivery_get,
        says="Read a delivery and how it did against the targets.",
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/release",
        usecase=use.delivery_release,
        says="Release a delivery that falls short, with a reason.",
        body=DeliverySettle,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/withdraw",
        usecase=use.delivery_withdraw,
        says="Do not deliver it; its items may be in another one.",
        body=DeliverySettle,
        **_READ,
    ),
    Route(
        method="GET",
        path=f"{_ONE}/export",
        usecase=use.delivery_export,
        says="Fetch the results of a released delivery.",
        query=Page,
        answer=ExportPage,
    ),
)
