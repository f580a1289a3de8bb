"""Vendors, teams, compliance records and the onboarding policy over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Anything, Body, Flag, Moment, Name, Page, Reason, Share, Shown, Word, whole
from backend.api.route import Route
from backend.usecases.workforce import compliance, onboarding
from backend.usecases.workforce import vendor_floors as floors
from backend.usecases.workforce import vendors as use


class VendorRegister(Body):
    """An outside provider."""

    name: Name = Field(examples=["Label Works"])


class Vendor(Shown):
    """A vendor; `people` counts those who have not left."""

    id: UUID
    name: str
    status: Literal["active", "suspended"]
    reason: str | None
    since: datetime
    people: int


class VendorPage(Shown):
    """Vendors by id."""

    data: list[Vendor]
    next_cursor: str | None


class VendorBecause(Body):
    """Why."""

    reason: Reason = Field(examples=["the contract is under review"])


class VendorStanding(Shown):
    """Where the vendor stands now, how many of its people stopped or stand again, how many leases were revoked."""

    id: UUID
    status: Literal["active", "suspended"]
    people: int
    leases_revoked: int | None


class VendorFloorGiven(Body):
    """Whom it is about (without `vendor`: each; without `skill`: in each skill), the accuracy (0: none is asked), how
    sure one must be that it is missed, from how many answers of how many people in how many days, and what follows: a
    flag, or a suspension that a person ends."""

    vendor: UUID | None = None
    skill: UUID | None = None
    floor: Share = Field(examples=[0.8])
    confidence: float = Field(default=0.95, ge=0.5, le=0.999999)
    answers_min: whole(1, 1_000_000) = 50  # type: ignore[valid-type]
    people_min: whole(2, 10_000) = 3  # type: ignore[valid-type]
    days: whole(1, 3_650) = 90  # type: ignore[valid-type]
    mode: Literal["flag", "suspend"] = "flag"


class VendorFloor(Shown):
    """A standard in force: of those that concern a vendor in a skill the one that names more counts."""

    vendor: UUID | None
    skill: UUID | None
    version: int
    floor: float
    confidence: float
    answers_min: int
    people_min: int
    days: int
    mode: Literal["flag", "suspend"]
    set_at: datetime


class VendorFloors(Shown):
    """Those for all vendors first."""

    data: list[VendorFloor]


class TeamCreate(Body):
    """A team of a vendor, or of the tenant's own staff."""

    name: Name = Field(examples=["night shift"])
    vendor: UUID | None = None


class Team(Shown):
    """A team; `people` counts those who have not left."""

    id: UUID
    name: str
    vendor: UUID | None
    people: int


class TeamPage(Shown):
    """Teams by id."""

    data: list[Team]
    next_cursor: str | None


class TeamQuery(Page):
    """Whose teams."""

    vendor: UUID | None = None


class ComplianceRecord(Body):
    """Evidence that a vendor, and so all its people, or one person complies with a standard, and until when."""

    kind: Word = Field(examples=["iso27001"])
    vendor: UUID | None = None
    annotator: UUID | None = None
    evidence: Anything = Field(examples=[{"certificate": "ISO 27001", "number": "12-345"}])
    until: Moment | None = None


class ComplianceRecorded(Shown):
    """The record; its people hold `compliance:{kind}`."""

    id: UUID
    kind: str
    vendor: UUID | None
    annotator: UUID | None


class ComplianceWithdrawn(Shown):
    """The record counts no more; so many leases needed it."""

    id: UUID
    withdrawn: bool
    leases_revoked: int


class Compliance(ComplianceRecorded):
    """A record with its evidence; `reason` says why it was withdrawn."""

    until: datetime | None
    recorded_at: datetime
    ended_at: datetime | None
    in_force: bool
    evidence: Any
    reason: str | None


class CompliancePage(Shown):
    """Records by id."""

    data: list[Compliance]
    next_cursor: str | None


class ComplianceQuery(Page):
    """Whose records; with `ended` also those that count no more."""

    vendor: UUID | None = None
    annotator: UUID | None = None
    ended: bool = False


class OnboardingUpdate(Body):
    """What is asked of everybody before the first task: passed checks, an approval, agreements, courses."""

    checks: tuple[Word, ...] = Field(default=(), max_length=20, examples=[["identity"]])
    approval: Flag = False
    agreements: tuple[UUID, ...] = Field(default=(), max_length=20)
    courses: tuple[UUID, ...] = Field(default=(), max_length=20)


class Onboarding(Shown):
    """The policy; version 1 asks for nothing. `activated` counts who had everything when it was changed."""

    version: int
    checks: list[str]
    approval: bool
    agreements: list[UUID]
    courses: list[UUID]
    activated: int | None = None


_VENDOR = "/v1/vendors/{vendor}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/vendors",
        usecase=use.vendor_register,
        says="Register a vendor.",
        body=VendorRegister,
        answer=Vendor,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/vendors",
        usecase=use.vendor_list,
        says="List vendors.",
        query=Page,
        answer=VendorPage,
    ),
    Route(method="GET", path=_VENDOR, usecase=use.vendor_get, says="Read a vendor.", answer=Vendor),
    Route(
        method="POST",
        path=f"{_VENDOR}/suspend",
        usecase=use.vendor_suspend,
        says="Stop all of a vendor's people; their leases are revoked.",
        body=VendorBecause,
        answer=VendorStanding,
    ),
    Route(
        method="POST",
        path=f"{_VENDOR}/reinstate",
        usecase=use.vendor_reinstate,
        says="End a vendor's suspension, and that of who was stopped with it.",
        body=VendorBecause,
        answer=VendorStanding,
    ),
    Route(
        method="GET",
        path="/v1/vendor-floors",
        usecase=floors.vendor_floor_list,
        says="List the standards that vendors are held to.",
        answer=VendorFloors,
    ),
    Route(
        method="PUT",
        path="/v1/vendor-floors",
        usecase=floors.vendor_floor_set,
        says="Hold a vendor, or each, to an accuracy.",
        body=VendorFloorGiven,
        answer=VendorFloor,
    ),
    Route(
        method="POST",
        path="/v1/teams",
        usecase=use.team_create,
        says="Create a team.",
        body=TeamCreate,
        answer=Team,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/teams",
        usecase=use.team_list,
        says="List teams.",
        query=TeamQuery,
        answer=TeamPage,
    ),
    Route(
        method="POST",
        path="/v1/compliance",
        usecase=compliance.compliance_record,
        says="Record compliance evidence of a vendor or a person.",
        body=ComplianceRecord,
        answer=ComplianceRecorded,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/compliance",
        usecase=compliance.compliance_list,
        says="List compliance records with their evidence.",
        query=ComplianceQuery,
        answer=CompliancePage,
    ),
    Route(
        method="POST",
        path="/v1/compliance/{record}/withdraw",
        usecase=compliance.compliance_withdraw,
        says="Withdraw a compliance record.",
        body=VendorBecause,
        answer=ComplianceWithdrawn,
    ),
    Route(
        method="GET",
        path="/v1/onboarding",
        usecase=onboarding.onboarding_get,
        says="Read what is asked before the first task.",
        answer=Onboarding,
        etag=True,
    ),
    Route(
        method="PUT",
        path="/v1/onboarding",
        usecase=onboarding.onboarding_update,
        says="Change what is asked before the first task, as it was read.",
        body=OnboardingUpdate,
        answer=Onboarding,
        if_match=True,
        etag=True,
    ),
)
