"""Vendors and teams: registered, suspended with all their people at once, and reinstated with them."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce import team as teams_domain
from backend.domain.workforce import vendor as vendors_domain
from backend.domain.workforce.standing import Suspended
from backend.events.base import Secret
from backend.events.ids import TeamId, VendorId
from backend.readmodels import people, vendors
from backend.usecases.gates import one_at_a_time
from backend.usecases.reach import limited, reach_filter, reach_vendor
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import activate_complete
from backend.usecases.workforce.standing import locked, suspend_people, why

STANDING = ("invited", "screened", "onboarding", "active", "paused")
"""Whose standing a vendor's suspension ends; who is suspended for another reason stays so."""


def vendor_index(work: Work, name: str) -> bytes:
    """The blind index under which a vendor's name is unique in the tenant."""
    return work.vault.index(work.tenant, "vendor", name.strip().casefold())


def team_index(work: Work, vendor: UUID | None, name: str) -> bytes:
    """The blind index under which a team's name is unique among its vendor's teams, or the staff's."""
    return work.vault.index(work.tenant, "team", f"{vendor or ''}|{name.strip().casefold()}")


async def vendor_register(work: Work, *, name: str) -> Answer:
    """Make an outside provider known; its people are invited or moved to it."""
    work.require("vendor:manage")
    about = VendorId(work.new_id())
    index = vendor_index(work, name)
    await _new_name(work, "vendor", index)
    keys = await work.keys(("tenant", work.tenant))
    sealed = keys.seal_json("tenant", work.tenant, "vendor", about, "name", name)
    command = vendors_domain.RegisterVendor(vendor=about, name=sealed, name_index=index)
    work.decide(vendors_domain.VENDOR, about, command)
    await work.flush()
    return Answer((await _vendors(work, [about]))[0], "created")


async def _new_name(work: Work, what: str, index: bytes) -> None:
    sql = f"SELECT {what} FROM {what} WHERE tenant = $1 AND name_index = $2"
    known = await work.conn.fetchval(sql, work.tenant, index)
    if known is not None:
        raise Refusal(
            "conflict",
            f"{what}_exists",
            expected=f"a name that no {what} has",
            found=f"a {what} of this name",
            mend=f"use the {what} that exists, or another name",
            extra={what: str(known)},
        )


async def _vendors(
    work: Work, only: list[UUID] | None, after: UUID | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    rows = await vendors.vendors(work.conn, work.tenant, only, after, limit)
    places = [
        Sealed("tenant", work.tenant, "vendor", row["vendor"], field, row[field])
        for row in rows
        for field in ("name", "reason")
        if row[field] is not None
    ]
    clear = dict(zip(((p.record_id, p.field) for p in places), await work.open(places), strict=True))
    return [
        {
            "id": row["vendor"],
            "name": clear[row["vendor"], "name"],
            "status": row["status"],
            "reason": clear.get((row["vendor"], "reason")),
            "since": row["since"],
            "people": row["people"],
        }
        for row in rows
    ]


async def vendor_get(work: Work, *, vendor: UUID) -> Answer:
    """One vendor and how many people it has here."""
    work.require("vendor:read")
    reach_vendor(work, vendor)
    shown = await _vendors(work, [vendor])
    if not shown:
        raise not_found("a vendor")
    return Answer(shown[0])


async def vendor_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Vendors by id; the manager of one sees that one."""
    work.require("vendor:read")
    own: list[UUID] | None = [one for one in reach_filter(work)[:1] if one] if limited(work) else None
    rows = await _vendors(work, own, UUID(cursor) if cursor else None, limit + 1)
    more = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Answer({"data": rows[:limit], "next_cursor": more})


async def vendor_suspend(work: Work, *, vendor: UUID, reason: str) -> Answer:
    """Stop all of a vendor's people in this transaction, each with an event; their leases are revoked."""
    work.require("vendor:manage")
    stopped, revoked = await stop_vendor(work, vendor, reason)
    return Answer({"id": vendor, "status": "suspended", "people": stopped, "leases_revoked": revoked})


async def stop_vendor(work: Work, vendor: UUID, reason: str) -> tuple[int, int]:
    """Suspend a vendor and its people; returns how many people stop and how many leases are revoked."""
    await one_at_a_time(work)
    about = await _loaded(work, vendor)
    said = vendors_domain.SuspendVendor(reason=await _why(work, about, reason))
    if not work.decide(vendors_domain.VENDOR, about, said):
        return 0, 0
    who = await people.of(work.conn, work.tenant, STANDING, vendor)
    return len(who), await suspend_people(work, who, reason, about)


async def vendor_reinstate(work: Work, *, vendor: UUID, reason: str) -> Answer:
    """End a vendor's suspension: who was stopped with it stands again where they stood before."""
    work.require("vendor:manage")
    await one_at_a_time(work)
    about = await _loaded(work, vendor)
    said = vendors_domain.ReinstateVendor(reason=await _why(work, about, reason))
    who: list[UUID] = []
    if work.decide(vendors_domain.VENDOR, about, said):
        suspended = await people.of(work.conn, work.tenant, ["suspended"], vendor)
        await locked(work, suspended)
        states = {one: work.state(annotators.ANNOTATOR, one) for one in suspended}
        who = [one for one, s in states.items() if isinstance(s, Suspended) and s.vendor == about]
    for person in who:
        command = annotators.Reinstate(reason=await why(work, person, reason), vendor=about)
        work.decide(annotators.ANNOTATOR, person, command)
    await activate_complete(work, who)
    return Answer({"id": vendor, "status": "active", "people": len(who), "leases_revoked": None})


async def _loaded(work: Work, vendor: UUID) -> VendorId:
    await work.load(vendors_domain.VENDOR, [vendor])
    return VendorId(vendor)


async def _why(work: Work, vendor: UUID, reason: str) -> Secret:
    keys = await work.keys(("tenant", work.tenant))
    return keys.seal_json("tenant", work.tenant, "vendor", vendor, "reason", reason)


async def team_create(work: Work, *, name: str, vendor: UUID | None) -> Answer:
    """A team of a vendor, or of the tenant's own staff; its name is unique there."""
    work.require("team:create")
    if vendor is not None and not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")
    about = TeamId(work.new_id())
    index = team_index(work, vendor, name)
    await _new_name(work, "team", index)
    keys = await work.keys(("tenant", work.tenant))
    command = teams_domain.CreateTeam(
        team=about,
        name=keys.seal_json("tenant", work.tenant, "team", about, "name", name),
        name_index=index,
        vendor=VendorId(vendor) if vendor else None,
    )
    work.decide(teams_domain.TEAM, about, command)
    return Answer({"id": about, "name": name, "vendor": vendor, "people": 0}, "created")


async def team_list(work: Work, *, vendor: UUID | None, cursor: str | None, limit: int) -> Answer:
    """Teams by id, of one vendor where named."""
    work.require("team:read")
    own_vendor, own_team = reach_filter(work)
    if own_vendor and vendor not in (None, own_vendor):
        return Answer({"data": [], "next_cursor": None})
    after = UUID(cursor) if cursor else None
    whose = (own_vendor or vendor, own_team)
    rows = await vendors.teams(work.conn, work.tenant, None, after, limit + 1, *whose)
    places = [Sealed("tenant", work.tenant, "team", row["team"], "name", row["name"]) for row in rows]
    names = await work.open(places)
    shown = [
        {"id": row["team"], "name": name, "vendor": row["vendor"], "people": row["people"]}
        for row, name in zip(rows, names, strict=True)
    ]
    more = str(shown[limit - 1]["id"]) if len(shown) > limit else None
    return Answer({"data": shown[:limit], "next_cursor": more})
