"""Vendors held to a standard: the rule is said, evidence is held against it, and what falls below is flagged or
suspended, once for each piece of evidence."""

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.workforce import vendor_floor as domain
from backend.events import vendors as ev
from backend.events.ids import SkillId, VendorId, uuid8
from backend.readmodels import projects, vendor_floors, vendors
from backend.statistics.clusters import of_people
from backend.usecases.gates import one_at_a_time
from backend.usecases.reach import reach_filter
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.vendors import stop_vendor

JOB = "vendor_judge"
SOON_SECONDS = 30
"""Evidence of many people comes in meanwhile: they are judged together."""
RULE = ("vendor", "skill", "version", "answers_min", "people_min", "days", "mode", "set_at")


async def vendor_floor_set(
    work: Work,
    *,
    vendor: UUID | None,
    skill: UUID | None,
    floor: float,
    confidence: float,
    answers_min: int,
    people_min: int,
    days: int,
    mode: Literal["flag", "suspend"],
) -> Answer:
    """Hold a vendor (without one: each) to this accuracy in a skill (without one: in each); 0 holds to none. The same
    again changes nothing. What is known already is held against it at once."""
    work.require("vendor:manage")
    await one_at_a_time(work)
    if vendor is not None and not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")
    if skill is not None and skill not in {
        row["skill"] for row in await projects.skills(work.conn, work.tenant)
    }:
        raise not_found("a skill")
    about = uuid8(work.tenant, "vendor-floor", str(vendor or ""), str(skill or ""))
    await work.load(domain.VENDOR_FLOOR, [about])
    command = domain.SetFloor(
        vendor=VendorId(vendor) if vendor else None,
        skill=SkillId(skill) if skill else None,
        floor_ppm=round(PPM * floor),
        confidence_ppm=round(PPM * confidence),
        answers_min=answers_min,
        people_min=people_min,
        days=days,
        mode=mode,
    )
    if work.decide(domain.VENDOR_FLOOR, about, command):
        for who, what in await vendor_floors.concerned(work.conn, work.tenant, vendor, skill):
            _enqueue(work, who, what, 0)
    await work.flush()
    rows = await vendor_floors.rules(work.conn, work.tenant, vendor)
    return Answer(_shown(next(row for row in rows if row["vendor_floor"] == about)))


async def vendor_floor_list(work: Work) -> Answer:
    """All standards; the manager of one vendor sees its own and those for each."""
    work.require("vendor:read")
    own, _ = reach_filter(work)
    rows = await vendor_floors.rules(work.conn, work.tenant, own)
    return Answer({"data": [_shown(row) for row in rows]})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shares = {"floor": row["floor_ppm"] / PPM, "confidence": row["confidence_ppm"] / PPM}
    return {**{name: row[name] for name in RULE}, **shares}


def judge_vendor_soon(work: Work, vendor: UUID | None, skill: UUID) -> None:
    """Evidence came in of somebody who works for this vendor (None: for nobody); announced often, it is done once."""
    if vendor is not None:
        _enqueue(work, vendor, skill, SOON_SECONDS)


def _enqueue(work: Work, vendor: UUID, skill: UUID, seconds: float) -> None:
    args = {"vendor": str(vendor), "skill": str(skill)}
    work.enqueue(JOB, f"{vendor}|{skill}", args, work.in_seconds(seconds))


async def vendor_judge(work: Work, *, vendor: UUID, skill: UUID) -> Answer:
    """By rule: a vendor whose people are below the floor in a skill is flagged, or suspended where the rule says so.

    Judged is what came since it was last judged, since it was reinstated, and within the rule's days, as far as that is
    folded. A person reinstates.
    """
    work.require("vendor:manage")
    at = (work.conn, work.tenant)
    rule = await vendor_floors.in_force(*at, vendor, skill)
    if rule is None:
        return Answer({"fell": 0})
    if rule["mode"] == "suspend":
        await one_at_a_time(work)
    basis = await vendor_floors.hold(*at)
    now = await vendor_floors.standing(*at, vendor, skill)
    if now is None or now["status"] == "suspended":
        return Answer({"fell": 0})
    since = max(now["since"], work.now - timedelta(days=rule["days"]))
    rows = await vendor_floors.evidence(*at, vendor, skill, now["judged"], since)
    evidence = domain.Evidence(
        people=of_people((r["annotator"], r["correct"], r["rate_ppm"] / PPM, r["n"]) for r in rows),
        answers=sum(row["n"] for row in rows),
        errors=sum(row["n"] for row in rows if not row["correct"]),
        since=since,
        since_index=now["judged"],
        basis_index=basis,
    )
    stream = uuid8(vendor, "standard", str(skill))
    await work.load(domain.VENDOR_RECORD, [stream])
    command = domain.Hold(vendor=VendorId(vendor), skill=SkillId(skill), rule=_rule(rule), evidence=evidence)
    fell = work.decide(domain.VENDOR_RECORD, stream, command)
    if fell and rule["mode"] == "suspend":
        await stop_vendor(work, vendor, _why(fell[0]))
    work.saw("proficiency", results=[vendor])
    return Answer({"fell": len(fell)})


def _rule(row: dict[str, Any]) -> ev.VendorFloorSet:
    names = ("version", "floor_ppm", "confidence_ppm", "answers_min", "people_min", "days", "mode")
    return ev.VendorFloorSet(vendor=row["vendor"], skill=row["skill"], **{name: row[name] for name in names})


def _why(fell: ev.VendorFellBelow) -> str:
    return (
        f"by rule: accuracy {fell.accuracy_ppm / PPM:.3f} is below {fell.floor_ppm / PPM:g} with probability"
        f" {fell.probability_ppm / PPM:.4f} ({fell.answers} answers of {fell.people} people,"
        f" log below {fell.basis_index})"
    )


async def fallen(work: Work, vendor: UUID, most: int) -> list[dict[str, Any]]:
    """When the vendor fell below a floor, as it is told: the numbers of the facts."""
    rows = await vendor_floors.crossings(work.conn, work.tenant, vendor, most)
    plain = ("skill", "mode", "answers", "errors", "people", "since", "since_index", "basis_index", "fell_at")
    shares = ("floor", "confidence", "probability", "accuracy", "low", "high")
    return [
        {name: row[name] for name in plain}
        | {name: row[f"{name}_ppm"] / PPM for name in shares}
        | {"worth": row["worth_milli"] / 1_000}
        for row in rows
    ]
