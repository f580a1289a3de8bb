"""Reports: a task and its history, a project's quality, throughput and export."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from backend.domain.errors import not_found
from backend.events.base import Recorded, name_of
from backend.events.ids import ProjectId
from backend.events.leases import LeaseClaimed
from backend.events.store import log
from backend.readmodels import progress, projects, tasks, throughput
from backend.readmodels.double_reviews import stream_of as double_review_of
from backend.readmodels.escalations import OF_ITEMS
from backend.readmodels.reviews import REVIEWS_OF_TASKS
from backend.usecases.insight.lease_reasons import why_shown
from backend.usecases.quality.going_out import going_out
from backend.usecases.quality.targets_met import targets_met
from backend.usecases.tasks.onward import route_of
from backend.usecases.tasks.results import ASIDE
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PPM = 1_000_000


async def _task(work: Work, task: UUID) -> dict[str, Any]:
    rows = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    if not rows:
        raise not_found("a task")
    return rows[0]


async def task_get(work: Work, *, task: UUID) -> Answer:
    """A task with who holds or held its slots; no payloads."""
    work.require("task:read")
    row = await _task(work, task)
    leases = await tasks.rows(work.conn, tasks.LEASES_OF_TASK, work.tenant, task)
    names = ("item", "project", "stage", "slots", "state")
    shown = [
        {"lease": r["lease"], "annotator": r["annotator"], "slot": r["slot"], "state": r["how"] or "held"}
        for r in leases
    ]
    answers = sum(one["state"] == "submitted" for one in shown)
    work.saw(subjects=[one["annotator"] for one in shown], results=[row["item"]])
    return Answer({"id": task, **{n: row[n] for n in names}, "leases": shown, "answers": answers})


async def task_history(work: Work, *, task: UUID) -> Answer:
    """Everything that happened around a task, in order, each with who and why; ciphertext left out."""
    work.require("task:read")
    row = await _task(work, task)
    leases = await tasks.rows(work.conn, tasks.LEASES_OF_TASK, work.tenant, task)
    reviews = await tasks.by_ids(work.conn, REVIEWS_OF_TASKS, work.tenant, [task])
    escalations = await tasks.by_ids(work.conn, OF_ITEMS, work.tenant, [row["item"]])
    streams = [row["item"], task, *(r["lease"] for r in leases), *(r["review"] for r in reviews)]
    theirs = [e["escalation"] for e in escalations if e["task"] == task]
    streams += [*theirs, *map(double_review_of, theirs)]
    streams.append(route_of(row))
    found = await log.load(work.conn, work.tenant, streams)
    facts = sorted(
        (fact for one in found.values() for fact in one), key=lambda f: (f.at, f.stream.bytes, f.version)
    )
    work.saw(results=[row["item"]], subjects=[r["annotator"] for r in leases])
    return Answer({"task": task, "events": [_told(fact) for fact in facts]})


def _told(fact: Recorded) -> dict[str, Any]:
    names = fact.event.__dataclass_fields__
    data = {n: getattr(fact.event, n) for n in names if not isinstance(getattr(fact.event, n), bytes)}
    if isinstance(fact.event, LeaseClaimed):
        data["why"] = why_shown(fact.event.why)
    return {
        "type": name_of(fact.event),
        "at": fact.at,
        "by": {"kind": fact.actor.kind, "id": fact.actor.id},
        "stream": fact.stream,
        "version": fact.version,
        "data": to_jsonable_python(data),
    }


async def _known_project(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def project_quality(work: Work, *, project: UUID) -> Answer:
    """What reviews found, who decided how many items, how far answers agree, and whether the targets are met."""
    work.require("project:report", project=ProjectId(project))
    row = await _known_project(work, project)
    found = await progress.quality(work.conn, work.tenant, project)
    reviews = found["reviews"]
    wrong = reviews["corrected"] + reviews["rejected"]
    agreement = found["agreement"]
    decided = [
        {"by": row["decided_by"], "items": row["n"], "confidence": row["confidence_ppm"] / PPM}
        for row in found["decided_by"]
    ]
    body = {
        "project": project,
        "reviews": reviews,
        "error_rate_reviewed": wrong / reviews["reviewed"] if reviews["reviewed"] else None,
        "decided_by": decided,
        "under_rework": found["under_rework"],
        "agreement": {
            "items": agreement["items"],
            "pairwise": agreement["same"] / agreement["pairs"] if agreement["pairs"] else None,
        },
        "targets": await targets_met(work, row),
        "outgoing": await going_out(work, project),
    }
    return Answer(body)


async def project_throughput(work: Work, *, project: UUID) -> Answer:
    """What was imported, claimed, decided, reviewed and escalated, per hour."""
    work.require("project:report", project=ProjectId(project))
    await _known_project(work, project)
    return Answer({"project": project, "hours": await throughput.hours(work.conn, work.tenant, project)})


async def project_export(work: Work, *, project: UUID, cursor: str | None, limit: int) -> Answer:
    """Items with their result, the aggregate before any correction, and the answers behind it."""
    work.require("project:export", project=ProjectId(project))
    await _known_project(work, project)
    after = UUID(cursor) if cursor else None
    rows = await tasks.rows(work.conn, progress.EXPORT_ITEMS, work.tenant, project, after, limit + 1)
    shown = rows[:limit]
    data = await _told_whole(work, project, shown)
    return Answer({"data": data, "next_cursor": str(shown[-1]["item"]) if len(rows) > limit else None})


async def exported(work: Work, project: UUID, items: Sequence[UUID]) -> list[dict[str, Any]]:
    """These items of a project as project_export shows them, by id."""
    rows = await tasks.rows(work.conn, progress.EXPORT_CHOSEN, work.tenant, project, items)
    return await _told_whole(work, project, rows)


async def _told_whole(work: Work, project: UUID, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers = await tasks.rows(
        work.conn, progress.EXPORT_ANSWERS, work.tenant, project, [r["item"] for r in shown]
    )
    clear = await _opened(work, project, shown, answers)
    by_item: dict[UUID, list[dict[str, Any]]] = {row["item"]: [] for row in shown}
    for row in answers:
        names = ("lease", "annotator", "stage", "rejected", "guideline_version", "generation", "submitted_at")
        by_item[row["item"]].append({**{n: row[n] for n in names}, "answer": clear["answer", row["lease"]]})
    people = {row["annotator"] for row in answers}
    work.saw("external_key", "answer", "result", subjects=people, results=[row["item"] for row in shown])
    return [_exported(row, clear, by_item[row["item"]]) for row in shown]


def _exported(
    row: dict[str, Any], clear: dict[tuple[str, UUID], Any], answers: list[dict[str, Any]]
) -> dict[str, Any]:
    result = clear.get(("result", row["item"])) or {"answer": None, "top": []}
    before = clear.get(("unreviewed", row["item"]))
    confidence = row["confidence_ppm"]
    return {
        "item": row["item"],
        "external_key": clear["external_key", row["item"]],
        **{name: one for name, one in result.items() if name not in ASIDE},
        "majority": before.get("majority") if before else None,
        "overruled": before.get("overruled") if before else None,
        "confidence": None if confidence is None else confidence / PPM,
        "decided_by": row["decided_by"],
        "state": row["state"],
        "judgments": row["judgments"] or 0,
        "basis_index": row["basis_index"],
        "generation": row["generation"],
        "rework": row["rework"],
        "unreviewed": {name: before[name] for name in ("answer", "top")} if before else None,
        "answers": answers,
    }


async def _opened(
    work: Work, project: UUID, items: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> dict[tuple[str, UUID], Any]:
    """Everything sealed in an export page, opened at once: (what, id) -> value."""
    places: list[tuple[tuple[str, UUID], Sealed]] = []
    for row in items:
        key = Sealed("project", project, "item", row["item"], "external_key", row["external_key"])
        places.append((("external_key", row["item"]), key))
        for what, task in (("result", "task"), ("unreviewed", "unreviewed_task")):
            if row[what] is not None:
                sealed = Sealed("project", project, "result", row[task], "result", row[what])
                places.append(((what, row["item"]), sealed))
    for row in answers:
        sealed = Sealed("project", project, "lease", row["lease"], "answer", row["answer"])
        places.append((("answer", row["lease"]), sealed))
    values = await work.open([sealed for _, sealed in places])
    return dict(zip((name for name, _ in places), values, strict=True))
