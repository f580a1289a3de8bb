"""Scorecard: a vendor's quality and speed per project and kind of work, class and month, beside everybody else's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce.spans import month_before, month_of
from backend.readmodels import projects, vendor_rates, vendors
from backend.readmodels import quality_reports as sql
from backend.usecases.projects.comparing import compare_by
from backend.usecases.quality.reports.measuring import PPM, Row, difference, measured, sees_labels, until
from backend.usecases.quality.reports.vendor_costs import costs
from backend.usecases.quality.reports.vendor_score import vendor_score
from backend.usecases.quality.reports.vendor_series import Period, vendor_series
from backend.usecases.quality.targets_met import class_labels
from backend.usecases.reach import limited, reach_filter, reach_vendor
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.vendor_floors import fallen

FALLS_MAX = 50
Place = tuple[UUID, str]
"""A project and a stage."""


async def vendor_quality(
    work: Work, *, vendor: UUID, months: int, as_of: datetime | None, by: Period = "month"
) -> Answer:
    """What the answers of a vendor's people (who belong there now) are worth by gold and reviews, and how long they
    took, of the last `months` months, per project and kind of work; beside all others in the same place.

    `below` says that the whole interval is under the floor of the project; nothing follows from it by itself. What the
    vendor is held to by a rule is in `fell_below`. `skills` is by month or week, beside all vendors; so is `score`, in
    all. The vendor's own managers learn nothing of others: their card has no score.
    """
    work.require("workforce_report:read")
    reach_vendor(work, vendor)
    if not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")
    at = until(work, as_of)
    since = month_before(month_of(at), months - 1)
    others = not limited(work)
    about_whom = (vendor, reach_filter(work)[1])
    told, took = await sql.card(work.conn, work.tenant, about_whom, (since, at), others)
    done = await vendor_rates.work_done(work.conn, work.tenant, about_whom, (since, at), others)
    cells = _by_place(told)
    speed = {(row["own"], row["project"], row["stage"], row["month"]): row for row in took}
    places = sorted(
        {(r["project"], r["stage"]) for r in [*told, *took, *done] if r["own"]},
        key=lambda one: (str(one[0]), one[1]),
    )
    about = {
        row["project"]: row for row in await projects.find(work.conn, work.tenant, [p for p, _ in places])
    }
    labels = await _labels(work, {place: cells[place] for place in places})
    data = [_place(about[place[0]], place, cells[place], speed, labels) for place in places]
    cost = costs(
        [row for row in done if row["own"]], {(d["project"], d["stage"]): d["accuracy"] for d in data}
    )
    data = [d | {"costs": cost.get((d["project"], d["stage"]), {"unpriced": 0, "data": []})} for d in data]
    score = await vendor_score(work, vendor, (since, at), done) if others else None
    skills = await vendor_series(work, vendor, reach_filter(work)[1], by, (since, at), others)
    below = await fallen(work, vendor, FALLS_MAX)
    body = {"vendor": vendor, "since": since, "as_of": at, "by": by}
    return Answer(body | {"fell_below": below, "score": score, "skills": skills, "data": data})


def _by_place(rows: Sequence[Row]) -> Mapping[Place, list[Row]]:
    places: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        places[row["project"], row["stage"]].append(row)
    return places


def _place(
    project: dict[str, Any],
    place: Place,
    cells: Sequence[Row],
    speed: Mapping[tuple[bool, UUID, str, str | None], Row],
    labels: Mapping[tuple[UUID, str], Any],
) -> dict[str, Any]:
    own, rest = [c for c in cells if c["own"]], [c for c in cells if not c["own"]]
    floor = project["plan"].live_floor_ppm / PPM
    accuracy = measured(own)
    months = {c["month"] for c in own} | {m for mine, *at, m in speed if mine and tuple(at) == place and m}
    return {
        "project": place[0],
        "stage": place[1],
        "kind": compare_by(project["scoring"]).kind,
        **_beside(own, rest),
        "seconds": _took(speed.get((True, *place, None))),
        "others_seconds": _took(speed.get((False, *place, None))),
        "floor": floor,
        "below": bool(own) and accuracy["high"] < floor,
        "classes": [
            {"class": name or None, "label": labels.get((place[0], name))}
            | _beside([c for c in own if c["class"] == name], [c for c in rest if c["class"] == name])
            for name in sorted({c["class"] for c in own})
        ],
        "months": [
            {
                "month": month,
                **_beside([c for c in own if c["month"] == month], [c for c in rest if c["month"] == month]),
                "seconds": _took(speed.get((True, *place, month))),
            }
            for month in sorted(months)
        ],
    }


def _beside(own: Sequence[Row], rest: Sequence[Row]) -> dict[str, Any]:
    return {
        "accuracy": measured(own),
        "others": measured(rest) if rest else None,
        "minus_others": difference(own, rest),
    }


def _took(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {"answers": row["answers"], "median": round(row["median"], 3)}


async def _labels(work: Work, cells: Mapping[Place, Sequence[Row]]) -> dict[tuple[UUID, str], Any]:
    """(project, class) -> its label, of the projects whose answers the caller may read."""
    named: dict[UUID, set[str]] = defaultdict(set)
    for (project, _), rows in cells.items():
        named[project] |= {row["class"] for row in rows if row["own"] and row["class"]}
    found: dict[tuple[UUID, str], Any] = {}
    for project, classes in named.items():
        if sees_labels(work, project):
            work.saw("label")
            labels = await class_labels(work, project, classes)
            found |= {(project, name): label for name, label in labels.items()}
    return found
