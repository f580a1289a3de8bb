"""The fraud graph as managers see it: who shares a device or an address, copies or answers at once, group by group."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import not_found
from backend.domain.proficiency.flag import KINDS as FLAG_KINDS
from backend.domain.proficiency.fraud_graph import KINDS, Edge, Group, bounded, edge_of, groups
from backend.domain.proficiency.sharing import (
    ADDRESS,
    DAYS_SHOWN_MAX,
    DEFAULTS,
    DEVICE,
    Link,
    Sighting,
    links,
)
from backend.domain.proficiency.suspicion import TRILLION
from backend.readmodels import flags, people, projects, sightings, vendors
from backend.usecases.quality.flag_formulas import FORMULAS
from backend.usecases.work import Answer, Work

SINCE_DAYS = 30
PEOPLE_MAX = 500
FLAGS_MAX = 5_000
NOTHING = ("dismissed", "explained")
OF = {"copying": ("identical", "common_wrong"), "simultaneous": ("hits", "compared")}
"""Of a pair that was found by its answers: which number is which part of which."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """The groups, where everybody in them stands, and every flag about them."""

    groups: Sequence[Group]
    standing: Mapping[UUID, Row]
    flags: Mapping[UUID, Sequence[Row]]


async def fraud_graph(
    work: Work, *, skill: UUID | None, vendor: UUID | None, since: datetime | None, days: int, limit: int
) -> Answer:
    """Groups of people between whom there is something, those with open cases first; at most so many, and PEOPLE_MAX
    people. With a skill or a vendor: groups with somebody who answered in it, or works for it. Raises not_found."""
    work.require("flag:read")
    if vendor is not None and not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")
    if skill is not None and skill not in {
        row["skill"] for row in await projects.skills(work.conn, work.tenant)
    }:
        raise not_found("a skill")
    graph = await _graph(work, skill, vendor, since, days)
    shown, left = bounded(graph.groups, limit, PEOPLE_MAX)
    work.saw(subjects={who for one in shown for who in one.people}, results=_flags(shown))
    return Answer(
        {
            "since": since or work.now - timedelta(days=SINCE_DAYS),
            "groups": [_told(one, graph) for one in shown],
            "left_out": {"groups": len(left), "people": sum(len(one.people) for one in left)},
        }
    )


async def fraud_case(work: Work, *, annotator: UUID, since: datetime | None, days: int) -> Answer:
    """The case file of the group that somebody is in: every edge with its formula, numbers, days and the facts behind
    them, and every flag about anybody in it, settled ones too."""
    work.require("flag:read")
    graph = await _graph(work, None, None, since, days)
    group = next((one for one in graph.groups if annotator in one.people), None)
    if group is None:
        raise not_found("a group that this annotator is in")
    work.saw(subjects=group.people, results=_flags([group]))
    told = _told(group, graph)
    told["edges"] = [edge | _file(one) for edge, one in zip(told["edges"], group.edges, strict=True)]
    seen = {row["flag"]: row for who in group.people for row in graph.flags.get(who, ())}
    told["flags"] = [
        {"id": flag} | {name: row[name] for name in ("kind", "annotator", "other", "decision", "raised_at")}
        for flag, row in sorted(seen.items())
    ]
    return Answer(told)


# --- found


async def _graph(
    work: Work, skill: UUID | None, vendor: UUID | None, since: datetime | None, days: int
) -> Graph:
    begin = since or work.now - timedelta(days=SINCE_DAYS)
    seen = await sightings.shared(work.conn, work.tenant, begin, work.now, DEFAULTS.people_max)
    cases = await flags.fetch(work.conn, flags.PAIRS, work.tenant, list(KINDS), begin, skill, FLAGS_MAX)
    explained = await flags.explained(work.conn, work.tenant)
    found = await asyncio.to_thread(lambda: links((Sighting(**row) for row in seen), days))
    about = {who for one in found for who in one.pair} | {
        who for row in cases for who in (row["annotator"], row["other"])
    }
    standing = await people.placed(work.conn, work.tenant, sorted(about))
    here = {who for who, row in standing.items() if row["status"] not in ("erased", "offboarded")}
    edges = [edge for edge in _edges(found, cases, explained) if {edge.first, edge.second} <= here]
    whose = await _whose(work, sorted(here), skill, vendor, standing)
    kept = [one for one in groups(edges) if not whose.isdisjoint(one.people)]
    told = await flags.fetch(
        work.conn, flags.OF_PEOPLE, work.tenant, sorted({who for one in kept for who in one.people})
    )
    of: dict[UUID, list[Row]] = defaultdict(list)
    for row in told:
        for who in {row["annotator"], row["other"]} - {None}:
            of[who].append(row)
    return Graph(kept, standing, of)


async def _whose(
    work: Work, who: Sequence[UUID], skill: UUID | None, vendor: UUID | None, standing: Mapping[UUID, Row]
) -> set[UUID]:
    """Those of these people for whom was asked."""
    found = {one for one in who if vendor is None or standing[one]["vendor"] == vendor}
    if skill is not None:
        found &= await flags.answered(work.conn, work.tenant, who, skill)
    return found


def _edges(
    found: Sequence[Link], cases: Sequence[Row], explained: Collection[tuple[str, frozenset[UUID]]]
) -> list[Edge]:
    """One per kind and pair: of several flags of a pair, one per skill, the open one, else the newest counts. What is
    explained or dismissed is none, nor is the address of who are at one device."""
    at_one_device = {link.pair for link in found if link.kind == DEVICE}
    newest: dict[tuple[str, frozenset[UUID]], Row] = {}
    for row in sorted(cases, key=lambda row: (row["decision"] is None, row["flag"])):
        newest[row["kind"], frozenset((row["annotator"], row["other"]))] = row
    edges = []
    for link in found:
        case = newest.pop((link.kind, frozenset(link.pair)), None)
        if (link.kind, frozenset(link.pair)) in explained or (case and case["decision"] in NOTHING):
            continue
        if case is None and link.kind == ADDRESS and link.pair in at_one_device:
            continue
        waits = case is not None and case["decision"] is None
        edges.append(edge_of(link, case["flag"] if case else None, waits))
    for key, row in newest.items():
        if key not in explained and row["decision"] not in NOTHING:
            edges.append(_of_case(row))
    return edges


def _of_case(row: Row) -> Edge:
    """What a flag says of its pair."""
    evidence = from_json(row["evidence"])
    numbers = evidence["numbers"]
    first, second = sorted((row["annotator"], row["other"]))
    part, whole = (numbers.get(name, 0) for name in OF.get(row["kind"], ("days", "days")))
    return Edge(
        kind=row["kind"],
        first=first,
        second=second,
        strength=part / max(1, whole),
        p=_p(numbers),
        days=numbers.get("days"),
        weak=bool(numbers.get("weak")),
        flag=row["flag"],
        open=row["decision"] is None,
        numbers=numbers,
        tokens=evidence["tokens"],
    )


def _p(numbers: Mapping[str, int]) -> float | None:
    told = [numbers[name] for name in ("p_e12", "apart_p_e12", "together_p_e12") if name in numbers]
    return min(told) / TRILLION if told else None


# --- told


def _flags(found: Sequence[Group]) -> list[UUID]:
    return [edge.flag for one in found for edge in one.edges if edge.flag is not None]


def _told(group: Group, graph: Graph) -> Row:
    return {
        "people": [_node(who, graph) for who in group.people],
        "edges": [_edge(one) for one in group.edges],
        "kinds": list(group.kinds),
        "open_flags": group.open_flags,
    }


def _node(who: UUID, graph: Graph) -> Row:
    about = graph.flags.get(who, ())
    return {
        "annotator": who,
        "status": graph.standing[who]["status"],
        "vendor": graph.standing[who]["vendor"],
        "open_flags": sorted({row["kind"] for row in about if row["decision"] is None}, key=FLAG_KINDS.index),
        "discounted": any(row["decision"] == "discounted" for row in about),
    }


def _edge(edge: Edge) -> Row:
    names = ("kind", "first", "second", "p", "days", "weak", "flag", "open")
    return {**{name: getattr(edge, name) for name in names}, "strength": round(edge.strength, 6)}


def _file(edge: Edge) -> Row:
    days = edge.link.days[-DAYS_SHOWN_MAX:] if edge.link else ()
    return {
        "formula": FORMULAS[edge.kind].name,
        "says": FORMULAS[edge.kind].says,
        "numbers": dict(edge.numbers),
        "tokens": dict(edge.tokens),
        "shared_days": [
            {"day": one.day, "first": one.first, "second": one.second, "streams": one.streams} for one in days
        ],
    }
