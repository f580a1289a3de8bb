"""What practice on escalations changed: how many of a code are taught, and how often people ask before and after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.readmodels import taught
from backend.statistics.wilson import wilson
from backend.usecases.work import Work

WINDOW = timedelta(days=28)
"""So long before and after somebody passed."""
Row = dict[str, Any]


async def taught_told(
    work: Work, project: UUID, codes: Sequence[Row], since: datetime, until: datetime
) -> dict[str, Any]:
    """`codes` with how many of each one's resolved escalations a course in force asks (`taught`); and `practice`: each
    course that teaches or taught a code, with how often those who passed it asked for an expert with that code."""
    counts = await taught.counted(work.conn, work.tenant, project, since, until)
    told = [one | {"taught": counts.get((one["reason"], one["code"]), 0)} for one in codes]
    found = await taught.changed(work.conn, work.tenant, project, WINDOW)
    return {"codes": told, "practice": [_effect(row) for row in found]}


def _effect(row: Row) -> Row:
    names = (
        "course",
        "title",
        "version",
        "code",
        "since_version",
        "since_at",
        "questions",
        "passed",
        "people",
    )
    sides = {side: rate(row[f"asked_{side}"], row[f"answers_{side}"]) for side in ("before", "after")}
    return {name: row[name] for name in names} | {"days": WINDOW.days} | sides


def rate(asked: int, answers: int) -> Row:
    """The share of what people finished, by an answer or by asking for an expert with the code, that was the latter;
    with Wilson's interval, 95 %. Null where nothing was finished."""
    done = asked + answers
    if not done:
        return {"answers": 0, "asked": 0, "share": None, "low": None, "high": None}
    low, high = wilson(asked, done)
    return {"answers": answers, "asked": asked, "share": asked / done, "low": low, "high": high}
