"""Telling sightings: what was seen on a day that is over becomes facts."""

from typing import Any
from uuid import UUID

from backend.domain.workforce.sighting import SIGHTING, TellSighting
from backend.events.ids import AnnotatorId, uuid8
from backend.readmodels import sightings as rows
from backend.usecases.work import Answer, Work


async def sightings_tell(work: Work, *, most: int) -> Answer:
    """Write down what was seen on days that are over; of who was erased meanwhile nothing."""
    work.require("flag:scan")
    found = await rows.over(work.conn, work.tenant, work.now, most)
    there = await rows.there(work.conn, work.tenant, [row["annotator"] for row in found])
    told = [(_stream(row), row) for row in found if row["annotator"] in there]
    await work.load(SIGHTING, sorted({stream for stream, _ in told}))
    for stream, row in told:
        command = TellSighting(**{**row, "annotator": AnnotatorId(row["annotator"])} | _slots(row))
        work.decide(SIGHTING, stream, command)
    await rows.taken(work.conn, work.tenant, found)
    return Answer({"told": len(found)})


def _slots(row: dict[str, Any]) -> dict[str, Any]:
    return {"slots": tuple(row["slots"])}


def _stream(row: dict[str, Any]) -> UUID:
    """One stream per person and day of UTC."""
    return uuid8(row["annotator"], "seen", f"{row['day']:%Y-%m-%d}")
