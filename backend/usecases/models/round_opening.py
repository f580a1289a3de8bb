"""Opening rounds: when one opens, what models and experts said of its items meanwhile does what it would have done."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from backend.domain.projects.iteration import HELD
from backend.domain.review import prediction as domain
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.incoming import Foretold
from backend.readmodels import escalations, pilots, tasks
from backend.readmodels import models as rows
from backend.usecases.models import predicting
from backend.usecases.models.target_task import about_step, hindrance
from backend.usecases.review.adjudicating import resolve_by_expert
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def catch_up(work: Work, project: Row, let_go: Collection[UUID]) -> None:
    """These tasks of the project are offered from now on. Answers of models that waited for it are routed by what is in
    force now; what an expert answered under a lease that was in hand counts now. Flushed before and afterwards."""
    if not let_go:
        return
    ids = sorted(let_go)
    waiting = await rows.fetch(work.conn, rows.WAITING, work.tenant, ids)
    while waiting:
        # Of several models the routing names one at most; each is asked once per item.
        first = {row["item"]: row for row in reversed(waiting)}
        await _route(work, project, list(first.values()))
        done = {row["prediction"] for row in first.values()}
        waiting = [row for row in waiting if row["prediction"] not in done]
    for row in await rows.fetch(work.conn, escalations.ANSWERED, work.tenant, ids, HELD):
        answer = await _opened(work, [row], "lease")
        await resolve_by_expert(work, row, answer[0], row["answer_class"])
    await work.flush()


async def _route(work: Work, project: Row, waiting: Sequence[Row]) -> None:
    sent = await _sent(work, project, waiting)
    planned = await predicting.plan(work, project, sent)
    await work.load(domain.PREDICTION, [row["prediction"] for row in waiting])
    for one in sent:
        said = planned.made[one.item]
        command = domain.Use(
            task=said.task,
            routed=said.routed,
            routing_version=said.routing_version,
            audit_ppm=said.audit_ppm,
            period=said.period,
            draw=said.draw,
            fallback=said.fallback,
        )
        work.decide(domain.PREDICTION, said.prediction, command)
    await predicting.follow(work, project, planned, sent)
    await work.flush()


async def _sent(work: Work, project: Row, waiting: Sequence[Row]) -> list[predicting.Sent]:
    """As if they came now; each is about the first task of its item, which is locked."""
    answers = await _opened(work, waiting, "prediction")
    items = {
        row["item"]: row
        for row in await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [one["item"] for one in waiting])
    }
    alone = await pilots.of_people(
        work.conn, work.tenant, project["project"], {row["iteration"] for row in items.values()}
    )
    first = [row["task"] for row in waiting if row["task"] is not None]
    found = {row["task"]: row for row in await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, first)}
    await work.load(tasks_domain.TASK, first)
    sent = []
    for row, answer in zip(waiting, answers, strict=True):
        item, task = items[row["item"]], found.get(row["task"])
        step = await about_step(work, task)
        why = await hindrance(work, item, task, step, in_pilot=item["iteration"] in alone)
        said = Foretold(row["model"], answer, row["confidence_ppm"])
        sent.append(step.sent(item, said, row["task"], why))
    return sent


async def _opened(work: Work, found: Sequence[Row], kind: str) -> list[Any]:
    key = "prediction" if kind == "prediction" else "lease"
    return await work.open(
        [Sealed("project", row["project"], kind, row[key], "answer", row["answer"]) for row in found]
    )
