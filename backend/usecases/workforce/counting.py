"""Counting: measured time that waited for some minutes becomes facts."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

from backend.domain.workforce.limits import DEFAULTS
from backend.domain.workforce.worktime import WORKTIME, CountWork
from backend.events.ids import AnnotatorId, ProjectId, uuid8
from backend.readmodels import pacing as measured
from backend.usecases.work import Answer, Work


async def work_count(work: Work, *, most: int) -> Answer:
    """Write down measured time that waited for some minutes, or whose person fell silent."""
    work.require("project:update")
    rows = await measured.due(work.conn, work.tenant, work.now, DEFAULTS.idle_seconds, most)
    streams = [_stream(row) for row in rows]
    await work.load(WORKTIME, sorted(set(streams)))
    for row, stream in zip(rows, streams, strict=True):
        command = CountWork(
            annotator=AnnotatorId(row["annotator"]),
            project=ProjectId(row["project"]),
            begins=row["begins"],
            ends=row["seen_at"],
            raw_ms=row["raw_ms"],
            counted_ms=row["counted_ms"],
        )
        work.decide(WORKTIME, stream, command)
    await measured.taken(work.conn, work.tenant, rows, work.now)
    return Answer({"counted": len(rows)})


def _stream(row: Mapping[str, Any]) -> UUID:
    """One stream per person and hour of UTC."""
    return uuid8(row["annotator"], "work", row["seen_at"].astimezone(UTC).strftime("%Y-%m-%dT%H"))
