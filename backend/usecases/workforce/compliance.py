"""Compliance: evidence for a vendor with all its people, or for one person, until it ends."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce import compliance as records
from backend.domain.workforce.refusals import not_from
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ComplianceId, VendorId
from backend.events.store.envelope import Scope
from backend.readmodels import people, vendors
from backend.usecases.entitlement import revoke_lost
from backend.usecases.gates import one_at_a_time
from backend.usecases.reach import reach, reach_filter, reach_vendor
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work


async def compliance_record(
    work: Work,
    *,
    kind: str,
    vendor: UUID | None,
    annotator: UUID | None,
    evidence: Any,
    until: datetime | None,
) -> Answer:
    """Record evidence: the people it is about hold `compliance:{kind}` until it ends."""
    work.require("compliance:record")
    await one_at_a_time(work)
    await _touched(work, vendor, annotator, recording=True)
    about = ComplianceId(work.new_id())
    command = records.RecordCompliance(
        record=about,
        kind=kind,
        vendor=VendorId(vendor) if vendor else None,
        annotator=AnnotatorId(annotator) if annotator else None,
        evidence=await _sealed(work, annotator, about, "evidence", evidence),
        until=until,
        now=work.now,
    )
    work.decide(records.COMPLIANCE, about, command)
    return Answer({"id": about, "kind": kind, "vendor": vendor, "annotator": annotator}, "created")


async def _touched(
    work: Work, vendor: UUID | None, annotator: UUID | None, *, recording: bool = False
) -> list[UUID]:
    """Whom the record is about, locked, so that nobody is erased meanwhile. Raises not_found; `not_now` for a new
    record about somebody erased."""
    if vendor is not None and not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")
    who = await vendors.people_of(work.conn, work.tenant, vendor) if vendor else []
    who += [annotator] if annotator else []
    rows = await people.lock(work.conn, work.tenant, who)
    if annotator is not None and annotator not in rows:
        raise not_found("an annotator")
    if annotator is not None and recording and rows[annotator]["status"] == "erased":
        raise not_from("RecordCheck", "erased")
    work.saw(subjects=[annotator] if annotator else [])
    return list(rows)


def _scope(work: Work, annotator: UUID | None) -> tuple[Scope, UUID]:
    """What is about a person goes with their data key."""
    return ("person", annotator) if annotator else ("tenant", work.tenant)


async def _sealed(work: Work, annotator: UUID | None, record: UUID, field: str, value: Any) -> Secret:
    scope, of = _scope(work, annotator)
    keys = await work.keys((scope, of))
    return keys.seal_json(scope, of, "compliance", record, field, value)


async def compliance_withdraw(work: Work, *, record: UUID, reason: str) -> Answer:
    """The record does not count any more; who loses a right with it loses the leases that need it."""
    work.require("compliance:record")
    await one_at_a_time(work)
    (state,) = await work.load(records.COMPLIANCE, [record])
    known = None if isinstance(state, records.Unknown) else state.recorded
    who = await _touched(work, known.vendor, known.annotator) if known else []
    keys = await work.keys(("tenant", work.tenant))
    said = keys.seal_json("tenant", work.tenant, "compliance", record, "reason", reason)
    work.decide(records.COMPLIANCE, record, records.WithdrawCompliance(reason=said))
    revoked = await revoke_lost(work, who, "compliance_ended")
    return Answer({"id": record, "withdrawn": True, "leases_revoked": revoked})


async def compliance_expire(work: Work, *, most: int) -> Answer:
    """Record that compliance records are too old to count; nobody asks for it, so the system does."""
    work.require("project:update")
    await one_at_a_time(work)
    due = await vendors.over(work.conn, work.tenant, work.now, most)
    await work.load(records.COMPLIANCE, [row["record"] for row in due])
    who: set[UUID] = set()
    for row in due:
        who |= set(await vendors.people_of(work.conn, work.tenant, row["vendor"])) if row["vendor"] else set()
        who |= {row["annotator"]} if row["annotator"] else set()
    await people.lock(work.conn, work.tenant, sorted(who))
    expire = records.ExpireCompliance(now=work.now)
    expired = sum(len(work.decide(records.COMPLIANCE, row["record"], expire)) for row in due)
    await revoke_lost(work, sorted(who), "compliance_ended")
    return Answer({"expired": expired})


async def compliance_list(
    work: Work,
    *,
    vendor: UUID | None,
    annotator: UUID | None,
    ended: bool,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Records by id, with their evidence; those that have ended only when asked for."""
    work.require("compliance:read")
    if vendor is not None:
        reach_vendor(work, vendor)
    if annotator is not None:
        await reach(work, [annotator])
    after = UUID(cursor) if cursor else None
    asked = (vendor, annotator, after, limit + 1, ended, *reach_filter(work))
    rows = [dict(row) for row in await work.conn.fetch(vendors.RECORDS, work.tenant, *asked)]
    shown = await _shown(work, rows[:limit])
    more = str(rows[limit - 1]["record"]) if len(rows) > limit else None
    return Answer({"data": shown, "next_cursor": more})


async def _shown(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    places = []
    for row in rows:
        scope, of = _scope(work, row["annotator"])
        places.append(Sealed(scope, of, "compliance", row["record"], "evidence", row["evidence"]))
        if row["reason"] is not None:
            at = (work.tenant, "compliance", row["record"], "reason")
            places.append(Sealed("tenant", *at, row["reason"]))
    clear = dict(zip(((p.record_id, p.field) for p in places), await work.open(places), strict=True))
    work.saw("evidence", subjects=[row["annotator"] for row in rows if row["annotator"]])
    names = ("kind", "vendor", "annotator", "until", "recorded_at", "ended_at")
    return [
        {
            "id": row["record"],
            **{name: row[name] for name in names},
            "in_force": row["ended_at"] is None and (row["until"] is None or row["until"] > work.now),
            "evidence": clear[row["record"], "evidence"],
            "reason": clear.get((row["record"], "reason")),
        }
        for row in rows
    ]
