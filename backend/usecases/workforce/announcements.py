"""Announcements: a manager tells people something, and knows who has read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.workforce import announcement as domain
from backend.events.ids import AnnotatorId, AnnouncementId
from backend.readmodels import announcements, selection
from backend.usecases.reach import reach, reach_filter
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

_EXISTS = {
    "vendor": "SELECT 1 FROM vendor WHERE tenant = $1 AND vendor = $2",
    "team": "SELECT 1 FROM team WHERE tenant = $1 AND team = $2 AND ($3::uuid IS NULL OR vendor = $3)",
    "project": "SELECT 1 FROM project WHERE tenant = $1 AND project = $2",
}


async def announcement_publish(
    work: Work, *, title: str, text: str, audience: str, about: UUID | None, people: tuple[UUID, ...]
) -> Answer:
    """Tell everybody, one vendor, one team, one project's people, or named people; it cannot be changed afterwards."""
    work.require("announcement:publish")
    await _within_reach(work, audience, about, people)
    said = await publish(work, title, text, audience, about, people)
    return Answer({"id": said, "published_at": work.now}, "created")


async def publish(
    work: Work, title: str, text: str, audience: str, about: UUID | None, people: tuple[UUID, ...]
) -> AnnouncementId:
    """Decide an announcement to people who were checked to be within reach."""
    said = AnnouncementId(work.new_id())
    keys = await work.keys(("tenant", work.tenant))
    work.decide(
        domain.ANNOUNCEMENT,
        said,
        domain.Publish(
            announcement=said,
            audience=audience,
            about=about,
            people=tuple(AnnotatorId(one) for one in sorted(set(people))),
            title=keys.seal_json("tenant", work.tenant, "announcement", said, "title", title),
            text=keys.seal_json("tenant", work.tenant, "announcement", said, "text", text),
        ),
    )
    work.saw(results=[said])
    return said


async def _within_reach(work: Work, audience: str, about: UUID | None, people: tuple[UUID, ...]) -> None:
    """Raises not_found for who or what the caller cannot reach, `audience_too_wide` for more than their own people."""
    vendor, team = reach_filter(work)
    if people:
        await reach(work, people)
        if set(people) - (await selection.status(work.conn, work.tenant, people)).keys():
            raise not_found("an annotator")
    if (audience in ("all", "project") and (vendor or team)) or (audience == "vendor" and team):
        raise Refusal(
            "forbidden",
            "audience_too_wide",
            expected="an audience within your own vendor or team",
            found=audience,
            mend="name your vendor, your team, or people of it",
        )
    outside = {"vendor": vendor, "team": team}.get(audience) not in (None, about)
    if about is not None and (outside or not await _exists(work, audience, about, vendor)):
        raise not_found(f"a {audience}")


async def _exists(work: Work, audience: str, about: UUID, vendor: UUID | None) -> bool:
    sql = _EXISTS.get(audience)
    if sql is None:
        return True
    of = (vendor,) if audience == "team" else ()
    return await work.conn.fetchval(sql, work.tenant, about, *of) is not None


async def announcement_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Newest first: to a person what concerns them, with when they read it; to a manager all, with how many have."""
    work.require("announcement:read", owner=work.me)
    before, last = _before(cursor)
    if work.caller.subject.kind == "annotator":
        page = (work.tenant, work.me, before, last, limit + 1)
        rows = await announcements.rows(work.conn, announcements.MINE, *page)
    else:
        page = (work.tenant, work.me, before, last, limit + 1)
        rows = await announcements.rows(work.conn, announcements.COUNTED, *page, *reach_filter(work))
    shown = rows[:limit]
    more = (
        f"{shown[-1]['published_at'].isoformat()}|{shown[-1]['announcement']}" if len(rows) > limit else None
    )
    return Answer({"data": await _shown(work, shown), "next_cursor": more})


def _before(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    at, _, last = cursor.partition("|")
    return datetime.fromisoformat(at), UUID(last)


async def _shown(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sealed = [
        Sealed("tenant", work.tenant, "announcement", row["announcement"], field, row[field])
        for row in rows
        for field in ("title", "text")
    ]
    clear = await work.open(sealed)
    work.saw(results=[row["announcement"] for row in rows])
    beside = ("audience", "about", "published_at", "read_at", "concerned", "read")
    return [
        {"id": row["announcement"], "title": title, "text": text}
        | {name: row[name] for name in beside if name in row}
        for row, title, text in zip(rows, clear[::2], clear[1::2], strict=True)
    ]


async def announcement_read(work: Work, *, announcement: UUID) -> Answer:
    """The receipt: I have read this."""
    work.require("announcement:confirm", owner=work.me)
    if not await announcements.concerns(work.conn, work.tenant, announcement, work.me):
        raise not_found("an announcement")
    who, what = AnnotatorId(work.me), AnnouncementId(announcement)
    stream = domain.receipt_stream(who, what)
    await work.load(domain.RECEIPT, [stream])
    work.decide(domain.RECEIPT, stream, domain.Read(announcement=what, annotator=who))
    await work.flush()
    sql = (
        "SELECT read_at FROM announcement_receipt WHERE tenant = $1 AND announcement = $2 AND annotator = $3"
    )
    read_at = await work.conn.fetchval(sql, work.tenant, announcement, work.me)
    return Answer({"id": announcement, "read_at": read_at})


async def announcement_receipts(
    work: Work, *, announcement: UUID, read: bool | None, cursor: str | None, limit: int
) -> Answer:
    """Everybody concerned, by id: who has read it and when, and who has not."""
    work.require("announcement:read")
    if await work.conn.fetchval(announcements.PUBLISHER, work.tenant, announcement) is None:
        raise not_found("an announcement")
    after = UUID(cursor) if cursor else None
    who = (work.tenant, announcement, after, *reach_filter(work), read, limit + 1)
    rows = await announcements.rows(work.conn, announcements.RECEIPTS, *who)
    shown = rows[:limit]
    work.saw(results=[row["annotator"] for row in shown])
    more = str(shown[-1]["annotator"]) if len(rows) > limit else None
    return Answer({"data": shown, "next_cursor": more})
