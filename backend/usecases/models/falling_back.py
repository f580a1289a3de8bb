"""Falling back: what no expert answered in time is decided by the model after all, or goes to everybody."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from backend.domain.tasks import task as tasks_domain
from backend.readmodels import models as rows
from backend.readmodels import projects, task_selection
from backend.usecases.models.predicting import UNSURE, let_go, outcome, stands
from backend.usecases.tasks.onward import go_on_by_model
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def fall_back(work: Work, escalations: Collection[UUID]) -> None:
    """Of these escalations, told to be late just now, those that a model's doubt opened: their items do what was said
    when the model answered. The expert may still answer, and then has the last word."""
    late = await rows.fetch(work.conn, rows.LATE, work.tenant, sorted(escalations), UNSURE)
    if not late:
        return
    tasks = [one["task"] for one in late]
    found, _ = await task_selection.keep_still(work.conn, work.tenant, tasks)
    waiting = {row["task"] for row in found if row["held_code"] == UNSURE}
    await work.load(tasks_domain.TASK, tasks)
    still = [one for one in late if one["task"] in waiting]
    machine = [one for one in still if one["fallback"] == "machine"]
    await _decide(work, [one for one in machine if not one["workflow_version"]])
    await _go_on(work, [one for one in machine if one["workflow_version"]])
    for one in still:
        let_go(work, one["task"])
    await work.flush()
    await announce_collected(work, [one["task"] for one in still if one["fallback"] == "queue"])


async def _decide(work: Work, late: list[Row]) -> None:
    answers = await work.open([_answer(one) for one in late])
    keys = await work.keys(*{("project", one["project"]) for one in late})
    for one, answer in zip(late, answers, strict=True):
        stands(work, keys, one["project"], one["task"], answer, one["confidence_ppm"])


async def _go_on(work: Work, late: list[Row]) -> None:
    """Steps of workflows: the model's answer sends their items on; what the expert says later moves them no more."""
    answers = dict(
        zip((one["task"] for one in late), await work.open([_answer(one) for one in late]), strict=True)
    )
    for project in await projects.find(work.conn, work.tenant, sorted({one["project"] for one in late})):
        said = {
            one["task"]: (one["prediction"], outcome(answers[one["task"]], one["confidence_ppm"]))
            for one in late
            if one["project"] == project["project"]
        }
        await go_on_by_model(work, project, said)


def _answer(one: Row) -> Sealed:
    return Sealed("project", one["project"], "prediction", one["prediction"], "answer", one["answer"])
