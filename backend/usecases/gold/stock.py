"""The stock of gold: how much of each class is left, for how long it lasts, and who has met most of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects.gold import WHYS
from backend.domain.projects.gold_health import Spare
from backend.domain.tasks.mixing import wanted
from backend.events.ids import ProjectId
from backend.readmodels import gold as gold_rows
from backend.readmodels import gold_families, labels_shown, projects, tasks
from backend.readmodels import gold_record as records
from backend.statistics.gold_rate import lasts, stock_needed
from backend.usecases.gold.supply import Times, supply_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PACE_DAYS = 7
LASTS_DAYS_MIN = 5
MET_MOST = 0.8
ACTIVE_MIN, CLASS_MIN = 10, 3
"""Signs leave so much gold in all, below which nothing is an outlier, and so much of a class, which everybody meets."""
PEOPLE_MAX = 200


async def gold_stock(work: Work, *, project: UUID) -> Answer:
    """What gold for work there is, by class and in all; `low` where it would not last the busiest person five days."""
    work.require("gold:read", project=ProjectId(project))
    about = await projects.find(work.conn, work.tenant, [project])
    if not about:
        raise not_found("a project")
    rows = await gold_rows.stock(work.conn, work.tenant, project)
    never = about[0]["plan"].family_gap_days == 0
    families = await work.conn.fetchval(gold_families.FAMILIES, work.tenant, project)
    people = await records.rows(work.conn, records.MET_BY, work.tenant, project, never)
    busiest = await _busiest(work, project)
    mix = _shares(rows, await gold_rows.produced(work.conn, work.tenant, project))
    labels = await labels_of(work, project)
    classes: dict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        classes[row["truth_class"]].append(row)
    supply = await supply_of(work, project, busiest[0])
    shown = [
        {"label": labels.get(one)} | _told(of, supply.classes.get(one, ()), busiest[1] * mix.get(one, 0.0))
        for one, of in sorted(classes.items(), key=lambda item: str(labels.get(item[0])))
    ]
    whole = _told(rows, supply.whole, busiest[1])
    most = [row for row in people if row["n"] > MET_MOST * (families if never else whole["active"])]
    work.saw("truth", subjects=[row["annotator"] for row in most[:PEOPLE_MAX]])
    body = {
        **whole,
        "families": families,
        "per_day": round(busiest[1], 3),
        "classes": shown,
        "people_met_most": len(most),
        "people": [{"annotator": row["annotator"], "met": row["n"]} for row in most[:PEOPLE_MAX]],
    }
    body["low"] = whole["low"] or any(one["low"] for one in shown)
    body["labels"] = await _labels(work, about[0])
    return Answer(body)


async def spare(work: Work, project: UUID) -> tuple[Spare, UUID | None, int]:
    """How much gold signs may retire before too little is asked, or before whoever meets most of it (second) has not
    enough left for five days; and how much is asked in all."""
    rows = await gold_rows.stock(work.conn, work.tenant, project)
    who, per_day = await _busiest(work, project)
    mix = _shares(rows, await gold_rows.produced(work.conn, work.tenant, project))
    supply = await supply_of(work, project, who)
    active: Counter[str | None] = Counter()
    for row in rows:
        active[row["truth_class"]] += row["n"] if row["why"] is None else 0
    classes = {
        one: Spare(
            n - CLASS_MIN, _soon(supply.classes.get(one, ())) - _needed(per_day * mix.get(one, 0.0)), {}
        )
        for one, n in active.items()
    }
    left = Spare(active.total() - ACTIVE_MIN, _soon(supply.whole) - _needed(per_day), classes)
    return left, who, active.total()


def _soon(times: Times) -> int:
    return sum(day <= LASTS_DAYS_MIN for day in times)


def _needed(per_day: float) -> int:
    return stock_needed(1.0, per_day, LASTS_DAYS_MIN)


async def _labels(work: Work, project: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where other labels are shown: how much of the gold has any to show. What has none of the kind that work has is
    given to nobody there, so `untested` says that reviewers or experts meet no gold that shows a model's label."""
    if project["show_labels"] == "none":
        return None
    (found,) = await labels_shown.rows(work.conn, labels_shown.STOCK, work.tenant, project["project"])
    return {**found, "shown_to": project["show_labels"], "untested": found["predicted"] == 0}


async def _busiest(work: Work, project: UUID) -> tuple[UUID | None, float]:
    """Who meets most gold there, and how much of it a day; over the days of the last week since the first of them."""
    since = work.now - timedelta(days=PACE_DAYS)
    found = await records.rows(work.conn, records.PACE, work.tenant, project, since)
    if not found:
        return None, 0.0
    days = min(float(PACE_DAYS), max(1.0, (work.now - found[0]["first"]).total_seconds() / 86_400))
    return found[0]["annotator"], found[0]["n"] / days


def _shares(rows: Sequence[Mapping[str, Any]], production: Mapping[str, int]) -> Mapping[Any, float]:
    """Which part of the gold that is drawn is of which class, as it is drawn; all of it where it has none."""
    stock: Counter[str] = Counter()
    for row in rows:
        if row["truth_class"] is not None and row["why"] is None:
            stock[row["truth_class"]] += row["n"]
    shares = wanted(production, stock)
    return shares or {None: 1.0}


def _told(rows: Sequence[Mapping[str, Any]], supply: Times, per_day: float) -> dict[str, Any]:
    """One class, or all: counts, what the busiest person may be given now, and how long what they may be given, now and
    later, lasts them at their pace."""
    retired = Counter[str]()
    for row in rows:
        if row["why"] is not None:
            retired[row["why"]] += row["n"]
    active = sum(row["n"] for row in rows if row["why"] is None)
    days = lasts(supply, per_day) if per_day else None
    return {
        "active": active,
        "retired": {why: retired[why] for why in WHYS},
        "unmet": sum(day <= 0.0 for day in supply),
        "lasts_days": None if days is None else round(days, 1),
        "low": active == 0 or (days is not None and days < LASTS_DAYS_MIN),
    }


async def labels_of(work: Work, project: UUID) -> dict[str | None, Any]:
    """Class token -> its label in clear, of the classes that the project's gold has."""
    rows = await tasks.rows(work.conn, gold_rows.CLASSES, work.tenant, project)
    sealed = [Sealed("project", project, "gold", row["gold"], "truth", row["truth"]) for row in rows]
    clear = await work.open(sealed)
    return {row["truth_class"]: label for row, label in zip(rows, clear, strict=True)}
