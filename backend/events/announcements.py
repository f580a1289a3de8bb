"""Announcements: what everybody concerned must know, and who has read it."""

from uuid import UUID

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, AnnouncementId


@event("announcement.published")
class AnnouncementPublished:
    """`audience` is all, vendor, team or project (with its id in `about`), or people (named)."""

    announcement: AnnouncementId
    audience: str
    about: UUID | None
    people: tuple[AnnotatorId, ...]
    title: Secret
    text: Secret


@event("announcement.read")
class AnnouncementRead:
    """The receipt: this person has read it."""

    announcement: AnnouncementId
    annotator: AnnotatorId
