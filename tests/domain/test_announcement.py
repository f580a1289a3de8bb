"""Announcements: said once to an audience that is clear, read once by each person."""

from dataclasses import replace
from uuid import UUID

import pytest

from backend.domain.workforce.announcement import (
    ANNOUNCEMENT,
    PEOPLE_MAX,
    RECEIPT,
    Publish,
    Read,
    receipt_stream,
)
from backend.events import announcements as ev
from backend.events.ids import AnnotatorId, AnnouncementId
from tests.domain.facts import ADA, BEN, HIDDEN, PROJECT_A, uid
from tests.domain.gwt import given

ONE, OTHER = AnnouncementId(uid(91)), AnnouncementId(uid(92))
TO_ALL = Publish(announcement=ONE, audience="all", about=None, people=(), title=HIDDEN, text=HIDDEN)


def published(command: Publish) -> ev.AnnouncementPublished:
    return ev.AnnouncementPublished(
        announcement=command.announcement,
        audience=command.audience,
        about=command.about,
        people=command.people,
        title=command.title,
        text=command.text,
    )


@pytest.mark.parametrize(
    ("audience", "about", "people"),
    [
        ("all", None, ()),
        ("vendor", uid(1), ()),
        ("team", uid(1), ()),
        ("project", PROJECT_A, ()),
        ("people", None, (ADA, BEN)),
    ],
)
def test_an_announcement_is_published_once(
    audience: str, about: UUID | None, people: tuple[AnnotatorId, ...]
) -> None:
    command = replace(TO_ALL, audience=audience, about=about, people=people)
    given(ANNOUNCEMENT).when(command).then(published(command))
    given(ANNOUNCEMENT, published(command)).when(command).then()


@pytest.mark.parametrize(
    ("audience", "about", "people"),
    [
        ("all", uid(1), ()),
        ("all", None, (ADA,)),
        ("vendor", None, ()),
        ("team", None, ()),
        ("project", PROJECT_A, (ADA,)),
        ("people", None, ()),
        ("people", uid(1), (ADA,)),
    ],
)
def test_an_audience_goes_with_what_it_names(
    audience: str, about: UUID | None, people: tuple[AnnotatorId, ...]
) -> None:
    command = replace(TO_ALL, audience=audience, about=about, people=people)
    given(ANNOUNCEMENT).when(command).then_refused("audience_unclear", "invalid")


def test_the_audience_is_one_of_the_list_and_not_endless() -> None:
    given(ANNOUNCEMENT).when(replace(TO_ALL, audience="world")).then_refused("audience_unknown", "invalid")
    many = tuple(AnnotatorId(uid(n)) for n in range(PEOPLE_MAX + 1))
    crowd = replace(TO_ALL, audience="people", people=many)
    given(ANNOUNCEMENT).when(crowd).then_refused("audience_too_large", "invalid")
    given(ANNOUNCEMENT).when(replace(crowd, people=many[1:])).then(published(replace(crowd, people=many[1:])))


def test_what_was_published_is_not_changed() -> None:
    other = replace(TO_ALL, announcement=OTHER)
    given(ANNOUNCEMENT, published(TO_ALL)).when(other).then_refused("not_now", "conflict")


def test_a_receipt_is_given_once() -> None:
    receipt = ev.AnnouncementRead(announcement=ONE, annotator=ADA)
    given(RECEIPT).when(Read(announcement=ONE, annotator=ADA)).then(receipt)
    given(RECEIPT, receipt).when(Read(announcement=ONE, annotator=ADA)).then()


def test_receipts_of_two_people_or_two_announcements_have_streams_of_their_own() -> None:
    streams = {receipt_stream(who, what) for who in (ADA, BEN) for what in (ONE, OTHER)}
    assert len(streams) == 4
    assert receipt_stream(ADA, ONE) in streams
