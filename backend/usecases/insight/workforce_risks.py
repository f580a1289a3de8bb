"""What may stop work soon: rights that end, skills and lanes that hang on few people, work that hangs on one vendor."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.projects.coverage import Crowd, crowd
from backend.readmodels import workforce_reports as sql
from backend.usecases.insight.workforce_blockers import Row, Scene, by_vendor, scene
from backend.usecases.insight.workforce_reports import share
from backend.usecases.reach import limited, reach_filter
from backend.usecases.work import Answer, Work

IDS_MAX = 200
SOON_DAYS = 30
DEPENDENT = 0.8
KEY = "key"


async def workforce_expiring(work: Work, *, days: int) -> Answer:
    """Rights and keys of people that end within these days, and the projects whose work needs them."""
    work.require("workforce_report:read")
    data = await _expiring(work, days)
    work.saw(subjects={who for one in data for who in one["ids"]})
    return Answer({"until": work.now + timedelta(days=days), "data": data})


async def _expiring(work: Work, days: int) -> list[dict[str, Any]]:
    span = (*reach_filter(work), work.now, work.now + timedelta(days=days))
    rows = await sql.rows(work.conn, sql.EXPIRING, work.tenant, *span)
    keys = await sql.rows(work.conn, sql.KEYS, work.tenant, *span)
    asking = await _asking(work, {row["token"] for row in rows})
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        kind, _, rest = row["token"].partition(":")
        groups[kind, rest.partition(":")[0]].append(row)
    found = [_ending(kind, about, of, asking) for (kind, about), of in groups.items()]
    found += [_ending(KEY, None, keys, {})] if keys else []
    return sorted(found, key=lambda one: (not one["projects"], one["earliest"], str(one["about"])))


async def _asking(work: Work, tokens: set[str]) -> dict[str, dict[UUID, bool]]:
    """Token -> the projects some lane of which asks for it, each with whether work is open there."""
    asking: dict[str, dict[UUID, bool]] = defaultdict(dict)
    for lane in await sql.rows(work.conn, sql.LANES, work.tenant) if tokens else ():
        groups = (token for group in from_json(lane["any_of"]) for token in group)
        for token in tokens.intersection((*lane["requires"], *groups)):
            asking[token][lane["project"]] = asking[token].get(lane["project"], False) or lane["open"]
    return asking


def _ending(
    kind: str, about: str | None, rows: Sequence[Mapping[str, Any]], asking: Mapping[str, Mapping[UUID, bool]]
) -> dict[str, Any]:
    vendor_of = {row["annotator"]: row["vendor"] for row in rows}
    tokens = sorted({row["token"] for row in rows}) if kind != KEY else []
    projects: dict[UUID, bool] = {}
    for token in tokens:
        for project, is_open in asking.get(token, {}).items():
            projects[project] = projects.get(project, False) or is_open
    return {
        "kind": kind,
        "about": about,
        "tokens": tokens,
        "people": len(vendor_of),
        "ids": sorted(vendor_of)[:IDS_MAX],
        "vendors": [{"vendor": one, "people": n} for one, n in Counter(vendor_of.values()).most_common()],
        "earliest": rows[0]["until"],
        "latest": rows[-1]["until"],
        "projects": [{"project": one, "open_work": projects[one]} for one in sorted(projects)],
    }


async def workforce_risk(work: Work, *, people_max: int) -> Answer:
    """Skills and lanes with open work for which at most `people_max` active people are entitled, work that depends on
    one vendor, and how much ends within 30 days. Who reaches only some of the people is told of the skills that these
    hold and of the lanes that are meant for them."""
    work.require("workforce_report:read")
    now = await scene(work)
    everybody = await sql.rows(work.conn, sql.PEOPLE, work.tenant, *reach_filter(work), work.now)
    people = [row for row in everybody if row["status"] == "active"]
    skills = await _scarce_skills(work, people, people_max)
    if limited(work):
        now = now.meant_for(_holding(everybody))
        known = {token for row in everybody for token in row["held"]}
        skills = [one for one in skills if f"skill:{one['skill']}" in known]
    body = {
        "people": len(people),
        "skills": skills,
        "lanes": _scarce_lanes(now, _holding(people), people_max),
        "dependencies": [] if limited(work) else await _dependencies(work, now, people),
        "expiring": [_briefly(one) for one in await _expiring(work, SOON_DAYS)],
    }
    work.saw(subjects={who for skill in skills for who in skill["ids"]})
    return Answer(body)


def _holding(people: Sequence[Row]) -> Crowd:
    return crowd([row["held"] for row in people])


def _briefly(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("kind", "about", "people", "earliest", "projects")}


async def _scarce_skills(
    work: Work, people: Sequence[Mapping[str, Any]], people_max: int
) -> list[dict[str, Any]]:
    holders: dict[str, list[UUID]] = defaultdict(list)
    for row in people:
        for token in row["held"]:
            if token.startswith("skill:") and token.count(":") == 1:
                holders[token].append(row["annotator"])
    found = []
    for row in await sql.rows(work.conn, sql.SKILLS, work.tenant):
        who = holders.get(f"skill:{row['skill']}", [])
        if len(who) <= people_max:
            found.append({"skill": row["skill"], "name": row["name"], "people": len(who), "ids": who})
    return sorted(found, key=lambda one: one["people"])


def _scarce_lanes(now: Scene, people: Crowd, people_max: int) -> list[dict[str, Any]]:
    counts = [stops.served.bit_count() for stops in now.stops(people)]
    few = sorted((n, place) for place, n in enumerate(counts) if n <= people_max)
    return [
        {name: now.lanes[place][name] for name in ("lane", "project", "stage")} | {"people": n}
        for n, place in few
    ]


async def _dependencies(work: Work, now: Scene, people: Sequence[Row]) -> list[dict[str, Any]]:
    """Where one vendor has more than 80 % of the last 30 days' answers or of the people entitled now."""
    since = work.now - timedelta(days=SOON_DAYS)
    rows = await sql.rows(work.conn, sql.ANSWERS_BY_VENDOR, work.tenant, since)
    answers: dict[UUID | None, Counter[UUID | None]] = defaultdict(Counter)
    for row in rows:
        answers[row["project"]][row["vendor"]] += row["n"]
        answers[None][row["vendor"]] += row["n"]
    entitled = _entitled(now, people)
    return [
        found
        for project in sorted(answers.keys() | entitled.keys(), key=str)
        for found in _of_one(project, answers[project], entitled[project])
    ]


def _entitled(now: Scene, people: Sequence[Row]) -> dict[UUID | None, Counter[UUID | None]]:
    """Project -> vendor -> active people who may annotate there; under None all active people."""
    entitled: dict[UUID | None, Counter[UUID | None]] = defaultdict(Counter)
    vendors = by_vendor(people)
    entitled[None] = Counter({vendor: own.bit_count() for vendor, own in vendors.items()})
    for lane, stops in zip(now.lanes, now.stops(_holding(people)), strict=True):
        if lane["stage"] == "annotate":
            for vendor, own in vendors.items():
                entitled[lane["project"]][vendor] += (stops.served & own).bit_count()
    return entitled


def _of_one(
    project: UUID | None, answers: Counter[UUID | None], people: Counter[UUID | None]
) -> list[dict[str, Any]]:
    done, able = answers.total(), people.total()
    return [
        {
            "project": project,
            "vendor": vendor,
            "answers": share(answers[vendor], done),
            "people": share(people[vendor], able),
        }
        for vendor in sorted((answers.keys() | people.keys()) - {None}, key=str)
        if answers[vendor] > DEPENDENT * done or people[vendor] > DEPENDENT * able
    ]
