"""Staffing and quotas: who gives which share of their time to what, with what was delivered; and how much a day."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import quota as quota_domain
from backend.domain.projects import staffing as staffing_domain
from backend.domain.workforce.schedule import week_around
from backend.events.ids import AnnotatorId, ProjectId, QuotaId, StaffingId, uuid8
from backend.events.queue import Share
from backend.readmodels import people, projects, staffing
from backend.usecases.proficiency.conditions import known_ids, refuse_unknown
from backend.usecases.work import Answer, Work

PPM = 1_000_000
DAYS_MAX = 366


# --- staffing


async def staffing_set(
    work: Work,
    *,
    team: UUID | None,
    vendor: UUID | None,
    starts: datetime,
    ends: datetime,
    shares: tuple[dict[str, Any], ...],
) -> Answer:
    """The people of this team or vendor give these shares of their time to these projects, and the rest to what else
    they may do. Raises `staffing_overlaps` where they are staffed already."""
    work.require("staffing:manage")
    holder, cause = await _holder(work, team, vendor)
    await _known_projects(work, {share["project"] for share in shares})
    await work.load(staffing_domain.STAFFING, [_stream(cause)])
    one = StaffingId(work.new_id())
    command = staffing_domain.SetStaffing(
        staffing=one,
        holder=holder,
        starts=starts,
        ends=ends,
        shares=tuple(Share(project=s["project"], ppm=round(s["share"] * PPM)) for s in shares),
        now=work.now,
    )
    work.decide(staffing_domain.STAFFING, _stream(cause), command)
    await work.flush()
    return Answer(await _one(work, one), "created")


async def staffing_end(work: Work, *, staffing: UUID) -> Answer:
    """Let a staffing no longer count."""
    work.require("staffing:manage")
    row = await _row(work, staffing)
    stream = _stream(UUID(row["holder"].partition(":")[2]))
    await work.load(staffing_domain.STAFFING, [stream])
    work.decide(staffing_domain.STAFFING, stream, staffing_domain.EndStaffing(staffing=StaffingId(staffing)))
    await work.flush()
    return Answer(await _one(work, staffing))


async def staffing_list(
    work: Work,
    *,
    team: UUID | None,
    vendor: UUID | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Who gives which share to what, this week (UTC) or in the span asked for, with the minutes delivered of the
    minutes that the share was of all that these people worked."""
    work.require("staffing:read")
    week = week_around(UTC, work.now)
    span = since or week[0], until or (since + timedelta(days=7) if since else week[1])
    _check_span(span)
    holder = _token(team, vendor) if team or vendor else None
    after = UUID(cursor) if cursor else None
    rows = await staffing.staffings(work.conn, work.tenant, span, holder, after, limit + 1)
    page = [await _with_minutes(work, row, span) for row in rows[:limit]]
    more = str(page[-1]["id"]) if len(rows) > limit else None
    return Answer({"since": span[0], "until": span[1], "data": page, "next_cursor": more})


def _check_span(span: tuple[datetime, datetime]) -> None:
    if not timedelta() < span[1] - span[0] <= timedelta(days=DAYS_MAX):
        raise Refusal(
            "invalid",
            "period_invalid",
            expected=f"an end after the beginning, at most {DAYS_MAX} days later",
            found=f"{span[0].isoformat()} to {span[1].isoformat()}",
            mend="ask for a shorter period",
        )


def _stream(holder: UUID) -> UUID:
    return uuid8(holder, "staffing")


async def _holder(work: Work, team: UUID | None, vendor: UUID | None) -> tuple[str, UUID]:
    """The token of whom it is about, and their id. Raises `staffing_invalid`, `team_unknown`, `vendor_unknown`."""
    token = _token(team, vendor)
    kind, one = token.partition(":")[0], team or vendor
    assert one is not None
    refuse_unknown(kind, [one], await known_ids(work, kind, [one]))
    return token, one


def _token(team: UUID | None, vendor: UUID | None) -> str:
    if (team is None) == (vendor is None):
        raise Refusal(
            "invalid",
            "staffing_invalid",
            expected="either a team or a vendor",
            found="neither" if team is None else "both",
            mend="name one of the two",
        )
    return f"team:{team}" if team else f"vendor:{vendor}"


async def _known_projects(work: Work, wanted: set[UUID]) -> None:
    rows = await projects.find(work.conn, work.tenant, sorted(wanted))
    refuse_unknown("project", sorted(wanted), {row["project"] for row in rows})


async def _row(work: Work, one: UUID) -> dict[str, Any]:
    row = await staffing.staffing_by_id(work.conn, work.tenant, one)
    if row is None:
        raise not_found("a staffing")
    return row


async def _one(work: Work, one: UUID) -> dict[str, Any]:
    return await _with_minutes(work, await _row(work, one), None)


async def _with_minutes(
    work: Work, row: Mapping[str, Any], span: tuple[datetime, datetime] | None
) -> dict[str, Any]:
    """A staffing with what was delivered while it counted, within the span where one is given."""
    begin, end = row["starts"], min(row["ended_at"] or row["ends"], row["ends"], work.now)
    if span is not None:
        begin, end = max(begin, span[0]), min(end, span[1])
    worked = await staffing.worked(work.conn, work.tenant, row["holder"], (begin, end)) if begin < end else {}
    total = sum(worked.values())
    kind, _, name = row["holder"].partition(":")
    return {
        "id": row["staffing"],
        "team": UUID(name) if kind == "team" else None,
        "vendor": UUID(name) if kind == "vendor" else None,
        "starts": row["starts"],
        "ends": row["ends"],
        "ended_at": row["ended_at"],
        "minutes": round(total, 2),
        "shares": [
            {
                "project": project,
                "share": ppm / PPM,
                "minutes": round(worked.get(project, 0.0), 2),
                "minutes_target": round(total * ppm / PPM, 2),
                "share_delivered": worked.get(project, 0.0) / total if total else None,
            }
            for project, ppm in row["shares"].items()
        ],
    }


# --- quotas


async def quota_set(work: Work, *, project: UUID | None, annotator: UUID | None, per_day: int) -> Answer:
    """At most so many leases a day, of this project or all, to this person or each; said again it replaces itself."""
    work.require("staffing:manage", project=ProjectId(project) if project else None)
    if project is not None:
        await _known_projects(work, {project})
    if annotator is not None:
        rows = await people.find(work.conn, work.tenant, work.now, [annotator])
        refuse_unknown("annotator", [annotator], {row["annotator"] for row in rows})
    one = QuotaId(uuid8(project or work.tenant, "quota", str(annotator or "")))
    await work.load(quota_domain.QUOTA, [one])
    command = quota_domain.SetQuota(
        quota=one,
        project=ProjectId(project) if project else None,
        annotator=AnnotatorId(annotator) if annotator else None,
        per_day=per_day,
    )
    work.decide(quota_domain.QUOTA, one, command)
    work.saw(subjects=[annotator] if annotator else [])
    return Answer({"id": one, "project": project, "annotator": annotator, "per_day": per_day})


async def quota_remove(work: Work, *, quota: UUID) -> Answer:
    """Allow any number again."""
    work.require("staffing:manage")
    await work.load(quota_domain.QUOTA, [quota])
    work.decide(quota_domain.QUOTA, quota, quota_domain.RemoveQuota())
    return Answer({"id": quota, "removed": True})


async def quota_list(
    work: Work, *, project: UUID | None, annotator: UUID | None, cursor: str | None, limit: int
) -> Answer:
    """Quotas by id; of one person with what they were given today."""
    work.require("staffing:read", project=ProjectId(project) if project else None)
    after = UUID(cursor) if cursor else None
    rows = await staffing.quota_page(work.conn, work.tenant, project, annotator, after, limit + 1)
    who = sorted({row["annotator"] for row in rows if row["annotator"]})
    used = await staffing.used_today(work.conn, work.tenant, who, work.now) if who else {}
    page = [
        {
            "id": row["quota"],
            **{name: row[name] for name in ("project", "annotator", "per_day")},
            "today": quota_domain.given_of(used, row["annotator"], row["project"])
            if row["annotator"]
            else None,
        }
        for row in rows[:limit]
    ]
    work.saw(subjects=who)
    return Answer({"data": page, "next_cursor": str(page[-1]["id"]) if len(rows) > limit else None})
