"""The tenant's audit floor: read by who looks after quality, changed by its administrators alone."""

from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.review import audit_floor as floors
from backend.events.ids import uuid8
from backend.readmodels import audit_floor
from backend.usecases.gates import one_at_a_time
from backend.usecases.work import Answer, Work

PPM = 1_000_000
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def audit_floor_get(work: Work) -> Answer:
    """The share of answers that is reviewed in every project, whatever its plan says."""
    work.require("audit_floor:read")
    return await _shown(work)


async def audit_floor_set(work: Work, *, expected_version: int, floor: float) -> Answer:
    """Say that share (0..1) for the whole tenant; draws from this transaction on go by it. No project can go below."""
    work.require("audit_floor:update")
    await one_at_a_time(work)
    about = _stream(work)
    (before,) = await work.load(floors.AUDIT_FLOOR, [about])
    if FIRST + before.version != expected_version:
        raise Refusal(
            "stale",
            "stale",
            expected=f"the audit floor's version {FIRST + before.version}",
            found=f"version {expected_version}",
            mend="read the audit floor again and decide anew",
        )
    work.decide(floors.AUDIT_FLOOR, about, floors.SetFloor(round(floor * PPM)))
    await work.flush()
    return await _shown(work)


def _stream(work: Work) -> UUID:
    return uuid8(work.tenant, "audit-floor")


async def _shown(work: Work) -> Answer:
    floor_ppm, version = await audit_floor.find(work.conn, work.tenant)
    body = {
        "version": FIRST + version,
        "floor": floor_ppm / PPM,
        "said_by": "tenant" if version else "product",
    }
    return Answer(body, etag=str(body["version"]))
