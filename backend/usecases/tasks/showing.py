"""Showing: what of other people's answers a lease shows its holder; nothing, unless the step says so."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.events.workflows import WorkflowPublished
from backend.readmodels import planted, tasks
from backend.usecases.projects.workflows import step_of
from backend.usecases.tasks.designs import versions_of
from backend.usecases.tasks.standing import Row, decided_steps, results, subject_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

KINDS = {False: "lease", True: "prediction"}
"""Whether a model answered -> under what the answer is written."""
SEES_ALL = ("adjudicate", "expert")
"""Kinds of work to which every answer of a step is shown, and not only what came of them."""


async def shown_answers(work: Work, rows: Sequence[Row]) -> dict[UUID, list[dict[str, Any]]]:
    """Lease -> what the steps that its own `shows` came to: `step` and `answer`, of a review also `verdict` and `note`.

    `rows` are leases held, whose holders the gate lets through. Leases of no workflow are left out. Nothing says whose
    the answers are.
    """
    begun = await _begun(work, rows)
    decided = await decided_steps(work, [row["item"] for row, _ in begun])
    wanted: list[tuple[UUID, str, Row, bool]] = []
    for row, workflow in begun:
        step = step_of(workflow, row["step"])
        there = decided.get((row["item"], row["generation"]), {})
        shown = [there[name] for name in step.shows if name in there]
        wanted += [(row["lease"], one["step"], one, step.stage in SEES_ALL) for one in shown]
    whole = await labels(work, [one for *_, one, every in wanted if every])
    clear = await results(work, [one for *_, one, _ in wanted])
    told: dict[UUID, list[dict[str, Any]]] = {row["lease"]: [] for row, _ in begun}
    for (lease, name, one, every), result in zip(wanted, clear, strict=True):
        if every and one["stage"] != "review":
            told[lease] += [_said(name, {"answer": answer}) for answer, _ in whole.get(one["task"], [])]
        else:
            told[lease].append(_said(name, result))
    return told


async def reviewed_answers(work: Work, reviewing: Sequence[Row]) -> dict[UUID, Any]:
    """Review lease -> the answer under review: one person's that was drawn, or what a step of a workflow came to."""
    if not reviewing:
        return {}
    found = await tasks.by_ids(work.conn, tasks.SUBJECTS, work.tenant, [row["task"] for row in reviewing])
    given = [row["task"] for row in reviewing if row["gold"] is not None]
    found += await tasks.by_ids(work.conn, planted.SUBJECTS, work.tenant, given)
    drawn = {row["review_task"]: row for row in found}
    begun = await _begun(work, [row for row in reviewing if row["task"] not in drawn])
    decided = await decided_steps(work, [row["item"] for row, _ in begun])
    about = {
        row["lease"]: subject
        for row, workflow in begun
        if (subject := subject_of(workflow, row["step"], decided.get((row["item"], row["generation"]), {})))
    }
    own = [(row["lease"], drawn[row["task"]]) for row in reviewing if row["task"] in drawn]
    sealed = [Sealed("project", a["project"], "lease", a["lease"], "answer", a["answer"]) for _, a in own]
    answers = dict(zip((lease for lease, _ in own), await work.open(sealed), strict=True))
    clear = await results(work, list(about.values()))
    return answers | {lease: one["answer"] for lease, one in zip(about, clear, strict=True)}


async def _begun(work: Work, rows: Sequence[Row]) -> list[tuple[Row, WorkflowPublished]]:
    """Those of the leases whose tasks are steps of a workflow, with its version."""
    found = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [row["task"] for row in rows])
    known = await versions_of(work, [one for one in found if one["workflow_version"]])
    of = {one["task"]: known.get((one["project"], one["workflow_version"])) for one in found}
    placed = [(row, of.get(row["task"])) for row in rows]
    return [(row, workflow) for row, workflow in placed if workflow is not None]


async def labels(work: Work, steps: Sequence[Row]) -> dict[UUID, list[tuple[Any, bool]]]:
    """Task -> each answer that counts, people's and of a model beside them (True), in an order that says nothing of who
    or when."""
    ids = sorted({one["task"] for one in steps})
    found = await tasks.by_ids(work.conn, tasks.LABELS_OF_TASK, work.tenant, ids)
    counting = sorted(found, key=lambda one: str(one["answer_token"]))
    sealed = [
        Sealed("project", one["project"], KINDS[one["by_model"]], one["lease"], "answer", one["answer"])
        for one in counting
    ]
    told: dict[UUID, list[tuple[Any, bool]]] = {}
    for one, answer in zip(counting, await work.open(sealed), strict=True):
        told.setdefault(one["task"], []).append((answer, one["by_model"]))
    return told


def _said(step: str, result: dict[str, Any]) -> dict[str, Any]:
    said = {name: result.get(name) for name in ("verdict", "note")}
    return {"step": step, "answer": result.get("answer"), **said}
