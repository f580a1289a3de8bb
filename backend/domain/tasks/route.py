"""A route: where one item is in its workflow, what of it is open, what waits to join, and whether it is through."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import workflows as ev
from backend.events.ids import ItemId, PredictionId, ProjectId, TaskId

# --- state


@dataclass(frozen=True, slots=True)
class AtFirst:
    """The first steps are open, and nothing is through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """`open` are the steps of the open tasks, `waiting` those that wait to begin until others join; `ends` the tasks
    after which the item went no further, `with_expert` those on which an expert has the last word."""

    open: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    passed: frozenset[TaskId] = frozenset()
    with_expert: frozenset[TaskId] = frozenset()
    ends: tuple[TaskId, ...] = ()
    through: bool = False


Route: TypeAlias = AtFirst | Underway

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which task of which item, in the version of the workflow that it was opened with."""

    workflow: ev.WorkflowPublished
    item: ItemId
    generation: int
    task: TaskId
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """The task is decided, maybe by a model (`prediction`): along these arrows, or `to_expert` because they were taken
    too often."""

    at: Place
    taken: tuple[str, ...]
    to_expert: bool = False
    prediction: PredictionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The expert has spoken on a task that went `to_expert`: the item goes no further from here."""

    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FallAway:
    """The task was cancelled: nobody waits for it any more."""

    at: Place


Command: TypeAlias = GoOn | Settle | FallAway

# --- refusals


def step_unknown(at: Place) -> Refusal:
    """`step_unknown`: the workflow's version has no such step, or no such arrow."""
    return Refusal(
        "invalid",
        "step_unknown",
        expected=f"a step of version {at.workflow.version} of the workflow, along one of its arrows",
        found=repr(at.step),
        mend="read the workflow of this version",
        extra={"step": at.step},
    )


# --- decide


def decide(command: Command, route: Route) -> Sequence[ev.ItemRouted]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    task = command.at.task
    match command, route:
        case GoOn(), Underway(passed=passed) if task in passed:
            return []
        case GoOn(at=at, taken=taken), _ if not set(taken) <= set(_ways(at.workflow).get(at.step, ())):
            raise step_unknown(at)
        case GoOn(at=at), _ if at.step not in _ways(at.workflow):
            raise step_unknown(at)
        case GoOn(at=at, taken=taken, to_expert=to_expert, prediction=by), _:
            moved = _moved(at, route, taken, to_expert=to_expert, ended=not taken and not to_expert)
            return [replace(moved, prediction=by)]

        case Settle(), Underway(ends=ends) if task in ends:
            return []
        case Settle(at=at), Underway(with_expert=waiting) if task in waiting:
            return [_moved(at, route, (), to_expert=False, ended=True)]

        case FallAway(), Underway(passed=passed, with_expert=waiting) if task in passed - waiting:
            return []
        case FallAway(at=at), _:
            return [_moved(at, route, (), to_expert=False, ended=False)]
        case _:
            raise not_now(command, route)


# --- evolve


def evolve(route: Route, event: ev.ItemRouted) -> Route:
    """What is true after the event."""
    match event:
        case ev.ItemRouted():
            known = route if isinstance(route, Underway) else Underway()
            alone = frozenset({event.task})
            ends = tuple(one for one in known.ends if one != event.task)
            return Underway(
                open=event.open,
                waiting=event.waiting,
                taken=(*known.taken, *((event.step, to) for to in event.taken)),
                passed=known.passed | alone,
                with_expert=known.with_expert | alone if event.to_expert else known.with_expert - alone,
                ends=(*ends, event.task) if event.ended else ends,
                through=event.through,
            )
        case _:
            assert_never(event)


def loops(route: Route) -> Mapping[tuple[str, str], int]:
    """How often each arrow (from, to) was taken."""
    return Counter(route.taken) if isinstance(route, Underway) else {}


# --- helpers


def _ways(workflow: ev.WorkflowPublished) -> dict[str, list[str]]:
    return {step.name: [arrow.to for arrow in step.then] for step in workflow.steps}


def _moved(at: Place, route: Route, taken: tuple[str, ...], *, to_expert: bool, ended: bool) -> ev.ItemRouted:
    known = route if isinstance(route, Underway) else Underway(open=at.workflow.first)
    joining = [step.name for step in at.workflow.steps if step.joins]
    open_ = Counter(known.open)
    if not to_expert:
        open_[at.step] -= 1
    opened = [name for name in taken if name not in joining]
    open_.update(opened)
    arrived = [name for name in joining if name in known.waiting or name in taken]
    for name in list(arrived):
        if not _blocked(at.workflow, name, +open_):
            arrived.remove(name)
            opened.append(name)
            open_[name] += 1
    return ev.ItemRouted(
        item=at.item,
        project=ProjectId(at.workflow.project),
        generation=at.generation,
        workflow_version=at.workflow.version,
        task=at.task,
        step=at.step,
        taken=taken,
        opened=tuple(opened),
        open=tuple(sorted((+open_).elements())),
        waiting=tuple(arrived),
        to_expert=to_expert,
        ended=ended,
        through=not +open_ and not arrived,
    )


def _blocked(workflow: ev.WorkflowPublished, join: str, open_: Collection[str]) -> bool:
    """Whether something open may still come to the step; itself counts, so that it is open once at a time."""
    ways = _ways(workflow)
    return any(name == join or _leads(ways, name, join) for name in open_)


def _leads(ways: Mapping[str, Sequence[str]], begin: str, end: str) -> bool:
    seen: set[str] = set()
    waiting = [begin]
    while waiting:
        for following in ways.get(waiting.pop(), ()):
            if following == end:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


ROUTE: Decider[Command, Route, ev.ItemRouted] = Decider(AtFirst(), decide, evolve)
"""One stream per item and generation; its id follows from them."""
