"""Importing: people from a CSV file in one transaction; the good rows come in, the bad ones are named."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from backend.domain.contact import same_email
from backend.domain.errors import Refusal
from backend.domain.workforce import roster
from backend.domain.workforce.enrolment import Known, Team, place_of
from backend.domain.workforce.roster import Bad, Row
from backend.domain.workforce.standing import Place
from backend.events.store.log import AppendConflict
from backend.readmodels import projects, selection
from backend.usecases.gates import gates_shared
from backend.usecases.proficiency.skills import import_scores, import_skills
from backend.usecases.reach import reach_filter
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.inviting import Invitation, Token, invite_people
from backend.usecases.workforce.vendors import team_index, vendor_index

C = TypeVar("C")
ROLES = ("annotator",)
"""Of somebody about whom the file says nothing else."""
WORKS = "SELECT annotator, roles, origin, vendor, team FROM person WHERE tenant = $1 AND annotator = ANY($2::uuid[])"


@dataclass(frozen=True, slots=True)
class Person:
    """A good row: where it belongs, who has its address already, and which of its cells say something else than is
    known of them."""

    row: Row
    place: Place
    here: UUID | None
    differs: tuple[str, ...] = ()


async def annotator_import(work: Work, *, csv: str, dry_run: bool) -> Answer:
    """Invite everybody in the file who is not here yet, with the skills and scores it names; a row that cannot be
    taken says why. The same file again changes nothing. `dry_run`: only say what would happen."""
    work.require("annotator:invite")
    await gates_shared(work)
    found = roster.read(csv)
    _may_grant(work, found)
    judged = await _judged(work, found)
    people = [one for one in judged if isinstance(one, Person)]
    tokens: dict[int, Token] = {}
    if not dry_run:
        tokens = await _invite(work, [one for one in people if one.here is None])
        who = {one.row.row: one.here or tokens[one.row.row].annotator for one in people}
        await _qualify(work, people, who, "csv:" + hashlib.sha256(csv.encode()).hexdigest())
    work.saw(results=[one.here for one in people if one.here is not None])
    rows = [_shown(one, tokens) for one in judged]
    counts = {status: sum(one["status"] == status for one in rows) for status in ("invited", "exists", "bad")}
    until = next((token.until for token in tokens.values()), None)
    about = {"dry_run": dry_run, **counts, "claim_until": until}
    kept = [{**one, "claim_token": None} for one in rows]
    return Answer({**about, "rows": rows}, keep={**about, "rows": kept})


def _may_grant(work: Work, found: Sequence[roster.Read]) -> None:
    """Raises `forbidden`, naming the columns, where the file says what people can do and the caller may not."""
    columns = [
        name
        for name in ("skills", "scores")
        if any(isinstance(one, Row) and getattr(one, name) for one in found)
    ]
    if not columns:
        return
    try:
        work.require("skill:grant")
    except Refusal as refusal:
        listed = " and ".join(columns)
        raise Refusal(
            "forbidden",
            "forbidden",
            expected=f"nothing in {listed}, or {refusal.expected}",
            found=f"{listed} filled in, and {refusal.found}",
            mend=f"leave {listed} out, or ask a manager to import the file",
            extra={"columns": columns},
        ) from None


async def _invite(work: Work, people: Sequence[Person]) -> dict[int, Token]:
    """Row -> claim token. Whom another import has invited since the rows were judged exists: judged again, as after
    every lost race."""
    wanted = [
        Invitation(name=one.row.name, email=one.row.email, roles=one.row.roles or ROLES, place=one.place)
        for one in people
    ]
    try:
        tokens = await invite_people(work, wanted)
    except Refusal as refusal:
        if refusal.code == "annotator_exists":
            raise AppendConflict({UUID(refusal.extra["annotator"])}) from refusal
        raise
    return {one.row.row: token for one, token in zip(people, tokens, strict=True)}


async def _qualify(work: Work, people: Iterable[Person], who: Mapping[int, UUID], evidence: str) -> None:
    """What the file says that people can do, as evidence of its own kind."""
    skills = {row["name"]: row["skill"] for row in await projects.skills(work.conn, work.tenant)}
    rows = [one.row for one in people]
    levels = [
        (who[row.row], skills[one.skill], one.level, None, evidence) for row in rows for one in row.skills
    ]
    scores = [
        (who[row.row], skills[one.skill], one.correct, one.total, one.system)
        for row in rows
        for one in row.scores
    ]
    await import_skills(work, levels)
    await import_scores(work, scores)


async def _judged(work: Work, found: Sequence[roster.Read]) -> list[Person | Bad]:
    """Each row against what is known here: vendors, teams, skills, and who has which address."""
    rows = [one for one in found if isinstance(one, Row)]
    known = await _known(work, rows)
    index = {one.row: work.vault.index(work.tenant, "email", same_email(one.email)) for one in rows}
    here = await selection.by_email(work.conn, work.tenant, list(index.values()))
    who = [one["annotator"] for one in here.values()]
    works = {one["annotator"]: dict(one) for one in await work.conn.fetch(WORKS, work.tenant, who)}
    theirs = {address: works[one["annotator"]] for address, one in here.items()}
    judged: list[Person | Bad] = []
    for one in found:
        place = one if isinstance(one, Bad) else place_of(one, known)
        if isinstance(one, Row) and isinstance(place, Place):
            judged.append(_person(work, one, place, theirs.get(index[one.row])))
        elif isinstance(place, Bad):
            judged.append(place)
    return judged


def _person(work: Work, row: Row, place: Place, here: Mapping[str, Any] | None) -> Person | Bad:
    vendor, team = reach_filter(work)
    if here and (vendor not in (None, here["vendor"]) or team not in (None, here["team"])):
        expected, found = "an address that nobody beyond your reach has", "somebody else's"
        mend = "ask a tenant administrator"
        return Bad(row=row.row, column="email", expected=expected, found=found, mend=mend)
    if here is None:
        return Person(row, place, None)
    return Person(row, place, here["annotator"], _differs(row, place, here))


def _differs(row: Row, place: Place, here: Mapping[str, Any]) -> tuple[str, ...]:
    """The filled columns that say something else than is known; an import changes none of this."""
    said = {
        "roles": set(row.roles) != set(here["roles"]),
        "origin": place.origin != here["origin"],
        "vendor": place.vendor != here["vendor"],
        "team": place.team != here["team"],
    }
    return tuple(column for column, other in said.items() if other and getattr(row, column))


async def _known(work: Work, rows: Sequence[Row]) -> Known:
    """What the rows may name. Vendors and teams are found by their id or by the blind index of their name."""
    own_vendor, own_team = reach_filter(work)
    cells = {row.vendor for row in rows if row.vendor}
    by_vendor = {cell: _id(cell) or vendor_index(work, cell) for cell in cells}
    vendors = await selection.vendors(work.conn, work.tenant, *_apart(by_vendor.values(), own_vendor))
    own = await selection.teams(work.conn, work.tenant, [own_team] if own_team else [], [])
    known = Known(
        vendors={cell: one["vendor"] for cell, one in _named(by_vendor, vendors, "vendor").items()},
        teams={},
        skills={row["name"] for row in await projects.skills(work.conn, work.tenant)},
        stopped=await selection.suspended(work.conn, work.tenant),
        own_vendor=own_vendor,
        own_team=next((_team(one) for one in own), None),
    )
    places = {(known.vendor_of(row), row.team) for row in rows if row.team}
    by_team = {(vendor, cell): _id(cell) or team_index(work, vendor, cell) for vendor, cell in places}
    teams = await selection.teams(work.conn, work.tenant, *_apart(by_team.values()))
    named = _named(by_team, teams, "team")
    return replace(known, teams={place: _team(one) for place, one in named.items()})


def _team(row: Mapping[str, Any]) -> Team:
    return Team(row["team"], row["vendor"])


def _id(cell: str) -> UUID | None:
    try:
        return UUID(cell)
    except ValueError:
        return None


def _apart(keys: Iterable[UUID | bytes], own: UUID | None = None) -> tuple[list[UUID], list[bytes]]:
    """Ids and blind indexes, each by themselves."""
    every = [*keys, *([own] if own else [])]
    return [one for one in every if isinstance(one, UUID)], [one for one in every if isinstance(one, bytes)]


def _named(
    keys: Mapping[C, UUID | bytes], rows: Sequence[Mapping[str, Any]], what: str
) -> dict[C, Mapping[str, Any]]:
    """Cell -> the row that it names, for those cells that name one."""
    by = {row[what]: row for row in rows} | {bytes(row["name_index"]): row for row in rows}
    return {cell: by[key] for cell, key in keys.items() if key in by}


def _shown(one: Person | Bad, tokens: Mapping[int, Token]) -> dict[str, Any]:
    if isinstance(one, Bad):
        problem = {"column": one.column, "expected": one.expected, "found": one.found, "mend": one.mend}
        nobody: dict[str, Any] = {"id": None, "claim_token": None, "differs": []}
        return {"row": one.row, "status": "bad", **nobody, "problem": problem}
    token = tokens.get(one.row.row)
    return {
        "row": one.row.row,
        "status": "exists" if one.here else "invited",
        "id": one.here or (token.annotator if token else None),
        "claim_token": token.text if token else None,
        "differs": list(one.differs),
        "problem": None,
    }
