"""Enrolment: where a person of a roster will work, by what the tenant knows; or what is wrong with the row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from backend.domain.workforce.roster import Bad, Level, Row, Score
from backend.domain.workforce.standing import Place
from backend.events.ids import TeamId, VendorId

_SHOWN_CHARS = 60
_CREATE = "create the team first, or name its vendor"
_ASK = "ask a manager to create the team, or leave the cell empty"


@dataclass(frozen=True, slots=True)
class Team:
    """A team and the vendor it belongs to, None for the tenant's own staff."""

    id: TeamId
    vendor: VendorId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows may name: vendors as the file writes them, teams as it writes them under that vendor, skills by name.

    `own_vendor` and `own_team` are the only ones that the importing manager may fill, where they are limited to them;
    `stopped` vendors take nobody.
    """

    vendors: Mapping[str, VendorId]
    teams: Mapping[tuple[VendorId | None, str], Team]
    skills: Collection[str]
    stopped: Collection[VendorId] = ()
    own_vendor: VendorId | None = None
    own_team: Team | None = None

    def vendor_of(self, row: Row) -> VendorId | None:
        """Whose people the row is about, before its team is looked at."""
        named = self.vendors.get(row.vendor) if row.vendor else None
        return named or self.own_vendor or (self.own_team.vendor if self.own_team else None)


def place_of(row: Row, known: Known) -> Place | Bad:
    """Where the person of this row works. A vendor's manager needs to name neither vendor nor origin."""
    said: tuple[Level | Score, ...] = (*row.skills, *row.scores)
    unknown = next((one for one in said if one.skill not in known.skills), None)
    if unknown is not None:
        column = "scores" if unknown in row.scores else "skills"
        return _bad(row, column, "a skill of the catalogue", _quoted(unknown.skill), "define the skill first")
    named = known.vendors.get(row.vendor) if row.vendor else None
    if row.vendor and known.own_vendor and named != known.own_vendor:
        return _bad(row, "vendor", "your own vendor", "another", "leave the vendor out")
    if row.vendor and named is None:
        return _bad(
            row, "vendor", "the name or id of a vendor", _quoted(row.vendor), "register the vendor first"
        )
    return _in_team(row, known, known.vendor_of(row))


def _in_team(row: Row, known: Known, vendor: VendorId | None) -> Place | Bad:
    team = known.teams.get((vendor, row.team)) if row.team else known.own_team
    if row.team and known.own_team and team != known.own_team:
        return _bad(row, "team", "your own team", "another", "leave the team out")
    vendor = vendor or (team.vendor if team else None)
    if (row.team and team is None) or (team is not None and team.vendor != vendor):
        expected, mend = "a team of this vendor, or of the staff for people without one", _CREATE
        if known.own_vendor:
            expected, mend = "a team of your own vendor", _ASK
        return _bad(row, "team", expected, _quoted(row.team or ""), mend)
    if vendor in known.stopped:
        return _bad(row, "vendor", "a vendor whose people may work", "a suspended one", "reinstate it first")
    origin = row.origin or ("vendor" if vendor else "staff")
    if (origin == "vendor") != (vendor is not None):
        found = f"{origin} with a vendor" if vendor else "vendor without one"
        return _bad(row, "origin", "vendor where a vendor is named, else another", found, "say which is true")
    return Place(origin=origin, vendor=vendor, team=team.id if team else None)


def _quoted(cell: str) -> str:
    return repr(cell[:_SHOWN_CHARS])


def _bad(row: Row, column: str, expected: str, found: str, mend: str) -> Bad:
    return Bad(row=row.row, column=column, expected=expected, found=found, mend=mend)
