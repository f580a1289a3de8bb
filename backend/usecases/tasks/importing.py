"""Taking items in: many at once, each judged by itself, every kind of fact written with one statement."""

from asyncio import sleep
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.errors import Refusal
from backend.domain.projects import predicates
from backend.domain.projects.pilot_project import closed
from backend.domain.tasks import incoming
from backend.domain.tasks import item as items_domain
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.incoming import Foretold, Incoming
from backend.events.ids import ItemGroupId, ItemId, IterationId, LaneId, ProjectId, TaskId, uuid7, uuid8
from backend.events.projects import Conditions
from backend.readmodels import lanes as lane_rows
from backend.readmodels import pilots, tasks
from backend.usecases.lanes import NOTHING, Wanted, lanes_for
from backend.usecases.models import predicting
from backend.usecases.proficiency.conditions import known_ids, refuse_unknown
from backend.usecases.projects.class_checks import Check, checks_of
from backend.usecases.projects.workflows import FirstStep, first_steps
from backend.usecases.tasks import iterating
from backend.usecases.tasks.beginning import deadline_of, joined
from backend.usecases.tasks.stages import ord_now
from backend.usecases.vault import SealingKeys
from backend.usecases.work import Work

BREATH = 100
"""After so many items the process looks at what else is waiting."""


@dataclass(slots=True)
class Taken:
    """What became of one item as it was sent: created, exists (its key was known), or refused, and why."""

    external_key: str | None
    status: str
    item: UUID | None = None
    task: UUID | None = None
    refusal: Refusal | None = None
    payload: Any = None
    sent: items_domain.Sent | None = None


@dataclass(slots=True)
class Coming:
    """An item that reads well, on its way in."""

    taken: Taken
    external_key: str
    index: bytes
    sent: items_domain.Sent
    prediction: Foretold | None = None


async def take_in(
    work: Work, project: dict[str, Any], given: Sequence[Any], *, gold: bool = False
) -> list[Taken]:
    """Take in the items as they were sent (or the refusals that stand in their place); one row each, in their order.
    What is wrong with one stops no other. Gold opens no task. An external key that is known, or was sent before in
    the same request, names its item."""
    if project["closed"]:
        raise closed()
    coming, taken = await _read(work, project, given, None if gold else project["gate"])
    known = await _known(work, project["project"], coming)
    fresh = [one for one in coming if one.index not in known]
    steps = [] if gold else await first_steps(work, project)
    lanes = await _lanes(work, project, fresh, steps)
    fresh = [one for one in fresh if one.taken.refusal is None]
    keys = await work.keys(("project", project["project"]))
    made: dict[bytes, Taken] = {}
    for place, one in enumerate(fresh):
        if one.index not in made:
            _import(work, project["project"], keys, one, _item_id(work, place))
            made[one.index] = one.taken
        if place % BREATH == BREATH - 1:
            await sleep(0)
    created = [one for one in fresh if one.taken.status == "created"]
    held = await iterating.planned(work, project["project"], {one.sent.iteration for one in created})
    foretold = await _foretold(work, project["project"], created, steps, held)
    planned = await predicting.plan(work, project, foretold)
    opened = _open(work, project, created, steps, lanes, planned)
    await predicting.carry_out(work, project, planned, foretold)
    waiting = [one for one in created if one.sent.iteration in held]
    iterating.hold(work, [task for one in waiting for task in opened[one.index]])
    for one in coming:
        if one.taken.status == "exists":
            first = made.get(one.index)
            one.taken.item, one.taken.task = (first.item, first.task) if first else known[one.index]
    return taken


# --- reading


async def _read(
    work: Work, project: dict[str, Any], given: Sequence[Any], gate: UUID | None
) -> tuple[list[Coming], list[Taken]]:
    """The items that read well, and a row for every item. What is sent for no iteration goes into `gate`, which waits
    for the project's pilot."""
    rows = [_reading(one) for one in given]
    wanted = [row for row in rows if isinstance(row, Incoming)]
    needs = await _needs(work, [row.needs for row in wanted])
    iterations = await iterating.named(work, project["project"], [row.iteration for row in wanted])
    models = await predicting.refusals(work, [row.prediction for row in wanted])
    checks = await checks_of(work, [project] if any(row.prediction for row in wanted) else [])
    coming, taken = [], []
    for row in rows:
        asked = needs[_spelled(row.needs)] if isinstance(row, Incoming) else row
        within = iterations[row.iteration] if isinstance(row, Incoming) and row.iteration else gate
        model = models.get(row.prediction.model) if isinstance(row, Incoming) and row.prediction else None
        unknown = _unknown_class(checks.get(project["project"]), row)
        refusal = next((one for one in (asked, within, model, unknown) if isinstance(one, Refusal)), None)
        if refusal is not None:
            key = row.external_key if isinstance(row, Incoming) else None
            taken.append(Taken(key, "refused", refusal=refusal))
            continue
        assert isinstance(row, Incoming) and isinstance(asked, Conditions) and not isinstance(within, Refusal)
        sent = _sent(work, project["project"], row, asked, within)
        taken.append(Taken(row.external_key, "exists", payload=row.payload, sent=sent))
        index = work.vault.index(work.tenant, "item", f"{project['project']}|{row.external_key}")
        coming.append(Coming(taken[-1], row.external_key, index, sent, row.prediction))
    return coming, taken


def _unknown_class(check: Check | None, row: Incoming | Refusal) -> Refusal | None:
    """Why a model's answer is not taken: it names a class that the project's taxonomy does not allow."""
    if check is None or not isinstance(row, Incoming) or row.prediction is None:
        return None
    try:
        check.require(row.prediction.answer)
    except Refusal as refusal:
        return refusal
    return None


def _reading(given: Any) -> Incoming | Refusal:
    if isinstance(given, Refusal):
        return given
    try:
        return incoming.read(given)
    except Refusal as bad:
        return bad


def _spelled(needs: Any) -> bytes:
    return b"" if needs is None else to_json(needs)


async def _needs(work: Work, said: Sequence[Any]) -> Mapping[bytes, Conditions | Refusal]:
    """What each requirement means, as it was spelled; one query for each kind of thing that they name."""
    different = {_spelled(one): one for one in said}
    read: dict[bytes, Conditions | Refusal] = {b"": NOTHING}
    for text, one in different.items():
        if one is not None:
            try:
                read[text] = predicates.conditions(incoming.needs_of(one))
            except Refusal as bad:
                read[text] = bad
    for kind in incoming.NEEDS_IDS:
        named = {
            text: predicates.named(told, kind) for text, told in read.items() if isinstance(told, Conditions)
        }
        wanted = sorted(set().union(*named.values()))
        there = await known_ids(work, kind, wanted) if wanted else set()
        for text, ids in named.items():
            try:
                refuse_unknown(kind, sorted(ids), there)
            except Refusal as bad:
                read[text] = bad
    return read


def _sent(
    work: Work, project: UUID, read: Incoming, needs: Conditions, iteration: UUID | None
) -> items_domain.Sent:
    return items_domain.Sent(
        tags=read.tags,
        edge_case=read.edge_case,
        priority=read.priority,
        deadline=read.deadline,
        needs=needs,
        group=None if read.group is None else group_of(work, project, read.group),
        iteration=None if iteration is None else IterationId(iteration),
    )


def group_of(work: Work, project: UUID, name: str) -> ItemGroupId:
    """The id of a project's group of this name; nobody can read the name out of it."""
    index = work.vault.token(work.tenant, "item-group", f"{project}|{name}")
    return ItemGroupId(uuid8(project, "group", index))


async def _known(
    work: Work, project: UUID, coming: Sequence[Coming]
) -> Mapping[bytes, tuple[UUID, UUID | None]]:
    """Blind index of a key that is known -> its item, and the item's first task."""
    asked = [one.index for one in coming]
    if not asked:
        return {}
    rows = await tasks.rows(work.conn, tasks.ITEMS_OF_KEYS, work.tenant, project, asked)
    known = {row["external_key_index"]: row["item"] for row in rows}
    opened = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, list(known.values()))
    first = {row["item"]: row["task"] for row in sorted(opened, key=lambda row: -row["first_ord"])}
    return {index: (item, first.get(item)) for index, item in known.items()}


# --- lanes


async def _lanes(
    work: Work, project: dict[str, Any], fresh: Sequence[Coming], steps: Sequence[FirstStep]
) -> Mapping[Wanted, LaneId]:
    """The lanes that the items begin in. Items for whose lanes there is no room are refused, those sent last."""
    wanted = dict.fromkeys(one for item in fresh for one in _wanted(item, steps))
    try:
        return await lanes_for(work, project, wanted)
    except Refusal as bad:
        if bad.code != "too_many_lanes":
            raise
        full = bad
    found = await lane_rows.of_projects(work.conn, work.tenant, [project["project"]])
    there = {row["lane"] for row in found}
    new = [one for one in wanted if one.lane(project["project"]) not in there]
    left_out = set(new[max(0, project["queue"].lanes_max - len(there)) :])
    for item in fresh:
        if left_out.intersection(_wanted(item, steps)):
            item.taken.status, item.taken.refusal = "refused", full
    return await lanes_for(work, project, [one for one in wanted if one not in left_out])


def _wanted(one: Coming, steps: Sequence[FirstStep]) -> list[Wanted]:
    return [
        Wanted(
            step.stage,
            step.step,
            one.sent.priority if step.priority is None else step.priority,
            joined(one.sent.needs, step.needs),
            one.sent.edge_case,
        )
        for step in steps
    ]


# --- deciding


def _item_id(work: Work, place: int) -> ItemId:
    """UUIDv7 whose counter (RFC 9562, 6.2) is the place in the request: lists show items as they were sent."""
    return ItemId(
        uuid7(int(work.now.timestamp() * 1_000), (place & 0xFFF).to_bytes(2, "big") + work.chance(8))
    )


def _import(work: Work, project: UUID, keys: SealingKeys, one: Coming, item: ItemId) -> None:
    one.taken.status, one.taken.item = "created", item
    command = items_domain.ImportItem(
        item=item,
        project=ProjectId(project),
        external_key=keys.seal_json("project", project, "item", item, "external_key", one.external_key),
        external_key_index=one.index,
        payload=keys.seal_json("project", project, "item", item, "payload", one.taken.payload),
        sent=one.sent,
    )
    work.decide(items_domain.ITEM, item, command)


def _open(
    work: Work,
    project: dict[str, Any],
    created: Sequence[Coming],
    steps: Sequence[FirstStep],
    lanes: Mapping[Wanted, LaneId],
    planned: predicting.Plan,
) -> dict[bytes, list[TaskId]]:
    """Open each item's first steps; facts of one kind stand together, so that each kind is one statement. Blind index
    of a key -> the tasks of its item."""
    place = ord_now(work)
    opened: dict[bytes, list[TaskId]] = {one.index: [] for one in created}
    for one in created:
        assert one.taken.item is not None
        for step, wanted in zip(steps, _wanted(one, steps), strict=True):
            task = TaskId(uuid8(one.taken.item, step.step))
            alone = not step.workflow_version and planned.alone(one.taken.item)
            slots = 1 if alone else step.slots
            one.taken.task = one.taken.task or task
            command = tasks_domain.OpenTask(
                task=task,
                item=ItemId(one.taken.item),
                project=ProjectId(project["project"]),
                lane=lanes[wanted],
                stage=step.stage,
                slots=slots,
                first_ord=place,
                step=step.step,
                priority=wanted.priority,
                deadline=deadline_of(one.sent.deadline, step.deadline_seconds, work.now),
                group=one.sent.group,
                workflow_version=step.workflow_version,
            )
            work.decide(tasks_domain.TASK, task, command)
            opened[one.index].append(task)
            place += slots
    return opened


async def _foretold(
    work: Work, project: UUID, created: Sequence[Coming], steps: Sequence[FirstStep], held: Collection[UUID]
) -> list[predicting.Sent]:
    """What models answered to these items. In a workflow it is about the one annotate step that items begin with;
    where there is no such step it decides nothing. What belongs to a round that is not open (`held`) waits for it."""
    named = [one for one in created if one.prediction is not None]
    alone = await pilots.of_people(work.conn, work.tenant, project, {one.sent.iteration for one in named})
    step = next((one for one in steps if one.foretold), None)
    first = step or next(iter(steps), None)
    return [
        predicting.Sent(
            one.taken.item,
            one.sent.priority,
            one.prediction,
            None if first is None else TaskId(uuid8(one.taken.item, first.step)),
            "workflow" if step is None else "pilot" if one.sent.iteration in alone else "",
            in_step=bool(first and first.workflow_version),
            beside=step.model if step else None,
            waits=one.sent.iteration in held,
        )
        for one in named
        if one.prediction is not None and one.taken.item is not None
    ]
