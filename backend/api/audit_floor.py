"""The audit floor over HTTP: what is reviewed in every project, whatever its plan says."""

from typing import Literal

from backend.api.fields import Body, Share, Shown
from backend.api.route import Route
from backend.usecases.review import audit_floor as use


class FloorGiven(Body):
    """The share (0..1) of all answers that is reviewed at least; 0 switches the audit off."""

    floor: Share


class AuditFloor(Shown):
    """The floor in force, and who says it; version 1: the tenant said nothing. It is also the ETag."""

    version: int
    floor: float
    said_by: Literal["tenant", "product"]


_PATH = "/v1/audit-floor"

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        usecase=use.audit_floor_get,
        says="Read the share of answers that is reviewed in every project, whatever its plan says.",
        answer=AuditFloor,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_PATH,
        usecase=use.audit_floor_set,
        says="Change the audit floor that was read; no project can go below it.",
        body=FloorGiven,
        answer=AuditFloor,
        if_match=True,
        etag=True,
    ),
)
