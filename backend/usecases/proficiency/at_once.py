"""At once: what people see of themselves a moment after a submit, beside what they see by tens, and never mixed.

Three parts, each for itself (decision 0058). `work` and `minutes` are the person's own acts, read from what the
submit wrote. `told` counts what the person has been told of answer by answer anyway. `skills` rests on evidence that is
blind, and moves with full tens alone. No number is made of two of them: the difference of two readings would single a
piece out.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce import schedule as schedules
from backend.readmodels import (
    availability,
    disputes,
    feedback,
    own_work,
    people,
    released,
    retraining,
    training,
)
from backend.usecases.proficiency.records import skills_shown
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work

BEFORE = timedelta(days=28)
"""How far before this week the own pace is looked at."""
Row = dict[str, Any]


async def annotator_standing(work: Work, *, annotator: UUID) -> Answer:
    """What somebody sees of themselves; whoever else may read it sees the same.

    How many own answers wait for a review, or were reviewed, is in no part of it: gold is never reviewed, so at a rate
    of 1 a submit that did not raise the number would have been gold. Nor is an item's own median time: gold has been
    answered by many, and other items by nobody yet.
    """
    work.require("proficiency:read", owner=annotator)
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    known = await availability.find(work.conn, work.tenant, annotator)
    zone = schedules.Schedule(time_zone=known.time_zone).zone
    today = schedules.day_of(zone, work.now)
    week = today - timedelta(days=today.weekday())
    day_began, week_began = (schedules.begin_of(zone, one) for one in (today, week))
    project = work.caller.subject.project
    at = (work.conn, work.tenant, annotator)
    body = {
        "annotator": annotator,
        "time_zone": known.time_zone,
        "today": today,
        "week": week,
        "work": [
            _done(row)
            for row in await own_work.done(*at, (day_began, week_began, week_began - BEFORE), project)
        ],
        "holding": {"held": 0, "started": 0, "paused": 0} | await own_work.held(*at, project),
        "minutes": await _minutes(work, annotator, (week_began, work.now), today, known.time_zone),
        "told": await _told(work, annotator, project),
        "skills": [
            one | {"weeks": await feedback.weeks(*at, one["skill"])}
            for one in await skills_shown(work, annotator, own=True)
        ],
    }
    work.saw("proficiency", subjects=[annotator])
    return Answer(body)


def _done(row: Mapping[str, Any]) -> Row:
    medians = {
        name: None if value is None else round(value, 1)
        for name, value in row.items()
        if name.startswith("median")
    }
    return {**row, **medians}


async def _minutes(
    work: Work, annotator: UUID, span: tuple[datetime, datetime], today: date, time_zone: str
) -> dict[str, float]:
    """Counted time without idleness; a key for one project sees the time worked there."""
    only = work.caller.subject.project
    rows = await availability.worked(work.conn, work.tenant, annotator, span, time_zone)
    mine = [row for row in rows if only in (None, row["project"])]

    def minutes(some: Iterable[Mapping[str, Any]]) -> float:
        return round(float(sum(row["counted_ms"] for row in some)) / 60_000, 1)

    return {"today": minutes(row for row in mine if row["day"] == today), "week": minutes(mine)}


async def _told(work: Work, annotator: UUID, project: UUID | None) -> Row:
    """What the person reads of single answers elsewhere, counted: it adds nothing to that."""
    at = (work.conn, work.tenant)
    met = await released.disclosed(*at, annotator, project=project)
    errors = await released.errors(*at, annotator, project=project)
    (asked,) = await disputes.fetch(work.conn, disputes.SUMMARY, work.tenant, annotator, project)
    courses = await training.enrolments(*at, annotator) if project is None else []
    passed = sum(one["passed_version"] is not None and one["lapsed_at"] is None for one in courses)
    return {
        "errors": sum(row["wrong"] and not row["disclosed"] for row in errors),
        "taken_back": sum(row["taken_back"] and not row["disclosed"] for row in errors),
        "disclosed": {
            "right": sum(row["correct"] is True for row in met),
            "wrong": sum(row["correct"] is False for row in met),
            "not_counted": sum(row["correct"] is None for row in met),
        },
        "disputes": {
            "open": asked["open"] + asked["taken"],
            **{name: asked[name] for name in ("upheld", "reversed", "void")},
        },
        "courses": {
            "passed": passed,
            "open": len(courses) - passed,
            "to_pass_again": len(await retraining.of_person(*at, annotator)) if project is None else 0,
        },
    }
