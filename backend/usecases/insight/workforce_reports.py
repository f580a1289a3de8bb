"""How people come, work and go: funnel, hours, fatigue, ramp, turnover; every number with how many it rests on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.proficiency.difference import newcombe, wilson
from backend.domain.workforce.funnel import STEPS, Step, Times, funnel, stuck
from backend.domain.workforce.spans import month_before, month_of
from backend.domain.workforce.turnover import Stay, by_month, period, tenure_days
from backend.readmodels import ramp
from backend.readmodels import workforce_reports as sql
from backend.usecases.reach import limited, reach_filter
from backend.usecases.work import Answer, Work

IDS_MAX = 200
HOUR_MS = 3_600_000
DAYS_DEFAULT = 30
ON_THEIR_WAY = frozenset({"invited", "screened", "onboarding", "active"})


def interval(pair: Sequence[float]) -> dict[str, float]:
    """An interval as it is shown."""
    return {"low": round(pair[0], 6), "high": round(pair[1], 6)}


def share(count: int, total: int) -> dict[str, Any]:
    """A share with what it rests on and its 95 % Wilson interval; None for nothing."""
    return {
        "count": count,
        "n": total,
        "share": count / total if total else None,
        **interval(wilson(count, total)),
    }


async def workforce_funnel(work: Work, *, since: datetime | None, until: datetime | None) -> Answer:
    """From invitation to the tenth answer: how many reached each step and how long it took, and who is stuck."""
    work.require("workforce_report:read")
    rows = await sql.rows(work.conn, sql.FUNNEL, work.tenant, *reach_filter(work), since, until)
    times: dict[UUID, Times] = {row["annotator"]: [row[f"{step}_at"] for step in STEPS] for row in rows}
    steps = funnel(list(times.values()))
    waiting = {row["annotator"]: times[row["annotator"]] for row in rows if row["status"] in ON_THEIR_WAY}
    late: list[dict[str, Any]] = [
        {
            "step": one.step,
            "longer_than_hours": one.longer_than,
            "people": len(one.people),
            "ids": list(one.people[:IDS_MAX]),
        }
        for one in stuck(waiting, work.now, steps)
    ]
    work.saw(subjects={who for one in late for who in one["ids"]})
    vendors = _grouped(rows, times, lambda row: row["vendor"])
    months = _grouped(rows, times, lambda row: month_of(row["invited_at"]))
    body = {
        "steps": _steps(steps),
        "by_vendor": [{"vendor": vendor, "steps": _steps(funnel(of))} for vendor, of in vendors.items()],
        "by_month": [{"month": month, "steps": _steps(funnel(months[month]))} for month in sorted(months)],
        "stuck": late,
    }
    return Answer(body)


def _grouped(
    rows: Iterable[Mapping[str, Any]], times: Mapping[UUID, Times], by: Any
) -> dict[Any, list[Times]]:
    groups: dict[Any, list[Times]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(times[row["annotator"]])
    return groups


def _steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [
        {
            "step": one.step,
            "reached": one.reached,
            "hours_from_before": _middle(one.from_before),
            "hours_from_invited": _middle(one.from_invited),
        }
        for one in steps
    ]


def _middle(found: Any) -> dict[str, Any] | None:
    return None if found is None else {name: getattr(found, name) for name in ("n", "median", "p90")}


def _span(work: Work, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    ends = until or work.now
    return since or ends - timedelta(days=DAYS_DEFAULT), ends


async def workforce_hours(
    work: Work,
    *,
    since: datetime | None,
    until: datetime | None,
    by: sql.Grouped,
    project: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Raw and counted hours and answers, per person, vendor, team or project; the last 30 days unless said.

    Of one project by person, since long ago: how long each has worked on this customer's data.
    """
    work.require("workforce_report:read")
    span = _span(work, since, until)
    first = int(cursor) if cursor else 0
    rows = await sql.hours(work.conn, work.tenant, reach_filter(work), span, project, by, (limit + 1, first))
    if by == "person":
        work.saw(subjects=[row["id"] for row in rows[:limit]])
    more = str(first + limit) if len(rows) > limit else None
    data = [_hours(row) for row in rows[:limit]]
    return Answer({"since": span[0], "until": span[1], "by": by, "data": data, "next_cursor": more})


def _hours(row: Mapping[str, Any]) -> dict[str, Any]:
    counted = row["counted_ms"] / HOUR_MS
    done = row["answers"] + row["reviews"]
    return {
        "id": row["id"],
        "people": row["people"],
        "hours_raw": row["raw_ms"] / HOUR_MS,
        "hours_counted": counted,
        "answers": row["answers"],
        "reviews": row["reviews"],
        "first_at": row["first"],
        "last_at": row["last"],
        "answers_per_hour": done / counted if counted else None,
    }


async def workforce_fatigue(work: Work, *, since: datetime | None, until: datetime | None) -> Answer:
    """Error rate on gold and reviewed answers by how many hours their people had worked in the twelve before."""
    work.require("workforce_report:read")
    span = _span(work, since, until)
    rows = await sql.rows(work.conn, sql.FATIGUE, work.tenant, *reach_filter(work), *span)
    data = [{"hours_before": row["hours"], "errors": share(row["wrong"], row["total"])} for row in rows]
    return Answer({"since": span[0], "until": span[1], "data": data})


async def workforce_ramp(work: Work, *, months: int) -> Answer:
    """Error rates on live evidence, per skill: first pieces against what came after many, and each vendor against all
    others; differences with 95 % intervals. Evidence counts as independent, which flatters few people with much."""
    work.require("workforce_report:read")
    ours = reach_filter(work)
    rows = await sql.rows(work.conn, sql.RAMP, work.tenant, *ours)
    names = {row["skill"]: row["name"] for row in await sql.rows(work.conn, sql.SKILLS, work.tenant)}
    first = month_before(month_of(work.now), months - 1)
    monthly = await sql.rows(work.conn, sql.BY_MONTH, work.tenant, *ours, first)
    by_skill: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_skill[row["skill"]].append(row)
    data = [
        {
            "skill": skill,
            "name": names.get(skill),
            **_ramp(of),
            "vendors": _vendors(of, others=not limited(work)),
            "months": [_month(row) for row in monthly if row["skill"] == skill],
        }
        for skill, of in by_skill.items()
    ]
    return Answer({"data": data})


def _ramp(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = [row for row in rows if row["bucket"] == ramp.FIRST]
    fresh = [row for row in first if row["fresh"]]
    established = [row for row in rows if row["bucket"] == ramp.BEYOND]
    return {
        "first_50": _errors(first),
        "new_people": _errors(fresh),
        "established": _errors(established),
        "first_50_minus_established": _difference(first, established),
        "new_people_minus_established": _difference(fresh, established),
    }


def _sums(rows: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    listed = list(rows)
    return sum(row["wrong"] for row in listed), sum(row["total"] for row in listed)


def _errors(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return share(*_sums(rows)) | {"people": sum(row["people"] for row in rows)}


def _difference(
    one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """One's error rate minus the other's; None where one of them has no evidence. `certain`: 0 is outside."""
    left, right = _sums(one), _sums(other)
    if not left[1] or not right[1]:
        return None
    low, high = newcombe(left, right)
    between = left[0] / left[1] - right[0] / right[1]
    return {"difference": between, **interval((low, high)), "certain": low > 0 or high < 0}


def _vendors(rows: Sequence[Mapping[str, Any]], *, others: bool) -> list[dict[str, Any]]:
    """Each vendor's errors (None: without a vendor). Who manages one vendor learns nothing of the others."""
    found = []
    for vendor in sorted({row["vendor"] for row in rows}, key=str):
        own = [row for row in rows if row["vendor"] == vendor]
        rest = [row for row in rows if row["vendor"] != vendor] if others else []
        found.append({"vendor": vendor, "errors": share(*_sums(own)), "minus_others": _difference(own, rest)})
    return found


def _month(row: Mapping[str, Any]) -> dict[str, Any]:
    errors = share(row["wrong"], row["total"]) | {"people": row["people"]}
    return {"month": row["month"], "vendor": row["vendor"], "errors": errors}


async def workforce_turnover(work: Work, *, months: int, people_max: int) -> Answer:
    """How long people stay, who joined and left in each month, and which skills left with them."""
    work.require("workforce_report:read")
    ours = reach_filter(work)
    rows = await sql.rows(work.conn, sql.STAYS, work.tenant, *ours)
    first = month_before(month_of(work.now), months - 1)
    stays = [Stay(row["joined_at"], row["left_at"]) for row in rows]
    knew = await sql.rows(work.conn, sql.KNEW, work.tenant, *ours, work.now, first)
    names = {row["skill"]: row["name"] for row in await sql.rows(work.conn, sql.SKILLS, work.tenant)}
    scarce = sorted(
        (row for row in knew if row["here"] <= people_max), key=lambda row: (row["here"], str(row["skill"]))
    )
    body = {
        "since": first,
        "tenure_days": _tenure(stays, work.now),
        "by_vendor": _places(rows, "vendor", first, work.now),
        "by_team": _places(rows, "team", first, work.now),
        "months": [asdict(one) for one in by_month(stays, first, work.now)],
        "period": asdict(period(stays, first, work.now)),
        "knowledge": [
            {
                "skill": r["skill"],
                "name": names.get(r["skill"]),
                "people": r["here"],
                "left": r["left_in_period"],
            }
            for r in scarce
        ],
    }
    return Answer(body)


def _tenure(stays: Sequence[Stay], now: datetime) -> dict[str, Any] | None:
    found = tenure_days(stays, now)
    if found is None:
        return None
    numbers = {name: getattr(found, name) for name in ("n", "q1", "median", "q3")}
    return numbers | {"still_here": sum(stay.left is None for stay in stays)}


def _places(
    rows: Sequence[Mapping[str, Any]], kind: str, first: datetime, now: datetime
) -> list[dict[str, Any]]:
    groups: dict[UUID | None, list[Stay]] = defaultdict(list)
    for row in rows:
        groups[row[kind]].append(Stay(row["joined_at"], row["left_at"]))
    return [
        {
            kind: one,
            "tenure_days": _tenure(groups[one], now),
            "period": asdict(period(groups[one], first, now)),
        }
        for one in sorted(groups, key=str)
    ]
