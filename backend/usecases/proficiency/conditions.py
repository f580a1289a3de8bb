"""Conditions: what a project asks of people beside agreements and courses, checked against what there is."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects import predicates
from backend.events.projects import Conditions
from backend.readmodels import agreements, projects, training, vendors
from backend.usecases.work import Work


async def conditions_from(work: Work, given: Mapping[str, Any]) -> Conditions:
    """Conditions whose every id names something. Raises `{kind}_unknown` (invalid) naming the first that does not."""
    told = predicates.conditions(given)
    for kind in predicates.BY_ID:
        wanted = sorted(predicates.named(told, kind))
        if wanted:
            refuse_unknown(kind, wanted, await known_ids(work, kind, wanted))
    return told


def refuse_unknown(kind: str, wanted: Collection[UUID], known: Collection[UUID]) -> None:
    """Refuse `{kind}_unknown` (invalid) when something wanted is not known."""
    if unknown := [one for one in wanted if one not in known]:
        raise Refusal(
            "invalid",
            f"{kind}_unknown",
            expected=f"{kind}s that exist",
            found=f"{len(unknown)} unknown, the first {unknown[0]}",
            mend=f"create the {kind} first and use the id in its answer",
            extra={kind: str(unknown[0])},
        )


async def known_ids(work: Work, kind: str, wanted: list[UUID]) -> set[UUID]:
    """Those of these ids that name something of this kind."""
    match kind:
        case "skill":
            rows = await projects.skills(work.conn, work.tenant)
        case "agreement":
            rows = await agreements.agreements(work.conn, work.tenant, wanted)
        case "course":
            rows = await training.courses(work.conn, work.tenant, wanted)
        case "vendor":
            rows = await vendors.vendors(work.conn, work.tenant, wanted, limit=len(wanted))
        case _:
            rows = await vendors.teams(work.conn, work.tenant, wanted, limit=len(wanted))
    return {row[kind] for row in rows}


async def in_force(work: Work, project: dict[str, Any]) -> Conditions:
    """A project's conditions with the versions asked now."""
    told: Conditions = project["conditions"]
    signed, passed = predicates.named(told, "agreement"), predicates.named(told, "course")
    current: dict[str, int] = {}
    if signed:
        asked = {**project, "agreements": sorted(signed)}
        versions = await agreements.asked_by(work.conn, work.tenant, asked, work.now)
        current |= {f"agreement:{one}": version for one, version in versions.items()}
    if passed:
        rows = await training.courses(work.conn, work.tenant, sorted(passed))
        current |= {f"course:{row['course']}": row["version"] for row in rows}
    return predicates.versioned(told, current)
