"""A rework plan: what is selected is requeued once, in ascending chunks, and may be taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.events import rework as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ItemId, ProjectId, ReworkId

ITEMS_MAX = 500_000
"""Of one plan: each chunk reads the plan's whole stream, so what is larger is planned by windows."""

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What stays true of a plan."""

    rework: ReworkId
    project: ProjectId
    selection: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such plan."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Looked at, and nothing changed yet."""

    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Requeued up to the item `last`."""

    about: About
    requeued: int
    last: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """All that was selected is requeued."""

    about: About
    requeued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Requeues nothing more; taken back or kept up to the item `last`."""

    about: About
    last: ItemId | None


Rework: TypeAlias = Unknown | Planned | Running | Executed | Undone

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Keep what was found (at most ITEMS_MAX items) under an id; the fields are those of the event."""

    rework: ReworkId
    project: ProjectId
    selection: str
    items: int
    answers: int
    people: int
    decided: int
    minutes: int
    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeue:
    """Open these items again, leave the skipped ones; what is not beyond the last item so far was asked before."""

    items: tuple[ev.Again, ...]
    keep_away: tuple[AnnotatorId, ...]
    skipped: tuple[ItemId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Nothing is left to requeue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take these items back and keep those; what is not beyond the last item so far was asked before."""

    items: tuple[ItemId, ...]
    kept: tuple[ItemId, ...]


Command: TypeAlias = Plan | Requeue | Finish | Undo
Event: TypeAlias = ev.ReworkPlanned | ev.ItemsRequeued | ev.ReworkExecuted | ev.ReworkUndone

# --- decide


def decide(command: Command, rework: Rework) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, rework:
        case Plan(), Unknown():
            return [_planned(command)]
        case Plan(), (
            Planned(about) | Running(about=about) | Executed(about=about) | Undone(about=about)
        ) if (
            command.rework,
            command.project,
            command.selection,
        ) == (about.rework, about.project, about.selection):
            return []

        case Requeue(), Planned(about):
            return _requeued(command, about, None)
        case Requeue(), Running(about=about, last=last):
            return _requeued(command, about, last)

        case Finish(), Planned(about):
            return [ev.ReworkExecuted(rework=about.rework, requeued=0)]
        case Finish(), Running(about=about, requeued=requeued):
            return [ev.ReworkExecuted(rework=about.rework, requeued=requeued)]
        case Finish(), Executed():
            return []

        case Undo(items=items, kept=kept), (Planned(about) | Running(about=about) | Executed(about=about)):
            return [ev.ReworkUndone(rework=about.rework, items=items, kept=kept)]
        case Undo(items=items, kept=kept), Undone(about=about, last=last):
            items, kept = _beyond(items, last), _beyond(kept, last)
            return [ev.ReworkUndone(rework=about.rework, items=items, kept=kept)] if items or kept else []

        case ((Requeue() | Finish() | Undo()), Unknown()):
            raise not_found("a rework plan")
        case _:
            raise not_now(command, rework)


# --- evolve


def evolve(rework: Rework, event: Event) -> Rework:
    """What is true after the event."""
    match event, rework:
        case ev.ReworkPlanned(), _:
            return Planned(About(rework=event.rework, project=event.project, selection=event.selection))
        case _, Unknown():
            return rework
        case ev.ItemsRequeued(), (Planned() | Running() | Executed() | Undone()):
            return _further(rework, event)
        case ev.ReworkExecuted(), (
            Planned(about) | Running(about=about) | Executed(about=about) | Undone(about=about)
        ):
            return Executed(about=about, requeued=event.requeued)
        case ev.ReworkUndone(), (
            Planned(about) | Running(about=about) | Executed(about=about) | Undone(about=about)
        ):
            last = rework.last if isinstance(rework, Undone) else None
            return Undone(about=about, last=_last((*event.items, *event.kept), last))
        case _:
            assert_never(event)


# --- helpers


def _planned(command: Plan) -> ev.ReworkPlanned:
    in_range("rework_too_large", "items", command.items, 0, ITEMS_MAX)
    return ev.ReworkPlanned(
        rework=command.rework,
        project=command.project,
        selection=command.selection,
        items=command.items,
        answers=command.answers,
        people=command.people,
        decided=command.decided,
        minutes=command.minutes,
        reason=command.reason,
    )


def _requeued(command: Requeue, about: About, last: ItemId | None) -> Sequence[Event]:
    items = tuple(one for one in command.items if last is None or one.item > last)
    skipped = _beyond(command.skipped, last)
    if not items and not skipped:
        return []
    kept_away = command.keep_away
    return [ev.ItemsRequeued(rework=about.rework, items=items, keep_away=kept_away, skipped=skipped)]


def _further(rework: Planned | Running | Executed | Undone, event: ev.ItemsRequeued) -> Rework:
    if isinstance(rework, Executed | Undone):
        return rework
    before, last = (rework.requeued, rework.last) if isinstance(rework, Running) else (0, None)
    reached = _last((*(one.item for one in event.items), *event.skipped), last)
    if reached is None:
        return rework
    return Running(about=rework.about, requeued=before + len(event.items), last=reached)


def _beyond(items: tuple[ItemId, ...], last: ItemId | None) -> tuple[ItemId, ...]:
    return tuple(one for one in items if last is None or one > last)


def _last(items: Iterable[ItemId], last: ItemId | None) -> ItemId | None:
    return max((*items, last) if last is not None else items, default=None)


REWORK: Decider[Command, Rework, Event] = Decider(Unknown(), decide, evolve)
"""One stream per plan."""
