"""Cases that nobody can decide any more: whom they are about was erased or has left. They are closed, and kept."""

from uuid import UUID

from backend.domain.proficiency.flag import FLAG, Close
from backend.events.ids import FlagId
from backend.readmodels import flags as rows
from backend.usecases.work import Answer, Work

PERSON_GONE = "person_gone"


async def flags_close(work: Work, *, most: int) -> Answer:
    """Close open cases in which somebody was erased, or in which nobody works here any more."""
    work.require("flag:scan")
    found = await rows.fetch(work.conn, rows.GONE, work.tenant, most)
    await work.load(FLAG, [row["stream"] for row in found])
    closed = 0
    for row in found:
        closed += len(work.decide(FLAG, row["stream"], Close(flag=FlagId(row["flag"]), because=PERSON_GONE)))
    about: set[UUID] = {one for row in found for one in (row["annotator"], row["other"]) if one is not None}
    work.saw(subjects=about, results=[row["flag"] for row in found])
    return Answer({"closed": closed})
