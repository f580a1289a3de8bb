"""Enrolment: each row of a roster goes where it says, within what its manager may fill."""

from dataclasses import replace

import pytest

from backend.domain.workforce.enrolment import Known, Team, place_of
from backend.domain.workforce.roster import Bad, Level, Row, Score
from backend.domain.workforce.standing import Place
from backend.events.ids import TeamId, VendorId
from tests.domain.facts import uid

ACME, OTHER = VendorId(uid(81)), VendorId(uid(82))
NIGHT, DAY, STAFF = Team(TeamId(uid(83)), ACME), Team(TeamId(uid(84)), OTHER), Team(TeamId(uid(85)), None)
ROW = Row(row=2, name="A", email="a@x", roles=(), origin=None, vendor=None, team=None, skills=(), scores=())
KNOWN = Known(
    vendors={"Acme": ACME, "Other": OTHER},
    teams={(ACME, "night"): NIGHT, (OTHER, "day"): DAY, (None, "night"): STAFF, (None, "id of night"): NIGHT},
    skills={"birds"},
)


def row(vendor: str | None = None, team: str | None = None, origin: str | None = None) -> Row:
    return replace(ROW, vendor=vendor, team=team, origin=origin)


def column_of(found: Place | Bad) -> str | None:
    assert isinstance(found, Bad), found
    return found.column


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (row(), Place(origin="staff", vendor=None, team=None)),
        (row(origin="crowd"), Place(origin="crowd", vendor=None, team=None)),
        (row(team="night"), Place(origin="staff", vendor=None, team=STAFF.id)),
        (row("Acme"), Place(origin="vendor", vendor=ACME, team=None)),
        (row("Acme", "night", "vendor"), Place(origin="vendor", vendor=ACME, team=NIGHT.id)),
        (row(team="id of night"), Place(origin="vendor", vendor=ACME, team=NIGHT.id)),
    ],
)
def test_a_row_goes_where_it_says(asked: Row, place: Place) -> None:
    assert place_of(asked, KNOWN) == place


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        (row("Nobody"), "vendor"),
        (row("Acme", "day"), "team"),
        (row(team="dawn"), "team"),
        (row("Acme", origin="staff"), "origin"),
        (row("Acme", origin="crowd"), "origin"),
        (row(origin="vendor"), "origin"),
        (row(team="id of night", origin="staff"), "origin"),
        (replace(ROW, skills=(Level("cats", 1),)), "skills"),
        (replace(ROW, scores=(Score("cats", 1, 2, "x"),)), "scores"),
    ],
)
def test_a_row_that_fits_nowhere_says_which_column_is_wrong(asked: Row, column: str) -> None:
    assert column_of(place_of(asked, KNOWN)) == column


def test_a_suspended_vendor_takes_nobody_by_name_or_by_team() -> None:
    stopped = replace(KNOWN, stopped={ACME})
    assert column_of(place_of(row("Acme"), stopped)) == "vendor"
    assert column_of(place_of(row(team="id of night"), stopped)) == "vendor"
    assert isinstance(place_of(row("Other"), stopped), Place)


def test_a_vendors_manager_fills_the_own_vendor_without_naming_it() -> None:
    own = replace(KNOWN, own_vendor=ACME)
    for asked in (row(), row("Acme")):
        assert place_of(asked, own) == Place(origin="vendor", vendor=ACME, team=None)
    assert place_of(row(team="night"), own) == Place(origin="vendor", vendor=ACME, team=NIGHT.id)
    for other in ("Other", "Nobody"):
        assert place_of(row(other), own) == place_of(row("Other"), own)
        assert column_of(place_of(row(other), own)) == "vendor"


def test_who_cannot_create_a_team_is_told_to_ask_for_it() -> None:
    for own, mend in (
        (replace(KNOWN, own_vendor=ACME), "ask a manager to create the team, or leave the cell empty"),
        (KNOWN, "create the team first, or name its vendor"),
    ):
        found = place_of(row(None if own.own_vendor else "Acme", "dawn"), own)
        assert isinstance(found, Bad) and (found.column, found.mend) == ("team", mend)


def test_a_teams_manager_fills_the_own_team_without_naming_it() -> None:
    own = replace(KNOWN, own_team=NIGHT)
    for asked in (row(), row(team="night"), row("Acme")):
        assert place_of(asked, own) == Place(origin="vendor", vendor=ACME, team=NIGHT.id)
    assert column_of(place_of(row("Other"), own)) == "team"
    assert column_of(place_of(row(team="day"), own)) == "team"
    staff = replace(KNOWN, own_team=STAFF)
    assert place_of(row(), staff) == Place(origin="staff", vendor=None, team=STAFF.id)
