"""Announcements reach whom they concern, now and later; receipts say who has read what."""

from typing import Any
from uuid import UUID, uuid4

from backend.usecases.projects import guidelines
from backend.usecases.work import Caller
from backend.usecases.workforce import standing, vendors
from backend.usecases.workforce.announcements import (
    announcement_list,
    announcement_publish,
    announcement_read,
    announcement_receipts,
)
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_importing import manager_of


async def tell(world: World, who: Caller | None = None, **to: Any) -> UUID:
    said = {
        "title": "News",
        "text": "Breaks are longer.",
        "audience": "all",
        "about": None,
        "people": (),
    } | to
    return UUID(str((await world.act(announcement_publish, who, **said))["id"]))


async def listed(world: World, who: Caller | None = None, limit: int = 50) -> list[dict[str, Any]]:
    return list((await world.act(announcement_list, who, cursor=None, limit=limit))["data"])


async def ids(world: World, who: Caller) -> list[UUID]:
    return [one["id"] for one in await listed(world, who)]


async def test_a_person_reads_once_and_the_manager_knows(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    said = await tell(world)
    (mine,) = await listed(world, ann)
    assert (mine["id"], mine["title"], mine["text"], mine["read_at"]) == (
        said,
        "News",
        "Breaks are longer.",
        None,
    )
    first = await world.act(announcement_read, ann, announcement=said)
    assert await world.act(announcement_read, ann, announcement=said) == first
    assert (await listed(world, ann))[0]["read_at"] == first["read_at"]
    assert (await listed(world, ben))[0]["read_at"] is None
    assert len(await world.facts("announcement.read")) == 1
    (counted,) = await listed(world)
    assert (counted["concerned"], counted["read"]) == (2, 1)
    everybody: dict[str, Any] = {"announcement": said, "cursor": None, "limit": 10}
    receipts = (await world.act(announcement_receipts, read=None, **everybody))["data"]
    assert {(one["annotator"], one["read_at"]) for one in receipts} == {
        (ann.subject.id, first["read_at"]),
        (ben.subject.id, None),
    }
    for read, person in ((True, ann), (False, ben)):
        (one,) = (await world.act(announcement_receipts, read=read, **everybody))["data"]
        assert one["annotator"] == person.subject.id


async def test_an_announcement_is_ciphertext_where_it_is_kept(world: World) -> None:
    await tell(world, title="Secretive", text="Secretive words")
    rows = await world.rows(
        "SELECT body AS b FROM event WHERE tenant = $1 UNION ALL SELECT title FROM announcement WHERE tenant = $1"
        " UNION ALL SELECT text FROM announcement WHERE tenant = $1"
    )
    assert rows and not any(b"Secretive" in bytes(row["b"]) for row in rows)


async def test_an_audience_is_who_belongs_to_it_when_they_look(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    night = (await world.act(vendors.team_create, name="Night", vendor=acme))["id"]
    ann, ben = await world.invite("ann"), await world.invite("ben")
    to_all = await tell(world)
    to_vendor = await tell(world, audience="vendor", about=acme)
    to_team = await tell(world, audience="team", about=night)
    to_ben = await tell(world, audience="people", people=(ben.subject.id,))
    assert await ids(world, ann) == [to_all]
    assert await ids(world, ben) == [to_ben, to_all]
    move: dict[str, Any] = {"annotator": ann.subject.id, "origin": None, "vendor": acme}
    await world.act(standing.annotator_move, **move, team=None)
    assert await ids(world, ann) == [to_vendor, to_all]
    await world.act(standing.annotator_move, **move, team=night)
    assert await ids(world, ann) == [to_team, to_vendor, to_all]
    await world.act(standing.annotator_offboard, annotator=ben.subject.id, reason="left")
    assert [one["concerned"] for one in await listed(world)] == [0, 1, 1, 1]


async def test_a_project_is_who_acknowledged_its_guideline(world: World) -> None:
    project = await world.project()
    await world.act(guidelines.guideline_publish, project=project, text="Look closely.")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.act(guidelines.guideline_acknowledge, ann, project=project, version=1)
    said = await tell(world, audience="project", about=project)
    assert (await ids(world, ann), await ids(world, ben)) == ([said], [])


async def test_what_concerns_somebody_else_cannot_be_read(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    said = await tell(world, audience="people", people=(ben.subject.id,))
    for nothing in (said, uuid4()):
        with refused("not_found"):
            await world.act(announcement_read, ann, announcement=nothing)
    with refused("forbidden"):
        await tell(world, ann)
    with refused("forbidden"):
        await world.act(announcement_receipts, ann, announcement=said, read=None, cursor=None, limit=5)


async def test_nobody_reads_for_somebody_else(world: World) -> None:
    said = await tell(world)
    with refused("forbidden"):
        await world.act(announcement_read, announcement=said)


async def test_what_is_named_must_exist(world: World) -> None:
    for audience in ("vendor", "team", "project"):
        with refused("not_found"):
            await tell(world, audience=audience, about=uuid4())
    ann = await world.invite("ann")
    with refused("not_found"):
        await tell(world, audience="people", people=(ann.subject.id, uuid4()))
    assert await world.facts("announcement.published") == []


async def test_pages_go_from_new_to_old_without_a_gap(world: World) -> None:
    ann = await world.invite("ann")
    said = [await tell(world, title=f"News {n}") for n in range(5)]
    for who in (ann, None):
        seen, cursor = [], None
        while True:
            page = await world.act(announcement_list, who, cursor=cursor, limit=2)
            seen += [one["id"] for one in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == said[::-1]


async def test_a_vendors_manager_speaks_to_and_sees_own_people_only(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    other = (await world.act(vendors.vendor_register, name="Other"))["id"]
    ann, ben = await world.invite("ann"), await world.invite("ben")
    place: dict[str, Any] = {"origin": None, "vendor": acme, "team": None}
    await world.act(standing.annotator_move, annotator=ann.subject.id, **place)
    manager = await manager_of(world, acme)
    to_all, to_ben = await tell(world), await tell(world, audience="people", people=(ben.subject.id,))
    own = await tell(world, manager, audience="vendor", about=acme)
    with refused("audience_too_wide", "forbidden"):
        await tell(world, manager)
    with refused("not_found"):
        await tell(world, manager, audience="vendor", about=other)
    with refused("not_found"):
        await tell(world, manager, audience="people", people=(ben.subject.id,))
    shown = await listed(world, manager)
    assert [(one["id"], one["concerned"]) for one in shown] == [(own, 1), (to_all, 1)]
    receipts: dict[str, Any] = {"read": None, "cursor": None, "limit": 10}
    seen = await world.act(announcement_receipts, manager, announcement=to_all, **receipts)
    assert [one["annotator"] for one in seen["data"]] == [ann.subject.id]
    assert (await world.act(announcement_receipts, manager, announcement=to_ben, **receipts))["data"] == []
