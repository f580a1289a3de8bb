"""Slices: where errors differ by group of people or part of the data, judged by people, and nobody to be told apart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.events.ids import ProjectId
from backend.readmodels import judged
from backend.readmodels import quality_reports as sql
from backend.statistics.clusters import Cluster, clustered, differing, holm, of_people
from backend.usecases.quality.reports.accuracy import behind, labels_of
from backend.usecases.quality.reports.measuring import PPM, Row, measured, project_row, until
from backend.usecases.work import Answer, Work

SliceBy = Literal["team", "vendor", "origin", "language", "level", "tag", "class", "edge_case", "guideline"]
SLICES_MAX = 500
ALPHA = 0.05
People = Mapping[object, Cluster]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice: its name, its cells, and its people's answers."""

    name: str
    cells: Sequence[Row]
    people: People

    @property
    def n(self) -> int:
        """How many answers were judged."""
        return sum(int(cell["n"]) for cell in self.cells)


async def project_slices(
    work: Work, *, project: UUID, by: SliceBy, people_min: int, as_of: datetime | None
) -> Answer:
    """The error of each slice beside all other answers, by gold and reviews that were drawn: with 95 %, and whether it
    differs (Holm over all slices shown). The greatest first; what comes of few people is not shown alone."""
    work.require("review:read", project=ProjectId(project))
    await project_row(work, project)
    at = until(work, as_of)
    cells = await sql.slices(work.conn, work.tenant, project, by, at)
    every = await sql.slices(work.conn, work.tenant, project, "project", at)
    everybody = _people(every)
    shown, hidden = told_apart(_slices(cells), people_min)
    shown, more = shown[:SLICES_MAX], shown[SLICES_MAX:]
    labels = await labels_of(work, project, by, [one.name for one in shown])
    tested = [differing(one.people, without(everybody, one.people)) for one in shown]
    adjusted = holm([p for _, p in tested])
    data = [
        _shown(one, everybody, p, p_adjusted)
        | {"label": labels.get(one.name), "behind": behind(project, by, one.name, at)}
        for one, (_, p), p_adjusted in zip(shown, tested, adjusted, strict=True)
    ]
    data.sort(key=lambda one: (-one["error"], one["group"] or ""))
    body = {
        "project": project,
        "by": by,
        "people_min": people_min,
        "as_of": at,
        "basis_index": await judged.basis(work.conn, work.tenant),
        "total": measured(every),
        "data": data,
        "hidden": {"slices": len(hidden), "n": sum(one.n for one in hidden)},
        "left_out": len(more),
    }
    return Answer(body)


def _slices(cells: Sequence[Row]) -> list[Slice]:
    of: dict[str, list[Row]] = defaultdict(list)
    for cell in cells:
        of[cell["name"]].append(cell)
    return [Slice(name, some, _people(some)) for name, some in of.items()]


def _people(cells: Sequence[Row]) -> dict[object, Cluster]:
    return of_people((c["annotator"], c["passed"], c["rate_ppm"] / PPM, c["n"]) for c in cells)


def told_apart(slices: Sequence[Slice], people_min: int) -> tuple[list[Slice], list[Slice]]:
    """Those that may be shown, the largest first, and those that are hidden: of fewer people than that; and as the
    total is shown, the smallest others, until what is hidden is of as many people together."""
    by_size = sorted(slices, key=lambda one: (-len(one.people), -one.n, one.name))
    shown = [one for one in by_size if len(one.people) >= people_min]
    hidden = by_size[len(shown) :]
    while hidden and shown and len({who for one in hidden for who in one.people}) < people_min:
        hidden.append(shown.pop())
    return shown, hidden


def without(everybody: People, some: People) -> dict[object, Cluster]:
    """What everybody answered but for these answers; who answered nothing else is left out."""
    rest = {}
    for who, all_ in everybody.items():
        mine = some.get(who, Cluster())
        left = Cluster(
            max(0.0, all_.right - mine.right), all_.total - mine.total, max(0.0, all_.squares - mine.squares)
        )
        if left.total > 1e-9:
            rest[who] = left
    return rest


def _shown(one: Slice, everybody: People, p: float, p_adjusted: float) -> dict[str, Any]:
    found, rest = clustered(one.people.values()), clustered(without(everybody, one.people).values())
    low, high = found.interval()
    right = found.value or 0.0
    beside = None if rest.value is None else 1.0 - rest.value
    return {
        "group": one.name or None,
        "n": one.n,
        "errors": sum(int(cell["n"]) for cell in one.cells if not cell["passed"]),
        "people": len(one.people),
        "n_effective": round(found.worth, 6),
        "error": round(1.0 - right, 9),
        "low": round(1.0 - high, 9),
        "high": round(1.0 - low, 9),
        "rest": None if beside is None else round(beside, 9),
        "difference": None if beside is None else round(1.0 - right - beside, 9),
        "p": None if beside is None else round(p, 9),
        "p_adjusted": None if beside is None else round(p_adjusted, 9),
        "differs": beside is not None and p_adjusted < ALPHA,
    }
