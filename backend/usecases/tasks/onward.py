"""Onward: what a step came to decides where its item goes; after the last step it is the item's result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from backend.domain.tasks import route as routes
from backend.domain.tasks.routing import Facts, Ways, after
from backend.events.ids import ItemId, PredictionId, TaskId, uuid8
from backend.events.workflows import ItemRouted, Step, WorkflowPublished
from backend.readmodels import tasks, workflows
from backend.usecases.projects.workflows import step_of
from backend.usecases.review.step_sampling import Drawn, drawn_for, record
from backend.usecases.tasks.designs import versions_of
from backend.usecases.tasks.opening import open_step
from backend.usecases.tasks.results import ASIDE, Weighed, decide_task
from backend.usecases.tasks.standing import results
from backend.usecases.work import Work

PPM = 1_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a task's answers came to: the `result` (answer and what is tied with it; of a review also the verdict), and
    `said`, what the conditions of arrows look at; `unsure_ppm` of its answers were flagged as ambiguous. `stands`: the
    decision that a review step let through unseen, whose confidence and whose hand stay what they were."""

    result: dict[str, Any]
    said: Any
    confidence_ppm: int
    agreement_ppm: int
    judgments: int
    basis: int
    by: str
    unsure_ppm: int = 0
    stands: Row | None = None


async def go_on(work: Work, project: Row, row: Row, outcome: Outcome) -> ItemRouted | None:
    """Decide the task of `row` (locked) and open what comes after it; None when it was through already.

    Where the event says `to_expert`, the caller escalates the task: nothing else is opened for it.
    """
    at, step = await _place(work, row)
    state = (await work.load(routes.ROUTE, [route_of(row)]))[0]
    drawn = await drawn_for(work, project, row, at.workflow, step, outcome.judgments)
    ways = await _ways(work, row, step, outcome, state, drawn)
    rejected = step.stage == "review" and outcome.result.get("verdict") == "reject" and not ways.taken
    taken = tuple(arrow.to for arrow in ways.taken)
    command = routes.GoOn(at=at, taken=taken, to_expert=bool(ways.exhausted) or rejected)
    moved = await _move(work, project, row, command, outcome)
    if moved is not None and drawn is not None:
        await record(work, drawn)
    return moved


async def go_on_by_model(work: Work, project: Row, said: Mapping[UUID, tuple[PredictionId, Outcome]]) -> None:
    """Decide the first steps of items by what a model answered (task -> which prediction, and what it comes to), and
    open what comes after them. Nobody has answered them yet; flushed before. Facts of one kind stand together, so that
    many items take little more than one."""
    rows = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, list(said))
    found = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [row["item"] for row in rows])
    items = {item["item"]: item for item in found}
    versions = await versions_of(work, rows)
    await work.load(routes.ROUTE, [route_of(row) for row in rows])
    moves: list[tuple[Row, routes.Command, ItemRouted, Outcome]] = []
    of_task = {row["task"]: row for row in rows}
    for row in (of_task[task] for task in said):
        at, step = _at(row, versions[row["project"], row["workflow_version"]])
        prediction, outcome = said[row["task"]]
        ways = _out(work, row, step, outcome, work.state(routes.ROUTE, route_of(row)), items[row["item"]])
        taken = tuple(arrow.to for arrow in ways.taken)
        command: routes.Command = routes.GoOn(at=at, taken=taken, prediction=prediction)
        moves += [
            (row, command, moved, outcome) for moved in work.decide(routes.ROUTE, route_of(row), command)
        ]
    for row, _, moved, outcome in moves:
        await _told(work, row, moved, outcome)
    for row, command, moved, _ in moves:
        for name in moved.opened:
            await open_step(work, project, row, command.at.workflow, name, items[row["item"]])


async def settle(work: Work, project: Row, row: Row, outcome: Outcome) -> None:
    """An expert has spoken on the task of `row`: the item goes on by that answer, or no further after a limit."""
    at, step = await _place(work, row)
    state = (await work.load(routes.ROUTE, [route_of(row)]))[0]
    command: routes.Command = routes.Settle(at=at)
    if not (isinstance(state, routes.Underway) and row["task"] in state.with_expert):
        ways = await _ways(work, row, step, outcome, state)
        command = routes.GoOn(at=at, taken=tuple(arrow.to for arrow in ways.taken))
    await _move(work, project, row, command, outcome)


async def fell_away(work: Work, project: Row, cancelled: Sequence[UUID]) -> None:
    """These tasks were cancelled one by one (their items are still wanted): what waits to join them goes on without,
    and an item of which nothing is left to do has the result it came to. Flushed before."""
    rows = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, cancelled)
    for row in (one for one in rows if one["workflow_version"]):
        at, _ = await _place(work, row)
        await work.load(routes.ROUTE, [route_of(row)])
        await _move(work, project, row, routes.FallAway(at=at), None)


def route_of(row: Row) -> UUID:
    """The stream of an item's route in one generation, of a row that has both."""
    return uuid8(row["item"], "route", str(row["generation"]))


async def _place(work: Work, row: Row) -> tuple[routes.Place, Step]:
    workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
    assert workflow is not None, f"task {row['task']} is of a version that was never published"
    return _at(row, workflow)


def _at(row: Row, workflow: WorkflowPublished) -> tuple[routes.Place, Step]:
    place = routes.Place(
        workflow=workflow,
        item=ItemId(row["item"]),
        generation=row["generation"],
        task=TaskId(row["task"]),
        step=row["step"],
    )
    return place, step_of(workflow, row["step"])


async def _ways(
    work: Work, row: Row, step: Step, outcome: Outcome, state: routes.Route, drawn: Drawn | None = None
) -> Ways:
    (item,) = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [row["item"]])
    return _out(work, row, step, outcome, state, item, drawn)


def _out(
    work: Work,
    row: Row,
    step: Step,
    outcome: Outcome,
    state: routes.Route,
    item: Row,
    drawn: Drawn | None = None,
) -> Ways:
    facts = Facts(
        answer=outcome.said,
        agreement_ppm=outcome.agreement_ppm,
        confidence_ppm=outcome.confidence_ppm,
        unsure_ppm=outcome.unsure_ppm,
        tags=tuple(item["tags"]),
        priority=row["priority"],
        edge_case=item["edge_case"],
        loops=routes.loops(state),
        decided_by="machine" if outcome.by == "model" else outcome.by,
    )
    draws = {arrow.to: _draw(work, row["task"], arrow.to) for arrow in step.then}
    if drawn is not None:
        draws[drawn.arrow.to] = drawn.of_a_million
    return after(step, facts, draws)


def _draw(work: Work, task: UUID, to: str) -> int:
    """A number in 0..999,999 by a keyed hash of task and arrow: nobody can predict it, it is always the same."""
    return int(work.vault.token(work.tenant, "arrow-draw", f"{task}|{to}")[:16], 16) % PPM


async def _move(
    work: Work, project: Row, row: Row, command: routes.Command, outcome: Outcome | None
) -> ItemRouted | None:
    """Record where the item goes; the step's result, or when all is through the item's; and the tasks of what opens."""
    events = work.decide(routes.ROUTE, route_of(row), command)
    if not events:
        return None
    (moved,) = events
    await _told(work, row, moved, outcome)
    for name in moved.opened:
        await open_step(work, project, row, command.at.workflow, name)
    return moved


async def _told(work: Work, row: Row, moved: ItemRouted, outcome: Outcome | None) -> None:
    """Record the step's result, or when all is through the item's."""
    state = work.state(routes.ROUTE, route_of(row))
    assert isinstance(state, routes.Underway)
    alone = moved.through and state.ends == (row["task"],)
    if outcome is not None:
        await _decide(work, row["project"], row["task"], _whole(outcome) if alone else outcome, final=alone)
    if moved.through and not (alone and outcome is not None):
        await _finish(work, row, state.ends, outcome)


def _whole(outcome: Outcome) -> Outcome:
    """As the item's result: the answer, what is tied with it and what stands beside it, without how the step came to
    it."""
    names = ("answer", "top", *ASIDE)
    return replace(outcome, result={name: outcome.result[name] for name in names if name in outcome.result})


async def _decide(work: Work, project: UUID, task: UUID, outcome: Outcome, *, final: bool) -> None:
    stands = outcome.stands or {"confidence_ppm": outcome.confidence_ppm, "decided_by": outcome.by}
    weighed = Weighed(
        result=outcome.result,
        confidence_ppm=stands["confidence_ppm"],
        judgments=outcome.judgments,
        basis=outcome.basis,
    )
    await decide_task(work, project, task, weighed, stands["decided_by"], final)


async def _finish(work: Work, row: Row, ended: Sequence[UUID], outcome: Outcome | None) -> None:
    """Nothing of the item is open: what its last step came to is its result; of several that ended side by side, an
    object with each step's answer."""
    await work.flush()
    ends = await tasks.by_ids(work.conn, workflows.STEPS_OF_TASKS, work.tenant, list(ended))
    if not ends:
        return
    clear = await results(work, ends)
    last = ends[-1] if outcome is None else next((e for e in ends if e["task"] == row["task"]), ends[-1])
    whole = {"answer": clear[0]["answer"], "top": clear[0].get("top", [])}
    if len(ends) > 1:
        merged = _merged(ends, clear)
        whole = {"answer": merged, "top": [merged]}
    final = Outcome(
        result=whole,
        said=None,
        confidence_ppm=min(end["confidence_ppm"] for end in ends),
        agreement_ppm=PPM,
        judgments=sum(end["judgments"] for end in ends),
        basis=outcome.basis if outcome else 0,
        by=last["decided_by"],
    )
    await _decide(work, row["project"], last["task"], final, final=True)


def _merged(ends: Sequence[Row], clear: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Step -> its answer; a step that ended twice is numbered."""
    seen: Counter[str] = Counter()
    merged = {}
    for end, one in zip(ends, clear, strict=True):
        seen[end["step"]] += 1
        name = end["step"] if seen[end["step"]] == 1 else f"{end['step']}:{seen[end['step']]}"
        merged[name] = one["answer"]
    return merged
