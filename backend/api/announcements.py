"""Announcements over HTTP: tell people something, read it, say that one has, see who has."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.cursor import moment
from backend.api.fields import Body, Empty, Name, Page, Shown
from backend.api.route import Route
from backend.usecases.workforce import announcements as use

Audience = Literal["all", "vendor", "team", "project", "people"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"\S")]


class AnnouncementPublish(Body):
    """Who is concerned, and what they are told. `about` names the vendor, team or project, `people` the people."""

    title: Name = Field(examples=["New break rules"])
    text: Text
    audience: Audience
    about: UUID | None = None
    people: tuple[UUID, ...] = Field(default=(), max_length=10_000)


class AnnouncementPublished(Shown):
    """It is readable from now on."""

    id: UUID
    published_at: datetime


class Announcement(Shown):
    """To a person with `read_at`, to a manager with how many it concerns now and how many of them have read it."""

    id: UUID
    title: str
    text: str
    audience: Audience
    about: UUID | None
    published_at: datetime
    read_at: datetime | None = None
    concerned: int | None = None
    read: int | None = None


class AnnouncementPage(Shown):
    """Announcements, newest first."""

    data: list[Announcement]
    next_cursor: str | None


class AnnouncementRead(Shown):
    """When it was read first."""

    id: UUID
    read_at: datetime


class ReceiptQuery(Page):
    """Everybody concerned, or only those who have read it, or only those who have not."""

    read: bool | None = None


class Receipt(Shown):
    """`read_at` is null for who has not read it."""

    annotator: UUID
    read_at: datetime | None


class ReceiptPage(Shown):
    """Receipts by person."""

    data: list[Receipt]
    next_cursor: str | None


_ONE = "/v1/announcements/{announcement}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/announcements",
        usecase=use.announcement_publish,
        says="Tell people something.",
        body=AnnouncementPublish,
        answer=AnnouncementPublished,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/announcements",
        usecase=use.announcement_list,
        says="List announcements: one's own, or all with how many have read them.",
        query=Page,
        answer=AnnouncementPage,
        cursor=moment,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/read",
        usecase=use.announcement_read,
        says="Say that one has read it.",
        body=Empty,
        answer=AnnouncementRead,
    ),
    Route(
        method="GET",
        path=f"{_ONE}/receipts",
        usecase=use.announcement_receipts,
        says="See who has read it, and who has not.",
        query=ReceiptQuery,
        answer=ReceiptPage,
    ),
)
