"""Reporting on models: by class how much stood without a person, how right it was, and what another threshold keeps."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.proficiency.scoring import category
from backend.domain.review.model_bins import EDGES, Bin, Kept, kept, threshold_for
from backend.events import models as ev
from backend.events.ids import ProjectId
from backend.readmodels import model_reports
from backend.readmodels import models as rows
from backend.statistics.wilson import wilson
from backend.usecases.models.routing import labels_of, project_row
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
WAYS = ("machine", "human", "audit", "expert", "waiting")
STANDING = ("machine", "audit")
"""Where answers go that reach their threshold."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which error may be let through, and how sure an interval is to be."""

    error: float
    confidence: float


async def model_routing_report(
    work: Work, *, project: UUID, model: UUID | None, error: float, confidence: float
) -> Answer:
    """Per class that the model answered: where its answers went, how right those were that people saw blindly, which
    error stood, and from which confidence on no more than `error` would have."""
    work.require("project:export", project=ProjectId(project))
    await project_row(work, project)
    said = await rows.routing(work.conn, work.tenant, project)
    about = model or (said.model if said else None)
    found = await rows.fetch(work.conn, model_reports.COUNTED, work.tenant, project, about, list(EDGES))
    rates = await rows.fetch(work.conn, model_reports.DEFLECTED, work.tenant, project, about)
    of_class: dict[str | None, list[Row]] = defaultdict(list)
    for row in found:
        of_class[row["answer_class"]].append(row)
    labels = await _labels(work, project, said, found)
    asked = Asked(error, confidence)
    classes = [
        {"label": labels.get(token)}
        | _told(some, said, token, asked)
        | _rates([one for one in rates if one["answer_class"] == token], asked)
        for token, some in of_class.items()
    ]
    work.saw("labels")
    ordered = sorted(classes, key=biggest)
    everything = _told(found, said, None, asked) | _rates(rates, asked)
    everything["threshold"] = None
    asked_told = {"error": error, "confidence": confidence}
    return Answer({"project": project, "model": about, **asked_told, "all": everything, "classes": ordered})


async def _labels(
    work: Work, project: UUID, said: ev.ModelRoutingSet | None, found: Sequence[Row]
) -> dict[str | None, Any]:
    """Token -> label: of classes that the routing names, and of others by an answer of the class."""
    known: dict[str | None, Any] = {}
    if said:
        known.update(await labels_of(work, said))
    other = {row["answer_class"]: row["example"] for row in found if row["answer_class"] not in known}
    named = [token for token in other if token is not None]
    examples = await rows.fetch(
        work.conn, model_reports.EXAMPLES, work.tenant, [other[token] for token in named]
    )
    answers = await work.open(
        [
            Sealed("project", project, "prediction", one["prediction"], "answer", one["answer"])
            for one in examples
        ]
    )
    known.update((one["answer_class"], answer) for one, answer in zip(examples, answers, strict=True))
    return known


async def labels_by_token(
    work: Work, project: UUID, model: UUID | None, said: ev.ModelRoutingSet | None, known: Mapping[str, Any]
) -> dict[str | None, Any]:
    """Token -> label, of everything that a model answered in a project, and of what is `known` already."""
    found = await rows.fetch(work.conn, model_reports.COUNTED, work.tenant, project, model, list(EDGES))
    return await _labels(work, project, said, found) | dict(known)


def biggest(one: Row) -> tuple[int, str]:
    """The order of classes: the biggest first, then by label."""
    n: int = one["items"]
    return -n, category(one["label"]) or ""


def _told(found: Sequence[Row], said: ev.ModelRoutingSet | None, token: str | None, asked: Asked) -> Row:
    items = {way: sum(row["n"] for row in found if row["routed"] == way) for way in WAYS}
    total = sum(items.values())
    audits = [row for row in found if row["routed"] == "audit"]
    audited, agreed = sum(row["compared"] for row in audits), sum(row["agreed"] for row in audits)
    low, high = wilson(agreed, audited, asked.confidence)
    right = agreed / audited if audited else None
    table = _bins(found)
    lines = kept(table, asked.confidence)
    return {
        "items": total,
        **items,
        "machine_share": items["machine"] / total if total else None,
        "audited": audited,
        "agreed": agreed,
        "agreement": right,
        "agreement_low": low if audited else None,
        "agreement_high": high if audited else None,
        "wrong_let_through": None if right is None else items["machine"] * (1.0 - right),
        "wrong_let_through_high": items["machine"] * (1.0 - low) if audited else None,
        "threshold": _share(_threshold(said, token)),
        "threshold_for_error": _share(threshold_for(lines, asked.error, surely=False)),
        "threshold_for_error_surely": _share(threshold_for(lines, asked.error, surely=True)),
        "bins": [_line(one, table, asked) for one in lines],
    }


def _rates(found: Sequence[Row], asked: Asked) -> Row:
    """The shares of decided items that nobody touched, and of first answers of people that differ from the model's,
    with Wilson's intervals."""
    told: Row = {}
    for name, part, of in (("deflection", "deflected", "decided"), ("disagreement", "differed", "answered")):
        n, total = (sum(one[each] for one in found) for each in (part, of))
        low, high = wilson(n, total, asked.confidence)
        shares = (n / total, low, high) if total else (None, None, None)
        told |= {of: total, part: n}
        told |= dict(zip((name, f"{name}_low", f"{name}_high"), shares, strict=True))
    return told


def _threshold(said: ev.ModelRoutingSet | None, token: str | None) -> int | None:
    if said is None or token in said.always_human:
        return None
    of_class = next((one.threshold_ppm for one in said.classes if one.token == token), None)
    return said.default_threshold_ppm if of_class is None else of_class


def _bins(found: Sequence[Row]) -> list[Bin]:
    """What stood without a person was compared only where somebody doubted it: that counts as items alone."""
    sums: dict[tuple[int, bool], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in found:
        cell = sums[row["bin"], row["routed"] in STANDING]
        blind = row["routed"] != "machine"
        for place, n in enumerate((row["n"], blind * row["compared"], blind * row["agreed"])):
            cell[place] += n
    return [
        Bin(begins_ppm=EDGES[place - 1], stood=stood, items=n, compared=compared, right=right)
        for (place, stood), (n, compared, right) in sorted(sums.items())
    ]


def _line(one: Kept, table: Sequence[Bin], asked: Asked) -> Row:
    here = [each for each in table if each.begins_ppm == one.begins_ppm]
    compared, right = sum(each.compared for each in here), sum(each.right for each in here)
    low, high = wilson(right, compared, asked.confidence)
    return {
        "from": one.begins_ppm / PPM,
        "items": sum(each.items for each in here),
        "compared": compared,
        "right": right,
        "low": low if compared else None,
        "high": high if compared else None,
        "items_from_here": one.items,
        "error_from_here": one.error,
        "error_from_here_high": one.high,
    }


def _share(ppm: int | None) -> float | None:
    return None if ppm is None else ppm / PPM
