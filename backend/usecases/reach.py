"""Reach: the manager of a vendor or a team acts on their own people; for them the others do not exist."""

from collections.abc import Sequence
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.workforce.standing import Place
from backend.events.ids import TeamId, VendorId
from backend.readmodels import people, vendors
from backend.usecases.work import Work


def reach_filter(work: Work) -> tuple[VendorId | None, TeamId | None]:
    """The vendor and the team that lists are limited to, None where they are not."""
    return work.caller.subject.vendor, work.caller.subject.team


def limited(work: Work) -> bool:
    """Whether the caller reaches only some of the people."""
    return reach_filter(work) != (None, None)


async def reach(work: Work, who: Sequence[UUID]) -> None:
    """Raises not_found if any of these people is outside the caller's vendor or team."""
    if limited(work) and set(who) - await reached(work, who):
        raise not_found("an annotator")


async def reached(work: Work, who: Sequence[UUID]) -> set[UUID]:
    """Those of these people whom the caller reaches; unknown ids only pass where nothing limits the caller."""
    if not limited(work):
        return set(who)
    rows = await work.conn.fetch(people.WITHIN, work.tenant, sorted(set(who)), *reach_filter(work))
    return {row["annotator"] for row in rows}


def reach_vendor(work: Work, vendor: UUID | None) -> None:
    """Raises not_found for another vendor than the caller's own."""
    own = work.caller.subject.vendor
    if limited(work) and vendor != own:
        raise not_found("a vendor")


async def placed(work: Work, origin: str | None, vendor: UUID | None, team: UUID | None) -> Place:
    """Where new or moved people belong: a limited caller's own vendor and team whatever is asked, and what follows
    from a vendor or team that is named.

    Raises `vendor_unknown`, `team_unknown`, `vendor_suspended`, `team_mismatch`.
    """
    own_vendor, own_team = reach_filter(work)
    if limited(work):
        vendor, team, origin = own_vendor, own_team or team, None
    if team is not None:
        rows = await vendors.teams(work.conn, work.tenant, [team])
        if not rows:
            raise _unknown("team")
        vendor = vendor if vendor is not None or origin not in (None, "vendor") else rows[0]["vendor"]
        if rows[0]["vendor"] != vendor:
            raise _unknown("team") if limited(work) else _mismatch()
    if vendor is not None:
        await working_vendor(work, vendor)
    return Place(
        origin=origin or ("staff" if vendor is None else "vendor"),
        vendor=VendorId(vendor) if vendor else None,
        team=TeamId(team) if team else None,
    )


async def working_vendor(work: Work, vendor: UUID) -> None:
    """Raises `vendor_unknown`, or `vendor_suspended` while nobody may work for the vendor."""
    rows = await vendors.vendors(work.conn, work.tenant, [vendor])
    if not rows:
        raise _unknown("vendor")
    if rows[0]["status"] == "suspended":
        raise Refusal(
            "conflict",
            "vendor_suspended",
            expected="a vendor whose people may work",
            found="one that is suspended",
            mend="reinstate the vendor first",
            extra={"vendor": str(vendor)},
        )


def _unknown(what: str) -> Refusal:
    return Refusal(
        "invalid",
        f"{what}_unknown",
        expected=f"a {what} that exists",
        found="none of this id",
        mend=f"create the {what} first and use the id in its answer",
    )


def _mismatch() -> Refusal:
    return Refusal(
        "invalid",
        "team_mismatch",
        expected="a team of the same vendor, or of the staff for people without one",
        found="a team of somebody else",
        mend="choose one of the vendor's own teams",
    )
