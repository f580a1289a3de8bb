"""Opening: the task of a workflow's next step, in its lane; offered first to who did the step before, if it says so."""

from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.tasks import lease as leases
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import ItemGroupId, ItemId, LeaseId, ProjectId, ReworkId, TaskId, uuid8
from backend.events.projects import Conditions
from backend.events.workflows import WorkflowPublished
from backend.readmodels import claims, gate, tasks, workflows
from backend.usecases.gates import unmet
from backend.usecases.lanes import Wanted, lanes_for
from backend.usecases.projects.workflows import slots_of, step_of
from backend.usecases.tasks import iterating
from backend.usecases.tasks.beginning import joined
from backend.usecases.tasks.leasing import Given, claim_command
from backend.usecases.tasks.stages import ord_now
from backend.usecases.work import Work

Row = dict[str, Any]


async def open_step(
    work: Work, project: Row, cause: Row, workflow: WorkflowPublished, name: str, item: Row | None = None
) -> TaskId:
    """Open the task of this step on the item (its row, if it is known) of the task `cause`, whose end brought it about;
    asked twice it is one."""
    step = step_of(workflow, name)
    if item is None:
        (item,) = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [cause["item"]])
    priority = step.priority if step.priority >= 0 else item["priority"]
    wanted = Wanted(step.stage, step.name, priority, joined(_needs(item), step.needs), item["edge_case"])
    lane = (await lanes_for(work, project, {wanted}))[wanted]
    deadline = work.in_seconds(step.deadline_seconds) if step.deadline_seconds else item["deadline"]
    task = TaskId(uuid8(cause["task"], "step", name))
    command = tasks_domain.OpenTask(
        task=task,
        item=ItemId(cause["item"]),
        project=ProjectId(cause["project"]),
        lane=lane,
        stage=step.stage,
        slots=slots_of(step, project["plan"].overlap),
        first_ord=ord_now(work),
        step=step.name,
        priority=priority,
        deadline=min((at for at in (deadline, item["deadline"]) if at is not None), default=None),
        generation=cause["generation"],
        group=ItemGroupId(cause["item_group"]) if cause["item_group"] else None,
        workflow_version=workflow.version,
        rework=ReworkId(cause["rework"]) if cause["rework"] else None,
    )
    if work.decide(tasks_domain.TASK, task, command):
        arrow = next((one for one in step_of(workflow, cause["step"]).then if one.to == name), None)
        # Most items belong to no iteration, and nobody is asked.
        if item["iteration"] and await iterating.waiting(work, [command.item]):
            iterating.hold(work, [task])
        elif arrow is not None and arrow.to_author:
            await _to_authors(work, project, command, arrow.author_seconds)
    return task


async def _to_authors(work: Work, project: Row, opened: tasks_domain.OpenTask, seconds: int) -> None:
    """Whoever did this step of the item last gets it first: a lease by name, which goes to the lane for everybody when
    it is not opened within `seconds`. Who may not do it any more is passed over."""
    place = (opened.item, opened.generation, opened.step, opened.task)
    rows = await work.conn.fetch(workflows.LAST_AUTHORS, work.tenant, *place)
    authors = list(dict.fromkeys(row["annotator"] for row in rows))[: opened.slots]
    await work.flush()
    people = await claims.lock_people(work.conn, work.tenant, sorted(authors), work.now)
    for number, annotator in enumerate(one for one in authors if one in people):
        may = await work.conn.fetchrow(gate.MAY, work.tenant, annotator, opened.lane, work.now)
        if may["status"] == "active" and not unmet(may):
            _offer(work, project, opened, annotator, number, seconds)


def _offer(
    work: Work, project: Row, opened: tasks_domain.OpenTask, annotator: UUID, number: int, seconds: int
) -> None:
    lease = LeaseId(work.new_id())
    slot = claims.Slot(
        opened.lane,
        opened.first_ord + number,
        opened.task,
        number + 1,
        opened.item,
        opened.generation,
        opened.group,
    )
    given = Given(
        step=opened.step,
        stage=opened.stage,
        why=to_json({"by": "workflow", "because": "did this step of the item before"}).decode(),
        priority=opened.priority,
        opened=False,
        assigned=True,
        again=True,
        start_seconds=seconds,
        hard_seconds=work.pulse.hard_seconds(project, opened.step),
    )
    work.decide(leases.LEASE, lease, claim_command(work, lease, annotator, slot, project, given))


def _needs(item: Row) -> Conditions:
    kept = from_json(item["needs"]) if isinstance(item["needs"], str) else item["needs"]
    groups = tuple(tuple(group) for group in kept.get("any_of", ()))
    return Conditions(
        all_of=tuple(kept.get("all_of", ())), any_of=groups, none_of=tuple(kept.get("none_of", ()))
    )
