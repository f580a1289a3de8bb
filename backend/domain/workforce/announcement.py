"""An announcement: published once to whom it concerns; and one person's receipt for it, given once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import announcements as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, AnnouncementId, uuid8

AUDIENCES = ("all", "vendor", "team", "project", "people")
"""Everybody; those who belong to what `about` names; or those who are named one by one."""
NAMING = ("vendor", "team", "project")
PEOPLE_MAX = 10_000

# --- state


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Nothing was said yet."""


@dataclass(frozen=True, slots=True)
class Published:
    """Said, and not to be changed: what people have read stays what it was."""

    announcement: AnnouncementId


Announcement: TypeAlias = Unpublished | Published

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Tell `audience` this; title and text are ciphertext already."""

    announcement: AnnouncementId
    audience: str
    about: UUID | None
    people: tuple[AnnotatorId, ...]
    title: Secret
    text: Secret


# --- decide


def decide(command: Publish, announcement: Announcement) -> Sequence[ev.AnnouncementPublished]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, announcement:
        case Publish(), Unpublished():
            return [_published(command)]
        case Publish(announcement=asked), Published(announcement=known) if asked == known:
            return []
        case _:
            raise not_now(command, announcement)


# --- evolve


def evolve(announcement: Announcement, event: ev.AnnouncementPublished) -> Announcement:
    """What is true after the event."""
    return Published(event.announcement)


# --- helpers


def _published(command: Publish) -> ev.AnnouncementPublished:
    one_of("audience_unknown", "audience", command.audience, AUDIENCES)
    if (command.about is not None) != (command.audience in NAMING):
        raise _unclear("`about` with the id of the vendor, team or project, and only for these", command)
    if (command.audience == "people") != bool(command.people):
        raise _unclear("`people` for the audience people, and only for it", command)
    in_range("audience_too_large", "people", len(command.people), 0, PEOPLE_MAX)
    return ev.AnnouncementPublished(
        announcement=command.announcement,
        audience=command.audience,
        about=command.about,
        people=command.people,
        title=command.title,
        text=command.text,
    )


def _unclear(expected: str, command: Publish) -> Refusal:
    about = "an id" if command.about else "none"
    return Refusal(
        "invalid",
        "audience_unclear",
        expected=expected,
        found=f"audience {command.audience}, about {about}, {len(command.people)} people",
        mend="say once who is concerned",
    )


ANNOUNCEMENT: Decider[Publish, Announcement, ev.AnnouncementPublished] = Decider(
    Unpublished(), decide, evolve
)
"""One stream per announcement; its id is the announcement's."""

# --- the receipt


@dataclass(frozen=True, slots=True)
class Unread:
    """No receipt."""


@dataclass(frozen=True, slots=True)
class HasRead:
    """The receipt was given."""


Receipt: TypeAlias = Unread | HasRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """This person says that they have read it."""

    announcement: AnnouncementId
    annotator: AnnotatorId


def give_receipt(command: Read, receipt: Receipt) -> Sequence[ev.AnnouncementRead]:
    """The first time counts; read again is read."""
    match receipt:
        case Unread():
            return [ev.AnnouncementRead(announcement=command.announcement, annotator=command.annotator)]
        case HasRead():
            return []
        case _:
            assert_never(receipt)


def evolve_receipt(_receipt: Receipt, _event: ev.AnnouncementRead) -> Receipt:
    """What is true after the event."""
    return HasRead()


RECEIPT: Decider[Read, Receipt, ev.AnnouncementRead] = Decider(Unread(), give_receipt, evolve_receipt)
"""One stream per person and announcement."""


def receipt_stream(annotator: AnnotatorId, announcement: AnnouncementId) -> UUID:
    """One stream per person and announcement."""
    return uuid8(annotator, "announcement", str(announcement))
