"""An iteration: planned with what it is to reach, opened once, closed once it has or somebody says why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import iterations as ev
from backend.events.base import Secret
from backend.events.ids import IterationId, ProjectId
from backend.events.iterations import Reached, Targets

NAME_CHARS_MAX = 100
ITEMS_MAX = 100_000_000
HELD = "iteration"
"""Why tasks of a planned iteration are held."""

# --- state


@dataclass(frozen=True, slots=True)
class Unplanned:
    """No such iteration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Items come in and are held."""

    plan: ev.IterationPlanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Items come in and are offered."""

    plan: ev.IterationPlanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nothing more comes in."""

    plan: ev.IterationPlanned


Iteration: TypeAlias = Unplanned | Planned | Open | Closed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Plan an iteration; the fields are those of the event."""

    iteration: IterationId
    project: ProjectId
    name: str
    targets: Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIt:
    """Offer what is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Let nothing more in. `reached` is how far it is at this moment, `now`; `anyway` although targets are missed,
    which takes a reason."""

    reached: Reached
    now: datetime
    anyway: bool = False
    reason: Secret | None = None


Command: TypeAlias = Plan | OpenIt | Close
Event: TypeAlias = ev.IterationPlanned | ev.IterationOpened | ev.IterationClosed

# --- refusals


def exists(iteration: IterationId) -> Refusal:
    """`iteration_exists`: names are unique in a project."""
    return Refusal(
        "conflict",
        "iteration_exists",
        expected="a name that no iteration of the project has, or the same plan again",
        found=f"iteration {iteration} of this name with other targets",
        mend="choose another name, or go on with that one",
        extra={"iteration": str(iteration)},
    )


def closed(where: str = "") -> Refusal:
    """`iteration_closed`: nothing comes into it any more."""
    return Refusal(
        "conflict",
        "iteration_closed",
        expected="an iteration that is planned or open",
        found="one that is closed" + (f" at {where}" if where else ""),
        mend="plan another iteration for what is still to be done",
        extra={"where": f"/{where}"} if where else {},
    )


# --- decide


def decide(command: Command, iteration: Iteration) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, iteration:
        case Plan(), Unplanned():
            return [_planned(command)]
        case Plan(), (Planned(plan=plan) | Open(plan=plan) | Closed(plan=plan)):
            if (command.iteration, command.project, command.name, command.targets) == _said(plan):
                return []
            raise exists(plan.iteration)

        case OpenIt(), Planned(plan=plan):
            return [ev.IterationOpened(iteration=plan.iteration, project=plan.project)]
        case OpenIt(), Open():
            return []
        case OpenIt(), Closed():
            raise closed()

        case Close(reached=Reached(items=items)), Planned() if items:
            raise _still_planned(items)
        case Close(), (Planned(plan=plan) | Open(plan=plan)):
            return [_closed(command, plan)]
        case Close(), Closed():
            return []

        case ((OpenIt() | Close()), Unplanned()):
            raise not_found("an iteration")
        case _:
            raise not_now(command, iteration)


# --- evolve


def evolve(iteration: Iteration, event: Event) -> Iteration:
    """What is true after the event."""
    match event, iteration:
        case ev.IterationPlanned(), _:
            return Planned(plan=event)
        case _, Unplanned():
            return iteration
        case ev.IterationOpened(), (Planned(plan=plan) | Open(plan=plan) | Closed(plan=plan)):
            return Open(plan=plan)
        case ev.IterationClosed(), (Planned(plan=plan) | Open(plan=plan) | Closed(plan=plan)):
            return Closed(plan=plan)
        case _:
            assert_never(event)


# --- helpers


def share_ppm(part: int, whole: int) -> int | None:
    """Parts per million, rounded down; None of nothing."""
    return part * PPM // whole if whole else None


def unmet(targets: Targets, reached: Reached, now: datetime) -> dict[str, tuple[str, str]]:
    """Target -> what it asks for and what there is, of those that are missed at this moment. What was never measured is
    missed; `due` is so once it has passed with too few items decided by it."""
    missed: dict[str, tuple[str, str]] = {}
    if reached.decided < targets.items:
        missed["items"] = f"{targets.items} items decided", f"{reached.decided}"
    for name, least, part, whole, of in (
        ("agreement", targets.agreement_ppm, reached.same, reached.pairs, "pairs of answers alike"),
        ("acceptance", targets.accepted_ppm, reached.accepted, reached.reviewed, "reviewed answers accepted"),
    ):
        share = share_ppm(part, whole)
        if least is not None and (share is None or share < least):
            missed[name] = f"{least / PPM:.1%} of {of}", f"{part} of {whole}"
    if targets.due is not None and now > targets.due and reached.in_time < targets.items:
        missed["due"] = f"{targets.items} items by {targets.due.isoformat()}", f"{reached.in_time} by then"
    return missed


def _said(plan: ev.IterationPlanned) -> tuple[IterationId, ProjectId, str, Targets]:
    return plan.iteration, plan.project, plan.name, plan.targets


def _planned(command: Plan) -> ev.IterationPlanned:
    _named(command.name)
    targets = command.targets
    in_range("targets_invalid", "items", targets.items, 1, ITEMS_MAX)
    for field in ("agreement_ppm", "accepted_ppm"):
        least = getattr(targets, field)
        if least is not None:
            in_range("targets_invalid", field, least, 0, PPM)
    return ev.IterationPlanned(
        iteration=command.iteration, project=command.project, name=command.name, targets=targets
    )


def _named(name: str) -> None:
    try:
        UUID(name)
        found = "an id"
    except ValueError:
        if name == name.strip() and 0 < len(name) <= NAME_CHARS_MAX and name.isprintable():
            return
        found = f"{len(name)} characters" if name.isprintable() and name.strip() else "another text"
    raise Refusal(
        "invalid",
        "iteration_name_invalid",
        expected=f"1..{NAME_CHARS_MAX} characters that can be seen, without space around them, and no id",
        found=found,
        mend="send another name",
    )


def _closed(command: Close, plan: ev.IterationPlanned) -> ev.IterationClosed:
    missed = unmet(plan.targets, command.reached, command.now)
    if missed and not (command.anyway and command.reason is not None):
        raise _unmet(missed)
    return ev.IterationClosed(
        iteration=plan.iteration,
        project=plan.project,
        reached=command.reached,
        unmet=tuple(missed),
        reason=command.reason,
    )


def _unmet(missed: dict[str, tuple[str, str]]) -> Refusal:
    return Refusal(
        "conflict",
        "iteration_unmet",
        expected="; ".join(asked for asked, _ in missed.values()),
        found="; ".join(f"{name}: {found}" for name, (_, found) in missed.items()),
        mend="go on until the targets are met, or close it with `anyway` and a reason",
        extra={"unmet": sorted(missed)},
    )


def _still_planned(items: int) -> Refusal:
    return Refusal(
        "conflict",
        "iteration_planned",
        expected="an iteration that was opened, or one with nothing in it",
        found=f"a planned one whose {items} items are held",
        mend="open it, or move its items to another iteration or to none",
    )


ITERATION: Decider[Command, Iteration, Event] = Decider(Unplanned(), decide, evolve)
"""One stream per iteration; its id follows from project and name."""
